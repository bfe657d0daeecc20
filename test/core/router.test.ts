import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Choice } from '../../src/core/router.ts';
import type { EndpointSketch, ProfileSketch } from '../support/contents.ts';
import {
  answers,
  Fleet,
  type FleetOptions,
  haiku,
  hour,
  minute,
  openMs,
  opus,
  quarantineMs,
  refuses,
  second,
} from '../support/fleet.ts';

/** A fleet of one profile. */
function fleetOf(endpoints: readonly (string | EndpointSketch)[], options?: FleetOptions): Fleet {
  return new Fleet([profileOf('p', endpoints)], options);
}

function profileOf(
  id: string,
  endpoints: readonly (string | EndpointSketch)[],
  profile: Partial<ProfileSketch> = {},
): ProfileSketch {
  return { id, ...profile, endpoints: endpoints.map((it) => (typeof it === 'string' ? { id: it } : it)) };
}

/** A primary profile with one endpoint and a secondary one with another. */
function twoLevels(options?: FleetOptions): Fleet {
  return new Fleet(
    [profileOf('p', ['e1'], { priority: 'primary' }), profileOf('s', ['e2'], { priority: 'secondary' })],
    options,
  );
}

/** A choice in few words: the endpoint and the reason, or what else it is. */
function told(choice: Choice): string {
  switch (choice.kind) {
    case 'endpoint':
      return `${choice.candidate.endpoint.id}: ${choice.reason}`;
    case 'wait':
      return `wait: ${choice.reason}`;
    case 'none':
      return 'none';
  }
}

const rateLimited = (seconds: number) => answers(429, { retryAfterMs: seconds * second });
const keyRefused = answers(401);
const talk = { conversation: 'talk' };

/** Serves a conversation's first request at an endpoint, the others being tried before. */
function bindTo(fleet: Fleet, id: string): void {
  const others = fleet.contents.configuration.profiles
    .flatMap((profile) => profile.endpoints)
    .flatMap((endpoint) => (endpoint.id === id ? [] : [endpoint.id]));
  fleet.send(talk, { tried: others }).end();
}

describe('a conversation', () => {
  test('stays at the endpoint that served it, whatever the strategy would say', () => {
    const fleet = fleetOf([{ id: 'e1', weight: 1 }, { id: 'e2', weight: 1000 }, 'e3']);
    bindTo(fleet, 'e1');
    for (let turn = 0; turn < 50; turn += 1) assert.deepEqual(fleet.serve(talk).visited, ['e1']);
    assert.equal(told(fleet.choose(talk)), 'e1: bound');
  });

  test('stays at an endpoint in bad standing while others are healthy', () => {
    const fleet = fleetOf(['e1', 'e2']);
    bindTo(fleet, 'e1');
    fleet.send({}, { tried: ['e2'] }).fail(refuses);
    assert.equal(fleet.standingOf('e1'), 'unhealthy');
    assert.equal(told(fleet.choose(talk)), 'e1: bound');
  });

  test('stays at the lower level that it came to, when the first level is ready again', () => {
    const fleet = twoLevels();
    bindTo(fleet, 'e1');
    assert.deepEqual(fleet.serve(talk, { e1: refuses }).visited, ['e1', 'e2']);
    assert.deepEqual(fleet.serve().visited, ['e1']);
    assert.equal(told(fleet.choose(talk)), 'e2: bound');
  });

  test('waits for its endpoint when that is ready within five seconds', () => {
    const fleet = fleetOf(['e1', 'e2']);
    bindTo(fleet, 'e1');
    fleet.send({}, { tried: ['e2'] }).fail(rateLimited(5));
    const choice = fleet.choose(talk);
    assert.equal(told(choice), 'wait: bound');
    assert.equal(choice.kind === 'wait' && choice.until, fleet.now + 5 * second);
    fleet.advance(5 * second);
    assert.equal(told(fleet.choose(talk)), 'e1: bound');
  });

  test('waits for the trial of its endpoint when that is due within five seconds', () => {
    const fleet = fleetOf(['e1', 'e2']);
    bindTo(fleet, 'e1');
    fleet.open('e1');
    fleet.advance(openMs - 5 * second);
    assert.equal(told(fleet.choose(talk)), 'wait: bound');
    fleet.advance(5 * second);
    const choice = fleet.choose(talk);
    assert.equal(told(choice), 'e1: bound');
    assert.equal(choice.kind === 'endpoint' && choice.trial, 'trial');
  });

  test('moves at once when its endpoint takes longer', () => {
    const fleet = fleetOf(['e1', 'e2']);
    bindTo(fleet, 'e1');
    fleet.send({}, { tried: ['e2'] }).fail(rateLimited(5.001));
    assert.equal(told(fleet.choose(talk)), 'e2: strategy');
  });

  test('moves at once when nobody knows how long its endpoint takes, because its trial runs', () => {
    const fleet = fleetOf(['e1', 'e2']);
    bindTo(fleet, 'e1');
    fleet.open('e1');
    fleet.advance(openMs);
    assert.equal(told(fleet.send().choice), 'e1: trial');
    assert.equal(told(fleet.choose(talk)), 'e2: strategy');
  });

  test('moves at once when it may not be held', () => {
    const fleet = fleetOf(['e1', 'e2']);
    bindTo(fleet, 'e1');
    fleet.send({}, { tried: ['e2'] }).fail(rateLimited(1));
    assert.equal(told(fleet.choose(talk, { patient: false })), 'e2: strategy');
  });

  test('moves at once when it was held for its endpoint before', () => {
    const fleet = fleetOf(['e1', 'e2']);
    bindTo(fleet, 'e1');
    fleet.send({}, { tried: ['e2'] }).fail(rateLimited(1));
    assert.equal(told(fleet.choose(talk, { waitsForHome: false })), 'e2: strategy');
  });

  test('is still held when it was before and nobody else is ready', () => {
    const fleet = fleetOf(['e1', 'e2']);
    bindTo(fleet, 'e1');
    fleet.send({}, { tried: ['e2'] }).fail(rateLimited(1));
    fleet.send({}, { tried: ['e1'] }).fail(rateLimited(2));
    const choice = fleet.choose(talk, { waitsForHome: false });
    assert.equal(told(choice), 'wait: noneReady');
    assert.equal(choice.kind === 'wait' && choice.until, fleet.now + second);
  });

  test('moves at once when its endpoint has just failed this request', () => {
    const fleet = fleetOf(['e1', 'e2']);
    bindTo(fleet, 'e1');
    assert.equal(told(fleet.choose(talk, { tried: ['e1'] })), 'e2: strategy');
  });

  test('moves once: it stays where it came to when its first endpoint is back', () => {
    const fleet = fleetOf(['e1', 'e2']);
    bindTo(fleet, 'e1');
    assert.deepEqual(fleet.serve(talk, { e1: rateLimited(60) }).visited, ['e1', 'e2']);
    fleet.advance(hour);
    for (let turn = 0; turn < 10; turn += 1) assert.equal(told(fleet.choose(talk)), 'e2: bound');
  });

  test('moves when its endpoint is disabled, loses its key or leaves the profile', () => {
    for (const e1 of [{ id: 'e1', enabled: false }, { id: 'e1', apiKey: '' }, undefined]) {
      const fleet = fleetOf(['e1', 'e2']);
      bindTo(fleet, 'e1');
      fleet.configure([profileOf('p', [...(e1 ? [e1] : []), 'e2'])]);
      assert.equal(told(fleet.choose(talk)), 'e2: strategy');
    }
  });

  test('stays at its endpoint when a request of it for another model has to go elsewhere', () => {
    const fleet = fleetOf([{ id: 'e1', models: [opus] }, 'e2']);
    bindTo(fleet, 'e1');
    assert.deepEqual(fleet.serve({ ...talk, model: haiku }).visited, ['e2']);
    assert.equal(told(fleet.choose(talk)), 'e1: bound');
  });

  test('is no conversation without a name: its requests are spread', () => {
    const fleet = fleetOf(['e1', 'e2']);
    const visited = [fleet.serve(), fleet.serve()].flatMap((it) => it.visited);
    assert.deepEqual(visited.sort(), ['e1', 'e2']);
  });
});

