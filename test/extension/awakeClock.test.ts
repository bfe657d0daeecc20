import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AwakeClock } from '../../src/extension/proxyLink/awakeClock.ts';

test('time in which it is looked at counts in full, whenever it began', () => {
  let now = 1_000_000;
  const clock = new AwakeClock(() => now);
  assert.equal(clock.now(), 0);
  for (let i = 1; i <= 100; i += 1) {
    now += 3_000;
    assert.equal(clock.now(), i * 3_000);
  }
});

test('of a night asleep five seconds count', () => {
  let now = 0;
  const clock = new AwakeClock(() => now);
  now += 30;
  clock.now();
  now += 8 * 3_600_000;
  assert.equal(clock.now(), 5_030);
});
