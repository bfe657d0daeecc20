import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BreakerRules } from '../../src/core/circuitBreaker.ts';
import {
  availabilityOf,
  committed,
  type EndpointHealth,
  failed,
  openedAtOnce,
  quarantined,
  rateLimited,
  standingOf,
  succeeded,
  trialAbandoned,
  trialStarted,
  unknownHealth,
} from '../../src/core/endpointHealth.ts';

const rules: BreakerRules = { threshold: 3, openMs: 60_000, maxOpenMs: 600_000 };
const minute = 60_000;

/** A health after failures of ordinary requests. */
function failedTimes(times: number, now = 0): EndpointHealth {
  let health = unknownHealth;
  for (let i = 0; i < times; i += 1) health = failed(health, now, rules, 'request', true);
  return health;
}

/** A health after a trial that failed. */
function failedTrial(health: EndpointHealth, now: number): EndpointHealth {
  return failed(trialStarted(health, now), now, rules, 'trial', true);
}

/** Opened three times in a row; the third time at minute 3. */
const failing = failedTrial(failedTrial(failedTimes(3), minute), 3 * minute);

const keyRefused = quarantined(unknownHealth, 1_000, 'keyRefused', { status: 401 });

test('an endpoint of which nothing is known is ready and healthy', () => {
  assert.deepEqual(availabilityOf(unknownHealth, 0), { kind: 'ready', trial: false });
  assert.equal(standingOf(unknownHealth, 0), 'healthy');
});

test('one failure makes it unhealthy, and it stays ready', () => {
  assert.equal(standingOf(failedTimes(1), 0), 'unhealthy');
  assert.deepEqual(availabilityOf(failedTimes(1), 0), { kind: 'ready', trial: false });
});

test('a 429 makes it degraded for five minutes', () => {
  const health = rateLimited(unknownHealth, 1_000);
  assert.equal(standingOf(health, 1_000 + 5 * minute - 1), 'degraded');
  assert.equal(standingOf(health, 1_000 + 5 * minute), 'healthy');
});

test('a 429 is no failure of the breaker', () => {
  assert.deepEqual(rateLimited(failedTimes(2), 0).breaker, failedTimes(2).breaker);
});

test('a failed request is worse than a 429', () => {
  assert.equal(standingOf(rateLimited(failedTimes(1), 0), 0), 'unhealthy');
});

test('consecutive failures open it', () => {
  assert.equal(standingOf(failedTimes(3), 0), 'open');
  assert.deepEqual(availabilityOf(failedTimes(3, 500), 1_000), {
    kind: 'open',
    until: 60_500,
    since: 500,
    trialRuns: false,
  });
});

test('when the time is over it is ready for a trial', () => {
  assert.deepEqual(availabilityOf(failedTimes(3), minute), { kind: 'ready', trial: true });
  assert.equal(standingOf(failedTimes(3), minute), 'open');
});

test('while the trial runs nothing else gets through', () => {
  const health = trialStarted(failedTimes(3), minute);
  assert.deepEqual(availabilityOf(health, 1e9), {
    kind: 'open',
    until: minute,
    since: minute,
    trialRuns: true,
  });
  assert.equal(standingOf(health, minute), 'open');
});

test('an abandoned trial leaves the next one due', () => {
  const health = trialAbandoned(trialStarted(failedTimes(3), minute), minute + 5);
  assert.deepEqual(availabilityOf(health, minute + 5), { kind: 'ready', trial: true });
});

test('content of the trial lets requests through, and the next failure opens again', () => {
  const health = committed(trialStarted(failedTimes(3), minute), rules);
  assert.deepEqual(availabilityOf(health, minute), { kind: 'ready', trial: false });
  assert.equal(standingOf(health, minute), 'unhealthy');
  assert.equal(standingOf(failed(health, minute, rules, 'trial', true), minute), 'open');
});