describe('the side requests of a conversation for another class of models', () => {
  const side = { ...talk, model: haiku };

  test('go where the conversation is, whatever the strategy would say', () => {
    const fleet = fleetOf([{ id: 'e1', weight: 1 }, { id: 'e2', weight: 1000 }, 'e3']);
    bindTo(fleet, 'e1');
    for (let i = 0; i < 20; i += 1) assert.deepEqual(fleet.serve(side).visited, ['e1']);
  });

  test('go elsewhere when their model is not found there, and leave the conversation where it is', () => {
    const fleet = fleetOf(['e1', 'e2']);
    bindTo(fleet, 'e1');
    assert.deepEqual(fleet.serve(side, { e1: answers(404) }).visited, ['e1', 'e2']);
    for (let i = 0; i < 5; i += 1) {
      assert.equal(told(fleet.choose(talk)), 'e1: bound');
      assert.deepEqual(fleet.serve(side).visited, ['e2']);
    }
    assert.equal(fleet.standingOf('e1'), 'healthy');
  });

  test('go elsewhere at once while their model cools down there, and leave the conversation where it is', () => {
    const fleet = fleetOf(['e1', 'e2']);
    bindTo(fleet, 'e1');
    fleet.send({ model: haiku }, { tried: ['e2'] }).fail(rateLimited(3));
    assert.equal(told(fleet.choose(side)), 'e2: strategy');
    assert.deepEqual(fleet.serve(side).visited, ['e2']);
    assert.equal(told(fleet.choose(talk)), 'e1: bound');
    fleet.advance(minute);
    assert.equal(told(fleet.choose(side)), 'e2: bound');
    assert.equal(told(fleet.choose(talk)), 'e1: bound');
  });

  test('go to the endpoint that alone serves their model, and leave the conversation where it is', () => {
    const fleet = fleetOf([
      { id: 'e1', models: [opus] },
      { id: 'e2', models: [opus] },
      { id: 'e3', models: [haiku] },
    ]);
    bindTo(fleet, 'e2');
    for (let i = 0; i < 5; i += 1) {
      assert.deepEqual(fleet.serve(side).visited, ['e3']);
      assert.equal(told(fleet.choose(talk)), 'e2: bound');
    }
  });

  test('that fail there leave the conversation where it is, as long as its endpoint is not out', () => {
    const fleet = fleetOf(['e1', 'e2']);
    bindTo(fleet, 'e1');
    assert.deepEqual(fleet.serve(side, { e1: answers(500) }).visited, ['e1', 'e2']);
    assert.equal(told(fleet.choose(talk)), 'e1: bound');
  });

  test('stay where they were served first, when the conversation moves', () => {
    const fleet = fleetOf(['e1', 'e2']);
    bindTo(fleet, 'e1');
    fleet.serve(side);
    assert.deepEqual(fleet.serve(talk, { e1: rateLimited(60) }).visited, ['e1', 'e2']);
    assert.equal(told(fleet.choose(side)), 'e1: bound');
    assert.equal(told(fleet.choose(talk)), 'e2: bound');
  });

  test('that come first are where the conversation goes too', () => {
    const fleet = fleetOf([
      { id: 'e1', weight: 1 },
      { id: 'e2', weight: 1000 },
    ]);
    fleet.send(side, { tried: ['e2'] }).end();
    assert.equal(told(fleet.choose(talk)), 'e1: bound');
  });
});

