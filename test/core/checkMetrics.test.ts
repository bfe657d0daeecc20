import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EndpointChecks } from '../../src/core/checkMetrics.ts';
import { type CheckClass, type CheckRecord, checkClasses } from '../../src/core/healthCheck.ts';

function recordOf(checkClass: CheckClass, fields: Partial<CheckRecord> = {}): CheckRecord {
  return {
    endpointId: 'e',
    at: 0,
    class: checkClass,
    score: null,
    model: 'm',
    firstContentMs: null,
    durationMs: 100,
    tokens: 30,
    manual: false,
    ...fields,
  };
}

function checksOf(...all: readonly (CheckClass | CheckRecord)[]): EndpointChecks {
  const checks = new EndpointChecks();
  for (const each of all) checks.add(typeof each === 'string' ? recordOf(each) : each);
  return checks;
}

const passedIn = (...times: number[]) =>
  checksOf(...times.map((durationMs) => recordOf('passed', { durationMs })));

const anyClass = fc.constantFrom(...checkClasses);
const anyRecord = fc
  .tuple(anyClass, fc.nat(20_000), fc.nat(60))
  .map(([checkClass, durationMs, tokens]) => recordOf(checkClass, { durationMs, tokens }));

test('without checks there is nothing to tell', () => {
  const { metrics, last, kept } = new EndpointChecks();
  assert.deepEqual(metrics, {
    total: 0,
    byClass: { passed: 0, wrongAnswer: 0, failed: 0, timeout: 0, rateLimited: 0, badKey: 0, refused: 0 },
    successRate: null,
    recentSuccessRate: null,
    meanMs: null,
    p95Ms: null,
    stability: null,
    streak: null,
    tokens: 0,
  });
  assert.deepEqual([last, kept], [null, []]);
});

test('checks are counted by how they ended, and so are their tokens', () => {
  const { metrics } = checksOf('passed', 'passed', 'timeout', 'refused');
  assert.equal(metrics.total, 4);
  assert.deepEqual([metrics.byClass.passed, metrics.byClass.timeout, metrics.byClass.refused], [2, 1, 1]);
  assert.equal(metrics.tokens, 120);
});

test('the success rate is of the checks that prove something', () => {
  assert.equal(checksOf('passed', 'failed', 'refused', 'rateLimited').metrics.successRate, 0.5);
  for (const proof of ['wrongAnswer', 'failed', 'timeout', 'badKey'] as const) {
    assert.equal(checksOf('passed', proof).metrics.successRate, 0.5);
  }
  assert.equal(checksOf('refused', 'rateLimited').metrics.successRate, null);
});

test('the recent success rate is of the last 20 of them', () => {
  const failures = Array<CheckClass>(30).fill('failed');
  const successes = Array<CheckClass>(15).fill('passed');
  const refusals = Array<CheckClass>(10).fill('refused');
  const { metrics } = checksOf(...failures, ...successes, ...refusals);
  assert.equal(metrics.recentSuccessRate, 15 / 20);
  assert.equal(metrics.successRate, 15 / 45);
});

test('mean and P95 are of the passed ones', () => {
  const times = Array.from({ length: 100 }, (_, index) => index + 1);
  const { metrics } = passedIn(...times);
  assert.deepEqual([metrics.meanMs, metrics.p95Ms], [50.5, 95]);
  assert.equal(checksOf(recordOf('passed'), recordOf('timeout', { durationMs: 15_000 })).metrics.p95Ms, 100);
});

test('only the last 100 checks count for the times', () => {
  const { metrics, kept } = passedIn(...Array(10).fill(9_000), ...Array(100).fill(100));
  assert.deepEqual([metrics.meanMs, metrics.p95Ms, kept.length], [100, 100, 100]);
  assert.equal(metrics.total, 110);
});

test('an endpoint that always takes the same time is stable, and one that varies as much as it takes is not', () => {
  assert.equal(passedIn(500).metrics.stability, 1);
  assert.equal(passedIn(500, 500, 500).metrics.stability, 1);
  assert.equal(passedIn(0, 0).metrics.stability, 1);
  // Half of the mean away from it, each.
  assert.equal(passedIn(100, 300).metrics.stability, 0.5);
  assert.equal(passedIn(0, 0, 0, 10_000).metrics.stability, 0);
});

test('a streak is how many in a row ended alike, and what proves nothing does not end it', () => {
  assert.deepEqual(checksOf('failed', 'passed', 'passed').metrics.streak, { passed: true, length: 2 });
  assert.deepEqual(checksOf('passed', 'failed', 'timeout', 'badKey').metrics.streak, {
    passed: false,
    length: 3,
  });
  assert.deepEqual(checksOf('passed', 'refused', 'rateLimited', 'passed').metrics.streak, {
    passed: true,
    length: 2,
  });
  assert.equal(checksOf('refused').metrics.streak, null);
});

test('every figure stays within its bounds', () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { maxLength: 150 }), (records) => {
      const { metrics, kept } = checksOf(...records);
      for (const share of [metrics.successRate, metrics.recentSuccessRate, metrics.stability]) {
        assert.ok(share === null || (share >= 0 && share <= 1));
      }
      assert.equal(metrics.total, records.length);
      assert.deepEqual(kept, records.slice(-100));
      if (metrics.meanMs !== null && metrics.p95Ms !== null) {
        const times = kept.filter((it) => it.class === 'passed').map((it) => it.durationMs);
        assert.ok(metrics.meanMs >= Math.min(...times) - 1e-6 && metrics.meanMs <= Math.max(...times) + 1e-6);
        assert.ok(times.includes(metrics.p95Ms));
        assert.ok(times.filter((ms) => ms <= (metrics.p95Ms ?? 0)).length >= 0.95 * times.length);
      }
    }),
  );
});

test('what was taken down and read again comes to the same, and goes on in the same way', () => {
  const records = fc.array(anyRecord, { maxLength: 100 });
  fc.assert(
    fc.property(records, records, (before, after) => {
      const made = checksOf(...before);
      const { byClass, tokens } = made.metrics;
      const restored = EndpointChecks.restored({ endpointId: 'e', byClass, tokens, last: made.kept });
      assert.deepEqual(restored.metrics, made.metrics);
      for (const record of after) {
        made.add(record);
        restored.add(record);
      }
      assert.deepEqual(restored.metrics, made.metrics);
      assert.deepEqual(restored.kept, made.kept);
    }),
  );
});

test('what was shown does not change with the next check', () => {
  const checks = checksOf('passed');
  const { metrics } = checks;
  checks.add(recordOf('failed'));
  assert.equal(metrics.byClass.failed, 0);
  assert.equal(checks.metrics.byClass.failed, 1);
});
