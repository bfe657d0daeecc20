import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nearestStep, timeGridOf } from '../../webview/charts/timeGrid.ts';
import { history, sums } from './panelFixture.ts';

const point = (at: number) => ({ at, ...sums() });
const gridOf = (from: number, to: number, stepMs: number, ats: readonly number[]) =>
  timeGridOf(history({ from, to, stepMs, points: ats.map(point) }));

describe('the steps of a chart', () => {
  it('are all those of the range when something happened in one of them', () => {
    const { times, sums: found } = gridOf(1_000, 1_060, 10, [1_020, 1_040]);
    assert.deepEqual(times, [1_000, 1_010, 1_020, 1_030, 1_040, 1_050]);
    assert.deepEqual(
      found.map((sum) => sum !== undefined),
      [false, false, true, false, true, false],
    );
  });

  it('begin with one that began before the range', () => {
    assert.deepEqual(gridOf(1_005, 1_030, 10, [1_000]).times, [1_000, 1_010, 1_020]);
  });

  it('are none when nothing happened', () => {
    assert.deepEqual(gridOf(0, 1_000, 10, []), { times: [], sums: [] });
  });

  it('follow days of which one is shorter', () => {
    assert.deepEqual(gridOf(0, 95, 24, [0, 24, 47, 71]).times, [0, 24, 47, 71]);
  });

  it('are only those that are told when there were too many', () => {
    assert.deepEqual(gridOf(0, 1e12, 1, [5, 7]).times, [5, 7]);
  });

  it('ascend, are within the range, and hold every point once, whatever is told', () => {
    const told = fc.record({
      from: fc.integer({ min: 0, max: 1_000 }),
      steps: fc.integer({ min: 1, max: 500 }),
      stepMs: fc.integer({ min: 1, max: 50 }),
      at: fc.uniqueArray(fc.integer({ min: 0, max: 499 }), { maxLength: 40 }),
    });
    fc.assert(
      fc.property(told, ({ from, steps, stepMs, at }) => {
        const to = from + steps * stepMs;
        const ats = at
          .filter((step) => step < steps)
          .sort((a, b) => a - b)
          .map((step) => from + step * stepMs);
        const { times, sums: found } = gridOf(from, to, stepMs, ats);
        assert.deepEqual(
          times,
          ats.length === 0 ? [] : Array.from({ length: steps }, (_, step) => from + step * stepMs),
        );
        assert.deepEqual(
          times.filter((_, index) => found[index]),
          ats,
        );
      }),
    );
  });
});

describe('the nearest step', () => {
  it('is the one with the smallest distance in time', () => {
    assert.equal(nearestStep([0, 10, 20], 14), 1);
    assert.equal(nearestStep([0, 10, 20], 16), 2);
    assert.equal(nearestStep([0, 10, 20], 99), 2);
    assert.equal(nearestStep([], 5), null);
  });
});