describe('a conversation whose answer was broken off', () => {
  const cut = { kind: 'transport', failure: 'truncated' } as const;

  /** Its last answer broke off at an endpoint, after it had begun. */
  function cutAt(fleet: Fleet, id: string, query: Parameters<Fleet['send']>[0] = talk): void {
    const others = ['e1', 'e2', 'e3'].filter((other) => other !== id);
    const sent = fleet.send(query, { tried: others });
    assert.equal(sent.id, id);
    sent.content();
    sent.fail(cut);
  }

  test('goes on elsewhere for five minutes, though the endpoint is ready', () => {
    const fleet = fleetOf([
      { id: 'e1', weight: 1000 },
      { id: 'e2', weight: 1 },
    ]);
    bindTo(fleet, 'e1');
    cutAt(fleet, 'e1');
    fleet.send({}, { tried: ['e2'] }).end();
    assert.equal(fleet.standingOf('e1'), 'healthy');
    for (let i = 0; i < 5; i += 1) assert.equal(told(fleet.choose(talk)), 'e2: strategy');
    fleet.advance(5 * minute - 1);
    for (let i = 0; i < 5; i += 1) assert.equal(told(fleet.choose(talk)), 'e2: strategy');
    fleet.advance(1);
    assert.equal(told(fleet.choose(talk)), 'e1: strategy');
  });

  test('stays where it went on', () => {
    const fleet = fleetOf(['e1', 'e2']);
    bindTo(fleet, 'e1');
    cutAt(fleet, 'e1');
    assert.deepEqual(fleet.serve(talk).visited, ['e2']);
    fleet.advance(hour);
    assert.equal(told(fleet.choose(talk)), 'e2: bound');
  });

  test('goes on elsewhere though its side requests are served at that endpoint', () => {
    const fleet = fleetOf(['e1', 'e2']);
    const side = { ...talk, model: haiku };
    bindTo(fleet, 'e1');
    fleet.serve(side);
    cutAt(fleet, 'e1');
    assert.deepEqual(fleet.serve(side).visited, ['e1']);
    assert.equal(fleet.standingOf('e1'), 'healthy');
    assert.equal(told(fleet.choose(talk)), 'e2: strategy');
  });

  test('takes nobody with it: other conversations stay, and new ones may come', () => {
    const fleet = fleetOf([
      { id: 'e1', weight: 1000 },
      { id: 'e2', weight: 1 },
    ]);
    const other = { conversation: 'other' };
    fleet.send(other, { tried: ['e2'] }).end();
    cutAt(fleet, 'e1');
    fleet.send({}, { tried: ['e2'] }).end();
    assert.equal(told(fleet.choose(other)), 'e1: bound');
    assert.equal(told(fleet.choose({ conversation: 'new' })), 'e1: strategy');
  });

  test('goes on there all the same when no other endpoint is ready', () => {
    const fleet = fleetOf(['e1', 'e2']);
    bindTo(fleet, 'e1');
    cutAt(fleet, 'e1');
    fleet.send({}, { tried: ['e1'] }).fail(rateLimited(600));
    assert.equal(told(fleet.choose(talk)), 'e1: strategy');
  });

  test('goes on there rather than at a lower level', () => {
    const fleet = twoLevels();
    bindTo(fleet, 'e1');
    cutAt(fleet, 'e1');
    assert.equal(told(fleet.choose(talk)), 'e1: strategy');
  });

  test('is no recheck or trial of that endpoint while another one is ready', () => {
    const fleet = fleetOf(['e1', 'e2']);
    bindTo(fleet, 'e1');
    cutAt(fleet, 'e1');
    fleet.advance(2 * minute);
    assert.equal(told(fleet.choose(talk)), 'e2: strategy');
    assert.equal(told(fleet.choose()), 'e1: trial');
    fleet.open('e1');
    fleet.advance(openMs);
    assert.equal(told(fleet.choose(talk)), 'e2: strategy');
  });

  test('goes on elsewhere after a break in its first answer too', () => {
    const fleet = fleetOf([
      { id: 'e1', weight: 1000 },
      { id: 'e2', weight: 1 },
    ]);
    cutAt(fleet, 'e1');
    fleet.send({}, { tried: ['e2'] }).end();
    assert.equal(told(fleet.choose(talk)), 'e2: strategy');
  });

  test('is none when its client left, or when the endpoint failed before the first content', () => {
    const fleet = fleetOf([
      { id: 'e1', weight: 1000 },
      { id: 'e2', weight: 1 },
    ]);
    const sent = fleet.send(talk, { tried: ['e2'] });
    sent.content();
    sent.leave();
    assert.equal(told(fleet.choose(talk)), 'e1: bound');
    fleet.send(talk).fail(cut);
    assert.equal(told(fleet.choose(talk)), 'e1: bound');
  });
});

