import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Fault } from '../../src/core/classification.ts';
import type { ProfileSketch } from '../support/contents.ts';
import {
  answers,
  Fleet,
  haiku,
  minute,
  opus,
  type QuerySketch,
  type Sent,
  second,
  transport,
} from '../support/fleet.ts';

/*
 * What holds of the choices whatever happens: requests that begin, get content, end, fail and are left in any order,
 * at any time.
 */

const faults: readonly Fault[] = [
  transport('connectRefused'),
  transport('dnsFailed'),
  transport('tlsFailed'),
  transport('redirected'),
  transport('staleConnection'),
  transport('truncated'),
  answers(400),
  answers(401),
  answers(403),
  answers(404),
  answers(409),
  answers(429),
  answers(429, { retryAfterMs: 20 * second }),
  answers(500),
  answers(529),
];

type Event =
  | { readonly kind: 'wait'; readonly ms: number }
  | {
      readonly kind: 'request';
      readonly query: QuerySketch;
      readonly tried: readonly string[];
      readonly patient: boolean;
    }
  | { readonly kind: 'content' | 'end' | 'leave'; readonly which: number }
  | { readonly kind: 'fail'; readonly which: number; readonly fault: Fault };

const firstByteMs = 270 * second;
const ids = ['e1', 'e2', 'e3'];
const which = fc.nat(20);

const query: fc.Arbitrary<QuerySketch> = fc.record({
  route: fc.constantFrom('messages', 'messages', 'messages', 'countTokens'),
  model: fc.constantFrom(opus, opus, haiku),
  conversation: fc.constantFrom(undefined, undefined, 'a', 'b'),
});

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(1, second, 5 * second, 20 * second, minute, 2 * minute, 10 * minute),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('request' as const),
      query,
      tried: fc.subarray(ids, { maxLength: 2 }),
      patient: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('content', 'end', 'leave' as const), which }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('fail' as const), which, fault: fc.constantFrom(...faults) }),
  },
);

const events = fc.array(event, { maxLength: 80, size: 'max' });
/** Circuits open quickly, so that more happens. */
const routing = { breakerThreshold: 2 };

interface Watch {
  /** Called with each request that is sent, before others can follow. */
  readonly began?: (sent: Sent, event: Extract<Event, { kind: 'request' }>) => void;
  /** Called after each event, with the requests that are on their way. */
  readonly after?: (running: ReadonlySet<Sent>) => void;
}

/** Lets events happen to a fleet. @returns the requests that are still on their way at the end */
function play(fleet: Fleet, all: readonly Event[], { began, after }: Watch = {}): Set<Sent> {
  const running = new Set<Sent>();
  for (const each of all) {
    if (each.kind === 'wait') {
      fleet.advance(each.ms);
      // No request has longer than that for its first byte.
      for (const sent of running) {
        if (sent.hasContent || sent.age < firstByteMs) continue;
        running.delete(sent);
        sent.fail(transport('firstByteTimeout'));
      }
    } else if (each.kind === 'request') {
      const choice = fleet.choose(each.query, each);
      if (choice.kind === 'endpoint') {
        const sent = fleet.sendTo(choice, each.query);
        began?.(sent, each);
        running.add(sent);
      }
    } else {
      const sent = [...running][each.which % running.size];
      if (sent) happen(sent, each);
      if (sent && each.kind !== 'content') running.delete(sent);
    }
    after?.(running);
  }
  return running;
}

function happen(sent: Sent, event: Exclude<Event, { kind: 'wait' | 'request' }>): void {
  switch (event.kind) {
    case 'content':
      if (!sent.hasContent) sent.content();
      return;
    case 'end':
      sent.end();
      return;
    case 'leave':
      sent.leave();
      return;
    case 'fail':
      sent.fail(event.fault);
      return;
  }
}

const oneProfile: readonly ProfileSketch[] = [{ id: 'p', endpoints: ids.map((id) => ({ id })) }];

