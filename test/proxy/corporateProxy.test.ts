import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { startCorporateProxy } from '../support/corporateProxy.ts';
import { call } from '../support/proxyClient.ts';
import { type Script, selfSignedCertificate, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { plainResponse } from '../support/wire.ts';

const ok: Script = (exchange) => exchange.send(plainResponse('200 OK', '{}'));

test('a server outside is reached through the company’s proxy, end to end encrypted', async (t) => {
  const upstream = await startUpstream(t, ok, { tls: true });
  const company = await startCorporateProxy(t, upstream.port);
  const endpoint = { ...upstream.endpoint(), baseUrl: 'https://api.example.test' };
  const proxy = await startProxy(t, configOf([endpoint]), {
    environment: { HTTPS_PROXY: company.url, NODE_EXTRA_CA_CERTS: selfSignedCertificate },
  });

  const answer = await call(proxy);

  assert.equal(company.asked[0]?.target, 'api.example.test:443');
  assert.match(company.asked[0]?.headers['proxy-authorization'] ?? '', /^Basic /);
  // The tunnel led to a server of another name, which must not see the request.
  assert.equal(answer.status, 502);
  assert.ok(upstream.connections > 0);
  assert.equal(upstream.requests.length, 0);
});

test('every loopback address counts as this machine: its requests are in clear text', async (t) => {
  const upstream = await startUpstream(t, ok);
  const company = await startCorporateProxy(t, upstream.port);
  // Nothing listens there where 127.0.0.2 is not routed; then it is refused, and not tunnelled either.
  const endpoint = { ...upstream.endpoint(), baseUrl: `http://127.0.0.2:${upstream.port}` };
  const proxy = await startProxy(t, configOf([endpoint], { patienceSeconds: 0 }), {
    environment: { HTTPS_PROXY: company.url },
  });

  assert.notEqual((await call(proxy)).status, 200);
  assert.deepEqual(company.asked, []);
});

test('NO_PROXY=* means no proxy at all', async (t) => {
  const company = await startCorporateProxy(t, 9);
  const endpoint = { name: 'outside', baseUrl: 'https://api.example.test', apiKey: 'sk-outside' };
  const proxy = await startProxy(t, configOf([endpoint], { patienceSeconds: 0 }), {
    environment: { HTTPS_PROXY: company.url, NO_PROXY: '*' },
  });

  assert.equal((await call(proxy)).status, 502);
  assert.deepEqual(company.asked, []);
});

test('a company’s proxy that never answers costs the connect limit and no more', async (t) => {
  const silent = net.createServer();
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => silent.close());
  const { port } = silent.address() as net.AddressInfo;
  const upstream = await startUpstream(t, ok);
  const outside = { name: 'outside', baseUrl: 'https://api.example.test', apiKey: 'sk-outside', priority: 1 };
  const local = upstream.endpoint({ priority: 2 });
  const proxy = await startProxy(t, configOf([outside, local], { timeouts: { connect: 100 } }), {
    environment: { HTTPS_PROXY: `http://127.0.0.1:${port}` },
  });

  assert.equal((await call(proxy)).status, 200);
  const [line] = await proxy.logged('attempt');
  assert.equal(line?.failure, 'connectTimeout');
});

test('servers on this machine, and those that are excluded, are reached without it', async (t) => {
  const upstream = await startUpstream(t, ok);
  const company = await startCorporateProxy(t, upstream.port);
  const excluded = {
    ...upstream.endpoint(),
    name: 'excluded',
    baseUrl: 'https://inside.example.test',
    priority: 1,
  };
  const local = upstream.endpoint({ name: 'local', priority: 2 });
  const proxy = await startProxy(t, configOf([excluded, local]), {
    environment: { HTTPS_PROXY: company.url, NO_PROXY: 'example.test' },
  });

  // The excluded name does not exist, so the local endpoint serves.
  assert.equal((await call(proxy)).status, 200);
  assert.deepEqual(company.asked, []);
});