test('1 000 conversations of ten turns: all stay while their endpoint is ready, and move once when it is not', () => {
  const fleet = fleetOf(['e1', 'e2', 'e3'], { seed: 7 });
  const names = Array.from({ length: 1_000 }, (_, index) => `talk-${index}`);
  const visits = new Map<string, string[]>(names.map((name) => [name, []]));
  const turns = (count: number, faults = {}) => {
    for (let turn = 0; turn < count; turn += 1) {
      fleet.advance(second);
      for (const conversation of names) {
        const { visited, outcome } = fleet.serve({ conversation }, faults, false);
        assert.equal(outcome, 'served');
        visits.get(conversation)?.push(visited.at(-1) ?? '');
      }
    }
  };
  turns(5);
  for (const at of visits.values()) assert.equal(new Set(at).size, 1);
  const atE1 = names.filter((name) => visits.get(name)?.[0] === 'e1');
  assert.ok(atE1.length > 300);

  turns(3, { e1: refuses });
  fleet.advance(hour);
  turns(2);

  for (const [name, at] of visits) {
    const moves = at.filter((id, index) => index > 0 && id !== at[index - 1]).length;
    assert.equal(moves, atE1.includes(name) ? 1 : 0, `${name}: ${at.join(' ')}`);
  }
});

describe('the tiers', () => {
  test('healthy endpoints go before degraded ones, and these before unhealthy ones', () => {
    const fleet = fleetOf(['unhealthy', 'degraded', 'healthy']);
    fleet.send({}, { tried: ['degraded', 'healthy'] }).fail(refuses);
    fleet.send({}, { tried: ['unhealthy', 'healthy'] }).fail(rateLimited(1));
    fleet.advance(second);
    for (let i = 0; i < 10; i += 1) assert.equal(told(fleet.choose()), 'healthy: strategy');
    assert.equal(told(fleet.choose({}, { tried: ['healthy'] })), 'degraded: strategy');
    assert.equal(told(fleet.choose({}, { tried: ['healthy', 'degraded'] })), 'unhealthy: strategy');
  });

  test('a degraded endpoint takes part again after five minutes', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.send({}, { tried: ['e2'] }).fail(rateLimited(1));
    fleet.advance(5 * minute);
    const visited = [fleet.serve(), fleet.serve()].flatMap((it) => it.visited);
    assert.deepEqual(visited.sort(), ['e1', 'e2']);
  });

  test('an unhealthy endpoint gets one request again after as long as a circuit stays open', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.send({}, { tried: ['e2'] }).fail(refuses);
    fleet.advance(openMs - 1);
    assert.equal(told(fleet.choose()), 'e2: strategy');
    fleet.advance(1);
    const recheck = fleet.send();
    assert.equal(told(recheck.choice), 'e1: trial');
    assert.equal(told(fleet.choose()), 'e2: strategy');
    recheck.end();
    assert.equal(fleet.standingOf('e1'), 'healthy');
  });

  test('an unhealthy endpoint that the client left gets the next request after as long again', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.send({}, { tried: ['e2'] }).fail(refuses);
    fleet.advance(openMs);
    fleet.send().leave();
    assert.equal(told(fleet.choose()), 'e2: strategy');
    fleet.advance(openMs);
    assert.equal(told(fleet.choose()), 'e1: trial');
  });

  test('an endpoint that came back from a quarantine, but was left before its answer was whole, gets another request', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.send({}, { tried: ['e2'] }).fail(keyRefused);
    fleet.advance(quarantineMs);
    const trial = fleet.send();
    trial.content();
    trial.leave();
    assert.equal(fleet.standingOf('e1'), 'unhealthy');
    fleet.advance(openMs);
    assert.equal(told(fleet.choose()), 'e1: trial');
  });

  test("within a tier the profile's strategy decides", () => {
    const byPriority = profileOf(
      'p',
      [
        { id: 'e1', priority: 2 },
        { id: 'e2', priority: 1 },
      ],
      { strategy: 'priority' },
    );
    const fleet = new Fleet([byPriority]);
    for (let i = 0; i < 10; i += 1) assert.equal(told(fleet.choose()), 'e2: strategy');
  });
});

describe('the strategy by response time', () => {
  /** Of the first of two endpoints it is known that it answers within half a second, of the other one nothing. */
  function oneMeasured(): Fleet {
    const fleet = new Fleet([profileOf('p', ['e1', 'e2'], { strategy: 'responseTime' })]);
    const sent = fleet.send({}, { tried: ['e2'] });
    fleet.advance(500);
    sent.end();
    return fleet;
  }

  test('gives an endpoint that was never measured one request at a time to measure it with', () => {
    const fleet = oneMeasured();
    assert.equal(fleet.send().id, 'e2');
    for (let i = 0; i < 100; i += 1) assert.equal(fleet.send().id, 'e1');
  });

  test('gives it another one when that has ended without a measure', () => {
    const fleet = oneMeasured();
    for (let i = 0; i < 3; i += 1) {
      const measuring = fleet.send();
      assert.equal(measuring.id, 'e2');
      assert.equal(fleet.send().id, 'e1');
      measuring.leave();
    }
  });

  test('spreads by it once it is measured', () => {
    const fleet = new Fleet([profileOf('p', ['e1', 'e2'], { strategy: 'responseTime' })]);
    for (const [id, ms] of [
      ['e1', 500],
      ['e2', 100],
    ] as const) {
      const sent = fleet.send({}, { tried: [id === 'e1' ? 'e2' : 'e1'] });
      fleet.advance(ms);
      sent.end();
    }
    for (let i = 0; i < 10; i += 1) assert.equal(fleet.send().id, 'e2');
  });
});

