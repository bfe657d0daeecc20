import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  afterCommit,
  afterFailure,
  type Breaker,
  type BreakerRules,
  closedBreaker,
  type FailedAttempt,
  isTrialDue,
  openedAtOnce,
  trialAbandoned,
  trialStarted,
} from '../../src/core/circuitBreaker.ts';

const rules: BreakerRules = { threshold: 3, openMs: 60_000, maxOpenMs: 600_000 };

/** A breaker after failures of ordinary requests. */
function failedTimes(times: number, now = 0, breaker = closedBreaker): Breaker {
  let next = breaker;
  for (let i = 0; i < times; i += 1) next = afterFailure(next, now, rules, 'request', true);
  return next;
}

/** How long an open breaker stays open. */
function openMs(breaker: Breaker): number {
  assert.equal(breaker.state, 'open');
  return breaker.state === 'open' ? breaker.until - breaker.since : 0;
}

test('stays closed below the threshold of consecutive failures', () => {
  assert.deepEqual(failedTimes(2), { state: 'closed', failures: 2, openings: 0 });
});

test('opens at the threshold of consecutive failures', () => {
  assert.deepEqual(failedTimes(3, 1_000), {
    state: 'open',
    failures: 3,
    openings: 1,
    since: 1_000,
    until: 61_000,
  });
});

test('a threshold of one opens at the first failure', () => {
  assert.equal(afterFailure(closedBreaker, 0, { ...rules, threshold: 1 }, 'request', true).state, 'open');
});

test('a trial is due when the time is over, and not before', () => {
  const open = failedTimes(3);
  assert.equal(isTrialDue(open, 59_999), false);
  assert.equal(isTrialDue(open, 60_000), true);
});

test('no trial is due of a closed breaker', () => {
  assert.equal(isTrialDue(closedBreaker, 1e9), false);
});

test('while a trial runs no other is due', () => {
  assert.equal(isTrialDue(trialStarted(failedTimes(3), 60_000), 1e9), false);
});

test('a trial that starts makes it half open', () => {
  assert.deepEqual(trialStarted(failedTimes(3), 60_000), {
    state: 'halfOpen',
    failures: 3,
    openings: 1,
    since: 60_000,
  });
});

test('a last resort may try before the time is over', () => {
  assert.equal(trialStarted(failedTimes(3), 5).state, 'halfOpen');
});

test('a trial of what is not open changes nothing', () => {
  const halfOpen = trialStarted(failedTimes(3), 60_000);
  assert.equal(trialStarted(closedBreaker, 1), closedBreaker);
  assert.equal(trialStarted(halfOpen, 70_000), halfOpen);
});

