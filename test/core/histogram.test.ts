import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram } from '../../src/core/histogram.ts';

const hour = 3_600_000;

function histogramOf(durations: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const ms of durations) histogram.record(ms);
  return histogram;
}

/** The nearest-rank percentile of the durations themselves. */
function exactPercentile(durations: readonly number[], share: number): number {
  const sorted = durations.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(sorted.length * share)) - 1] ?? Number.NaN;
}

/** From a millisecond to an hour, every order of magnitude alike. */
const duration = fc.double({ min: 0, max: Math.log(hour), noNaN: true }).map(Math.exp);
const share = fc.double({ min: 0, max: 1, noNaN: true });

test('a histogram without durations has no percentiles', () => {
  assert.equal(new Histogram().percentile(0.5), null);
  assert.equal(new Histogram().count, 0);
});

test('a percentile is within 5 % of the exact one', () => {
  fc.assert(
    fc.property(fc.array(duration, { minLength: 1, maxLength: 200 }), share, (durations, at) => {
      const exact = exactPercentile(durations, at);
      const told = histogramOf(durations).percentile(at) ?? Number.NaN;
      assert.ok(Math.abs(told - exact) <= 0.05 * exact, `${told} for ${exact}`);
    }),
    { numRuns: 2_000 },
  );
});

test('what takes less than a millisecond, or nothing, counts as a millisecond', () => {
  for (const ms of [0, 0.2, 1, -5, Number.NaN]) assert.equal(histogramOf([ms]).percentile(0.5), 1);
});

test('what takes more than an hour counts as an hour', () => {
  for (const ms of [hour * 1.1, hour * 1_000, Number.POSITIVE_INFINITY]) {
    assert.equal(histogramOf([ms]).percentile(1), hour);
  }
});

test('every duration counts', () => {
  assert.equal(histogramOf([0, 5, 5, hour * 2]).count, 4);
});

test('histograms of parts merge to the histogram of the whole', () => {
  fc.assert(
    fc.property(fc.array(duration), fc.array(duration), (some, others) => {
      const merged = histogramOf(some);
      merged.merge(histogramOf(others));
      const whole = histogramOf([...some, ...others]);
      assert.deepEqual(merged.toBytes(), whole.toBytes());
      assert.equal(merged.count, whole.count);
    }),
  );
});

test('merging leaves the other histogram as it was', () => {
  const other = histogramOf([100]);
  histogramOf([5]).merge(other);
  assert.deepEqual(other.toBytes(), histogramOf([100]).toBytes());
});

test('a histogram comes back from its bytes', () => {
  fc.assert(
    fc.property(fc.array(duration), share, (durations, at) => {
      const histogram = histogramOf(durations);
      const back = Histogram.fromBytes(histogram.toBytes());
      assert.equal(back?.count, histogram.count);
      assert.equal(back?.percentile(at), histogram.percentile(at));
    }),
  );
});

test('counts of billions come back from their bytes', () => {
  const histogram = histogramOf([40]);
  for (let doubling = 0; doubling < 40; doubling += 1) histogram.merge(histogram);
  assert.equal(Histogram.fromBytes(histogram.toBytes())?.count, 2 ** 40);
});

test('one duration takes three bytes, and the widest spread less than a kilobyte', () => {
  assert.equal(histogramOf([2]).toBytes().length, 3);
  const widest = new Histogram();
  for (let ms = 1; ms < hour * 1.2; ms *= 1.05) widest.record(ms);
  for (let doubling = 0; doubling < 30; doubling += 1) widest.merge(widest);
  assert.ok(widest.toBytes().length < 1_024, String(widest.toBytes().length));
});

test('bytes that are no histogram are told apart', () => {
  const whole = histogramOf([3, 400, 50_000]).toBytes();
  assert.equal(Histogram.fromBytes(new Uint8Array()), undefined, 'nothing');
  assert.equal(Histogram.fromBytes(Uint8Array.of(9, ...whole.subarray(1))), undefined, 'another form');
  assert.equal(Histogram.fromBytes(whole.subarray(0, -1)), undefined, 'cut off');
  assert.equal(Histogram.fromBytes(Uint8Array.of(1, 200, 1, 1)), undefined, 'a bucket that is none');
  const tooLarge = [255, 255, 255, 255, 255, 255, 255, 255, 1];
  assert.equal(Histogram.fromBytes(Uint8Array.of(1, 0, ...tooLarge)), undefined, 'a count that is not exact');
  const large = [255, 255, 255, 255, 255, 255, 255, 15];
  assert.equal(Histogram.fromBytes(Uint8Array.of(1, 0, ...large, 1, ...large)), undefined, 'such a sum');
});

test('no bytes whatever make it throw or count what is not a number', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const histogram = Histogram.fromBytes(Uint8Array.of(1, ...bytes));
      assert.ok(histogram === undefined || Number.isSafeInteger(histogram.count));
    }),
  );
});
