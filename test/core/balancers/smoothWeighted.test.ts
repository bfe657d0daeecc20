import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Balanced, Some } from '../../../src/core/balancers/balanced.ts';
import { SmoothWeighted } from '../../../src/core/balancers/smoothWeighted.ts';
import { balanced } from '../../support/balanced.ts';

const [a, b, c] = [
  balanced('a', { weight: 5 }),
  balanced('b', { weight: 1 }),
  balanced('c', { weight: 1 }),
] as const;

/** The ids of that many picks. */
function picks(balancer: SmoothWeighted, among: Some<Balanced>, count: number): string {
  return Array.from({ length: count }, () => balancer.pick(among).id).join('');
}

test('weights 5, 1, 1 give the order that nginx documents, again and again', () => {
  assert.equal(picks(new SmoothWeighted(), [a, b, c], 14), 'aabacaaaabacaa');
});

test('equal weights take turns', () => {
  const equal: Some<Balanced> = [balanced('a'), balanced('b'), balanced('c')];
  assert.equal(picks(new SmoothWeighted(), equal, 6), 'abcabc');
});

test('an endpoint that drops out and comes back takes up its place', () => {
  const balancer = new SmoothWeighted();
  assert.equal(picks(balancer, [a, b, c], 3), 'aab');
  assert.equal(picks(balancer, [b, c], 4), 'cbcb');
  assert.equal(picks(balancer, [a, b, c], 4), 'acaa');
});

test('a new endpoint begins like the others, not ahead of them', () => {
  const balancer = new SmoothWeighted();
  const [one, two] = [balanced('a'), balanced('b')];
  assert.equal(picks(balancer, [one, two], 2), 'ab');
  assert.equal(picks(balancer, [one, two, balanced('c')], 3), 'abc');
});

test('when the heaviest drops out, the rest share at once', () => {
  const heavy = balanced('a', { weight: 1_000 });
  for (let before = 0; before < 1_002; before += 1) {
    const balancer = new SmoothWeighted();
    picks(balancer, [heavy, b, c], before);
    const after = picks(balancer, [b, c], 6);
    assert.doesNotMatch(after, /bbb|ccc/, `after ${before} picks`);
  }
});

test('a changed weight counts from the next pick on', () => {
  const balancer = new SmoothWeighted();
  picks(balancer, [balanced('a', { weight: 1_000 }), b], 400);
  const after = picks(balancer, [balanced('a', { weight: 1 }), b], 8);
  assert.doesNotMatch(after, /aaa|bbb/);
});

const weights = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 6 });

function endpointsOf(all: readonly number[]): Some<Balanced> {
  const [first, ...rest] = all.map((weight, index) => balanced(`e${index}`, { weight }));
  assert.ok(first);
  return [first, ...rest];
}

test('over a full period the shares are exact', () => {
  fc.assert(
    fc.property(weights, (all) => {
      const [balancer, among] = [new SmoothWeighted(), endpointsOf(all)];
      const counts = all.map(() => 0);
      const period = all.reduce((sum, weight) => sum + weight, 0);
      for (let i = 0; i < period; i += 1) {
        const index = among.indexOf(balancer.pick(among));
        counts[index] = (counts[index] ?? 0) + 1;
      }
      assert.deepEqual(counts, all);
    }),
  );
});

/** nginx's algorithm, in its whole numbers. */
function nginxPicks(all: readonly number[], count: number): number[] {
  const current = all.map(() => 0);
  const total = all.reduce((sum, weight) => sum + weight, 0);
  return Array.from({ length: count }, () => {
    for (const [index, weight] of all.entries()) current[index] = (current[index] ?? 0) + weight;
    const best = current.indexOf(Math.max(...current));
    current[best] = (current[best] ?? 0) - total;
    return best;
  });
}

test('as long as the endpoints are the same, the order is that of nginx', () => {
  fc.assert(
    fc.property(weights, (all) => {
      const [balancer, among] = [new SmoothWeighted(), endpointsOf(all)];
      const picked = Array.from({ length: 500 }, () => among.indexOf(balancer.pick(among)));
      assert.deepEqual(picked, nginxPicks(all, 500));
    }),
  );
});

test('an endpoint never gets more than one pick ahead of its share', () => {
  fc.assert(
    fc.property(weights, fc.integer({ min: 1, max: 500 }), (all, count) => {
      const [balancer, among] = [new SmoothWeighted(), endpointsOf(all)];
      const counts = new Map<Balanced, number>();
      for (let i = 0; i < count; i += 1) {
        const picked = balancer.pick(among);
        counts.set(picked, (counts.get(picked) ?? 0) + 1);
      }
      const total = all.reduce((sum, weight) => sum + weight, 0);
      for (const each of among) assert.ok((counts.get(each) ?? 0) < (count * each.weight) / total + 1);
    }),
  );
});

test('whatever sets it gets, it picks from the set, and then nobody has to wait long', () => {
  const sets = fc.array(fc.uniqueArray(fc.nat(4), { minLength: 1 }), { maxLength: 60 });
  fc.assert(
    fc.property(sets, (all) => {
      const [balancer, five] = [new SmoothWeighted(), endpointsOf([1, 1, 1, 1, 1])];
      for (const set of all) {
        const [first, ...rest] = set.flatMap((index) => five[index] ?? []);
        assert.ok(first);
        const among: Some<Balanced> = [first, ...rest];
        assert.ok(among.includes(balancer.pick(among)));
      }
      const after = Array.from({ length: 30 }, () => balancer.pick(five));
      assert.equal(new Set(after).size, 5);
    }),
  );
});
