import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { gate } from '../support/gate.ts';
import { call, open } from '../support/proxyClient.ts';
import { startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { settled } from '../support/settled.ts';
import { chunk, lastChunk, messageEnd, messageStart, streamHead, textDelta } from '../support/wire.ts';

test('200 streams at once are all served whole', async (t) => {
  const count = 200;
  const all = gate();
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(messageStart));
    // None ends before all have begun.
    if (upstream.requests.length === count) all.open();
    await all.opened;
    await exchange.send(chunk(textDelta(exchange.request.bodyHash) + messageEnd));
    await exchange.send(lastChunk);
  });
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));

  const bodies = Array.from({ length: count }, (_, i) =>
    JSON.stringify({ model: 'm', n: i, pad: 'x'.repeat(5000) }),
  );
  const answers = await Promise.all(bodies.map((body) => call(proxy, { body })));

  for (const [i, answer] of answers.entries()) {
    const hash = createHash('sha256')
      .update(bodies[i] ?? '')
      .digest('hex');
    assert.equal(answer.text, messageStart + textDelta(hash) + messageEnd);
    assert.equal(answer.end, 'clean');
  }
  const lines = await proxy.logged('attempt', count);
  assert.deepEqual(new Set(lines.map((line) => line.outcome)), new Set(['served']));
  // Nothing is left to drain: every request was counted down.
  assert.equal(await proxy.stop(), 0);
});

test('requests one after the other share a connection to the upstream', async (t) => {
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(messageStart + messageEnd));
    await exchange.send(lastChunk);
  });
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));

  for (let i = 0; i < 10; i += 1) assert.equal((await call(proxy)).end, 'clean');

  assert.equal(upstream.requests.length, 10);
  assert.equal(upstream.connections, 1);
});

test('an upstream is paused while the client does not read, and everything arrives in the end', async (t) => {
  const piece = Buffer.from(textDelta('0123456789abcdef'.repeat(4096)));
  const pieces = 760;
  const total = piece.length * pieces;
  let accepted = 0;
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead);
    for (let i = 0; i < pieces; i += 1) {
      await exchange.send(chunk(piece));
      accepted += piece.length;
    }
    await exchange.send(chunk(messageEnd));
    await exchange.send(lastChunk);
  });
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));

  const stream = await open(proxy);
  stream.response.pause();
  const acceptedUnread = await settled(() => accepted);

  // The buffers of four sockets hold some megabytes; the proxy itself keeps next to nothing.
  assert.ok(total > 49_000_000);
  assert.ok(acceptedUnread < total / 2, `${acceptedUnread} of ${total} bytes were taken`);

  const hash = createHash('sha256');
  let length = 0;
  stream.response.on('data', (bytes: Buffer) => {
    hash.update(bytes);
    length += bytes.length;
  });
  stream.response.resume();
  assert.equal(await stream.body.finished(), 'clean');
  const expected = createHash('sha256');
  for (let i = 0; i < pieces; i += 1) expected.update(piece);
  expected.update(messageEnd);
  assert.equal(length, total + messageEnd.length);
  assert.equal(hash.digest('hex'), expected.digest('hex'));
});

test('a client that does not read is not taken for a silent upstream', async (t) => {
  const pieces = 200;
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead);
    for (let i = 0; i < pieces; i += 1) await exchange.send(chunk(textDelta('x'.repeat(100_000))));
    await exchange.send(chunk(messageEnd));
    await exchange.send(lastChunk);
  });
  const proxy = await startProxy(t, configOf([upstream.endpoint()], { timeouts: { idle: 200 } }));

  const stream = await open(proxy);
  stream.response.pause();
  // Longer than the limit, and at rest: the proxy cannot go on sending.
  await settled(() => stream.response.readableLength);
  stream.response.resume();

  assert.equal(await stream.body.finished(), 'clean');
});
