import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGuardedProxy } from '../support/guardedProxy.ts';
import { call } from '../support/proxyClient.ts';
import { connectRaw } from '../support/rawConnection.ts';

const { proxy, upstream, headers } = await startGuardedProxy({ after });
const post = 'POST /v1/messages HTTP/1.1';
const MiB = 1024 * 1024;

test('a body of 32 MiB is taken', async () => {
  const before = upstream.requests.length;
  const answer = await call(proxy, { body: Buffer.alloc(32 * MiB, 0x20) });

  assert.equal(answer.status, 200);
  assert.equal(upstream.requests[before]?.body.length, 32 * MiB);
});

test('a body that says it is larger is refused before it is sent', async () => {
  const connections = upstream.connections;
  const connection = await connectRaw(proxy.port);
  connection.send(`${[post, ...headers({ 'Content-Length': String(33 * MiB) })].join('\r\n')}\r\n\r\n`);

  assert.equal(await connection.status(), 413);
  connection.socket.destroy();
  assert.equal(upstream.connections, connections);
});

test('a client that sends too large a body whole reads the refusal', async () => {
  const requests = upstream.requests.length;
  const answer = await call(proxy, { body: Buffer.alloc(33 * MiB, 0x20) });

  assert.equal(answer.status, 413);
  assert.match(answer.text, /request_too_large/);
  assert.equal(upstream.requests.length, requests);
});

test('a chunked body without end is refused once it is too large', async () => {
  const requests = upstream.requests.length;
  const connection = await connectRaw(proxy.port);
  const chunked = [...headers({ 'Content-Length': undefined }), 'Transfer-Encoding: chunked'];
  connection.send(`${[post, ...chunked].join('\r\n')}\r\n\r\n`);
  const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(MiB, 0x20), Buffer.from('\r\n')]);
  let sent = 0;
  const more = () => {
    if (connection.socket.destroyed) return;
    sent += 1;
    connection.socket.write(chunk, more);
  };
  more();

  assert.equal(await connection.status(), 413);
  connection.socket.destroy();
  assert.ok(sent >= 32);
  assert.equal(upstream.requests.length, requests);
});

test('a body shorter than its length costs no upstream call', async () => {
  const requests = upstream.requests.length;
  const connection = await connectRaw(proxy.port);
  connection.send(`${[post, ...headers({ 'Content-Length': '100' })].join('\r\n')}\r\n\r\n{"short":`);
  connection.socket.end();
  await connection.reader.rest();

  assert.equal((await call(proxy)).status, 200);
  assert.equal(upstream.requests.length, requests + 1);
});

test('what follows a body and is no request breaks the connection', async () => {
  const requests = upstream.requests.length;
  const connection = await connectRaw(proxy.port);
  connection.send(`${[post, ...headers({ 'Content-Length': '2' })].join('\r\n')}\r\n\r\n{}garbage\r\n\r\n`);

  const responses = (await connection.reader.rest()).toString();
  assert.match(responses, /HTTP\/1\.1 400 /);
  assert.equal((await call(proxy, { body: '[]' })).status, 200);
  const bodies = upstream.requests.slice(requests).map((request) => request.body.toString());
  assert.deepEqual(
    bodies.filter((body) => body !== '{}'),
    ['[]'],
  );
});

test('a refused request does not wait for its body', async () => {
  const connection = await connectRaw(proxy.port);
  const head = [post, ...headers({ 'X-Api-Key': 'wrong', 'Content-Length': String(10 * MiB) })];
  connection.send(`${head.join('\r\n')}\r\n\r\n`);

  assert.equal(await connection.status(), 401);
  await connection.reader.rest();
  assert.equal(await connection.reader.finished(), 'clean');
});
