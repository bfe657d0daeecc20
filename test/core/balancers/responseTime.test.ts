import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quickerOfTwo } from '../../../src/core/balancers/responseTime.ts';
import { balanced } from '../../support/balanced.ts';
import { seededRandom } from '../../support/seededRandom.ts';

const quick = balanced('quick', { responseMs: 100 });
const middle = balanced('middle', { responseMs: 200 });
const slow = balanced('slow', { responseMs: 300 });

/** Random numbers as scripted. */
function script(...numbers: number[]): () => number {
  return () => numbers.shift() ?? 0;
}

test('of the two that are drawn the quicker one serves, whichever was drawn first', () => {
  assert.equal(quickerOfTwo([quick, slow], script(0, 0)), quick);
  assert.equal(quickerOfTwo([slow, quick], script(0, 0)), quick);
});

test('only two are looked at: the quickest of all does not get everything', () => {
  assert.equal(quickerOfTwo([quick, middle, slow], script(0.9, 0.9)), middle);
});

test('the same one is never drawn twice: the slowest of three never serves', () => {
  const random = seededRandom(3);
  const picked = Array.from({ length: 1_000 }, () => quickerOfTwo([quick, middle, slow], random));
  assert.deepEqual(new Set(picked), new Set([quick, middle]));
});

test('one that was never measured serves, so that it gets measured', () => {
  const unknown = balanced('unknown');
  assert.equal(quickerOfTwo([quick, unknown], script(0, 0)), unknown);
  assert.equal(quickerOfTwo([unknown, quick], script(0, 0)), unknown);
});

test('of two that are equally quick the first drawn serves', () => {
  const [a, b] = [balanced('a', { responseMs: 50 }), balanced('b', { responseMs: 50 })];
  assert.equal(quickerOfTwo([a, b], script(0, 0)), a);
  assert.equal(quickerOfTwo([a, b], script(0.9, 0)), b);
});

test('both are drawn by weight', () => {
  const heavy = balanced('heavy', { weight: 800, responseMs: 300 });
  // The heavy one ends at 0.8 of the interval; then the two others have equal halves.
  assert.equal(quickerOfTwo([heavy, quick, middle], script(0.79, 0.51)), middle);
  assert.equal(quickerOfTwo([heavy, quick, middle], script(0.79, 0.49)), quick);
  assert.equal(quickerOfTwo([heavy, quick, middle], script(0.91, 0.88)), middle);
});