describe('failover to another level', () => {
  test('happens within the same request', () => {
    assert.deepEqual(twoLevels().serve({}, { e1: refuses }), { visited: ['e1', 'e2'], outcome: 'served' });
  });

  test('happens only when no endpoint of the first level is ready, in whatever standing they are', () => {
    const fleet = twoLevels();
    fleet.send().fail(refuses);
    assert.equal(fleet.standingOf('e1'), 'unhealthy');
    assert.equal(told(fleet.choose()), 'e1: strategy');
    fleet.open('e1');
    assert.equal(told(fleet.choose()), 'e2: strategy');
  });

  test('does not happen unless the user wants it', () => {
    const fleet = twoLevels({ policy: { autoFailover: false } });
    assert.deepEqual(fleet.serve({}, { e1: rateLimited(20) }), {
      visited: ['e1'],
      outcome: 'waits',
      until: fleet.now + 20 * second,
    });
  });

  test('finds the fifth endpoint when four of the first level refuse', () => {
    const fleet = new Fleet([
      profileOf('p', ['e1', 'e2', 'e3', 'e4'], { priority: 'primary' }),
      profileOf('s', ['e5'], { priority: 'secondary' }),
    ]);
    const { visited, outcome } = fleet.serve({}, { e1: refuses, e2: refuses, e3: refuses, e4: refuses });
    assert.equal(outcome, 'served');
    assert.deepEqual([...visited.slice(0, 4)].sort(), ['e1', 'e2', 'e3', 'e4']);
    assert.equal(visited[4], 'e5');
  });

  test('never leaves the profiles that take part', () => {
    const fleet = new Fleet([profileOf('p', ['e1'], { priority: 'primary' }), profileOf('x', ['e2'])]);
    assert.deepEqual(fleet.serve({}, { e1: refuses }, false).visited, ['e1']);
  });
});

describe('the circuit breaker', () => {
  test('takes an endpoint out after three failures in a row, at once', () => {
    const fleet = fleetOf(['e1', 'e2']);
    for (let i = 0; i < 3; i += 1) fleet.send({}, { tried: ['e2'] }).fail(refuses);
    for (let i = 0; i < 10; i += 1) assert.equal(told(fleet.choose()), 'e2: strategy');
    const choice = fleet.choose();
    assert.equal(choice.considered.e1, 'open');
  });

  test('lets one trial at a time through after a minute, and all requests once that is served', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.open('e1');
    fleet.advance(openMs - 1);
    assert.equal(told(fleet.choose()), 'e2: strategy');
    fleet.advance(1);
    const trial = fleet.send();
    assert.equal(told(trial.choice), 'e1: trial');
    for (let i = 0; i < 10; i += 1) assert.equal(told(fleet.send().choice), 'e2: strategy');
    trial.end();
    const visited = [fleet.serve(), fleet.serve()].flatMap((it) => it.visited);
    assert.deepEqual(visited.sort(), ['e1', 'e2']);
  });

  test('lets traffic through from the first content of the trial, and opens again with the next failure', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.open('e1');
    fleet.advance(openMs);
    const trial = fleet.send();
    trial.content();
    assert.equal(fleet.choose().considered.e1, 'ready');
    trial.fail(refuses);
    assert.equal(fleet.standingOf('e1'), 'open');
  });

  test('lets the next trial through at once when the client of one has left', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.open('e1');
    fleet.advance(openMs);
    fleet.send().leave();
    assert.equal(told(fleet.choose()), 'e1: trial');
  });

  test('does not take the end of a former trial for that of the one that runs', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.open('e1');
    fleet.advance(openMs);
    const former = fleet.send();
    former.content();
    fleet.open('e1');
    fleet.advance(2 * openMs);
    assert.equal(told(fleet.send().choice), 'e1: trial');
    former.leave();
    assert.equal(told(fleet.choose()), 'e2: strategy');
  });

  test('stays open twice as long after each failed trial; the third time in a row it is a quarantine', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.open('e1');
    fleet.advance(openMs);
    fleet.send().fail(refuses);
    fleet.advance(2 * openMs - 1);
    assert.equal(told(fleet.choose()), 'e2: strategy');
    fleet.advance(1);
    fleet.send().fail(refuses);
    assert.equal(fleet.standingOf('e1'), 'quarantined');
    assert.equal(fleet.memory.healthOf('e1').quarantine?.reason, 'failing');
  });

  test('lets a quarantined endpoint be tried once in ten minutes', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.send({}, { tried: ['e2'] }).fail(keyRefused);
    for (let round = 0; round < 3; round += 1) {
      fleet.advance(quarantineMs - 1);
      assert.equal(told(fleet.choose()), 'e2: strategy');
      fleet.advance(1);
      const trial = fleet.send();
      assert.equal(told(trial.choice), 'e1: trial');
      assert.equal(told(fleet.choose()), 'e2: strategy');
      trial.fail(keyRefused);
    }
  });

  test('lets no second trial through while one runs and nobody else is ready', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.open('e1');
    fleet.advance(openMs);
    fleet.send({}, { tried: ['e1'] }).fail(rateLimited(60));
    assert.equal(told(fleet.send().choice), 'e1: trial');
    assert.equal(told(fleet.choose()), 'wait: noneReady');
  });

  test('is stopped by no endpoint that flaps: the other one serves, and its time out grows', () => {
    const fleet = fleetOf(['e1', 'e2']);
    const outMs: number[] = [];
    let outSince: number | undefined;
    // It fails whenever it is asked, save that it is well for the first request of every fourth minute.
    for (let elapsed = 0; elapsed < 30 * minute; elapsed += second) {
      const isWell = elapsed % (4 * minute) === 0;
      assert.equal(fleet.serve({}, isWell ? {} : { e1: refuses }).outcome, 'served');
      const isOut = fleet.standingOf('e1') !== 'healthy' && fleet.standingOf('e1') !== 'unhealthy';
      if (isOut && outSince === undefined) outSince = fleet.now;
      const { breaker, quarantine } = fleet.memory.healthOf('e1');
      const until = quarantine?.until ?? (breaker.state === 'open' ? breaker.until : undefined);
      if (until !== undefined && until - fleet.now > (outMs.at(-1) ?? 0)) outMs.push(until - fleet.now);
      fleet.advance(second);
    }
    assert.deepEqual(outMs, [openMs, 2 * openMs, quarantineMs]);
  });
});

