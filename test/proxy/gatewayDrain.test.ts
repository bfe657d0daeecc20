import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { keptAnswersPath } from '../../src/proxy/frontDoor.ts';
import { PortTakenError } from '../../src/proxy/listener.ts';
import { answers } from '../support/answers.ts';
import { canaryToken } from '../support/canaries.ts';
import { documentOf } from '../support/contents.ts';
import { gate } from '../support/gate.ts';
import { freePort } from '../support/linkedWindow.ts';
import { apiError, call, open, request } from '../support/proxyClient.ts';
import { onEnd } from '../support/scope.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { testPlane } from '../support/testPlane.ts';
import { waitFor } from '../support/waitFor.ts';
import { chunk, lastChunk, messageEnd, messageStart, streamHead, textDelta } from '../support/wire.ts';

/** Longer than any test takes. */
const long = 60_000;
/** So long nobody may send anything before connections that are kept are closed. */
const quietMs = 300;

/** The data plane in this process. */
async function start(t: TestContext, script: Script = answers('ok')) {
  const upstream = await startUpstream(t, script);
  const token = canaryToken();
  const plane = testPlane({ token: () => token });
  await plane.listen(0);
  onEnd(t, () => plane.drain(0));
  plane.documents.sync(
    documentOf(1, [{ id: 'p', endpoints: [{ id: 'a', baseUrl: upstream.url, apiKey: upstream.key }] }]),
  );
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  onEnd(t, () => agent.destroy());
  return { plane, upstream, agent, port: plane.gateway.port, token };
}

/** True once a promise has resolved. */
function watched(promise: Promise<unknown>): () => boolean {
  let isOver = false;
  void promise.then(() => {
    isOver = true;
  });
  return () => isOver;
}

/** The connection that an agent keeps. */
function keptOf(agent: http.Agent): net.Socket {
  const [socket] = Object.values(agent.freeSockets).flat();
  assert.ok(socket, 'it keeps one');
  return socket;
}

/** A stream that stands still in its middle until the gate opens. */
function stream(goOn: Promise<void>): Script {
  return async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(messageStart + textDelta('a')));
    await goOn;
    await exchange.send(chunk(messageEnd));
    await exchange.send(lastChunk);
  };
}

test('the port is free as soon as draining begins', async (t) => {
  const goOn = gate();
  const proxy = await start(t, stream(goOn.opened));
  const running = await open(proxy);
  const drained = proxy.plane.drain(long, quietMs);
  assert.equal(await freePort(proxy.port), proxy.port);
  goOn.open();
  assert.equal(await running.body.finished(), 'clean');
  await drained;
});

