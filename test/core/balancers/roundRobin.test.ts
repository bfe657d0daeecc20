import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RoundRobin } from '../../../src/core/balancers/roundRobin.ts';
import { balanced } from '../../support/balanced.ts';

/** The id of the next pick among endpoints. */
function pick(balancer: RoundRobin, first: string, ...rest: string[]): string {
  return balancer.pick([balanced(first), ...rest.map((id) => balanced(id))]).id;
}

test('all take turns in the order of their ids, however they are listed', () => {
  const balancer = new RoundRobin();
  const order = [
    pick(balancer, 'c', 'a', 'b'),
    pick(balancer, 'a', 'b', 'c'),
    pick(balancer, 'b', 'c', 'a'),
    pick(balancer, 'c', 'b', 'a'),
  ];
  assert.deepEqual(order, ['a', 'b', 'c', 'a']);
});

test('one that was missing takes its turn when it is back', () => {
  const balancer = new RoundRobin();
  const order = [
    pick(balancer, 'a', 'b', 'c'),
    pick(balancer, 'a', 'c'),
    pick(balancer, 'a', 'c'),
    pick(balancer, 'a', 'b', 'c'),
    pick(balancer, 'a', 'b', 'c'),
  ];
  assert.deepEqual(order, ['a', 'c', 'a', 'b', 'c']);
});

test('sets that come by turns starve nobody', () => {
  const balancer = new RoundRobin();
  const order = Array.from({ length: 4 }, () => {
    assert.equal(pick(balancer, 'a'), 'a');
    return pick(balancer, 'a', 'b', 'c');
  });
  assert.deepEqual(order, ['b', 'c', 'b', 'c']);
});

test('whatever sets came before, as many picks as there are endpoints pick each once', () => {
  const sets = fc.array(fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 }));
  fc.assert(
    fc.property(sets, (all) => {
      const balancer = new RoundRobin();
      for (const [first = 'a', ...rest] of all) pick(balancer, first, ...rest);
      const after = Array.from({ length: 4 }, () => pick(balancer, 'a', 'b', 'c', 'd'));
      assert.deepEqual(after.toSorted(), ['a', 'b', 'c', 'd']);
    }),
  );
});
