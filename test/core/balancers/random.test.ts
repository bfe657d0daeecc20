import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { drawByWeight } from '../../../src/core/balancers/random.ts';
import { balanced } from '../../support/balanced.ts';

const [a, b, c] = [
  balanced('a', { weight: 1 }),
  balanced('b', { weight: 2 }),
  balanced('c', { weight: 1 }),
] as const;

test('the weights divide the interval from 0 to 1 in their order', () => {
  const drawn = [0, 0.24, 0.25, 0.74, 0.75, 0.99].map((at) => drawByWeight([a, b, c], () => at).id);
  assert.deepEqual(drawn, ['a', 'a', 'b', 'b', 'c', 'c']);
});

test('any random number and any weights draw one', () => {
  const weights = fc.array(fc.integer({ min: 1, max: 1_000 }), { maxLength: 8 });
  fc.assert(
    fc.property(weights, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (all, at) => {
      const among = [a, ...all.map((weight, index) => balanced(`e${index}`, { weight }))] as const;
      assert.ok(among.includes(drawByWeight(among, () => at)));
    }),
  );
});