test('who was let in before the port is let go of is not turned away', async (t) => {
  const { plane, port } = await start(t);
  const connecting = Array.from({ length: 50 }, () => net.connect({ host: '127.0.0.1', port }));
  onEnd(t, () => {
    for (const socket of connecting) socket.destroy();
  });
  const failures: string[] = [];
  for (const socket of connecting) {
    socket.on('error', (error: NodeJS.ErrnoException) => failures.push(error.code ?? error.message));
  }
  await once(connecting.at(-1) ?? assert.fail(), 'connect');
  await plane.gateway.catchUp();
  void plane.drain(long, long);
  const answers = connecting.map(async (socket) => {
    socket.write('HEAD /api/hello HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
    await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  });
  await Promise.all(answers);
  assert.deepEqual(failures, []);
});

test('what comes on a connection that a client keeps is served, and the connection ends with it', async (t) => {
  const proxy = await start(t);
  assert.equal((await call(proxy, { agent: proxy.agent })).header('connection'), 'keep-alive');
  const drained = proxy.plane.drain(long, long);

  const answer = await call(proxy, { agent: proxy.agent });

  assert.equal(answer.status, 200);
  assert.equal(answer.header('connection'), 'close');
  // No connection is left, so that nothing more is waited for.
  await drained;
});

test('an answer that has not begun yet ends its connection, too', async (t) => {
  const goOn = gate();
  const proxy = await start(t, async (exchange) => {
    await goOn.opened;
    await answers('ok')(exchange);
  });
  const answer = call(proxy, { agent: proxy.agent });
  await proxy.upstream.received(1);
  const drained = proxy.plane.drain(long, long);
  goOn.open();
  assert.equal((await answer).header('connection'), 'close');
  await drained;
});

test('a connection is not closed between two requests while another request runs', async (t) => {
  const goOn = gate();
  let count = 0;
  const proxy = await start(t, async (exchange) => {
    count += 1;
    await (count === 2 ? stream(goOn.opened) : answers('ok'))(exchange);
  });
  await call(proxy, { agent: proxy.agent });
  const running = await open(proxy);
  const drained = proxy.plane.drain(long, quietMs);
  running.abort();
  assert.equal((await call(proxy, { agent: proxy.agent })).status, 200);
  goOn.open();
  await drained;
});

test('connections that nobody uses are closed when it has been quiet', async (t) => {
  const proxy = await start(t);
  await call(proxy, { agent: proxy.agent });
  const closed = once(keptOf(proxy.agent), 'close');
  const began = performance.now();
  await proxy.plane.drain(long, quietMs);
  assert.ok(performance.now() - began >= quietMs - 5);
  await closed;
});

test('without a time to be quiet they are closed as soon as nothing runs', async (t) => {
  const goOn = gate();
  let count = 0;
  const proxy = await start(t, async (exchange) => {
    count += 1;
    await (count === 2 ? stream(goOn.opened) : answers('ok'))(exchange);
  });
  await call(proxy, { agent: proxy.agent });
  const kept = keptOf(proxy.agent);
  const running = await open(proxy);
  const drained = proxy.plane.drain(long);
  const isOver = watched(drained);
  await running.body.through('"a"');
  assert.equal(kept.destroyed, false);
  assert.equal(isOver(), false);
  goOn.open();
  assert.equal(await running.body.finished(), 'clean');
  await drained;
});

test('a stream that does not end is ended with the time that it has', async (t) => {
  const proxy = await start(t, stream(new Promise(() => undefined)));
  const running = await open(proxy);
  await running.body.through('"a"');
  await proxy.plane.drain(50, long);
  assert.equal(await running.body.finished(), 'broken');
});

test('a request that is held is told to come back in a second, and finds the successor', async (t) => {
  const proxy = await start(t, (exchange) => exchange.reset());
  const held = call(proxy, { agent: proxy.agent });
  await waitFor('it is held', () => proxy.plane.state(0).waiting.count === 1 || undefined, 10_000, 5);
  const drained = proxy.plane.drain(long, quietMs);
  const answer = await held;
  assert.equal(answer.status, 503);
  assert.equal(answer.header('retry-after'), '1');
  assert.match(apiError(answer).message, /stopping/);
  assert.equal(answer.header('connection'), 'close');
  await drained;
});

test('who asks for the answer to a kept request is sent to the successor, which may have one that this process knows nothing of', async (t) => {
  const proxy = await start(t);
  await call(proxy, { agent: proxy.agent });
  void proxy.plane.drain(long, quietMs);
  const answer = await call(proxy, {
    agent: proxy.agent,
    method: 'GET',
    path: `${keptAnswersPath}${'a'.repeat(22)}`,
  });
  assert.equal(answer.status, 503);
  assert.equal(answer.header('retry-after'), '1');
  assert.equal(answer.header('connection'), 'close');
});

test('a port that is taken can be tried again until it is free', async (t) => {
  const holder = net.createServer();
  holder.listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as net.AddressInfo;
  const plane = testPlane({ token: () => null });
  onEnd(t, () => plane.drain(0));
  for (let tries = 0; tries < 20; tries += 1) await assert.rejects(plane.listen(port), PortTakenError);
  holder.close();
  await once(holder, 'close');
  await plane.listen(port);
  assert.equal(plane.gateway.port, port);
  const sent = request({ port, token: '' }, { method: 'HEAD', path: '/' });
  const [response] = (await once(sent, 'response')) as [http.IncomingMessage];
  response.resume();
});

test('a request that waits for a configuration is told to come again when the process ends before one comes', async (t) => {
  const token = canaryToken();
  const plane = testPlane({ token: () => token });
  await plane.listen(0);
  onEnd(t, () => plane.drain(0));
  const waiting = call({ port: plane.gateway.port, token });
  await waitFor('it waits', () => plane.gateway.inFlight === 1 || undefined);
  const begun = performance.now();
  const drained = plane.drain(long, quietMs);
  const answer = await waiting;
  // It would wait for ten seconds.
  assert.ok(performance.now() - begun < 5_000);
  assert.deepEqual([answer.status, apiError(answer).message], [503, 'QCC is stopping.']);
  assert.equal(answer.header('retry-after'), '1');
  await drained;
});
