import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { PortTakenError } from '../../src/proxy/listener.ts';
import { answers } from '../support/answers.ts';
import { canaryToken } from '../support/canaries.ts';
import { documentOf } from '../support/contents.ts';
import { gate } from '../support/gate.ts';
import { freePort } from '../support/linkedWindow.ts';
import { apiError, call, open, type Target } from '../support/proxyClient.ts';
import { connectRaw } from '../support/rawConnection.ts';
import { onEnd, type Scope } from '../support/scope.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { testPlane } from '../support/testPlane.ts';
import { waitFor } from '../support/waitFor.ts';
import { chunk, lastChunk, messageEnd, messageStart, streamHead, textDelta } from '../support/wire.ts';

/* The gateway on more than one port: the one that clients use, and those that they used before. */

async function start(scope: Scope, script: Script = answers('hello')) {
  const upstream = await startUpstream(scope, script);
  const token = canaryToken();
  const plane = testPlane({ token: () => token });
  onEnd(scope, () => plane.drain(0));
  const { url, key } = upstream;
  plane.documents.sync(documentOf(1, [{ id: 'p', endpoints: [{ id: 'a', baseUrl: url, apiKey: key }] }]));
  return { ...plane, upstream, at: (port: number): Target => ({ port, token }) };
}

/** A gateway that has moved from one port to another. */
async function startMoved(t: TestContext, script?: Script) {
  const proxy = await start(t, script);
  const [from, to] = [await freePort(), await freePort()];
  await proxy.listen(from);
  const move = () => proxy.gateway.listen(to);
  return { ...proxy, from, to, move };
}

/** The status of a HEAD request, which costs no endpoint anything, or the code with which it was refused. */
function statusAt(target: Target): Promise<number | string> {
  return call(target, { method: 'HEAD', path: '/' }).then(
    ({ status }) => status,
    (error: NodeJS.ErrnoException) => error.code ?? error.name,
  );
}

test('whatever it moves to and lets go of, it serves at one port, points there from those it holds, and is nowhere else', async (t) => {
  const ports = [await freePort(), await freePort(), await freePort()];
  const step = fc.record({
    kind: fc.constantFrom('listen' as const, 'leave' as const),
    port: fc.constantFrom(...ports),
  });
  const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
    const { gateway, listen, drain, at } = await start(t);
    let [current] = ports as [number];
    await listen(current);
    const held = new Set([current]);
    for (const { kind, port } of steps) {
      if (kind === 'listen') {
        await gateway.listen(port);
        held.add(port);
        current = port;
      } else {
        gateway.leave(port);
        if (port !== current) held.delete(port);
      }
      for (const each of ports) {
        const expected = each === current ? 200 : held.has(each) ? 503 : 'ECONNREFUSED';
        assert.equal(await statusAt(at(each)), expected, `${kind} ${port}: ${each}`);
      }
      assert.deepEqual([...gateway.ports].sort(), [...held].sort());
      assert.equal(gateway.port, current);
    }
    await drain(0);
    for (const each of ports) assert.equal(await statusAt(at(each)), 'ECONNREFUSED');
  });
  await fc.assert(property, { seed: 6, numRuns: 25 });
});

test('a request that is on its way in when the proxy moves is served', async (t) => {
  const { gateway, from, at, move } = await startMoved(t);
  const connection = await connectRaw(from);
  onEnd(t, () => connection.socket.destroy());
  const head = ['POST /v1/messages HTTP/1.1', `host: 127.0.0.1:${from}`, `x-api-key: ${at(from).token}`];
  const body = '{"model":"m","messages":[]}';
  connection.send(
    [...head, 'content-type: application/json', `content-length: ${body.length}`, '', body.slice(0, 5)].join(
      '\r\n',
    ),
  );
  await waitFor('its head has arrived', () => gateway.inFlight === 1 || undefined, 10_000, 5);
  await move();
  connection.send(body.slice(5));
  assert.equal(await connection.status(), 200);
});

test('a stream that began at a former port runs to its end after the port was let go of, and its connection ends', async (t) => {
  const rest = gate();
  const { gateway, from, to, at, move } = await startMoved(t, async ({ send }) => {
    await send(streamHead);
    await send(chunk(messageStart + textDelta('one')));
    await rest.opened;
    await send(chunk(textDelta('two') + messageEnd));
    await send(lastChunk);
  });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  onEnd(t, () => agent.destroy());
  const stream = await open(at(from), { agent });
  await move();
  gateway.leave(from);
  assert.equal(await statusAt(at(from)), 'ECONNREFUSED');
  assert.equal(await freePort(from), from);
  const ended = once(stream.response.socket, 'close');
  rest.open();
  assert.equal(await stream.body.finished(), 'clean');
  const expected = messageStart + textDelta('one') + textDelta('two') + messageEnd;
  assert.equal((await stream.body.rest()).toString(), expected);
  await ended;
  assert.equal(await statusAt(at(to)), 200);
});

test('idle connections to a former port end when it is let go of', async (t) => {
  const { gateway, from, at, move } = await startMoved(t);
  const idle = await connectRaw(from);
  idle.send(`HEAD / HTTP/1.1\r\nhost: 127.0.0.1:${from}\r\nx-api-key: ${at(from).token}\r\n\r\n`);
  assert.equal(await idle.status(), 200);
  await move();
  gateway.leave(from);
  assert.equal(await idle.status(), undefined);
});

test('a large body that is still sent to a former port does not hide the answer', async (t) => {
  const { from, to, at, move } = await startMoved(t);
  await move();
  const answer = await call(at(from), { body: JSON.stringify({ filler: 'x'.repeat(8 << 20) }) });
  assert.deepEqual([answer.status, answer.end], [503, 'clean']);
  const { type, message } = apiError(answer);
  assert.equal(type, 'api_error');
  assert.match(message, new RegExp(`^QCC has moved to http://127\\.0\\.0\\.1:${to},`));
  assert.deepEqual([answer.header('retry-after'), answer.header('x-should-retry')], ['60', 'false']);
});

test('an endpoint that leads back to a port that is held is not asked', async (t) => {
  const { gateway, documents, from, to, at, move, upstream } = await startMoved(t);
  await move();
  const others = [from, to].map((port) => ({
    id: `own-${port}`,
    baseUrl: `http://127.0.0.1:${port}`,
    apiKey: 'sk-own',
    priority: 1,
  }));
  const served = { id: 'a', baseUrl: upstream.url, apiKey: upstream.key, priority: 2 };
  documents.sync(documentOf(2, [{ id: 'p', strategy: 'priority', endpoints: [...others, served] }]));
  assert.equal((await call(at(to))).status, 200);
  assert.equal(upstream.requests.length, 1);
  assert.equal(gateway.inFlight, 0);
});

test('a port that another program holds leaves the proxy where it is', async (t) => {
  const { gateway, from, to, at } = await startMoved(t);
  const other = await start(t);
  await other.gateway.listen(to);
  await assert.rejects(gateway.listen(to), PortTakenError);
  assert.deepEqual([gateway.port, gateway.ports], [from, [from]]);
  assert.equal(await statusAt(at(from)), 200);
});

test('nothing is bound any more once requests are drained', async (t) => {
  const { gateway, drain, from, to, at, move } = await startMoved(t);
  await drain(0);
  await move();
  assert.deepEqual(gateway.ports, []);
  assert.equal(gateway.port, from);
  assert.equal(await statusAt(at(to)), 'ECONNREFUSED');
});
