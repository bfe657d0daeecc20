import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { EndpointSecrets } from '../../src/core/configuration.ts';
import { clientHeaders, endToEndHeaders, headerValues, upstreamHeaders } from '../../src/proxy/headers.ts';
import { endpointOf } from '../support/contents.ts';

const endpoint = endpointOf({ id: 'e' });
const up = (client: string[], secrets: Partial<EndpointSecrets> = {}, bodyLength?: number) =>
  upstreamHeaders(client, endpoint, { apiKey: 'key', headers: {}, ...secrets }, bodyLength);

/** What every request gets, in this order, when the client says nothing. */
const own = [
  'authorization',
  'Bearer key',
  'x-api-key',
  'key',
  'anthropic-version',
  '2023-06-01',
  'accept-encoding',
  'identity',
];

test('a client that says nothing gets only what the endpoint needs', () => {
  assert.deepEqual(up([]), own);
});

test('the length is that of the body', () => {
  assert.deepEqual(up(['Content-Length', '999'], {}, 5), [...own, 'content-length', '5']);
  assert.deepEqual(up([], {}, 0), [...own, 'content-length', '0']);
});

test('a header without a value at the end of the list is no header', () => {
  assert.deepEqual(up(['X-Odd']), own);
});

test('header names are told apart without regard to case, and spelled as they came', () => {
  assert.deepEqual(headerValues(['X-A', '1', 'x-a', '2', 'X-B', '3'], 'x-a'), ['1', '2']);
  assert.deepEqual(up(['X-a', '1', 'x-A', '2']).slice(0, 4), ['X-a', '1', 'x-A', '2']);
});

test('a configured header replaces every one of that name', () => {
  const headers = up(['x-g', '1', 'X-G', '2'], { headers: { 'X-g': 'mine' } });
  assert.deepEqual(headerValues(headers, 'x-g'), ['mine']);
});

const dropped = [
  'connection',
  'keep-alive',
  'proxy-anything',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'cookie',
  'host',
  'content-length',
  'expect',
  'prefer',
];

test('configured headers of the connection are not sent', () => {
  for (const name of dropped) assert.deepEqual(up([], { headers: { [name]: 'x' } }), own, name);
});

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/);
const value = fc.stringMatching(/^[\x20-\x7e\xa0-\xff]{0,20}$/);
const name = fc.oneof(
  token,
  fc.constantFrom(...dropped, 'Authorization', 'X-API-Key', 'x-a', '__proto__', 'constructor'),
);
const raw = fc.array(fc.tuple(name, value)).map((list) => list.flat());

test('no credential of a client passes, whatever else it sends', () => {
  fc.assert(
    fc.property(raw, (headers) => {
      const sent = up(headers);
      assert.deepEqual(headerValues(sent, 'x-api-key'), ['key']);
      assert.deepEqual(headerValues(sent, 'authorization'), ['Bearer key']);
      assert.equal(headerValues(sent, 'accept-encoding').length, 1);
      for (const dropped_ of dropped) assert.deepEqual(headerValues(sent, dropped_), []);
    }),
  );
});

test('every other header passes unchanged and in order', () => {
  const other = fc
    .array(
      fc.tuple(
        token.map((it) => `x-${it}`),
        value,
      ),
    )
    .map((list) => list.flat());
  fc.assert(
    fc.property(other, (headers) => {
      assert.deepEqual(up(headers).slice(0, headers.length), headers);
      assert.deepEqual(clientHeaders(headers), headers);
    }),
  );
});

test('what is kept of a request are its headers without its connection and its credentials', () => {
  const client = ['X-A', '1', 'Authorization', 'Bearer x', 'connection', 'x-b', 'X-B', '2', 'x-a', '3'];
  const secret = ['Cookie', 'c', 'X-Api-Key', 'k', 'Proxy-Authorization', 'p', 'prefer', 'respond-async'];
  assert.deepEqual(endToEndHeaders([...client, ...secret]), ['X-A', '1', 'x-a', '3']);
});

test('what Connection lists is dropped both ways', () => {
  const headers = [
    'Connection',
    'close, X-A ,x-b',
    'x-a',
    '1',
    'X-B',
    '2',
    'connection',
    'x-c',
    'x-c',
    '3',
    'x-d',
    '4',
  ];
  assert.deepEqual(clientHeaders(headers), ['x-d', '4']);
  assert.deepEqual(up(headers).slice(0, 2), ['x-d', '4']);
  assert.equal(up(headers).length, own.length + 2);
});

test('what would act on a browser does not reach it', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('set-cookie', 'Set-Cookie2', 'ALT-SVC', 'clear-site-data', 'Access-Control-X'),
      value,
      (it, as) => {
        assert.deepEqual(clientHeaders([it, as, 'x', 'y']), ['x', 'y']);
      },
    ),
  );
});
