import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { retryAfterMs } from '../../src/core/retryAfter.ts';

/** Sunday. */
const now = Date.parse('1994-11-06T08:49:00Z');

function told(headers: Readonly<Record<string, string>>, nowMs = now): number | undefined {
  return retryAfterMs((name) => headers[name], nowMs);
}

for (const [value, expected] of [
  ['20', 20_000],
  [' 20 ', 20_000],
  ['0.5', 500],
  ['0.05', 50],
  ['86400', 86_400_000],
  ['99999999999', 99_999_999_999_000],
  ['0', undefined],
  ['0.0', undefined],
  ['-5', undefined],
  ['+5', undefined],
  ['1e3', undefined],
  ['0x10', undefined],
  ['5s', undefined],
  ['5, 5', undefined],
  ['NaN', undefined],
  ['Infinity', undefined],
  ['', undefined],
  ['soon', undefined],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
  ['Sun Nov  6 08:49:37 1994', 37_000],
  ['Mon, 07 Nov 1994 08:49:00 GMT', 86_400_000],
  ['Sun, 06 Nov 1994 08:49:00 GMT', undefined],
  ['Sun, 06 Nov 1994 08:48:59 GMT', undefined],
  ['Sun, 06 Nov 1994 08:49:37', undefined],
  ['Sun, 06 Nov 1994 08:49:37 +0200', undefined],
  ['Sun, 66 Nov 1994 08:49:37 GMT', undefined],
  ['1994-11-06T08:49:37Z', undefined],
  ['1995', 1_995_000],
] as const) {
  test(`retry-after "${value}" is ${expected === undefined ? 'not understood' : `${expected} ms`}`, () => {
    assert.equal(told({ 'retry-after': value }), expected);
  });
}

test('a date without a zone is in GMT, whatever the zone of the machine', () => {
  const zone = process.env.TZ;
  try {
    process.env.TZ = 'Asia/Tokyo';
    assert.equal(told({ 'retry-after': 'Sun Nov  6 08:49:37 1994' }), 37_000);
  } finally {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  }
});

test('retry-after-ms counts milliseconds and goes before retry-after', () => {
  assert.equal(told({ 'retry-after-ms': '1500' }), 1_500);
  assert.equal(told({ 'retry-after-ms': '0.5', 'retry-after': '20' }), 0.5);
});

test('where retry-after-ms says nothing, retry-after does', () => {
  for (const nothing of ['0', '-1', 'soon', '', 'Sun, 06 Nov 1994 08:49:37 GMT']) {
    assert.equal(told({ 'retry-after-ms': nothing, 'retry-after': '20' }), 20_000, nothing);
  }
});

test('without either header nothing is told', () => {
  assert.equal(told({}), undefined);
});

test('the date of any later second is understood', () => {
  const whole = fc.integer({ min: 1, max: 4_000_000_000 });
  fc.assert(
    fc.property(whole, whole, (a, b) => {
      fc.pre(a !== b);
      const date = new Date(Math.max(a, b) * 1000).toUTCString();
      assert.equal(told({ 'retry-after': date }, Math.min(a, b) * 1000), Math.abs(a - b) * 1000);
    }),
  );
});

test('whatever the headers are, the wait is positive or not known', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (milliseconds, seconds) => {
      const wait = told({ 'retry-after-ms': milliseconds, 'retry-after': seconds });
      assert.ok(wait === undefined || wait > 0);
    }),
  );
});
