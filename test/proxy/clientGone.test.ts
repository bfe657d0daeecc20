import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { call, open, request } from '../support/proxyClient.ts';
import { connectRaw } from '../support/rawConnection.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { chunk, messageStart, plainResponse, streamHead, textDelta } from '../support/wire.ts';

/** Never answers. */
const silent: Script = (exchange) => exchange.closed;

/** Begins to stream and goes on until the client is gone. */
const endless: Script = async (exchange) => {
  await exchange.send(streamHead);
  await exchange.send(chunk(messageStart));
  await exchange.closed;
};

/** Sends as fast as it can. */
const torrent: Script = async (exchange) => {
  await exchange.send(streamHead);
  for (;;) await exchange.send(chunk(textDelta('x'.repeat(60_000))));
};

test('a client that leaves before the response has begun closes the upstream connection', async (t) => {
  const upstream = await startUpstream(t, silent);
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));

  const sent = request(proxy);
  sent.on('error', () => undefined);
  await upstream.received(1);
  assert.equal(upstream.cut, 0);
  sent.destroy();

  await upstream.cutOff(1);
  const [line] = await proxy.logged('attempt');
  assert.equal(line?.outcome, 'clientGone');
});

for (const [when, script] of [
  ['in mid-stream', endless],
  ['while the upstream does not stop sending', torrent],
] as const) {
  test(`a client that leaves ${when} closes the upstream connection`, async (t) => {
    const upstream = await startUpstream(t, script);
    const proxy = await startProxy(t, configOf([upstream.endpoint()]));

    const stream = await open(proxy);
    await stream.body.exactly(100);
    assert.equal(upstream.cut, 0);
    stream.abort();

    await upstream.cutOff(1);
    const [line] = await proxy.logged('attempt');
    assert.equal(line?.outcome, 'clientGone');
  });
}

test('a client that leaves before it has sent its whole body costs no upstream call', async (t) => {
  const upstream = await startUpstream(t, (exchange) => exchange.send(plainResponse('200 OK', '{}')));
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));
  const connection = await connectRaw(proxy.port);

  connection.send(
    `POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nx-api-key: ${proxy.token}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"half":',
  );
  connection.socket.end();
  await connection.reader.rest();
  assert.equal((await call(proxy)).status, 200);

  assert.equal(upstream.requests.length, 1);
  assert.equal(upstream.connections, 1);
});

test('a client that leaves does not make the next endpoint try', async (t) => {
  const first = await startUpstream(t, silent);
  const second = await startUpstream(t, (exchange) => exchange.send(plainResponse('200 OK', '{}')));
  const proxy = await startProxy(t, configOf([first.endpoint(), second.endpoint()]));

  const sent = request(proxy);
  sent.on('error', () => undefined);
  await first.received(1);
  sent.destroy();
  await proxy.logged('attempt');
  await first.cutOff(1);

  assert.equal(second.connections, 0);
});

test('connections of many clients that leave at once are all closed', async (t) => {
  const upstream = await startUpstream(t, endless);
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));

  const streams = await Promise.all(Array.from({ length: 50 }, () => open(proxy)));
  assert.equal(upstream.cut, 0);
  for (const stream of streams) stream.abort();

  await upstream.cutOff(50);
  const lines = await proxy.logged('attempt', 50);
  assert.deepEqual(new Set(lines.map((line) => line.outcome)), new Set(['clientGone']));
});

test('a proxy that all clients have left has nothing to wait for', async (t) => {
  const upstream = await startUpstream(t, endless);
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));

  const streams = await Promise.all(Array.from({ length: 5 }, () => open(proxy)));
  for (const stream of streams) stream.abort();
  await upstream.cutOff(5);

  assert.equal(await proxy.stop(), 0);
});

test('a connection on which nothing was asked does not keep a proxy from ending', async (t) => {
  const proxy = await startProxy(t, configOf([]));
  const connection = await connectRaw(proxy.port);
  const closed = once(connection.socket, 'close');

  assert.equal(await proxy.stop(), 0);
  await closed;
});