describe('a lone endpoint', () => {
  test('is never blocked, however often it fails', () => {
    const fleet = fleetOf(['e1']);
    for (let i = 0; i < 20; i += 1) fleet.send().fail(refuses);
    fleet.send().fail(answers(500));
    fleet.send().fail({ kind: 'transport', failure: 'tlsFailed' });
    assert.equal(fleet.standingOf('e1'), 'unhealthy');
    assert.equal(fleet.choose().kind, 'endpoint');
  });

  test('that was out before it was alone is asked all the same, by everybody at once', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.open('e1');
    fleet.configure([profileOf('p', ['e1', { id: 'e2', enabled: false }])]);
    for (let i = 0; i < 5; i += 1) assert.equal(told(fleet.send().choice), 'e1: lastResort');
  });

  test('that was out before is well again with the first answer', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.open('e1');
    fleet.configure([profileOf('p', ['e1', { id: 'e2', enabled: false }])]);
    fleet.send().end();
    assert.equal(fleet.standingOf('e1'), 'healthy');
  });

  test('is waited for while it cools down', () => {
    const fleet = fleetOf(['e1']);
    fleet.send().fail(rateLimited(30));
    const choice = fleet.choose();
    assert.equal(choice.kind === 'wait' && choice.until, fleet.now + 30 * second);
  });

  test('that was tried and is no better now is all there is', () => {
    const fleet = fleetOf(['e1']);
    fleet.send().fail(refuses);
    assert.equal(told(fleet.choose({}, { tried: ['e1'] })), 'none');
  });
});

describe('when no endpoint is ready', () => {
  /** Both are out, the first one for ten seconds longer. */
  function allOut(): Fleet {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.open('e1');
    fleet.advance(10 * second);
    fleet.open('e2');
    fleet.advance(second);
    return fleet;
  }

  test('one request at a time tries the endpoint that has been out the longest; the others wait', () => {
    const fleet = allOut();
    const first = fleet.send();
    assert.equal(told(first.choice), 'e1: lastResort');
    for (const patient of [true, false]) assert.equal(told(fleet.choose({}, { patient })), 'wait: noneReady');
    first.fail(refuses);
    assert.equal(told(fleet.choose({}, { patient: false })), 'e2: lastResort');
  });

  test('patient requests try half a second apart at first, then ever longer, up to five seconds', () => {
    const fleet = allOut();
    fleet.configure([profileOf('p', ['e1', 'e2'])]);
    const pauses: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      fleet.send().fail(refuses);
      const choice = fleet.choose();
      assert.equal(told(choice), 'wait: noneReady');
      const pauseMs = choice.kind === 'wait' && choice.until !== undefined ? choice.until - fleet.now : 0;
      pauses.push(pauseMs);
      fleet.advance(pauseMs);
    }
    assert.deepEqual(pauses, [500, 1_000, 2_000, 4_000, 5_000]);
  });

  test('the pauses are short again after one was served', () => {
    const fleet = allOut();
    for (let i = 0; i < 3; i += 1) fleet.send({}, { patient: false }).fail(refuses);
    const sent = fleet.send({}, { patient: false });
    sent.end();
    fleet.open(sent.id);
    fleet.send().fail(refuses);
    const choice = fleet.choose();
    assert.equal(choice.kind === 'wait' && choice.until, fleet.now + 500);
  });

  test('the next one may try at once when the client of one has left', () => {
    const fleet = allOut();
    fleet.send().leave();
    assert.equal(fleet.choose().kind, 'endpoint');
  });

  test('the next one has to wait for the one that runs, whatever becomes of one that was there before', () => {
    const fleet = allOut();
    const former = fleet.send();
    former.content();
    fleet.open('e1');
    assert.equal(told(fleet.send().choice), 'e2: lastResort');
    former.fail({ kind: 'transport', failure: 'truncated' });
    assert.equal(told(fleet.choose({}, { patient: false })), 'wait: noneReady');
  });

  test('endpoints take turns: the one that was not tried for the longest time is next', () => {
    const fleet = fleetOf(['e1', 'e2', 'e3']);
    fleet.open('e1');
    for (const pauseMs of [openMs, 2 * openMs]) {
      fleet.advance(pauseMs);
      fleet.send().fail(refuses);
    }
    // Trials leave the time at which a quarantine began as it is.
    assert.equal(fleet.standingOf('e1'), 'quarantined');
    fleet.advance(second);
    fleet.open('e2');
    fleet.advance(second);
    fleet.open('e3');
    const tried = Array.from({ length: 9 }, () => {
      fleet.advance(second);
      const sent = fleet.send({}, { patient: false });
      sent.fail(refuses);
      return sent.id;
    });
    assert.deepEqual(tried, ['e1', 'e2', 'e3', 'e1', 'e2', 'e3', 'e1', 'e2', 'e3']);
  });

  test('an endpoint that failed too often to be trusted is still a last resort', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.open('e1');
    for (const pauseMs of [openMs, 2 * openMs]) {
      fleet.advance(pauseMs);
      fleet.send().fail(refuses);
    }
    fleet.open('e2');
    assert.equal(fleet.standingOf('e1'), 'quarantined');
    assert.equal(told(fleet.send().choice), 'e1: lastResort');
  });

  test('a failed last resort makes the time out of its endpoint start anew, but no longer', () => {
    const fleet = allOut();
    fleet.send().fail(refuses);
    const { breaker } = fleet.memory.healthOf('e1');
    assert.equal(breaker.state === 'open' && breaker.until, fleet.now + openMs);
  });

  test('all rate limited: requests wait for the one that is back first, and are served by it', () => {
    const fleet = fleetOf(['e1', 'e2', 'e3']);
    const faults = { e1: rateLimited(10), e2: rateLimited(20), e3: rateLimited(30) };
    const { visited, until } = fleet.serve({}, faults);
    assert.equal(visited.length, 3);
    assert.equal(until, fleet.now + 10 * second);
    fleet.advance(10 * second);
    assert.deepEqual(fleet.serve(), { visited: ['e1'], outcome: 'served' });
  });

  test('a request that may not be held learns when it can come back', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.serve({}, { e1: rateLimited(10), e2: rateLimited(20) }, false);
    const choice = fleet.choose({}, { patient: false });
    assert.equal(choice.kind === 'wait' && choice.until, fleet.now + 10 * second);
  });
});

