import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGuardedProxy } from '../support/guardedProxy.ts';
import { call } from '../support/proxyClient.ts';
import { connectRaw } from '../support/rawConnection.ts';
import { startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { plainResponse, smallMessage } from '../support/wire.ts';

const { proxy, upstream, refuses, headers } = await startGuardedProxy({ after });
const post = 'POST /v1/messages HTTP/1.1';
const length = String(smallMessage.length);
const chunked = `${smallMessage.length.toString(16)}\r\n${smallMessage}\r\n0\r\n\r\n`;

for (const [what, lines, body] of [
  ['both a length and chunks', [...headers(), 'Transfer-Encoding: chunked'], chunked],
  ['chunks and then a length', ['Transfer-Encoding: chunked', ...headers()], chunked],
  ['two different lengths', [...headers(), 'Content-Length: 5'], smallMessage],
  ['two equal lengths', [...headers(), `Content-Length: ${length}`], smallMessage],
  ['a list of lengths', headers({ 'Content-Length': `${length}, ${length}` }), smallMessage],
  ['a negative length', headers({ 'Content-Length': '-1' }), ''],
  ['a length with a sign', headers({ 'Content-Length': `+${length}` }), smallMessage],
  ['a hexadecimal length', headers({ 'Content-Length': '0x10' }), smallMessage],
  ['a length beyond all numbers', headers({ 'Content-Length': '99999999999999999999999' }), smallMessage],
  [
    'a space before the colon',
    headers({ 'Content-Length ': length, 'Content-Length': undefined }),
    smallMessage,
  ],
  [
    'a coding that is not chunked',
    [...headers({ 'Content-Length': undefined }), 'Transfer-Encoding: xchunked'],
    chunked,
  ],
  [
    'chunked not last',
    [...headers({ 'Content-Length': undefined }), 'Transfer-Encoding: chunked, gzip'],
    chunked,
  ],
  [
    'a chunk size that is no number',
    [...headers({ 'Content-Length': undefined }), 'Transfer-Encoding: chunked'],
    'zz\r\n\r\n',
  ],
  [
    'a chunk longer than its size',
    [...headers({ 'Content-Length': undefined }), 'Transfer-Encoding: chunked'],
    '3\r\nabcdef\r\n0\r\n\r\n',
  ],
  ['a folded header', [...headers(), 'X-Folded: a\r\n b: c'], smallMessage],
  ['a header without a colon', [...headers(), 'no colon here'], smallMessage],
  ['a header without a name', [...headers(), ': value'], smallMessage],
  ['a NUL in a header', [...headers(), 'X-Nul: a\0b'], smallMessage],
  ['a lone CR in a header', [...headers(), 'X-Cr: a\rX-Api-Key: b'], smallMessage],
] as const) {
  test(`a request with ${what} is refused`, () => refuses(400, [post, ...lines], body));
}

test('a head of more than 64 KB is refused', () =>
  refuses(431, [post, ...headers(), `X-Long: ${'x'.repeat(70_000)}`]));

test('nine hundred headers all arrive', async () => {
  const many = Array.from({ length: 900 }, (_, i) => `x-h${i}: ${i}`);
  const before = upstream.requests.length;
  const connection = await connectRaw(proxy.port);
  connection.send(`${[post, ...headers(), ...many].join('\r\n')}\r\n\r\n${smallMessage}`);
  assert.equal(await connection.status(), 200);
  connection.socket.destroy();
  assert.equal(upstream.requests[before]?.values('x-h899').join(), '899');
});

test('what follows a body is a request of its own and passes the same door', async () => {
  const before = upstream.requests.length;
  const connection = await connectRaw(proxy.port);
  const smuggled = `POST /v1/messages HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n`;
  connection.send(`${[post, ...headers()].join('\r\n')}\r\n\r\n${smallMessage}${smuggled}`);

  assert.equal(await connection.status(), 200);
  await connection.reader.exactly(2);
  assert.equal(await connection.status(), 403);
  connection.socket.destroy();
  assert.equal(upstream.requests.length, before + 1);
  assert.equal(upstream.requests[before]?.body.toString(), smallMessage);
});

test('a refused request takes its connection with it, and whatever its body holds', async () => {
  const before = upstream.requests.length;
  const connection = await connectRaw(proxy.port);
  const inner = `${[post, ...headers()].join('\r\n')}\r\n\r\n${smallMessage}`;
  const outer = ['POST /nowhere HTTP/1.1', ...headers({ 'Content-Length': String(inner.length) })];
  connection.send(`${outer.join('\r\n')}\r\n\r\n${inner}`);

  assert.equal(await connection.status(), 404);
  const rest = (await connection.reader.rest()).toString();
  assert.ok(!rest.includes('HTTP/1.1'), 'no second response');
  assert.equal(upstream.requests.length, before);
});

for (const [what, response] of [
  [
    'both a length and chunks',
    'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}'],
  ['a NUL in a header', 'HTTP/1.1 200 OK\r\nx-a: a\0b\r\ncontent-length: 2\r\n\r\n{}'],
  ['a lone CR in a header', 'HTTP/1.1 200 OK\r\nx-a: a\rset-cookie: b\r\ncontent-length: 2\r\n\r\n{}'],
  ['a head without end', `HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(200_000)}`],
] as const) {
  test(`an upstream's response with ${what} is a 502`, async (t) => {
    const bad = await startUpstream(t, (exchange) => exchange.send(response));
    const own = await startProxy(t, configOf([bad.endpoint()], { timeouts: { firstByte: 5000 } }));

    assert.equal((await call(own)).status, 502);
  });
}

test('what an upstream sends behind its response answers no other request', async (t) => {
  const bad = await startUpstream(t, [
    (exchange) =>
      exchange.send(Buffer.concat([plainResponse('200 OK', 'one'), plainResponse('200 OK', 'smuggled')])),
    (exchange) => exchange.send(plainResponse('200 OK', 'two')),
  ]);
  const own = await startProxy(t, configOf([bad.endpoint()]));

  assert.equal((await call(own)).text, 'one');
  assert.equal((await call(own)).text, 'two');
});