test('a whole answer clears failures and degradation', () => {
  const health = succeeded(rateLimited(failedTimes(2), 0), 7_000);
  assert.deepEqual(health, unknownHealth);
});

test('a whole answer to a request that was sent while the breaker was open closes it', () => {
  assert.equal(standingOf(succeeded(failedTimes(3), 0), 1_000), 'healthy');
});

test('a whole answer to a request from before the breaker opened leaves it open', () => {
  const health = failedTimes(3);
  assert.equal(succeeded(health, -1), health);
});

test('a whole answer to a request from before the trial leaves the breaker half open', () => {
  const health = trialStarted(failedTimes(3), minute);
  assert.equal(succeeded(health, minute - 1), health);
});

test('a whole answer to a request from before a rate limit still clears it', () => {
  assert.equal(standingOf(succeeded(rateLimited(unknownHealth, 5_000), 0), 5_000), 'healthy');
});

test('two openings in a row are no quarantine', () => {
  const health = failedTrial(failedTimes(3), minute);
  assert.equal(health.quarantine, null);
  assert.equal(standingOf(health, minute), 'open');
});

test('the third opening in a row is a quarantine', () => {
  assert.deepEqual(failing.quarantine, {
    reason: 'failing',
    since: 3 * minute,
    until: 13 * minute,
    trial: false,
  });
  assert.equal(standingOf(failing, 3 * minute), 'quarantined');
});

test('a whole answer between the openings starts the count anew', () => {
  let health = succeeded(failedTrial(failedTimes(3), minute), 2 * minute);
  for (let i = 0; i < 3; i += 1) health = failed(health, 3 * minute, rules, 'request', true);
  assert.equal(standingOf(health, 3 * minute), 'open');
});

test('content without the end of its answer does not start the count anew', () => {
  let health = failedTimes(3);
  for (const now of [minute, 4 * minute]) {
    health = failed(committed(trialStarted(health, now), rules), now, rules, 'trial', true);
  }
  assert.equal(health.quarantine?.reason, 'failing');
});

test('failed last resorts never lead to a quarantine', () => {
  let health = failedTimes(3);
  for (let now = 1; now < 20; now += 1) {
    health = failed(trialStarted(health, now), now, rules, 'lastResort', true);
    health = openedAtOnce(trialStarted(health, now), now, rules, 'lastResort');
  }
  assert.equal(standingOf(health, 20), 'open');
});

test('a lone endpoint is neither opened nor quarantined', () => {
  let health = unknownHealth;
  for (let i = 0; i < 20; i += 1) health = failed(health, i, rules, 'request', false);
  assert.deepEqual(availabilityOf(health, 20), { kind: 'ready', trial: false });
});

test('a refused certificate opens at once, and the third time in a row is a quarantine', () => {
  let health = openedAtOnce(unknownHealth, 0, rules, 'request');
  assert.equal(standingOf(health, 0), 'open');
  for (const now of [minute, 3 * minute]) {
    health = openedAtOnce(trialStarted(health, now), now, rules, 'trial');
  }
  assert.equal(health.quarantine?.reason, 'failing');
});

test('a refused key is a quarantine with its status and a trial after ten minutes', () => {
  assert.deepEqual(keyRefused.quarantine, {
    reason: 'keyRefused',
    status: 401,
    since: 1_000,
    until: 1_000 + 10 * minute,
    trial: false,
  });
  assert.deepEqual(availabilityOf(keyRefused, 2_000), {
    kind: 'quarantined',
    until: 1_000 + 10 * minute,
    trialRuns: false,
  });
});

test('a key that is spent until a known time gets its trial then', () => {
  const health = quarantined(unknownHealth, 1_000, 'keySpent', { status: 429, untilMs: 1e9 });
  assert.equal(availabilityOf(health, 1e9).kind, 'quarantined');
  assert.deepEqual(availabilityOf(health, 1e9 + 1_000), { kind: 'ready', trial: true });
});

