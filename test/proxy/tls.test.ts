import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { apiError, call } from '../support/proxyClient.ts';
import { type Script, selfSignedCertificate, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { plainResponse } from '../support/wire.ts';

const ok: Script = (exchange) => exchange.send(plainResponse('200 OK', '{}'));

test('a certificate that nobody vouches for gets neither key nor request', async (t) => {
  const upstream = await startUpstream(t, ok, { tls: true });
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));

  const answer = await call(proxy);

  assert.equal(answer.status, 502);
  assert.equal(answer.header('x-should-retry'), 'false');
  assert.match(apiError(answer).message, /certificate.*key was not sent/);
  assert.ok(upstream.connections > 0);
  assert.equal(upstream.requests.length, 0);
});

test('NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment does not switch checks off', async (t) => {
  const upstream = await startUpstream(t, ok, { tls: true });
  const proxy = await startProxy(t, configOf([upstream.endpoint()]), {
    environment: { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' },
  });

  assert.equal((await call(proxy)).status, 502);
  assert.ok(upstream.connections > 0);
  assert.equal(upstream.requests.length, 0);
});

test('a certificate that the user has vouched for is accepted', async (t) => {
  const upstream = await startUpstream(t, ok, { tls: true });
  const proxy = await startProxy(t, configOf([upstream.endpoint()]), {
    environment: { NODE_EXTRA_CA_CERTS: selfSignedCertificate },
  });

  assert.equal((await call(proxy)).status, 200);
  assert.deepEqual(upstream.requests[0]?.values('x-api-key'), [upstream.key]);
});

test('a certificate for another name is refused even if it is vouched for', async (t) => {
  const upstream = await startUpstream(t, ok, { tls: true });
  const baseUrl = `https://localhost:${upstream.port}`;
  const proxy = await startProxy(t, configOf([upstream.endpoint({ baseUrl })]), {
    environment: { NODE_EXTRA_CA_CERTS: selfSignedCertificate },
  });

  assert.equal((await call(proxy)).status, 502);
  assert.ok(upstream.connections > 0);
  assert.equal(upstream.requests.length, 0);
});

test('a server without TLS at an https address gets nothing that it can read', async (t) => {
  const seen: Buffer[] = [];
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      seen.push(bytes);
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
  });
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const endpoint = { name: 'plain', baseUrl: `https://127.0.0.1:${port}`, apiKey: 'sk-readable' };
  const proxy = await startProxy(t, configOf([endpoint]));

  const answer = await call(proxy);

  assert.equal(answer.status, 502);
  assert.match(apiError(answer).message, /TLS/);
  assert.ok(seen.length > 0);
  assert.ok(!Buffer.concat(seen).includes('sk-readable'));
});
