import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { canaryKey } from '../support/canaries.ts';
import { apiError, call } from '../support/proxyClient.ts';
import { startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { chunk, lastChunk, messageEnd, messageStart, plainResponse, streamHead } from '../support/wire.ts';

/** Accepts connections and says nothing, so that a TLS connection never stands. */
async function mutePort(t: TestContext): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as net.AddressInfo).port;
}

async function muteEndpoint(t: TestContext) {
  const port = await mutePort(t);
  return { name: 'mute', baseUrl: `https://127.0.0.1:${port}`, apiKey: canaryKey(port) };
}

test('a connection that does not stand in time is a 504', async (t) => {
  const proxy = await startProxy(t, configOf([await muteEndpoint(t)], { timeouts: { connect: 200 } }));

  const answer = await call(proxy);

  assert.equal(answer.status, 504);
  const error = apiError(answer);
  assert.equal(error.type, 'timeout_error');
  assert.match(error.message, /"mute" did not accept the connection in time/);
});

test('the next endpoint serves when a connection does not stand in time', async (t) => {
  const second = await startUpstream(t, (exchange) => exchange.send(plainResponse('200 OK', 'second')));
  const endpoints = [await muteEndpoint(t), second.endpoint()];
  const proxy = await startProxy(t, configOf(endpoints, { timeouts: { connect: 200 } }));

  assert.equal((await call(proxy)).text, 'second');
});

test('an upstream that does not begin to answer in time is cut off with a 504', async (t) => {
  const upstream = await startUpstream(t, (exchange) => exchange.closed);
  const second = await startUpstream(t, (exchange) => exchange.send(plainResponse('200 OK', 'second')));
  const endpoints = [upstream.endpoint(), second.endpoint()];
  const proxy = await startProxy(t, configOf(endpoints, { timeouts: { firstByte: 200 } }));

  const answer = await call(proxy);

  assert.equal(answer.status, 504);
  assert.match(apiError(answer).message, /did not answer in time/);
  await upstream.cutOff(1);
  assert.equal(second.connections, 0);
});

test('a head that trickles in is no answer', async (t) => {
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send('HTTP/1.1 200 OK\r\nx-slow: ');
    const trickle = setInterval(() => exchange.socket.write('x'), 20);
    await exchange.closed;
    clearInterval(trickle);
  });
  const proxy = await startProxy(t, configOf([upstream.endpoint()], { timeouts: { firstByte: 300 } }));

  assert.equal((await call(proxy)).status, 504);
  await upstream.cutOff(1);
});

test('an upstream that falls silent in mid-stream is cut off, and so is the client', async (t) => {
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(messageStart));
    await exchange.closed;
  });
  const proxy = await startProxy(t, configOf([upstream.endpoint()], { timeouts: { idle: 200 } }));

  const answer = await call(proxy);

  assert.equal(answer.text, messageStart);
  assert.equal(answer.end, 'broken');
  await upstream.cutOff(1);
  const [line] = await proxy.logged('attempt');
  assert.equal(line?.failure, 'idleTimeout');
});

test('pings keep a stream open past the limits of silence and of the first byte', async (t) => {
  const ping = chunk('event: ping\ndata: {"type":"ping"}\n\n');
  const pings = 12;
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(messageStart));
    for (let i = 0; i < pings; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      await exchange.send(ping);
    }
    await exchange.send(chunk(messageEnd));
    await exchange.send(lastChunk);
  });
  // The silence of 100 ms may become ten times as long on a slow machine; the whole stream takes longer than either.
  const timeouts = { idle: 1100, firstByte: 1100 };
  const proxy = await startProxy(t, configOf([upstream.endpoint()], { timeouts }));

  const answer = await call(proxy);

  assert.equal(answer.end, 'clean');
  assert.equal(answer.text.split('event: ping').length, pings + 2);
});
