import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readQuotas, withQuotas } from '../../src/core/quota.ts';

const now = Date.UTC(2026, 10, 20, 12);
const minute = 60_000;

const read = (headers: Readonly<Record<string, string>>) => readQuotas(Object.entries(headers).flat(), now);

test('the limits of an API key are told by four numbers of requests and tokens', () => {
  assert.deepEqual(
    read({
      'content-type': 'application/json',
      'anthropic-ratelimit-requests-limit': '1000',
      'anthropic-ratelimit-requests-remaining': '999',
      'anthropic-ratelimit-requests-reset': '2026-11-20T12:01:00Z',
      'anthropic-ratelimit-input-tokens-limit': '80000',
      'anthropic-ratelimit-input-tokens-remaining': '20000',
      'anthropic-ratelimit-input-tokens-reset': '2026-11-20T12:00:30.500+00:00',
      'anthropic-ratelimit-output-tokens-limit': '16000',
      'anthropic-ratelimit-output-tokens-remaining': '0',
      'anthropic-ratelimit-output-tokens-reset': '2026-11-20T13:02:00+01:00',
      'anthropic-ratelimit-tokens-remaining': '500',
      'anthropic-organization-id': 'x',
    }),
    [
      {
        name: 'requests',
        limit: 1000,
        remaining: 999,
        usedShare: 1 - 0.999,
        resetsAt: now + minute,
        at: now,
      },
      {
        name: 'input-tokens',
        limit: 80000,
        remaining: 20000,
        usedShare: 0.75,
        resetsAt: now + minute / 2 + 500,
        at: now,
      },
      {
        name: 'output-tokens',
        limit: 16000,
        remaining: 0,
        usedShare: 1,
        resetsAt: now + 2 * minute,
        at: now,
      },
      { name: 'tokens', limit: null, remaining: 500, usedShare: null, resetsAt: null, at: now },
    ],
  );
});

test('the limits of a subscription are told by the share that is used', () => {
  const seconds = now / 1000;
  assert.deepEqual(
    read({
      'Anthropic-RateLimit-Unified-Status': 'allowed_warning',
      'Anthropic-RateLimit-Unified-Reset': String(seconds + 60),
      'Anthropic-RateLimit-Unified-Representative-Claim': 'five_hour',
      'Anthropic-RateLimit-Unified-5h-Status': 'allowed',
      'Anthropic-RateLimit-Unified-5h-Utilization': '0.634',
      'Anthropic-RateLimit-Unified-5h-Reset': String(seconds + 60),
      'Anthropic-RateLimit-Unified-7d-Utilization': '1.02',
      'Anthropic-RateLimit-Unified-7d-Reset': String(seconds + 86_400),
      'Anthropic-RateLimit-Unified-Fallback-Percentage': '0.5',
    }),
    [
      {
        name: 'unified-5h',
        limit: null,
        remaining: null,
        usedShare: 0.634,
        resetsAt: now + minute,
        at: now,
      },
      {
        name: 'unified-7d',
        limit: null,
        remaining: null,
        usedShare: 1,
        resetsAt: now + 86_400_000,
        at: now,
      },
    ],
  );
});

test('the limits of OpenAI and of many relays are read too', () => {
  assert.deepEqual(
    read({
      'x-ratelimit-limit-tokens': '160000',
      'x-ratelimit-remaining-tokens': '80000',
      'x-ratelimit-reset-tokens': '6m0s',
      'x-ratelimit-limit': '100',
      'x-ratelimit-remaining': '25',
      'x-ratelimit-reset': String(now + minute),
    }),
    [
      {
        name: 'tokens',
        limit: 160000,
        remaining: 80000,
        usedShare: 0.5,
        resetsAt: now + 6 * minute,
        at: now,
      },
      { name: 'requests', limit: 100, remaining: 25, usedShare: 0.75, resetsAt: now + minute, at: now },
    ],
  );
});

