import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Quotas } from '../../src/proxy/quotas.ts';

const left = (count: number, name = 'requests') => [`Anthropic-RateLimit-${name}-Remaining`, String(count)];
const remaining = (quotas: Quotas, id: string) =>
  quotas.of(id).map(({ name, remaining: it, at }) => [name, it, at]);

test('the limits of each endpoint are those that it told last', () => {
  const quotas = new Quotas();
  assert.deepEqual(quotas.of('a'), []);
  quotas.learn('a', [...left(5), ...left(7, 'tokens')], 1);
  quotas.learn('b', left(9), 2);
  quotas.learn('a', left(4), 3);
  assert.deepEqual(remaining(quotas, 'a'), [
    ['requests', 4, 3],
    ['tokens', 7, 1],
  ]);
  assert.deepEqual(remaining(quotas, 'b'), [['requests', 9, 2]]);
});

test('an answer that tells no limits changes nothing', () => {
  const quotas = new Quotas();
  quotas.learn('a', left(5), 1);
  const before = quotas.of('a');
  quotas.learn('a', ['content-type', 'application/json'], 2);
  assert.equal(quotas.of('a'), before);
});

test('an endpoint with another key has no limits until it tells some', () => {
  const quotas = new Quotas();
  quotas.learn('a', left(5), 1);
  quotas.learn('b', left(6), 1);
  quotas.forget('a');
  assert.deepEqual(quotas.of('a'), []);
  assert.equal(quotas.of('b').length, 1);
});

test('endpoints that no longer exist are forgotten', () => {
  const quotas = new Quotas();
  quotas.learn('a', left(5), 1);
  quotas.learn('b', left(6), 1);
  quotas.retain(new Set(['b']));
  assert.deepEqual([quotas.of('a').length, quotas.of('b').length], [0, 1]);
});
