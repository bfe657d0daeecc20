import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextEwma } from '../../src/core/ewma.ts';

/** The average after all samples, in order. */
function ewmaOf(samples: readonly number[]): number | undefined {
  return samples.reduce<number | undefined>((previous, sample) => nextEwma(previous, sample), undefined);
}

test('the first sample is the average', () => {
  assert.equal(ewmaOf([250]), 250);
});

test('one outlier moves the average by less than a third of itself', () => {
  assert.equal(ewmaOf([100, 1_100]), 400);
});

test('three samples make up two thirds of the average', () => {
  const average = ewmaOf([0, 300, 300, 300]) ?? 0;
  assert.ok(average > 195 && average < 205, String(average));
});

test('the average lies between the smallest and the largest sample', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300_000), { minLength: 1 }), (samples) => {
      const average = ewmaOf(samples) ?? Number.NaN;
      const slack = 1e-6;
      assert.ok(average >= Math.min(...samples) - slack && average <= Math.max(...samples) + slack);
    }),
  );
});