test('a quarantine says more than an open breaker', () => {
  const health = quarantined(failedTimes(3), 0, 'keyRefused');
  assert.equal(standingOf(health, 0), 'quarantined');
  assert.equal(availabilityOf(health, minute).kind, 'quarantined');
});

test('while the trial of a quarantine runs nothing else gets through', () => {
  const health = trialStarted(keyRefused, 10 * minute + 1_000);
  assert.deepEqual(availabilityOf(health, 1e9), {
    kind: 'quarantined',
    until: 10 * minute + 1_000,
    trialRuns: true,
  });
});

test('a failed trial keeps the quarantine for another ten minutes, as the same one', () => {
  const now = 11 * minute;
  for (const health of [
    failed(trialStarted(keyRefused, now), now, rules, 'trial', true),
    openedAtOnce(trialStarted(keyRefused, now), now, rules, 'trial'),
    quarantined(trialStarted(keyRefused, now), now, 'keyRefused', { status: 401 }),
  ]) {
    assert.deepEqual(health.quarantine, { ...keyRefused.quarantine, until: now + 10 * minute });
  }
});

test('another reason is another quarantine', () => {
  const health = quarantined(keyRefused, 5_000, 'misconfigured', { status: 302 });
  assert.equal(health.quarantine?.since, 5_000);
  assert.equal(health.quarantine?.reason, 'misconfigured');
});

test('an abandoned trial of a quarantine leaves the next one due', () => {
  const health = trialAbandoned(trialStarted(keyRefused, 11 * minute), 12 * minute);
  assert.deepEqual(availabilityOf(health, 12 * minute), { kind: 'ready', trial: true });
});

test('abandoning means nothing when no trial of the quarantine runs', () => {
  assert.equal(trialAbandoned(keyRefused, 5_000), keyRefused);
});

test('older requests that fail late change nothing in quarantine, also while its trial runs', () => {
  const onTrial = trialStarted(keyRefused, 11 * minute);
  for (const health of [keyRefused, onTrial]) {
    assert.equal(failed(health, 12 * minute, rules, 'request', true), health);
    assert.equal(openedAtOnce(health, 12 * minute, rules, 'request'), health);
  }
});

test('a trial that succeeds lifts quarantine, breaker and degradation together', () => {
  const health = trialStarted(rateLimited(failing, 4 * minute), 13 * minute);
  assert.deepEqual(succeeded(health, 14 * minute), unknownHealth);
});

test('content of the trial lifts the quarantine, on probation', () => {
  const health = committed(trialStarted(failing, 13 * minute), rules);
  assert.deepEqual(availabilityOf(health, 13 * minute), { kind: 'ready', trial: false });
  assert.equal(standingOf(health, 13 * minute), 'unhealthy');
});

test('an endpoint on probation from a failing quarantine goes back there at the next failure', () => {
  const probation = committed(trialStarted(failing, 13 * minute), rules);
  const health = failed(probation, 14 * minute, rules, 'trial', true);
  assert.deepEqual(health.quarantine, {
    reason: 'failing',
    since: 14 * minute,
    until: 24 * minute,
    trial: false,
  });
});

test('an endpoint on probation from a refused key is opened by the next failure', () => {
  const probation = committed(trialStarted(keyRefused, 11 * minute), rules);
  assert.equal(standingOf(failed(probation, 11 * minute, rules, 'trial', true), 11 * minute), 'open');
});

test('answers to requests from before a quarantine of the key do not lift it', () => {
  assert.equal(committed(keyRefused, rules).quarantine, keyRefused.quarantine);
  assert.equal(succeeded(keyRefused, 2_000).quarantine, keyRefused.quarantine);
});

test('a whole answer proves that an endpoint is not failing, unless its request is older than the trouble', () => {
  assert.equal(standingOf(succeeded(failing, 4 * minute), 4 * minute), 'healthy');
  assert.equal(succeeded(failing, 0), failing);
});
