import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { EffectiveWeights, type WeightSample } from '../../src/core/effectiveWeights.ts';
import { seededRandom } from '../support/seededRandom.ts';

const minute = 60_000;
const rules = { enabled: true, minSamples: 3 };
const failure: WeightSample = { ok: false };
const success = (firstContentMs: number): WeightSample => ({ ok: true, firstContentMs });

/** Weights after so many samples of each endpoint, all taken at the time 0. */
function weightsAfter(samples: Readonly<Record<string, readonly WeightSample[]>>): EffectiveWeights {
  const weights = new EffectiveWeights(rules);
  for (const [id, each] of Object.entries(samples)) for (const sample of each) weights.sample(id, sample, 0);
  return weights;
}

const times = (count: number, sample: WeightSample) => Array.from({ length: count }, () => sample);

/** Factors of endpoints that are all in one profile, at the time 0. */
function factorsAfter(samples: Readonly<Record<string, readonly WeightSample[]>>): Record<string, number> {
  const weights = weightsAfter(samples);
  const ids = Object.keys(samples);
  return Object.fromEntries(ids.map((id) => [id, weights.factorOf(id, ids, 0)]));
}

describe('the factor of a weight', () => {
  test('is 1 while nothing is known', () => {
    assert.equal(new EffectiveWeights(rules).factorOf('a', ['a', 'b'], 0), 1);
  });

  test('is 1 until there are three samples', () => {
    assert.equal(factorsAfter({ a: times(2, failure) }).a, 1);
    assert.ok((factorsAfter({ a: times(3, failure) }).a ?? 1) < 1);
  });

  test('is 1 until there are as many samples as the rules say', () => {
    const weights = weightsAfter({ a: times(9, failure) });
    weights.rules = { enabled: true, minSamples: 10 };
    assert.equal(weights.factorOf('a', ['a'], 0), 1);
    for (const sample of times(9, failure)) weights.sample('a', sample, 0);
    assert.ok(weights.factorOf('a', ['a'], 0) < 1);
  });

  test('is 1 when dynamic weights are off, and follows what was learnt meanwhile when they are on again', () => {
    const weights = weightsAfter({ a: times(20, failure) });
    weights.rules = { enabled: false, minSamples: 3 };
    assert.equal(weights.factorOf('a', ['a'], 0), 1);
    assert.equal(weights.isDegraded('a', ['a'], 0), false);
    weights.rules = rules;
    assert.equal(weights.factorOf('a', ['a'], 0), 0.1);
  });

  test('is 1 for all endpoints that answer much alike', () => {
    const random = seededRandom(4);
    const samples = (usualMs: number) => Array.from({ length: 500 }, () => success(usualMs + random() * 120));
    const factors = factorsAfter({ a: samples(1), b: samples(60), c: samples(5), d: samples(110) });
    assert.deepEqual(factors, { a: 1, b: 1, c: 1, d: 1 });
  });

  test('is 1 after a single failure among successes', () => {
    assert.equal(factorsAfter({ a: [...times(30, success(500)), failure] }).a, 1);
  });

  test('falls with every failure more in a row, to 0.10', () => {
    const factors = Array.from(
      { length: 20 },
      (_, more) => factorsAfter({ a: times(3 + more, failure) }).a ?? Number.NaN,
    );
    for (const [index, factor] of factors.entries())
      assert.ok(index === 0 || factor <= (factors[index - 1] ?? 0));
    assert.equal(factors.at(-1), 0.1);
  });

  test('is about a third for an endpoint that fails every second request', () => {
    const samples = times(30, success(500)).flatMap((sample) => [sample, failure]);
    const { a = 0 } = factorsAfter({ a: samples });
    assert.ok(a > 0.25 && a < 0.45, String(a));
  });

  test('is less for the slow one and more for the quick one', () => {
    const { slow = 0, quick = 0 } = factorsAfter({
      slow: times(10, success(6_000)),
      quick: times(10, success(500)),
    });
    // The median is 3 250 ms: 4.25 / 7 × 1.25 and 4.25 / 1.5 / 1.25.
    assert.ok(Math.abs(slow - 0.759) < 0.001, String(slow));
    assert.equal(quick, 2);
    const { quick: quicker = 0 } = factorsAfter({
      slow: times(10, success(3_000)),
      quick: times(10, success(1_000)),
    });
    assert.ok(Math.abs(quicker - 1.2) < 0.001, String(quicker));
  });

  test('is less for the one whose answers take now this long and now that', () => {
    const uneven = times(20, success(500)).flatMap((sample) => [sample, success(11_500)]);
    const { uneven: less = 1, steady = 0 } = factorsAfter({
      uneven,
      steady: times(40, success(6_000)),
      other: times(40, success(6_000)),
    });
    assert.ok(less < 0.5, String(less));
    assert.equal(steady, 1);
  });

  test('is 1 for an endpoint that is slow with nobody to compare it with', () => {
    const weights = weightsAfter({ a: times(10, success(60_000)), other: times(10, success(10)) });
    assert.equal(weights.factorOf('a', ['a'], 0), 1);
    assert.equal(weights.factorOf('a', [], 0), 1);
  });

  test('is not compared with endpoints of which too little is known', () => {
    const factors = factorsAfter({ a: times(10, success(9_000)), b: times(2, success(10)) });
    assert.deepEqual(factors, { a: 1, b: 1 });
  });

  test('takes no notice of how long a success took that cannot be compared', () => {
    const check: WeightSample = { ok: true, firstContentMs: null };
    const checks = times(10, check);
    assert.deepEqual(factorsAfter({ a: checks, b: times(10, success(9_000)) }), { a: 1, b: 1 });
    const { a = 0 } = factorsAfter({ a: [...times(10, failure), ...checks] });
    assert.ok(a > 0.5, String(a));
  });

  test('does not depend on the order of the siblings, nor on whether the endpoint is among them', () => {
    const weights = weightsAfter({
      a: times(5, success(9_000)),
      b: times(5, success(300)),
      c: times(5, failure),
    });
    const factor = weights.factorOf('a', ['a', 'b', 'c'], 0);
    assert.ok(factor < 1);
    assert.equal(weights.factorOf('a', ['c', 'b'], 0), factor);
  });

  test('is 1 again for an endpoint that is forgotten', () => {
    const weights = weightsAfter({ a: times(9, failure), b: times(9, failure), c: times(9, failure) });
    weights.forget('a');
    weights.retain(new Set(['a', 'b']));
    assert.equal(weights.factorOf('a', [], 0), 1);
    assert.equal(weights.factorOf('b', [], 0), 0.1);
    assert.equal(weights.factorOf('c', [], 0), 1);
  });

  test('lies between 0.10 and 2.00, and goes straight back to 1 when nothing happens', () => {
    const sample = fc.oneof(
      fc.record({ ok: fc.constant(true as const), firstContentMs: fc.nat(300_000) }),
      fc.constant(failure),
    );
    const event = fc.tuple(fc.constantFrom('a', 'b', 'c'), sample, fc.nat(10 * minute));
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const weights = new EffectiveWeights(rules);
        let now = 0;
        const distances = () =>
          ['a', 'b', 'c'].map((id) => {
            const factor = weights.factorOf(id, ['a', 'b', 'c'], now);
            assert.ok(factor >= 0.1 && factor <= 2, String(factor));
            return Math.abs(factor - 1);
          });
        for (const [id, each, pause] of events) {
          now += pause;
          weights.sample(id, each, now);
          distances();
        }
        let before = distances();
        for (let step = 0; step < 20; step += 1) {
          now += minute;
          const after = distances();
          for (const [index, distance] of after.entries()) assert.ok(distance <= (before[index] ?? 0));
          before = after;
        }
        assert.ok(
          before.every((distance) => distance <= 0.0625),
          '20 minutes are four half-lives',
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe('another chance', () => {
  test('comes with time: half of what was lost is back after five minutes', () => {
    const weights = weightsAfter({ a: times(40, failure) });
    assert.equal(weights.factorOf('a', [], 5 * minute), 0.55);
    assert.equal(weights.factorOf('a', [], 10 * minute), 0.775);
  });

  test('is not spoilt by what happened long before', () => {
    const weights = weightsAfter({
      a: times(40, failure),
      b: times(40, success(20_000)),
      c: times(5, success(10)),
    });
    const now = 30 * minute;
    for (let count = 0; count < 3; count += 1) {
      for (const id of ['a', 'b', 'c']) weights.sample(id, success(10), now);
    }
    for (const id of ['a', 'b', 'c']) assert.equal(weights.factorOf(id, ['a', 'b', 'c'], now), 1, id);
  });

  test('is not spoilt by a single failure after a long pause, however much there was before', () => {
    const weights = weightsAfter({ a: times(400, failure) });
    weights.sample('a', failure, 30 * minute);
    assert.equal(weights.factorOf('a', [], 30 * minute), 1);
  });

  test('is soon earned: a slow endpoint that turns quick has its weight back after a dozen answers', () => {
    const weights = weightsAfter({ a: times(40, success(8_000)), b: times(40, success(500)) });
    assert.ok(weights.factorOf('a', ['a', 'b'], 0) < 0.8);
    for (let count = 0; count < 24; count += 1) weights.sample('a', success(500), 0);
    assert.equal(weights.factorOf('a', ['a', 'b'], 0), 1);
  });

  test('needs no clock that never goes back', () => {
    const weights = new EffectiveWeights(rules);
    for (const sample of times(4, failure)) weights.sample('a', sample, 5 * minute);
    const factor = weights.factorOf('a', [], 5 * minute);
    assert.ok(factor < 1);
    assert.equal(weights.factorOf('a', [], 0), factor);
  });
});

describe('an endpoint is degraded', () => {
  test('when its factor is below a half', () => {
    assert.equal(weightsAfter({ a: times(3, failure) }).isDegraded('a', [], 0), false);
    assert.equal(weightsAfter({ a: times(20, failure) }).isDegraded('a', [], 0), true);
    assert.equal(new EffectiveWeights(rules).isDegraded('a', [], 0), false);
  });

  test('until five minutes after time has brought it above', () => {
    const weights = weightsAfter({ a: times(40, failure) });
    const halfAt = 5 * minute * Math.log2(0.9 / 0.5);
    assert.ok(Math.abs(weights.factorOf('a', [], halfAt) - 0.5) < 1e-9);
    assert.equal(weights.isDegraded('a', [], halfAt + 5 * minute - 1), true);
    assert.equal(weights.isDegraded('a', [], halfAt + 5 * minute + 1), false);
  });

  test('no longer once answers have brought it above', () => {
    const weights = weightsAfter({ a: times(8, failure) });
    assert.equal(weights.isDegraded('a', [], 0), true);
    while (weights.factorOf('a', [], 0) < 0.5) weights.sample('a', success(10), 0);
    assert.equal(weights.isDegraded('a', [], 0), false);
  });

  test('in comparison with its siblings', () => {
    const weights = weightsAfter({
      a: times(9, success(20_000)),
      b: times(9, success(500)),
      c: times(9, success(500)),
    });
    assert.equal(weights.isDegraded('a', ['a', 'b', 'c'], 0), true);
    assert.equal(weights.isDegraded('a', ['a'], 0), false);
    assert.equal(weights.isDegraded('b', ['a', 'b', 'c'], 0), false);
  });
});