for (const [value, expected] of [
  ['12ms', now + 12],
  ['1s', now + 1_000],
  ['1m30.5s', now + 90_500],
  ['1h2m3s', now + 3_723_000],
  ['1d', now + 86_400_000],
  ['0', now],
  ['59', now + 59_000],
  ['0.25', now + 250],
  [String(now / 1000 + 5), now + 5_000],
  [String(now + 7), now + 7],
  ['2026-11-20T11:59:59Z', now - 1_000],
  ['2027-11-20T12:00:00Z', Date.UTC(2027, 10, 20, 12)],
  ['2026-11-18T12:00:00Z', null],
  ['2030-01-01T00:00:00Z', null],
  ['2026-13-45T99:00:00Z', null],
  ['999999999999999', null],
  ['-5', null],
  ['', null],
  ['soon', null],
  ['s', null],
  ['Fri, 20 Nov 2026 12:00:00 GMT', null],
] as const) {
  test(`a limit that is full again at "${value}" is so ${expected === null ? 'nobody knows when' : `at ${expected - now}`}`, () => {
    const [quota] = read({ 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': value });
    assert.equal(quota?.resetsAt, expected);
  });
}

for (const value of ['-1', '1e3', '', 'many', '0x10', '1.5', '9'.repeat(20)]) {
  test(`"${value}" is no amount`, () => {
    assert.deepEqual(read({ 'x-ratelimit-limit': value, 'x-ratelimit-remaining': value }), []);
    const [quota] = read({ 'x-ratelimit-limit': value, 'x-ratelimit-remaining': '5' });
    assert.deepEqual([quota?.limit, quota?.remaining, quota?.usedShare], [null, 5, null]);
  });
}

for (const value of ['-0.1', 'half', '', 'NaN']) {
  test(`"${value}" is no share`, () => {
    assert.deepEqual(read({ 'anthropic-ratelimit-unified-5h-utilization': value }), []);
  });
}

test('a tiny share may be told with an exponent', () => {
  const [quota] = read({ 'anthropic-ratelimit-unified-5h-utilization': '1e-05' });
  assert.equal(quota?.usedShare, 0.00001);
});

test('more may be left than the limit, and a limit may be nothing', () => {
  assert.equal(read({ 'x-ratelimit-limit': '5', 'x-ratelimit-remaining': '9' })[0]?.usedShare, 0);
  assert.equal(read({ 'x-ratelimit-limit': '0', 'x-ratelimit-remaining': '0' })[0]?.usedShare, null);
});

test('headers that say nothing of what is left tell no limit', () => {
  assert.deepEqual(read({}), []);
  assert.deepEqual(read({ 'anthropic-ratelimit-tokens-limit': '5' }), []);
  assert.deepEqual(read({ 'anthropic-ratelimit-tokens-reset': '2026-11-20T12:01:00Z' }), []);
  assert.deepEqual(read({ 'ratelimit-remaining': '5', 'x-ratelimit': '5', 'retry-after': '5' }), []);
});

test('at most twelve limits are read, with names of at most 64 letters', () => {
  const header = (name: string) => [`anthropic-ratelimit-${name}-remaining`, '1'] as const;
  const many = Array.from({ length: 40 }, (_, index) => header(`l${index}`));
  const names = readQuotas(many.flat(), now).map(({ name }) => name);
  assert.deepEqual(
    names,
    Array.from({ length: 12 }, (_, index) => `l${index}`),
  );
  assert.equal(readQuotas([...header('x'.repeat(64))], now).length, 1);
  assert.equal(readQuotas([...header('x'.repeat(65))], now).length, 0);
});

test('no header can be made that is read as anything but a limit within its bounds', () => {
  const name = fc.oneof(
    fc.stringMatching(/^anthropic-ratelimit-[a-z0-9-]{0,70}-(limit|remaining|reset|utilization)$/),
    fc.stringMatching(/^x-ratelimit-(limit|remaining|reset)(-[a-z]{0,5})?$/),
    fc.string(),
  );
  const value = fc.oneof(fc.string(), fc.double().map(String), fc.nat().map(String));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 60 }), (headers) => {
      const quotas = readQuotas(headers.flat(), now);
      assert.ok(quotas.length <= 12);
      for (const quota of quotas) {
        assert.ok(quota.name.length <= 64);
        assert.ok(quota.usedShare === null || (quota.usedShare >= 0 && quota.usedShare <= 1));
        for (const count of [quota.limit, quota.remaining, quota.resetsAt]) {
          assert.ok(count === null || (Number.isSafeInteger(count) && count >= 0));
        }
      }
    }),
  );
});

test('of each limit the last that was told is known', () => {
  const quota = (name: string, remaining: number, at: number) => ({
    name,
    limit: null,
    remaining,
    usedShare: null,
    resetsAt: null,
    at,
  });
  const before = [quota('requests', 5, 1), quota('tokens', 7, 1)];
  assert.deepEqual(withQuotas(before, [quota('requests', 4, 2)]), [
    quota('requests', 4, 2),
    quota('tokens', 7, 1),
  ]);
  assert.deepEqual(withQuotas([], before), before);
  const many = Array.from({ length: 12 }, (_, index) => quota(`l${index}`, 1, 2));
  assert.deepEqual(withQuotas(before, many), many);
});
