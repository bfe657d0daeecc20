import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openHome } from '../../src/protocol/home.ts';
import { freePort, proxiesOf, temporaryHome } from './linkedWindow.ts';
import { open } from './proxyClient.ts';
import { onEnd } from './scope.ts';
import { waitFor } from './waitFor.ts';

/* A window, its proxy and an endpoint, of which some stand still for a while, as when the machine sleeps. */

const suspendedWindow = fileURLToPath(new URL('./suspendedWindow.ts', import.meta.url));
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
export async function started(t: TestContext) {
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

export type Started = Awaited<ReturnType<typeof started>>;

/** What holds after every sleep: the same proxy, with its window, its stream, and an ear for others. */
export async function holds(what: Started, stream: Promise<string>): Promise<void> {
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
export async function stream(what: Started): Promise<string> {
  const running = await what.ask();
  const whole = running.body.finished().then(async () => (await running.body.rest()).toString());
  what.responses[0]?.write(piece(1));
  return whole;
}
