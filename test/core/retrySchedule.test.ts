import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextTryAt, retryPauseMs } from '../../src/core/retrySchedule.ts';

for (const [strategy, pauses] of [
  ['exponential', [5, 10, 20, 40, 80, 160, 300, 300, 300]],
  ['fixed', [30, 30, 30, 30, 30, 30, 30, 30, 30]],
  ['immediate', [0, 0, 0, 0, 0, 0, 0, 0, 0]],
] as const) {
  test(`the pauses of the strategy ${strategy} are ${pauses.slice(0, 7).join(', ')} s`, () => {
    assert.deepEqual(
      pauses.map((_, tries) => retryPauseMs(strategy, tries) / 1_000),
      pauses,
    );
  });
}

test('a pause is counted from now', () => {
  assert.equal(nextTryAt({ strategy: 'exponential', maxRetries: 5 }, 2, 1_000), 21_000);
});

test('after the last try there is none', () => {
  const options = { strategy: 'immediate', maxRetries: 2 } as const;
  assert.deepEqual(
    [0, 1, 2, 3].map((tries) => nextTryAt(options, tries, 7)),
    [7, 7, null, null],
  );
});

test('with no tries allowed there is none', () => {
  assert.equal(nextTryAt({ strategy: 'fixed', maxRetries: 0 }, 0, 0), null);
});