test('each failed trial doubles the time, up to the longest', () => {
  let breaker = failedTimes(3);
  const lasted = [openMs(breaker)];
  for (let now = 0; lasted.length < 6; now += 600_000) {
    breaker = afterFailure(trialStarted(breaker, now), now, rules, 'trial', true);
    lasted.push(openMs(breaker));
  }
  assert.deepEqual(lasted, [60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
});

test('a failed last resort opens again for as long as before', () => {
  const breaker = afterFailure(trialStarted(failedTimes(3), 10), 20, rules, 'lastResort', true);
  assert.deepEqual(breaker, { state: 'open', failures: 4, openings: 1, since: 20, until: 60_020 });
});

test('an older request that fails late changes nothing while open', () => {
  const open = failedTimes(3);
  assert.equal(afterFailure(open, 10, rules, 'request', true), open);
});

test('an older request that fails late does not end the trial', () => {
  const halfOpen = trialStarted(failedTimes(3), 60_000);
  assert.equal(afterFailure(halfOpen, 60_001, rules, 'request', true), halfOpen);
});

test('the breaker of a lone endpoint never opens', () => {
  let breaker = closedBreaker;
  for (let i = 0; i < 10; i += 1) breaker = afterFailure(breaker, i, rules, 'request', false);
  assert.deepEqual(breaker, { state: 'closed', failures: 3, openings: 0 });
});

test('an endpoint that is lone no more opens at its next failure', () => {
  const counted = afterFailure(failedTimes(2), 0, rules, 'request', false);
  assert.equal(counted.state, 'closed');
  assert.equal(afterFailure(counted, 1, rules, 'request', true).state, 'open');
});

test('the failed trial of an endpoint that became the only one closes its breaker', () => {
  for (const attempt of ['trial', 'lastResort'] as const) {
    assert.deepEqual(afterFailure(trialStarted(failedTimes(3), 60_000), 60_001, rules, attempt, false), {
      state: 'closed',
      failures: 3,
      openings: 1,
    });
  }
});

test('a failure that every request would meet opens at once', () => {
  assert.deepEqual(openedAtOnce(closedBreaker, 5, rules, 'request'), {
    state: 'open',
    failures: 1,
    openings: 1,
    since: 5,
    until: 60_005,
  });
});

test('what is open already is not opened at once again', () => {
  const open = failedTimes(3);
  assert.equal(openedAtOnce(open, 10, rules, 'request'), open);
});

test('a trial that meets what every request would meet counts as an opening, a last resort does not', () => {
  const halfOpen = trialStarted(failedTimes(3), 60_000);
  assert.equal(openedAtOnce(halfOpen, 60_001, rules, 'trial').openings, 2);
  assert.equal(openedAtOnce(halfOpen, 60_001, rules, 'lastResort').openings, 1);
});

test('content of a trial closes on probation', () => {
  const breaker = afterCommit(trialStarted(failedTimes(3), 60_000), rules);
  assert.deepEqual(breaker, { state: 'closed', failures: 2, openings: 1 });
});

test('a failure on probation opens again, for longer', () => {
  const probation = afterCommit(trialStarted(failedTimes(3), 60_000), rules);
  assert.equal(openMs(afterFailure(probation, 61_000, rules, 'trial', true)), 120_000);
});

test('content from an older request changes nothing while open or closed', () => {
  const open = failedTimes(3);
  const counting = failedTimes(2);
  assert.equal(afterCommit(open, rules), open);
  assert.equal(afterCommit(counting, rules), counting);
});

test('after an abandoned trial the next one is due at once, and lasts no longer if it fails', () => {
  const abandoned = trialAbandoned(trialStarted(failedTimes(3), 60_000), 60_500);
  assert.equal(isTrialDue(abandoned, 60_500), true);
  assert.equal(abandoned.openings, 1);
});

test('abandoning means nothing when no trial runs', () => {
  const open = failedTimes(3);
  assert.equal(trialAbandoned(open, 5), open);
  assert.equal(trialAbandoned(closedBreaker, 5), closedBreaker);
});

type Event =
  | { readonly kind: 'fail' | 'failAtOnce'; readonly of: FailedAttempt; readonly mayOpen: boolean }
  | { readonly kind: 'trial' | 'commit' | 'abandon' };

const attempts = fc.constantFrom<FailedAttempt>('request', 'trial', 'lastResort');
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('fail' as const, 'failAtOnce' as const),
    of: attempts,
    mayOpen: fc.boolean(),
  }),
  fc.record({ kind: fc.constantFrom('trial' as const, 'commit' as const, 'abandon' as const) }),
);
const events = fc.array(fc.tuple(fc.nat(900_000), event));

function apply(breaker: Breaker, happened: Event, now: number): Breaker {
  switch (happened.kind) {
    case 'fail':
      return afterFailure(breaker, now, rules, happened.of, happened.mayOpen);
    case 'failAtOnce':
      return openedAtOnce(breaker, now, rules, happened.of);
    case 'trial':
      return trialStarted(breaker, now);
    case 'commit':
      return afterCommit(breaker, rules);
    case 'abandon':
      return trialAbandoned(breaker, now);
  }
}

/** The breakers along a history, each with its time. */
function historyOf(steps: readonly (readonly [number, Event])[]): { now: number; breaker: Breaker }[] {
  let [now, breaker] = [0, closedBreaker];
  return steps.map(([pause, happened]) => {
    now += pause;
    breaker = apply(breaker, happened, now);
    return { now, breaker };
  });
}

test('whatever happens, an open breaker lets a trial through after the longest time', () => {
  fc.assert(
    fc.property(events, (steps) => {
      for (const { now, breaker } of historyOf(steps)) {
        if (breaker.state === 'open') assert.equal(isTrialDue(breaker, now + rules.maxOpenMs), true);
      }
    }),
  );
});

test('whatever happened, a trial that brings content lets requests through again', () => {
  fc.assert(
    fc.property(events, (steps) => {
      const breaker = historyOf(steps).at(-1)?.breaker ?? closedBreaker;
      assert.equal(afterCommit(trialStarted(breaker, 1e9), rules).state, 'closed');
    }),
  );
});

test('whatever happens, a breaker that never may open is closed', () => {
  fc.assert(
    fc.property(fc.array(attempts), (failures) => {
      let breaker = closedBreaker;
      for (const attempt of failures) breaker = afterFailure(breaker, 0, rules, attempt, false);
      assert.equal(breaker.state, 'closed');
    }),
  );
});