describe('an endpoint whose key or address is of no use', () => {
  for (const [what, fault] of [
    ['key was refused', keyRefused],
    ['key is spent', answers(402)],
    ['address leads elsewhere', { kind: 'transport', failure: 'redirected' }],
  ] as const) {
    test(`because its ${what} never serves while there is another one, in whatever state that is`, () => {
      const fleet = fleetOf(['e1', 'e2', 'e3']);
      fleet.send({}, { tried: ['e2', 'e3'] }).fail(fault);
      assert.equal(fleet.standingOf('e1'), 'quarantined');
      fleet.send({}, { tried: ['e1', 'e3'] }).fail(rateLimited(60));
      assert.equal(told(fleet.choose()), 'e3: strategy');
      fleet.send({}, { tried: ['e1', 'e2'] }).fail(rateLimited(60));
      assert.equal(told(fleet.choose()), 'wait: noneReady');
      fleet.advance(minute);
      fleet.open('e2');
      fleet.open('e3');
      assert.equal(told(fleet.send().choice), 'e2: lastResort');
      assert.equal(told(fleet.choose()), 'wait: noneReady');
    });

    test(`because its ${what} is asked all the same when there is nobody else, and nobody waits`, () => {
      const fleet = fleetOf(['e1', 'e2']);
      assert.equal(fleet.serve({}, { e1: fault, e2: fault }).outcome, 'failed');
      for (let i = 0; i < 3; i += 1) assert.equal(told(fleet.send().choice), 'e1: lastResort');
      assert.equal(told(fleet.choose({}, { tried: ['e1', 'e2'] })), 'none');
    });
  }

  test('does not make a conversation wait for it', () => {
    const fleet = fleetOf(['e1', 'e2']);
    bindTo(fleet, 'e1');
    fleet.send({}, { tried: ['e2'] }).fail(keyRefused);
    fleet.advance(quarantineMs - second);
    assert.equal(told(fleet.choose(talk)), 'e2: strategy');
  });

  test('does not make a conversation wait for it when there is nobody else either', () => {
    const fleet = fleetOf(['e1', 'e2']);
    bindTo(fleet, 'e1');
    fleet.serve({}, { e1: keyRefused, e2: keyRefused });
    fleet.advance(quarantineMs - second);
    assert.equal(fleet.choose(talk).kind, 'endpoint');
  });

  test('leaves the other one alone: that is not blocked', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.send({}, { tried: ['e2'] }).fail(keyRefused);
    for (let i = 0; i < 10; i += 1) {
      const sent = fleet.send();
      assert.equal(sent.id, 'e2');
      sent.fail(refuses);
    }
  });
});

describe('an endpoint that does not serve a model', () => {
  const notFound = answers(404);

  test('is not asked for it again, and is for others', () => {
    const fleet = fleetOf(['e1', 'e2']);
    const first = fleet.serve({}, { e1: notFound });
    assert.deepEqual(first, { visited: ['e1', 'e2'], outcome: 'served' });
    for (let i = 0; i < 10; i += 1) assert.deepEqual(fleet.serve().visited, ['e2']);
    assert.equal(fleet.choose().considered.e1, 'refusedModel');
    const visited = [fleet.serve({ model: haiku }), fleet.serve({ model: haiku })].flatMap(
      (it) => it.visited,
    );
    assert.deepEqual(visited.sort(), ['e1', 'e2']);
  });

  test('is asked for it when nobody else is left', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.serve({}, { e1: notFound });
    fleet.configure([profileOf('p', ['e1', { id: 'e2', enabled: false }])]);
    assert.equal(told(fleet.choose()), 'e1: strategy');
  });

  test('is not asked for it while the other one only cools down', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.serve({}, { e1: notFound });
    fleet.send().fail(rateLimited(10));
    assert.equal(told(fleet.choose()), 'wait: noneReady');
  });
});

