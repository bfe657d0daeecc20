import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nextChange, timeLeft } from '../../src/extension/timeLeft.ts';

const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000];

describe('time left', () => {
  const cases: [ms: number, value: number, unit: string][] = [
    [1, 1, 'seconds'],
    [second, 1, 'seconds'],
    [second + 1, 2, 'seconds'],
    [minute, 60, 'seconds'],
    [minute + 1, 2, 'minutes'],
    [2 * hour, 120, 'minutes'],
    [2 * hour + 1, 3, 'hours'],
    [2 * day, 48, 'hours'],
    [2 * day + 1, 3, 'days'],
  ];
  for (const [ms, value, unit] of cases) {
    it(`is ${value} ${unit} ${ms} ms before the end`, () => {
      assert.deepEqual(timeLeft(5_000 + ms, 5_000), { unit, value, isLimit: false });
    });
  }

  it('is nothing at the end and after it', () => {
    assert.equal(timeLeft(5_000, 5_000), null);
    assert.equal(timeLeft(4_999, 5_000), null);
  });

  it('is told in larger steps of seconds where that is wanted', () => {
    const values = [1, 10_000, 10_001, 59_999].map((ms) => timeLeft(ms, 0, 10)?.value);
    assert.deepEqual(values, [10, 10, 20, 60]);
    assert.equal(timeLeft(10_000, 0, 10)?.isLimit, true);
    assert.deepEqual(timeLeft(90_000, 0, 10), { unit: 'minutes', value: 2, isLimit: false });
  });

  it('stays as it is until the next change, and is another one right then', () => {
    const moment = fc.integer({ min: 1, max: 40 * day });
    fc.assert(
      fc.property(moment, (until) => {
        const step = nextChange(until, 0);
        assert.ok(step !== null && step > 0);
        assert.deepEqual(timeLeft(until, step - 1), timeLeft(until, 0));
        assert.notDeepEqual(timeLeft(until, step), timeLeft(until, 0));
      }),
    );
  });

  it('never changes again once the end has come', () => {
    assert.equal(nextChange(5_000, 5_000), null);
  });
});
