import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RetryBudget } from '../../src/core/retryBudget.ts';

/** How many retries a budget grants at one moment. */
function grants(budget: RetryBudget, now: number): number {
  let count = 0;
  while (count < 1_000 && budget.tryRetry(now)) count += 1;
  return count;
}

test('five retries are free', () => {
  assert.equal(grants(new RetryBudget(), 0), 5);
});

test('every five requests pay for one more', () => {
  const budget = new RetryBudget();
  for (let i = 0; i < 104; i += 1) budget.request(0);
  assert.equal(grants(budget, 0), 25);
});

test('a retry that was refused takes nothing', () => {
  const budget = new RetryBudget();
  assert.equal(grants(budget, 0), 5);
  assert.equal(budget.tryRetry(0), false);
  for (let i = 0; i < 5; i += 1) budget.request(0);
  assert.equal(grants(budget, 0), 1);
});

test('asking whether there could be a retry takes none', () => {
  const budget = new RetryBudget();
  for (let left = 5; left > 0; left -= 1) {
    for (let i = 0; i < 3; i += 1) assert.equal(budget.canRetry(0), true);
    assert.equal(budget.tryRetry(0), true);
  }
  assert.equal(budget.canRetry(0), false);
  assert.equal(budget.canRetry(61_000), true);
});

test('retries are free again when they are older than a minute', () => {
  const budget = new RetryBudget();
  assert.equal(grants(budget, 500), 5);
  assert.equal(grants(budget, 60_000), 0);
  assert.equal(grants(budget, 61_500), 5);
});

test('requests pay for retries of the next minute only', () => {
  const budget = new RetryBudget();
  for (let i = 0; i < 100; i += 1) budget.request(0);
  assert.equal(grants(budget, 60_000), 5);
});

test('a long silence leaves nothing behind', () => {
  const budget = new RetryBudget();
  for (let now = 0; now < 120_000; now += 100) budget.request(now);
  grants(budget, 120_000);
  assert.equal(grants(budget, 1e9), 5);
});

test('within any 60 s the retries are at most 20 % of the requests plus 5', () => {
  const steps = fc.array(fc.tuple(fc.nat(4_000), fc.nat(12), fc.nat(12)), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (all) => {
      const budget = new RetryBudget();
      const requests: number[] = [];
      const retries: number[] = [];
      let now = 0;
      const lastMinute = (times: number[]) => times.filter((time) => time > now - 60_000).length;
      for (const [pause, asked, retried] of all) {
        now += pause;
        for (let i = 0; i < asked; i += 1) {
          budget.request(now);
          requests.push(now);
        }
        for (let i = 0; i < retried; i += 1) {
          if (!budget.tryRetry(now)) continue;
          retries.push(now);
          assert.ok(lastMinute(retries) <= lastMinute(requests) / 5 + 5);
        }
      }
    }),
  );
});

test('retries within 20 % of the requests of the last 59 s are always granted', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20_000)), (pauses) => {
      const budget = new RetryBudget();
      let now = 0;
      for (const pause of pauses) {
        now += pause;
        for (let i = 0; i < 5; i += 1) budget.request(now);
        assert.equal(budget.tryRetry(now), true);
      }
    }),
  );
});