describe('requests other than messages', () => {
  const count = { route: 'countTokens', ...talk } as const;

  test("go to the conversation's endpoint", () => {
    const fleet = fleetOf([
      { id: 'e1', weight: 1 },
      { id: 'e2', weight: 1000 },
    ]);
    bindTo(fleet, 'e1');
    assert.deepEqual(fleet.serve(count).visited, ['e1']);
  });

  test('bind no conversation', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.serve(count);
    assert.equal(fleet.memory.places.affinity.size, 0);
  });

  test('take no trial: they go to who is well', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.open('e1');
    fleet.advance(openMs);
    for (let i = 0; i < 5; i += 1) assert.equal(told(fleet.send({ route: 'models' }).choice), 'e2: strategy');
    assert.equal(told(fleet.choose()), 'e1: trial');
  });

  test('go to a lower level rather than to who is due for a trial', () => {
    const fleet = twoLevels();
    fleet.open('e1');
    fleet.advance(openMs);
    for (const route of ['countTokens', 'models'] as const) {
      assert.equal(told(fleet.send({ route }).choice), 'e2: strategy');
    }
    assert.equal(told(fleet.choose()), 'e1: trial');
  });

  test("go to a lower level rather than to their conversation's endpoint when that is due for a trial", () => {
    const fleet = twoLevels();
    bindTo(fleet, 'e1');
    fleet.open('e1');
    fleet.advance(openMs);
    assert.equal(told(fleet.choose(count)), 'e2: strategy');
  });

  test('go to who is due for a trial when there is nobody else, without being that trial', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.open('e1');
    fleet.advance(openMs);
    const { choice } = fleet.send(count, { tried: ['e2'] });
    assert.deepEqual([told(choice), choice.trial], ['e1: strategy', 'no']);
    assert.equal(told(fleet.choose()), 'e1: trial');
  });

  test('go to who is out when nobody is well, without being its trial', () => {
    const fleet = fleetOf(['e1', 'e2']);
    fleet.open('e1');
    fleet.open('e2');
    const { choice } = fleet.send({ route: 'countTokens' }, { patient: false });
    assert.deepEqual([told(choice), choice.trial], ['e1: lastResort', 'no']);
    assert.equal(told(fleet.choose()), 'e1: lastResort');
  });
});

describe('what was found of the endpoints', () => {
  test('is told for each', () => {
    const fleet = fleetOf([
      { id: 'disabled', enabled: false },
      { id: 'keyless', apiKey: '' },
      { id: 'openai', protocol: 'openai' },
      { id: 'loop', baseUrl: 'http://127.0.0.1:7860' },
      { id: 'haiku', models: [haiku] },
      'tried',
      'cooling',
      'open',
      'refused',
      'lacking',
      'well',
    ]);
    const only = (id: string) => ({
      tried: ['tried', 'cooling', 'open', 'refused', 'lacking', 'well'].filter((other) => other !== id),
    });
    fleet.send({}, only('cooling')).fail(rateLimited(60));
    fleet.open('open');
    fleet.send({}, only('refused')).fail(keyRefused);
    fleet.send({}, only('lacking')).fail(answers(403));
    assert.deepEqual(fleet.choose({}, { tried: ['tried'] }).considered, {
      disabled: 'disabled',
      keyless: 'noKey',
      openai: 'wrongProtocol',
      loop: 'ownAddress',
      haiku: 'wrongModel',
      tried: 'tried',
      cooling: 'coolDown',
      open: 'open',
      refused: 'quarantined',
      lacking: 'refusedModel',
      well: 'ready',
    });
  });

  test('is nothing without an active profile', () => {
    assert.deepEqual(new Fleet([]).choose(), { kind: 'none', considered: {} });
  });
});

test('an outlook takes no turn of the strategy', () => {
  const fleet = fleetOf(['e1', 'e2']);
  const query = { route: 'messages', model: opus, conversation: undefined } as const;
  const visited: string[] = [];
  for (let i = 0; i < 10; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      fleet.router.outlook(
        fleet.contents,
        query,
        { tried: new Set(), patient: true, waitsForHome: true },
        fleet.now,
      );
    }
    visited.push(fleet.send().id);
  }
  assert.deepEqual(
    visited,
    Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? 'e1' : 'e2')),
  );
});

describe('weights that follow how endpoints do', () => {
  /** How many of a hundred requests each of two endpoints of equal weight gets, of which the second is slow. */
  function shares(dynamicWeights: boolean): Record<string, number> {
    const fleet = new Fleet([profileOf('p', ['quick', 'slow'])], { health: { dynamicWeights } });
    const counts: Record<string, number> = { quick: 0, slow: 0 };
    for (let i = 0; i < 120; i += 1) {
      const sent = fleet.send();
      fleet.advance(sent.id === 'slow' ? 8 * second : second / 5);
      sent.end();
      if (i >= 20) counts[sent.id] = (counts[sent.id] ?? 0) + 1;
    }
    return counts;
  }

  test('send less to the one that answers late', () => {
    const { quick = 0, slow = 0 } = shares(true);
    assert.ok(slow < quick / 2, `${slow} of ${slow + quick}`);
  });

  test('are those of the configuration when that is switched off', () => {
    assert.deepEqual(shares(false), { quick: 50, slow: 50 });
  });
});
