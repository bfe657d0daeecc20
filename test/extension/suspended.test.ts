import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openHome } from '../../src/protocol/home.ts';
import { freePort, LinkedWindow, proxiesOf, temporaryHome } from '../support/linkedWindow.ts';
import { open } from '../support/proxyClient.ts';
import { onEnd } from '../support/scope.ts';
import { waitFor } from '../support/waitFor.ts';

/* A machine that sleeps, or part of it: processes that stand still and go on later. Built by `npm run vsix`. */

const suspendedWindow = fileURLToPath(new URL('../support/suspendedWindow.ts', import.meta.url));
/** A request has to be answered within this after they go on, in milliseconds. */
const servedWithinMs = 3_000;

/** What clients send. */
const question = '{"stream":true}';
/** As far as the proxy holds an answer back. */
const start = ['message_start', 'content_block_start']
  .map((type) => `event: ${type}\ndata: {"type":"${type}","index":0,"content_block":{"type":"text"}}\n\n`)
  .join('');
const piece = (n: number) => `event: ping\ndata: {"n":${n}}\n\n`;
const end = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';

/** An endpoint that begins an answer and goes on when it is told to. */
async function endpoint(t: TestContext) {
  const responses: http.ServerResponse[] = [];
  const server = http.createServer(async (request, response) => {
    const body = await text(request);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(start);
    // The proxy checks endpoints too, above all when it has slept.
    if (body === question) responses.push(response);
    else response.end(end);
  });
  onEnd(t, () => server.close());
  onEnd(t, () => server.closeAllConnections());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { responses, baseUrl: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}` };
}

/** A window in a process of its own, attached to a proxy. */
async function started(t: TestContext) {
  const { folder: home, remove } = temporaryHome();
  onEnd(t, remove);
  const port = await freePort();
  const { responses, baseUrl } = await endpoint(t);
  const child = spawn(process.execPath, [suspendedWindow, home, String(port), baseUrl], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onEnd(t, async () => {
    for (const pid of proxiesOf(home)) process.kill(pid, 'SIGKILL');
    child.kill('SIGKILL');
    await waitFor('nothing is left', () => proxiesOf(home).length === 0 || undefined);
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const { ready: proxy } = JSON.parse((await lines.next()).value ?? '{}');
  const ask = () => open({ port, token: openHome(home).token }, { body: question });
  return {
    home,
    port,
    proxy: Number(proxy),
    window: child as ChildProcessByStdio<Writable, Readable, null>,
    responses,
    ask,
    /** How the window stands, once it is attached. */
    stands: async (): Promise<{ status: string; pid: number }> => {
      child.stdin.write('?\n');
      return JSON.parse((await lines.next()).value ?? '{}');
    },
    /** Stops processes for a while, and has the endpoint go on meanwhile. */
    sleep: async (pids: readonly (number | undefined)[], milliseconds: number) => {
      const real = pids.filter((pid) => pid !== undefined);
      for (const pid of real) process.kill(pid, 'SIGSTOP');
      await delay(milliseconds);
      for (const pid of real) process.kill(pid, 'SIGCONT');
    },
  };
}

type Started = Awaited<ReturnType<typeof started>>;

/** What holds after every sleep: the same proxy, with its window, its stream, and an ear for others. */
async function holds(what: Started, stream: Promise<string>): Promise<void> {
  const from = performance.now();
  const before = what.responses.length;
  const answer = await what.ask();
  assert.equal(answer.status, 200);
  assert.ok(performance.now() - from < servedWithinMs);
  what.responses[before]?.end(end);
  await answer.body.finished();
  what.responses[0]?.write(piece(2));
  what.responses[0]?.end(end);
  assert.equal(await stream, start + piece(1) + piece(2) + end);
  assert.deepEqual(await what.stands(), { status: 'attached', pid: what.proxy });
  assert.deepEqual(
    proxiesOf(what.home).filter((pid) => pid !== what.window.pid),
    [what.proxy],
  );
}

/** A stream that runs while they sleep. */
async function stream(what: Started): Promise<string> {
  const running = await what.ask();
  const whole = running.body.finished().then(async () => (await running.body.rest()).toString());
  what.responses[0]?.write(piece(1));
  return whole;
}

describe('after a sleep', { skip: process.platform !== 'linux', concurrency: true }, () => {
  for (const seconds of [8, 20]) {
    it(`of ${seconds} s, of the machine as a whole, everything goes on`, async (t) => {
      const what = await started(t);
      const answer = stream(what);
      await waitFor('the stream runs', () => what.responses.length === 1 || undefined);
      await what.sleep([what.proxy, what.window.pid], seconds * 1_000);
      await holds(what, answer);
    });

    it(`of ${seconds} s of a window the proxy has waited for it`, async (t) => {
      const what = await started(t);
      const answer = stream(what);
      await waitFor('the stream runs', () => what.responses.length === 1 || undefined);
      await what.sleep([what.window.pid], seconds * 1_000);
      await holds(what, answer);
    });
  }

  it('of 12 s of the proxy alone its window comes back to it', async (t) => {
    const what = await started(t);
    const answer = stream(what);
    await waitFor('the stream runs', () => what.responses.length === 1 || undefined);
    await what.sleep([what.proxy], 12_000);
    await holds(what, answer);
  });

  it('a proxy that was about to end waits for the window that comes back', async (t) => {
    const what = await started(t);
    what.window.stdin.write('leave\n');
    await once(what.window, 'exit');
    await what.sleep([what.proxy], 12_000);
    const next = new LinkedWindow({ home: what.home, port: what.port });
    onEnd(t, () => next.link.dispose());
    next.link.start(true);
    assert.equal(await next.proxyPid(), what.proxy);
  });
});