test('no request is sent where it has been, or to what is disabled, has no key or cools down', () => {
  const profiles: readonly ProfileSketch[] = [
    {
      id: 'p',
      priority: 'primary',
      endpoints: [{ id: 'e1' }, { id: 'disabled', enabled: false }, { id: 'e2', apiKey: 'shared' }],
    },
    {
      id: 's',
      priority: 'secondary',
      endpoints: [{ id: 'keyless', apiKey: '' }, { id: 'e3' }, { id: 'e4', apiKey: 'shared' }],
    },
    { id: 'x', endpoints: [{ id: 'outside' }] },
  ];
  fc.assert(
    fc.property(events, (all) => {
      const fleet = new Fleet(profiles, { routing });
      play(fleet, all, {
        began: ({ choice, id, query: asked }, { tried }) => {
          assert.ok(!tried.includes(id), `${id} was tried`);
          assert.ok(!['disabled', 'keyless', 'outside'].includes(id), id);
          const { endpoint } = choice.candidate;
          const { memory, contents, now } = fleet;
          // Where every key and every address is of no use, what one of them says is told, limits or not.
          const reason = memory.healthOf(id).quarantine?.reason ?? 'failing';
          const isAnyAsGood = choice.reason === 'lastResort' && reason !== 'failing';
          if (!isAnyAsGood) assert.equal(memory.coolUntil(contents, endpoint, asked.model, now), undefined);
        },
      });
    }),
    { numRuns: 500 },
  );
});

test('an endpoint that is out is never asked by two at a time, unless nobody else is configured', () => {
  // The last resort of an endpoint that is alone, or among useless ones, is a trial that blocks nobody.
  const isTrial = ({ choice: { trial, reason }, query: { route } }: Sent) =>
    route === 'messages' && (trial === 'lastResort' || (trial === 'trial' && reason !== 'lastResort'));
  fc.assert(
    fc.property(events, (all) => {
      const fleet = new Fleet(oneProfile, { routing });
      const trials = new Map<string, { readonly sent: Sent; readonly standing: string }>();
      // Quarantined for another reason is as good as newly quarantined.
      const standingOf = (id: string) =>
        `${fleet.standingOf(id)} ${fleet.memory.healthOf(id).quarantine?.reason ?? ''}`;
      play(fleet, all, {
        began: (sent) => {
          if (!isTrial(sent)) return;
          const rival = trials.get(sent.id)?.sent;
          assert.equal(rival?.choice.reason, undefined, `${sent.id}: ${sent.choice.reason}`);
          trials.set(sent.id, { sent, standing: standingOf(sent.id) });
        },
        after: (running) => {
          // What an endpoint was tried for may be decided by requests that were sent before it was out.
          for (const [id, { sent, standing }] of trials) {
            const isDecided = standingOf(id) !== standing;
            if (isDecided || sent.hasContent || !running.has(sent)) trials.delete(id);
          }
        },
      });
    }),
    { numRuns: 2_000 },
  );
});

test('one request at a time is the last resort', () => {
  fc.assert(
    fc.property(events, (all) => {
      let lastResort: Sent | undefined;
      play(new Fleet(oneProfile, { routing }), all, {
        began: (sent) => {
          if (sent.choice.trial !== 'lastResort') return;
          assert.equal(lastResort?.id, undefined);
          lastResort = sent;
        },
        after: (running) => {
          if (lastResort && (lastResort.hasContent || !running.has(lastResort))) lastResort = undefined;
        },
      });
    }),
    { numRuns: 2_000 },
  );
});

test('no endpoint is out for ever: with ordinary traffic all are healthy again within two hours', () => {
  fc.assert(
    fc.property(events, (all) => {
      const fleet = new Fleet(oneProfile, { routing });
      const running = play(fleet, all);
      for (const sent of running) sent.leave();
      for (let i = 0; i < 240; i += 1) {
        fleet.advance(30 * second);
        const choice = fleet.choose();
        if (choice.kind === 'endpoint') fleet.sendTo(choice).end();
      }
      for (const id of ids) assert.equal(fleet.standingOf(id), 'healthy', id);
    }),
    { numRuns: 1_000 },
  );
});

test('a request that waits for a known time can go on then, if nothing happens meanwhile', () => {
  fc.assert(
    fc.property(events, (all) => {
      const fleet = new Fleet(oneProfile, { routing });
      for (const sent of play(fleet, all)) sent.leave();
      for (let i = 0; i < 10; i += 1) {
        const choice = fleet.choose();
        if (choice.kind !== 'wait') return;
        assert.ok(choice.until !== undefined && choice.until > fleet.now);
        fleet.advance(choice.until - fleet.now);
      }
      assert.fail('it waits again and again');
    }),
    { numRuns: 1_000 },
  );
});
