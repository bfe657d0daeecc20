import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import type { NetworkOptions } from '../../src/protocol/control.ts';
import { Upstream } from '../../src/proxy/upstream.ts';
import { startCorporateProxy } from '../support/corporateProxy.ts';
import { muteEndpoint, unknownHostEndpoint } from '../support/faultyEndpoints.ts';
import { refusingPort } from '../support/refusingPort.ts';
import { onEnd, type Scope } from '../support/scope.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { waitFor } from '../support/waitFor.ts';
import { plainResponse } from '../support/wire.ts';

const ok: Script = (exchange) => exchange.send(plainResponse('200 OK', '{}'));

/** The connections to an address, with no certificate checked unless `network` says otherwise. */
function connectionsTo(
  t: TestContext,
  baseUrl: string,
  network: Partial<NetworkOptions> = {},
  connectTimeoutMs = 2_000,
): Upstream {
  const upstream = new Upstream({
    baseUrl,
    connectTimeoutMs,
    network: { proxyUrl: null, noProxy: [], strictSsl: false, systemCertificates: false, ...network },
    trust: undefined,
  });
  onEnd(t, () => upstream.close());
  return upstream;
}

/** Sends a request. @returns the status of its answer, or what failed */
function ask(upstream: Upstream): Promise<number | string> {
  return new Promise((resolve) => {
    let status = 0;
    upstream.send(
      {
        method: 'POST',
        path: '/v1/messages',
        headers: ['content-length', '2'],
        body: () => [Buffer.from('{}')],
      },
      {
        connected: () => undefined,
        head: (told) => {
          status = told;
        },
        data: () => true,
        // undici hands the connection out again in the turn after the next.
        end: () => setImmediate(() => setImmediate(() => resolve(status))),
        failed: resolve,
      },
    );
  });
}

/** A server that takes down how many bytes come on each connection, and does with it what it is told. */
async function startServer(scope: Scope, onConnection: (socket: net.Socket) => void) {
  const connections: { socket: net.Socket; bytes: number }[] = [];
  const server = net.createServer((socket) => {
    const connection = { socket, bytes: 0 };
    connections.push(connection);
    socket.on('error', () => socket.destroy());
    socket.on('data', ({ length }) => {
      connection.bytes += length;
    });
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onEnd(scope, () => {
    for (const { socket } of connections) socket.destroy();
    server.close();
  });
  const { port } = server.address() as net.AddressInfo;
  return { connections, url: `http://127.0.0.1:${port}` };
}

test('a connection that was opened in advance carries the first request, and nothing before it', async (t) => {
  const server = await startServer(t, (socket) => {
    socket.on('data', () => socket.write(plainResponse('200 OK', '{}')));
  });
  const upstream = connectionsTo(t, server.url);

  const { durationMs, ...rest } = await upstream.warmUp();

  assert.deepEqual(rest, {});
  assert.ok(durationMs >= 0 && durationMs < 2_000, String(durationMs));
  await waitFor('the connection is there', () => server.connections.length === 1 || undefined, 10_000, 5);
  assert.equal(server.connections[0]?.bytes, 0);
  assert.equal(await ask(upstream), 200);
  assert.equal(server.connections.length, 1);
});

for (const host of ['127.0.0.1', 'localhost']) {
  test(`TLS to ${host} is negotiated in advance as well`, async (t) => {
    const server = await startUpstream(t, ok, { tls: true });
    const upstream = connectionsTo(t, `https://${host}:${server.port}`);

    assert.equal((await upstream.warmUp()).failure, undefined);
    assert.equal(await ask(upstream), 200);

    assert.equal(server.connections, 1);
    assert.equal(server.requests.length, 1);
  });
}

for (const { scheme, port } of [
  { scheme: 'https', port: 443 },
  { scheme: 'http', port: 80 },
]) {
  test(`a tunnel to an ${scheme} server is opened in advance as well`, async (t) => {
    const server = await startUpstream(t, ok, { tls: scheme === 'https' });
    const company = await startCorporateProxy(t, server.port);
    const upstream = connectionsTo(t, `${scheme}://api.example.test`, { proxyUrl: company.url });

    assert.equal((await upstream.warmUp()).failure, undefined);
    assert.deepEqual(
      company.asked.map(({ target }) => target),
      [`api.example.test:${port}`],
    );
    assert.equal(server.requests.length, 0);
    assert.equal(await ask(upstream), 200);

    assert.equal(company.asked.length, 1);
    assert.equal(server.connections, 1);
    assert.equal(server.requests.length, 1);
  });
}

test('where an idle connection is left, none is opened in advance', async (t) => {
  const server = await startUpstream(t, ok);
  const upstream = connectionsTo(t, server.url);
  await upstream.warmUp();
  await upstream.warmUp();
  assert.equal(await ask(upstream), 200);
  await upstream.warmUp();
  assert.equal(server.connections, 1);
});

test('a connection that was opened in advance and closed by the server is replaced by another one', async (t) => {
  const server = await startServer(t, (socket) => {
    socket.on('data', () => socket.write(plainResponse('200 OK', '{}')));
  });
  const upstream = connectionsTo(t, server.url);
  await upstream.warmUp();
  const first = await waitFor('the connection is there', () => server.connections[0], 10_000, 5);
  first.socket.end();
  await once(first.socket, 'close');

  assert.equal(await ask(upstream), 200);
  assert.equal(server.connections.length, 2);
});

test('a connection that breaks under its first request is stale when it was opened in advance', async (t) => {
  const server = await startServer(t, (socket) => {
    socket.on('data', () => socket.resetAndDestroy());
  });
  const upstream = connectionsTo(t, server.url);
  await upstream.warmUp();
  assert.equal(await ask(upstream), 'staleConnection');
  assert.equal(await ask(upstream), 'connectionLost');
});

test('a connection that breaks under its second request is stale', async (t) => {
  const server = await startUpstream(t, [ok, (exchange) => exchange.reset()]);
  const upstream = connectionsTo(t, server.url);
  assert.equal(await ask(upstream), 200);
  assert.equal(await ask(upstream), 'staleConnection');
  assert.equal(server.connections, 1);
});

test('a connection that cannot be opened in advance is told with its reason', async (t) => {
  const refusing = connectionsTo(t, `http://127.0.0.1:${await refusingPort()}`);
  assert.equal((await refusing.warmUp()).failure, 'connectRefused');

  const nowhere = connectionsTo(t, unknownHostEndpoint().baseUrl);
  assert.equal((await nowhere.warmUp()).failure, 'dnsFailed');

  const server = await startUpstream(t, ok, { tls: true });
  const untrusted = connectionsTo(t, server.url, { strictSsl: true });
  assert.equal((await untrusted.warmUp()).failure, 'tlsFailed');
  assert.equal(server.requests.length, 0);
});

test('a connection that does not stand in time is given up', async (t) => {
  const mute = await muteEndpoint(t);
  const upstream = connectionsTo(t, mute.baseUrl, {}, 100);
  assert.equal((await upstream.warmUp()).failure, 'connectTimeout');
});
