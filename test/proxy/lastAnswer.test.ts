import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { defaultQueue } from '../../src/core/configuration.ts';
import { EndpointMemory } from '../../src/core/endpointMemory.ts';
import type { StoredItem } from '../../src/proxy/history/historyTypes.ts';
import { type End, giveLastAnswer } from '../../src/proxy/lastAnswer.ts';
import { Keeping } from '../../src/proxy/queue/keeping.ts';
import { KeyRing } from '../../src/proxy/queue/keyRing.ts';
import { Replays } from '../../src/proxy/queue/replays.ts';
import { RequestQueue } from '../../src/proxy/queue/requestQueue.ts';
import { readBody } from '../../src/proxy/requestBody.ts';
import { type Gate, gate } from '../support/gate.ts';
import { ItemFiles } from '../support/itemFiles.ts';
import { call, request } from '../support/proxyClient.ts';
import { onEnd } from '../support/scope.ts';
import { VirtualClock } from '../support/virtualClock.ts';

const neverServed = { route: 'messages', model: 'claude-x', conversation: undefined } as const;

/** A store that takes its time. */
class SlowFiles extends ItemFiles {
  readonly asked: Gate = gate();
  readonly goOn: Gate = gate();

  override async put(item: StoredItem, body: Uint8Array | null): Promise<void> {
    this.asked.open();
    await this.goOn.opened;
    await super.put(item, body);
  }
}

/** A server that has no endpoint for any request and gives each its last answer. */
async function start(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'qcc-queue-'));
  onEnd(t, () => rmSync(folder, { recursive: true, force: true }));
  const items = new SlowFiles(folder);
  const time = new VirtualClock();
  const queue = new RequestQueue({
    items,
    keys: new KeyRing(),
    replays: new Replays({ port: () => 0, token: () => null }),
    options: () => defaultQueue,
    log: () => undefined,
    changed: () => undefined,
    now: () => time.wallNow,
    after: (ms, callback) => time.setTimer(callback, ms),
  });
  onEnd(t, () => queue.close());
  let ended: (end: End) => void = () => undefined;
  const end = new Promise<End>((resolve) => {
    ended = resolve;
  });
  let closed = Promise.resolve<unknown>(undefined);
  const server = http.createServer(async (received, response) => {
    closed = once(response, 'close');
    const read = await readBody(received);
    if (!read.ok) return;
    const client = {
      id: 'req_test',
      receivedAt: 0,
      admitted: { route: 'messages', method: 'POST', path: '/v1/messages', query: '' },
      request: received,
      response,
      body: read.body,
      isReplay: false,
    } as const;
    const keeping = new Keeping(client, neverServed, queue);
    const outlook = { kind: 'none', considered: {} } as const;
    const memory = new EndpointMemory(() => 0);
    ended(
      await giveLastAnswer({
        client,
        keeping,
        setback: undefined,
        waitEnd: undefined,
        outlook,
        memory,
        now: 0,
        wallNow: time.wallNow,
      }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onEnd(t, () => server.close());
  const { port } = server.address() as AddressInfo;
  return { queue, items, folder, end, closed: () => closed, target: { port, token: 'none' } };
}

const later = { headers: ['prefer', 'respond-async'] };

test('an answer is promised only when the request is in the store', async (t) => {
  const { items, target, folder, queue, end } = await start(t);
  const answer = call(target, later);
  await items.asked.opened;
  assert.deepEqual([readdirSync(folder), queue.list()], [[], []]);
  items.goOn.open();
  assert.equal((await answer).status, 202);
  assert.deepEqual(await end, { outcome: 'failed', status: 202 });
  assert.equal(queue.list().length, 1);
});

test('a client that leaves before it hears the promise has nothing kept', async (t) => {
  const { items, target, folder, queue, end, closed } = await start(t);
  const sent = request(target, later);
  sent.on('error', () => undefined);
  await items.asked.opened;
  sent.destroy();
  await closed();
  items.goOn.open();
  assert.deepEqual(await end, { outcome: 'clientGone', status: null });
  assert.deepEqual([readdirSync(folder), queue.list()], [[], []]);
});

test('a client that takes no promise has its error before anything is stored', async (t) => {
  const { target, folder, end } = await start(t);
  assert.equal((await call(target)).status, 503);
  assert.deepEqual(await end, { outcome: 'failed', status: 503, isUnserved: true });
  assert.deepEqual(readdirSync(folder), []);
});
