import assert from 'node:assert/strict';
import { test } from 'node:test';
import { muteEndpoint } from '../support/faultyEndpoints.ts';
import { apiError, call } from '../support/proxyClient.ts';
import { startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { chunk, lastChunk, messageEnd, messageStart, ping, streamHead } from '../support/wire.ts';

test('a connection that does not stand in time is a 504', async (t) => {
  const endpoint = await muteEndpoint(t);
  const routing = { patienceSeconds: 0, timeouts: { connect: 200 } };
  const proxy = await startProxy(t, configOf([endpoint], routing));

  const answer = await call(proxy);

  assert.equal(answer.status, 504);
  const error = apiError(answer);
  assert.equal(error.type, 'timeout_error');
  assert.match(error.message, /"mute", did not accept the connection in time/);
});

test('an upstream that does not begin to answer in time is cut off with a 504', async (t) => {
  const upstream = await startUpstream(t, (exchange) => exchange.closed);
  const proxy = await startProxy(t, configOf([upstream.endpoint()], { timeouts: { firstByte: 200 } }));

  const answer = await call(proxy);

  assert.equal(answer.status, 504);
  assert.match(apiError(answer).message, /in time/);
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
  const pings = 12;
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(messageStart));
    for (let i = 0; i < pings; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      await exchange.send(chunk(ping));
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
