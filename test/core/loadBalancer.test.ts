import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Strategy, strategies } from '../../src/core/configuration.ts';
import { type Balanced, LoadBalancer } from '../../src/core/loadBalancer.ts';
import { balanced } from '../support/balanced.ts';
import { assertShares } from '../support/chiSquare.ts';
import { seededRandom } from '../support/seededRandom.ts';

const weights = [500, 300, 150, 50];
const ids = ['a', 'b', 'c', 'd'];

/** How often each endpoint is picked in 10 000 picks, each of which holds its endpoint for the next 200. */
function countsOf(strategy: Strategy, sketches: readonly Partial<Balanced>[]): number[] {
  const balancer = new LoadBalancer();
  const random = seededRandom(1);
  const inFlight = new Map<string, number>();
  const held: string[] = [];
  const counts = new Map<string, number>();
  const add = (id: string, by: number) => inFlight.set(id, (inFlight.get(id) ?? 0) + by);
  for (let i = 0; i < 10_000; i += 1) {
    const among = sketches.map((sketch, index) => {
      const id = ids[index] ?? '';
      return balanced(id, { ...sketch, inFlight: inFlight.get(id) ?? 0 });
    });
    const { id } = balancer.pick(strategy, among, random);
    counts.set(id, (counts.get(id) ?? 0) + 1);
    held.push(id);
    add(id, 1);
    const released = held.length > 200 ? held.shift() : undefined;
    if (released !== undefined) add(released, -1);
  }
  return sketches.map((_, index) => counts.get(ids[index] ?? '') ?? 0);
}

const weighted = weights.map((weight) => ({ weight }));

test('weighted: 10 000 picks are shared as the weights say', () => {
  assertShares(countsOf('weighted', weighted), weights);
});

test('leastConnections: 10 000 picks that last equally long are shared as the weights say', () => {
  assertShares(countsOf('leastConnections', weighted), weights);
});

test('random: 10 000 picks are shared as the weights say', () => {
  assertShares(countsOf('random', weighted), weights);
});

test('responseTime: 10 000 picks among equally quick ones are shared as the weights say', () => {
  assertShares(
    countsOf(
      'responseTime',
      weighted.map((each) => ({ ...each, responseMs: 300 })),
    ),
    weights,
  );
});

test('priority: 10 000 picks among the foremost are shared as the weights say, and others get none', () => {
  const [first = 0, second = 0, third = 0, ...others] = countsOf('priority', [
    { priority: 2, weight: 500 },
    { priority: 2, weight: 300 },
    { priority: 2, weight: 200 },
    { priority: 3, weight: 1_000 },
  ]);
  assertShares([first, second, third], [500, 300, 200]);
  assert.deepEqual(others, [0]);
});

test('roundRobin: 10 000 picks are shared equally, whatever the weights', () => {
  assertShares(countsOf('roundRobin', weighted), [1, 1, 1, 1]);
});

for (const strategy of strategies) {
  test(`${strategy}: a lone endpoint is picked`, () => {
    const lone = balanced('a');
    assert.equal(new LoadBalancer().pick(strategy, [lone], seededRandom(1)), lone);
  });

  test(`${strategy}: picking from nothing is a bug of the caller`, () => {
    assert.throws(() => new LoadBalancer().pick(strategy, [], seededRandom(1)), RangeError);
  });
}

test('an endpoint that is gone and comes back is new to weighted', () => {
  const balancer = new LoadBalancer();
  const among = [balanced('a', { weight: 3 }), balanced('b', { weight: 1 })];
  const pick = () => balancer.pick('weighted', among, seededRandom(1)).id;
  assert.deepEqual([pick(), pick()], ['a', 'a']);
  balancer.retain(new Set(['a']));
  assert.deepEqual([pick(), pick()], ['a', 'b']);
});

test('an endpoint that is gone and comes back is new to roundRobin', () => {
  const balancer = new LoadBalancer();
  const pick = () => balancer.pick('roundRobin', [balanced('a'), balanced('b')], seededRandom(1)).id;
  assert.equal(pick(), 'a');
  balancer.retain(new Set(['b']));
  assert.equal(pick(), 'a');
});

test('endpoints that stay keep their turn', () => {
  for (const strategy of ['weighted', 'roundRobin'] as const) {
    const balancer = new LoadBalancer();
    const pick = () => balancer.pick(strategy, [balanced('a'), balanced('b')], seededRandom(1)).id;
    assert.equal(pick(), 'a');
    balancer.retain(new Set(['a', 'b']));
    assert.equal(pick(), 'b');
  }
});
