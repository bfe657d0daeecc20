import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { defaultQueue, type QueueOptions, type RetryStrategy } from '../../../src/core/configuration.ts';
import type { QueueItem } from '../../../src/protocol/queue.ts';
import type { LogEntry } from '../../../src/protocol/state.ts';
import { bodyDigest } from '../../../src/proxy/queue/bodyDigest.ts';
import { KeyRing } from '../../../src/proxy/queue/keyRing.ts';
import { Replays } from '../../../src/proxy/queue/replays.ts';
import { RequestQueue } from '../../../src/proxy/queue/requestQueue.ts';
import { answers, breaksOff, refuses, silence, streams } from '../../support/answers.ts';
import { canaryPrompt, leaksInLog } from '../../support/canaries.ts';
import { gate } from '../../support/gate.ts';
import { ItemFiles } from '../../support/itemFiles.ts';
import { onEnd } from '../../support/scope.ts';
import { type Script, startUpstream } from '../../support/scriptedUpstream.ts';
import { VirtualClock } from '../../support/virtualClock.ts';
import { waitFor } from '../../support/waitFor.ts';
import { messageStart, overloadedError, plainResponse, textDelta } from '../../support/wire.ts';

const hour = 3_600_000;
const unavailable = refuses('503 Service Unavailable');

interface Setup {
  readonly options?: Partial<QueueOptions>;
  /** What stands in for the front door, where requests are tried again. */
  readonly script?: Script | readonly Script[];
  /** That of an earlier run. */
  readonly folder?: string;
  readonly time?: VirtualClock;
  /** Where tries are sent, given the port where the script is; 0 for nowhere. */
  readonly port?: (door: number) => number;
  /** Fills of keys, the first of which encrypts. */
  readonly keys?: readonly number[];
}

/** A queue with its store in files, on a clock that the test moves. */
async function start(t: TestContext, setup: Setup = {}) {
  const { script = answers('served at last'), time = new VirtualClock(1_000_000), keys: fills = [1] } = setup;
  const { port = (door: number) => door } = setup;
  const door = await startUpstream(t, script);
  const folder = setup.folder ?? mkdtempSync(join(tmpdir(), 'qcc-queue-'));
  if (setup.folder === undefined) onEnd(t, () => rmSync(folder, { recursive: true, force: true }));
  const items = new ItemFiles(folder);
  const keys = new KeyRing();
  for (const fill of fills) keys.add(Buffer.alloc(32, fill));
  const log: Omit<LogEntry, 'time'>[] = [];
  let options = { ...defaultQueue, ...setup.options };
  const queue = new RequestQueue({
    items,
    keys,
    replays: new Replays({ port: () => port(door.port), token: () => null }),
    options: () => options,
    log: (entry) => log.push(entry),
    changed: () => undefined,
    now: () => time.wallNow,
    after: (ms, callback) => time.setTimer(callback, ms),
  });
  onEnd(t, () => queue.close());
  // What an earlier run has left is there.
  await queue.fetch('nothing');

  const item = (id: string): QueueItem => {
    const found = queue.list().find((one) => one.id === id);
    assert.ok(found, 'the request is kept');
    return found;
  };
  return {
    queue,
    items,
    keys,
    time,
    folder,
    door,
    log,
    item,
    setOptions: (to: Partial<QueueOptions>) => {
      options = { ...options, ...to };
      queue.look();
    },
    /** Resolves with a request when it has been tried so often. */
    tried: (id: string, tries: number) =>
      waitFor(`${tries} tries`, () => (item(id).tries >= tries ? item(id) : undefined), 10_000, 2),
  };
}

interface Sketch {
  readonly text?: string;
  readonly conversation?: string | null;
  readonly headers?: readonly string[];
}

function request({ text = '{"prompt":1}', conversation = 'talk', headers = [] }: Sketch = {}) {
  const body = Buffer.from(text);
  return {
    requestId: 'req_1',
    model: 'claude-x',
    conversation,
    query: '?beta=true',
    headers: ['content-type', 'application/json', ...headers],
    body: [body.subarray(0, 3), body.subarray(3)],
    bytes: body.length,
    digest: undefined,
  };
}

/** The same request as it is known again. */
function identity(sketch: Sketch = {}) {
  const { conversation, bytes, body } = request(sketch);
  return { conversation, bytes, digest: bodyDigest(body) };
}

const told = { status: 503, isAsync: false };
const promised = { status: 202, isAsync: true };

/** Keeps a request and returns its id. */
async function keep(queue: RequestQueue, sketch: Sketch = {}, sending = told): Promise<string> {
  const kept = await queue.keep(request(sketch), sending);
  assert.ok(kept, 'the request is kept');
  return kept.id;
}

/** Resolves when the store has all that was done before. */
async function stored(queue: RequestQueue): Promise<void> {
  // Whatever changes it does so in one row.
  await queue.remove('nothing');
}

describe('keeping', () => {
  test('a request that is kept is listed without its body', async (t) => {
    const { queue, time } = await start(t);
    const id = await keep(queue);
    assert.match(id, /^[\w-]{22}$/);
    assert.deepEqual(queue.list(), [
      {
        id,
        createdAt: time.wallNow,
        updatedAt: time.wallNow,
        state: 'pending',
        model: 'claude-x',
        conversation: 'talk',
        bytes: 12,
        tries: 0,
        sent: 1,
        status: 503,
        nextTryAt: null,
        isAsync: false,
        canRetry: true,
      },
    ]);
  });

  test('the same request again is the same entry, counted', async (t) => {
    const { queue, item } = await start(t);
    const id = await keep(queue);
    assert.equal(await keep(queue), id);
    assert.equal(item(id).sent, 2);
    assert.equal(queue.list().length, 1);
  });

  test('whatever changes what windows see of the requests counts as a change, and nothing else does', async (t) => {
    const { queue, tried } = await start(t);
    let seen = JSON.stringify(queue.list());
    let known = queue.statistics.changes;
    const hasChanged = (): boolean => {
      const [before, count] = [seen, known];
      [seen, known] = [JSON.stringify(queue.list()), queue.statistics.changes];
      assert.equal(known > count, seen !== before);
      return known > count;
    };
    const id = await keep(queue);
    assert.ok(hasChanged());
    await keep(queue);
    assert.ok(hasChanged());
    assert.equal(hasChanged(), false);
    await queue.retry(id);
    assert.ok(hasChanged());
    await tried(id, 1);
    assert.ok(hasChanged());
    await queue.remove(id);
    assert.ok(hasChanged());
  });

  test('requests that arrive together are told apart all the same', async (t) => {
    const { queue } = await start(t);
    await Promise.all([keep(queue), keep(queue), keep(queue, { text: '{"prompt":2}' }), keep(queue)]);
    assert.deepEqual(
      queue
        .list()
        .map(({ sent }) => sent)
        .toSorted(),
      [1, 3],
    );
  });

  test('another body, or another conversation, is another entry', async (t) => {
    const { queue } = await start(t);
    await keep(queue);
    await keep(queue, { text: '{"prompt":2}' });
    await keep(queue, { conversation: 'other' });
    await keep(queue, { conversation: null });
    assert.equal(queue.list().length, 4);
  });

  test('the newest is listed first', async (t) => {
    const { queue, time } = await start(t);
    const first = await keep(queue);
    time.pass(1);
    const second = await keep(queue, { conversation: 'other' });
    assert.deepEqual(
      queue.list().map(({ id }) => id),
      [second, first],
    );
  });

  test('with room for none, none is kept', async (t) => {
    const { queue, folder } = await start(t, { options: { maxItems: 0 } });
    assert.equal(await queue.keep(request(), told), undefined);
    assert.deepEqual([queue.list(), readdirSync(folder)], [[], []]);
  });

  test('the oldest makes room for the newest', async (t) => {
    const { queue, time, folder } = await start(t, { options: { maxItems: 2 } });
    const ids: string[] = [];
    for (const text of ['1', '2', '3']) {
      ids.push(await keep(queue, { text }));
      time.pass(1);
    }
    assert.deepEqual(
      queue.list().map(({ id }) => id),
      [ids[2], ids[1]],
    );
    assert.equal(
      readdirSync(folder).some((name) => name.startsWith(ids[0] ?? '?')),
      false,
    );
    assert.deepEqual(await queue.fetch(ids[0] ?? ''), { kind: 'gone', reason: 'crowdedOut' });
  });

  test('a request that nobody was promised an answer to makes no room where all others were', async (t) => {
    const { queue, time } = await start(t, { options: { maxItems: 2 }, port: () => 0 });
    const first = await keep(queue, { text: '1' }, promised);
    time.pass(1);
    await keep(queue, { text: '2' });
    time.pass(1);
    const third = await keep(queue, { text: '3' }, promised);
    const ids = () => queue.list().map(({ id }) => id);
    assert.deepEqual(ids(), [third, first]);
    assert.equal(await queue.keep(request({ text: '4' }), told), undefined);
    assert.deepEqual(ids(), [third, first]);
  });

  test('what is too much goes when the limit is lowered', async (t) => {
    const { queue, setOptions } = await start(t);
    for (const text of ['1', '2', '3']) await keep(queue, { text });
    setOptions({ maxItems: 1 });
    assert.equal(queue.list().length, 1);
  });

  test('bodies are kept up to 64 MB in all', async (t) => {
    const { queue } = await start(t);
    const text = 'x'.repeat(25_000_000);
    for (const number of ['1', '2', '3']) await keep(queue, { text: text + number });
    const { items, bytes } = queue.statistics;
    assert.equal(items, 2);
    assert.ok(bytes > 50_000_000 && bytes <= 64 * 1024 * 1024);
  });

  test('no more than 64 MB of bodies wait to be kept', async (t) => {
    const { queue } = await start(t);
    const text = 'x'.repeat(25_000_000);
    const kept = await Promise.all(
      ['1', '2', '3'].map((number) => queue.keep(request({ text: text + number }), told)),
    );
    assert.deepEqual(
      kept.map((one) => one !== undefined),
      [true, true, false],
    );
  });

  test('what is being tried makes no room', async (t) => {
    const { queue, door } = await start(t, { options: { maxItems: 1 }, script: silence });
    const id = await keep(queue);
    await queue.retry(id);
    await door.received(1);
    assert.equal(await queue.keep(request({ text: 'x' }), told), undefined);
    assert.deepEqual(
      queue.list().map((item) => item.id),
      [id],
    );
  });

  test('nothing is kept for longer than 24 hours', async (t) => {
    const { queue, time, folder } = await start(t);
    const id = await keep(queue);
    time.pass(24 * hour - 1);
    assert.equal(queue.list().length, 1);
    time.pass(1);
    assert.equal(queue.list().length, 0);
    assert.deepEqual(await queue.fetch(id), { kind: 'gone', reason: 'expired' });
    await queue.close();
    assert.deepEqual(readdirSync(folder), []);
  });

  test('a store that cannot be written keeps nothing, and says so', async (t) => {
    const { queue, items, log } = await start(t);
    items.failure = 'ENOSPC';
    assert.equal(await queue.keep(request(), told), undefined);
    assert.deepEqual(queue.list(), []);
    assert.deepEqual(
      log.map(({ event, code }) => [event, code]),
      [['kept', 'ENOSPC']],
    );
  });

  test('without bodies, it is only known that there was such a request', async (t) => {
    const { queue, folder, item, setOptions } = await start(t, { options: { keepBodies: false } });
    assert.equal(queue.canAnswerLater, false);
    const id = await keep(queue);
    assert.equal(item(id).canRetry, false);
    assert.equal(await queue.retry(id), 'notPossible');
    assert.deepEqual(readdirSync(folder), [`${id}.item`]);

    setOptions({ keepBodies: true });
    assert.equal(await keep(queue), id);
    assert.equal(item(id).canRetry, true);
    assert.equal(item(id).sent, 2);
  });
});

describe('when no bodies are to be kept any more', () => {
  test('those that are stored are removed at once, and the requests stay', async (t) => {
    const { queue, folder, item, setOptions } = await start(t);
    const id = await keep(queue);
    setOptions({ keepBodies: false });
    assert.deepEqual([item(id).canRetry, queue.statistics.bytes], [false, 0]);
    await stored(queue);
    assert.deepEqual(readdirSync(folder), [`${id}.item`]);

    setOptions({ keepBodies: true });
    assert.equal(await keep(queue), id);
    assert.equal(item(id).canRetry, true);
  });

  test('what was promised is given up, and whoever asks hears that no answer will come', async (t) => {
    const first = await start(t, { port: () => 0 });
    const id = await keep(first.queue, {}, promised);
    first.setOptions({ keepBodies: false });
    const { state, nextTryAt } = first.item(id);
    assert.deepEqual([state, nextTryAt], ['failed', null]);
    assert.deepEqual(await first.queue.fetch(id), { kind: 'noBody' });
    await first.queue.close();
    const second = await start(t, { folder: first.folder, time: first.time });
    assert.deepEqual(await second.queue.fetch(id), { kind: 'noBody' });
  });

  test('answers stay, also when the same request comes again', async (t) => {
    const { queue, folder, tried, setOptions } = await start(t);
    const id = await keep(queue);
    await queue.retry(id);
    await tried(id, 1);
    setOptions({ keepBodies: false });
    await stored(queue);
    assert.deepEqual(readdirSync(folder).toSorted(), [`${id}.item`, `${id}.result`]);
    setOptions({ keepBodies: true });
    assert.equal(await keep(queue), id);
    assert.equal((await queue.result(id))?.text, 'served at last');
  });

  test('the body of one that is being tried goes when the try has ended', async (t) => {
    const fails = gate();
    const script: Script = async (exchange) => {
      await fails.opened;
      await unavailable(exchange);
    };
    const { queue, folder, door, tried, setOptions } = await start(t, { script });
    const id = await keep(queue, {}, promised);
    await queue.retry(id);
    await door.received(1);
    setOptions({ keepBodies: false });
    fails.open();
    assert.equal((await tried(id, 1)).status, 503);
    await waitFor('it is given up', () => queue.list()[0]?.state === 'failed' || undefined, 5_000, 2);
    await stored(queue);
    assert.deepEqual(readdirSync(folder), [`${id}.item`]);
  });

  test('an answer that was about to be promised is not', async (t) => {
    const { queue, setOptions } = await start(t);
    const kept = queue.keep(request(), promised);
    setOptions({ keepBodies: false });
    assert.equal(await kept, undefined);
    assert.deepEqual(queue.list(), []);
  });
});

describe('a request that another process has served meanwhile', () => {
  /** A process, and the next one, which has read the store already. */
  async function startTwo(t: TestContext) {
    const first = await start(t, { port: () => 0 });
    const id = await keep(first.queue, {}, promised);
    const second = await start(t, { folder: first.folder });
    return { first, second, id };
  }

  test('is forgotten when it is to be tried by itself, and not sent', async (t) => {
    const { first, second, id } = await startTwo(t);
    await first.queue.served(identity());
    second.time.pass(5_000);
    await waitFor('it is forgotten', () => second.queue.list().length === 0 || undefined, 5_000, 2);
    assert.deepEqual(await second.queue.fetch(id), { kind: 'gone', reason: 'elsewhere' });
    assert.equal(second.door.connections, 0);
    assert.deepEqual(
      second.log.map(({ event, code }) => [event, code]),
      [['retried', 'GONE']],
    );
  });

  test('is forgotten when its body alone is not there any more', async (t) => {
    const { second, id } = await startTwo(t);
    rmSync(join(second.folder, `${id}.body`));
    await second.queue.retry(id);
    await waitFor('it is forgotten', () => second.queue.list().length === 0 || undefined, 5_000, 2);
    assert.deepEqual(await second.queue.fetch(id), { kind: 'gone', reason: 'elsewhere' });
    await second.queue.close();
    assert.deepEqual(readdirSync(second.folder), []);
  });

  test('is forgotten when its answer is asked for, which is not there any more', async (t) => {
    const { queue, items, tried } = await start(t);
    const id = await keep(queue);
    await queue.retry(id);
    await tried(id, 1);
    await items.remove([id]);
    assert.deepEqual(await queue.fetch(id), { kind: 'gone', reason: 'elsewhere' });
    assert.deepEqual(queue.list(), []);
  });

  test('is forgotten when that is found out after the try', async (t) => {
    const goOn = gate();
    const script: Script = async (exchange) => {
      await goOn.opened;
      await answers('twice')(exchange);
    };
    const { queue, items, door } = await start(t, { script });
    const id = await keep(queue);
    await queue.retry(id);
    await door.received(1);
    await items.remove([id]);
    goOn.open();
    await waitFor('it is forgotten', () => queue.list().length === 0 || undefined, 5_000, 2);
    assert.deepEqual(await queue.fetch(id), { kind: 'gone', reason: 'elsewhere' });
  });

  test('is kept anew when it fails once more, so that what is promised can be done', async (t) => {
    const { first, second, id } = await startTwo(t);
    await first.queue.served(identity());
    const again = await keep(second.queue, {}, promised);
    assert.notEqual(again, id);
    second.time.pass(5_000);
    assert.equal((await second.tried(again, 1)).state, 'done');
    assert.equal(second.queue.list().length, 1);
  });
});

describe('a request that is served after all', () => {
  test('is kept no longer', async (t) => {
    const { queue, folder } = await start(t);
    const id = await keep(queue);
    assert.equal(queue.mayHold('talk', 12), true);
    await queue.served(identity());
    assert.deepEqual([queue.list(), readdirSync(folder)], [[], []]);
    assert.deepEqual(await queue.fetch(id), { kind: 'gone', reason: 'served' });
  });

  test('leaves all others alone', async (t) => {
    const { queue } = await start(t);
    await keep(queue);
    await queue.served(identity({ text: '{"prompt":2}' }));
    await queue.served(identity({ conversation: null }));
    assert.equal(queue.list().length, 1);
  });

  test('is known even if it is served while it is being kept', async (t) => {
    const { queue } = await start(t);
    const keeping = queue.keep(request(), told);
    assert.equal(queue.mayHold('talk', 12), true);
    await queue.served(identity());
    await keeping;
    assert.deepEqual(queue.list(), []);
  });

  test('of no length or conversation that is kept, need not be looked at', async (t) => {
    const { queue } = await start(t);
    await keep(queue);
    assert.equal(queue.mayHold('talk', 13), false);
    assert.equal(queue.mayHold(null, 12), false);
  });

  test('ends the try that is under way', async (t) => {
    const { queue, door } = await start(t, { script: silence });
    await queue.retry(await keep(queue));
    await door.received(1);
    await queue.served(identity());
    await door.cutOff(1);
    assert.deepEqual(queue.list(), []);
  });

  test('keeps its answer when it has one: somebody may still come for it', async (t) => {
    const { queue, tried } = await start(t);
    const id = await keep(queue);
    await queue.retry(id);
    await tried(id, 1);
    await queue.served(identity());
    assert.equal((await queue.fetch(id)).kind, 'answer');
  });
});

describe('trying again', () => {
  test('sends the request as it came, and keeps the answer', async (t) => {
    const { queue, door, tried, item } = await start(t);
    const id = await keep(queue, { headers: ['X-App', 'cli', 'x-app', 'ü'] });
    assert.equal(await queue.result(id), null);
    assert.equal(await queue.retry(id), 'started');
    assert.equal((await tried(id, 1)).state, 'done');

    const [sent] = door.requests;
    assert.equal(sent?.target, '/v1/messages?beta=true');
    assert.equal(sent?.body.toString(), '{"prompt":1}');
    assert.deepEqual(
      sent?.values('x-app').map((value) => Buffer.from(value, 'latin1').toString('latin1')),
      ['cli', 'ü'],
    );
    assert.deepEqual(sent?.values('content-length'), ['12']);
    assert.deepEqual(await queue.result(id), { item: item(id), status: 200, text: 'served at last' });
    assert.equal(item(id).canRetry, false);
    assert.equal(await queue.retry(id), 'notPossible');
  });

  test('what nobody fetches is not tried by itself', async (t) => {
    const { queue, time, door } = await start(t);
    await keep(queue);
    time.pass(23 * hour);
    assert.equal(door.connections, 0);
  });

  test('one that fails waits for somebody again', async (t) => {
    const { queue, time, door, tried } = await start(t, { script: unavailable });
    const id = await keep(queue);
    await queue.retry(id);
    const { state, status, nextTryAt } = await tried(id, 1);
    assert.deepEqual([state, status, nextTryAt], ['pending', 503, null]);
    time.pass(hour);
    assert.equal(door.requests.length, 1);
  });

  test('all are tried, a few at once', async (t) => {
    const { queue, door } = await start(t, { script: silence });
    for (let i = 0; i < 6; i += 1) await keep(queue, { text: `${i}` });
    assert.equal(await queue.retryAll(), 6);
    await door.received(4);
    assert.deepEqual(
      queue
        .list()
        .map(({ state }) => state)
        .toSorted(),
      [...Array.from({ length: 2 }, () => 'pending'), ...Array.from({ length: 4 }, () => 'running')],
    );
    assert.equal(door.requests.length, 4);
  });

  test('the next ones are tried when the first ones are through', async (t) => {
    const { queue } = await start(t);
    for (let i = 0; i < 9; i += 1) await keep(queue, { text: `${i}` });
    await queue.retryAll();
    await waitFor('all are done', () => queue.list().every(({ state }) => state === 'done') || undefined);
    const { enqueued, retried, succeeded, failed } = queue.statistics;
    assert.deepEqual([enqueued, retried, succeeded, failed], [9, 9, 9, 0]);
    assert.equal(await queue.retryAll(), 0);
  });

  test('what is being tried is not tried twice', async (t) => {
    const { queue, door } = await start(t, { script: silence });
    const id = await keep(queue);
    await queue.retry(id);
    await door.received(1);
    assert.equal(await queue.retry(id), 'running');
    assert.equal(await queue.retry('unknown'), 'gone');
  });

  test('an answer that breaks off is none', async (t) => {
    const script = breaksOff(messageStart + textDelta('half'), 'reset');
    const { queue, tried } = await start(t, { script });
    const id = await keep(queue);
    await queue.retry(id);
    const { state, status } = await tried(id, 1);
    assert.deepEqual([state, status], ['pending', null]);
  });

  test('an answer that ends in an error is none, whatever its status', async (t) => {
    const script = streams(messageStart, textDelta('half'), overloadedError);
    const { queue, tried } = await start(t, { script });
    const id = await keep(queue);
    await queue.retry(id);
    const { state, status } = await tried(id, 1);
    assert.deepEqual([state, status], ['pending', 200]);
    assert.equal(queue.statistics.failed, 1);
  });

  test('an answer of more than 16 MB is not kept, and not paid for again', async (t) => {
    const large: Script = (exchange) =>
      exchange.send(plainResponse('200 OK', Buffer.alloc(17 * 1024 * 1024)));
    const { queue, tried, log } = await start(t, { script: large });
    const id = await keep(queue);
    await queue.retry(id);
    assert.equal((await tried(id, 1)).state, 'failed');
    assert.equal(log.at(-1)?.code, 'TOO_LARGE');
  });

  test('an answer that the store does not take is fetched again', async (t) => {
    const fails = gate();
    const script: Script = async (exchange) => {
      await fails.opened;
      await answers('lost')(exchange);
    };
    const { queue, items, tried, door } = await start(t, { script });
    const id = await keep(queue, {}, promised);
    await queue.retry(id);
    await door.received(1);
    items.failure = 'ENOSPC';
    fails.open();
    const { state, nextTryAt } = await tried(id, 1);
    assert.deepEqual([state, nextTryAt], ['pending', 1_010_000]);
  });

  test('a request that is removed while it is tried stays removed', async (t) => {
    const { queue, door, folder } = await start(t, { script: silence });
    const id = await keep(queue);
    await queue.retry(id);
    await door.received(1);
    assert.equal(await queue.remove(id), true);
    await door.cutOff(1);
    await queue.close();
    assert.deepEqual([queue.list(), readdirSync(folder)], [[], []]);
  });

  test('each try is told, without a word of the request', async (t) => {
    const { queue, log, tried } = await start(t, { script: unavailable });
    const id = await keep(queue, { text: JSON.stringify({ prompt: canaryPrompt() }) });
    await queue.retry(id);
    await tried(id, 1);
    assert.deepEqual(log, [
      {
        level: 'info',
        event: 'kept',
        requestId: 'req_1',
        route: 'messages',
        requestBytes: log[0]?.requestBytes,
        status: 503,
      },
      { level: 'warn', event: 'retried', outcome: 'failed', attempt: 1, status: 503, durationMs: 0 },
    ]);
    assert.deepEqual(leaksInLog(JSON.stringify(log)), []);
  });
});

describe('trying by itself', () => {
  const schedules: [RetryStrategy, number[]][] = [
    ['exponential', [5, 10, 20, 40, 80, 160, 300, 300]],
    ['fixed', [30, 30, 30, 30, 30, 30, 30, 30]],
    ['immediate', [0, 0, 0, 0, 0, 0, 0, 0]],
  ];
  for (const [strategy, pauses] of schedules) {
    test(`the strategy ${strategy} tries after ${pauses.join(', ')} s, and no more often`, async (t) => {
      const times: number[] = [];
      const time = new VirtualClock(0);
      const script: Script = (exchange) => {
        times.push(time.wallNow);
        return unavailable(exchange);
      };
      const options = { strategy, maxRetries: pauses.length };
      const { queue, tried, door } = await start(t, { time, script, options });
      const id = await keep(queue, {}, promised);
      let due = 0;
      for (const [index, pause] of pauses.entries()) {
        if (pause > 0) {
          time.pass(pause * 1_000 - 1);
          assert.equal(door.requests.length, index, 'not a millisecond too early');
          time.pass(1);
        } else time.pass(0);
        due += pause * 1_000;
        await tried(id, index + 1);
        assert.equal(times.at(-1), due);
      }
      assert.equal((await tried(id, pauses.length)).state, 'failed');
      time.pass(hour);
      assert.equal(times.length, pauses.length);
      assert.equal((await queue.result(id))?.status, 503);
    });
  }

  test('the request is done with the first answer', async (t) => {
    const { queue, time, tried } = await start(t, { script: [unavailable, answers('later')] });
    const id = await keep(queue, {}, promised);
    time.pass(5_000);
    await tried(id, 1);
    time.pass(10_000);
    assert.equal((await tried(id, 2)).state, 'done');
    const { retried, succeeded, failed } = queue.statistics;
    assert.deepEqual([retried, succeeded, failed], [2, 1, 1]);
  });

  test('an error that says that the request is wrong ends it', async (t) => {
    const { queue, time, tried } = await start(t, {
      script: refuses('400 Bad Request', 'invalid_request_error', 'no'),
    });
    const id = await keep(queue, {}, promised);
    time.pass(5_000);
    assert.equal((await tried(id, 1)).state, 'failed');
    const fetched = await queue.fetch(id);
    assert.equal(fetched.kind === 'answer' && fetched.answer.status, 400);
  });

  test('when no answer ever came whole, there is none to fetch', async (t) => {
    const options = { maxRetries: 1 };
    const { queue, time, tried } = await start(t, { script: (exchange) => exchange.reset(), options });
    const id = await keep(queue, {}, promised);
    time.pass(5_000);
    assert.equal((await tried(id, 1)).state, 'failed');
    assert.deepEqual(await queue.fetch(id), { kind: 'noAnswer' });
    assert.equal(await queue.result(id), null);
  });

  test('what could not even be sent, since the store fails, has cost no try', async (t) => {
    const { queue, items, time, item, tried, door } = await start(t, { options: { maxRetries: 1 } });
    const id = await keep(queue, {}, promised);
    items.failure = 'ENOSPC';
    time.pass(5_000);
    await waitFor('it is put off', () => (item(id).nextTryAt === 1_035_000 ? true : undefined), 5_000, 2);
    assert.deepEqual([item(id).state, item(id).tries, door.requests.length], ['pending', 0, 0]);
    items.failure = undefined;
    time.pass(30_000);
    assert.equal((await tried(id, 1)).state, 'done');
  });

  test('a clock that is set back puts nothing off', async (t) => {
    const { queue, time, tried } = await start(t);
    const id = await keep(queue, {}, promised);
    time.wallNow -= hour;
    time.pass(5_000);
    assert.equal((await tried(id, 1)).state, 'done');
  });

  test('a request that was given up begins anew when its client sends it again', async (t) => {
    const { queue, time, tried, item, folder } = await start(t, {
      options: { maxRetries: 1 },
      script: [unavailable, answers('now')],
    });
    const id = await keep(queue, {}, promised);
    time.pass(5_000);
    await tried(id, 1);
    assert.equal(readdirSync(folder).includes(`${id}.result`), true);
    assert.equal(await keep(queue, {}, promised), id);
    assert.equal(readdirSync(folder).includes(`${id}.result`), false);
    assert.equal(item(id).nextTryAt, time.wallNow + 5_000);
    time.pass(5_000);
    await waitFor('it is done', () => item(id).state === 'done' || undefined, 10_000, 2);
  });

  test('a time that the machine slept through counts', async (t) => {
    const { queue, time, door } = await start(t, { options: { strategy: 'exponential' }, script: silence });
    await keep(queue, {}, promised);
    time.wallNow += 5_000;
    assert.equal(door.connections, 0);
    time.pass(5_000);
    await door.received(1);

    const other = await start(t);
    await keep(other.queue);
    other.time.wallNow += 24 * hour;
    other.time.pass(60_000);
    assert.deepEqual(other.queue.list(), []);
  });
});

describe('by hand', () => {
  test('a request is removed, with its body and its answer', async (t) => {
    const { queue, folder, tried } = await start(t);
    const id = await keep(queue);
    await queue.retry(id);
    await tried(id, 1);
    assert.equal(await queue.remove(id), true);
    assert.equal(await queue.remove(id), false);
    assert.deepEqual([queue.list(), readdirSync(folder)], [[], []]);
    assert.deepEqual(await queue.fetch(id), { kind: 'gone', reason: 'removed' });
  });

  test('all are removed', async (t) => {
    const { queue, folder } = await start(t);
    for (const text of ['1', '2', '3']) await keep(queue, { text });
    assert.equal(await queue.clear(), 3);
    assert.equal(await queue.clear(), 0);
    assert.deepEqual(readdirSync(folder), []);
    assert.equal(queue.statistics.bytes, 0);
  });
});

describe('after a restart', () => {
  test('everything is as it was', async (t) => {
    const first = await start(t, { script: unavailable });
    const waits = await keep(first.queue);
    first.time.pass(1);
    const scheduled = await keep(first.queue, { text: 'b' }, promised);
    const before = first.queue.list();
    await first.queue.close();

    const second = await start(t, { folder: first.folder, time: first.time });
    assert.deepEqual(second.queue.list(), before);
    second.time.pass(5_000);
    assert.equal((await second.tried(scheduled, 1)).state, 'done');
    await second.queue.retry(waits);
    assert.equal((await second.tried(waits, 1)).state, 'done');
  });

  test('an answer is still there', async (t) => {
    const first = await start(t);
    const id = await keep(first.queue);
    await first.queue.retry(id);
    await first.tried(id, 1);
    await first.queue.close();
    const second = await start(t, { folder: first.folder, script: silence });
    assert.equal((await second.queue.result(id))?.text, 'served at last');
  });

  test('time that has passed meanwhile counts', async (t) => {
    const first = await start(t);
    const id = await keep(first.queue, {}, promised);
    await first.queue.close();
    const second = await start(t, {
      folder: first.folder,
      time: new VirtualClock(first.time.wallNow + hour),
    });
    assert.equal((await second.tried(id, 1)).state, 'done');
    const third = await start(t, {
      folder: first.folder,
      time: new VirtualClock(first.time.wallNow + 25 * hour),
    });
    assert.deepEqual(third.queue.list(), []);
  });

  test('a try that the end of the process cut off is made again at once', async (t) => {
    const first = await start(t, { script: silence });
    const id = await keep(first.queue);
    await first.queue.retry(id);
    await first.door.received(1);
    await first.queue.close();
    const second = await start(t, { folder: first.folder, time: first.time });
    assert.equal((await second.tried(id, 1)).state, 'done');
  });

  test('a try that a crash cut off is made again by the schedule', async (t) => {
    const first = await start(t, { script: silence });
    const id = await keep(first.queue, {}, promised);
    first.time.pass(5_000);
    await first.door.received(1);
    // Nothing is said to the first one, as when it is killed.
    const time = new VirtualClock(first.time.wallNow);
    const second = await start(t, { folder: first.folder, time });
    assert.deepEqual([second.item(id).state, second.item(id).tries], ['pending', 1]);
    time.pass(9_999);
    assert.equal(second.door.connections, 0);
    time.pass(1);
    assert.equal((await second.tried(id, 2)).state, 'done');
  });

  test('the same request is known again', async (t) => {
    const first = await start(t);
    const id = await keep(first.queue);
    await first.queue.close();
    const second = await start(t, { folder: first.folder, time: first.time });
    assert.equal(await keep(second.queue), id);
    await second.queue.served(identity());
    assert.deepEqual(second.queue.list(), []);
  });

  test('nothing is tried before the proxy listens', async (t) => {
    const first = await start(t);
    const id = await keep(first.queue, {}, promised);
    await first.queue.close();
    let port = 0;
    const second = await start(t, { folder: first.folder, time: first.time, port: (door) => port && door });
    second.time.pass(hour);
    assert.deepEqual([second.item(id).tries, second.door.connections], [0, 0]);
    port = 1;
    second.queue.look();
    assert.equal((await second.tried(id, 1)).state, 'done');
  });

  test('without its key a request stays, and cannot be tried until the key comes', async (t) => {
    const first = await start(t);
    const id = await keep(first.queue, {}, promised);
    await first.queue.close();
    const second = await start(t, { folder: first.folder, time: first.time, keys: [2] });
    second.time.pass(hour);
    assert.deepEqual([second.item(id).canRetry, second.item(id).state], [false, 'pending']);
    assert.equal(await second.queue.retry(id), 'notPossible');

    second.keys.add(Buffer.alloc(32, 1));
    second.queue.look();
    assert.equal((await second.tried(id, 1)).state, 'done');
  });

  test('an answer without its key is there but cannot be read', async (t) => {
    const first = await start(t);
    const id = await keep(first.queue);
    await first.queue.retry(id);
    await first.tried(id, 1);
    await first.queue.close();
    const second = await start(t, { folder: first.folder, keys: [2] });
    assert.deepEqual(await second.queue.fetch(id), { kind: 'locked' });
  });

  test('what this version does not understand is dropped', async (t) => {
    const first = await start(t);
    const id = await keep(first.queue);
    await first.items.put({ id: 'x', createdAt: 0, meta: '{"id":"x","state":"strange"}' }, null);
    await first.items.put({ id: 'y', createdAt: 0, meta: '{' }, null);
    await first.queue.close();
    const second = await start(t, { folder: first.folder, time: first.time });
    assert.deepEqual(
      second.queue.list().map((item) => item.id),
      [id],
    );
    assert.deepEqual(
      readdirSync(first.folder).filter((name) => /^[xy]\./.test(name)),
      [],
    );
  });

  test('a store that cannot be read costs what is in it, and nothing else', async (t) => {
    const { queue, log, folder } = await start(t, {
      folder: join(tmpdir(), 'qcc-not-there', `${process.pid}`),
    });
    onEnd(t, () => rmSync(join(tmpdir(), 'qcc-not-there'), { recursive: true, force: true }));
    assert.deepEqual(
      log.map(({ event, code }) => [event, code]),
      [['historyNotKept', 'ENOENT']],
    );
    await keep(queue);
    assert.equal(readdirSync(folder).length, 2);
  });
});

test('no file holds a word of a prompt, an answer or a header, nor a hash by which they could be guessed', async (t) => {
  const [prompt, header, said] = [canaryPrompt(), canaryPrompt(), canaryPrompt()];
  const { queue, folder, tried } = await start(t, { script: answers(said) });
  const text = JSON.stringify({ messages: [{ content: prompt }] });
  const id = await keep(queue, { text, headers: ['x-note', header] });
  await queue.retry(id);
  await tried(id, 1);
  await queue.close();

  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)).toString('latin1'));
  assert.equal(files.length, 3);
  assert.deepEqual(leaksInLog(files.join('\n')), []);
  const digest = await bodyDigest([Buffer.from(text)]);
  for (const encoding of ['hex', 'base64', 'base64url', 'latin1'] as const) {
    for (const file of files) assert.equal(file.includes(digest.toString(encoding)), false);
  }
});

describe('a store that does not answer', () => {
  test('keeps nobody from hearing how a request stands', async (t) => {
    const { queue, items } = await start(t);
    const answersAgain = gate();
    const id = await keep(queue);
    items.put = () => answersAgain.opened;
    const kept = queue.keep(request({ text: 'another' }), told);
    assert.equal((await queue.fetch(id)).kind, 'notYet');
    assert.equal((await queue.fetch('nothing')).kind, 'gone');
    answersAgain.open();
    await kept;
  });

  test('leaves nothing behind for the next run when it does in the end what it was asked for', async (t) => {
    const { queue, items, folder } = await start(t);
    const put = items.put.bind(items);
    items.put = async (...given) => {
      await put(...given);
      throw Object.assign(new Error('too late'), { code: 'timeout' });
    };
    assert.equal(await queue.keep(request(), promised), undefined);
    await waitFor('nothing is left', () => readdirSync(folder).length === 0 || undefined, 5_000, 2);
  });

  test('changes nothing of a request that is kept already', async (t) => {
    const { queue, items, item, folder } = await start(t);
    const id = await keep(queue);
    const [before, stored] = [item(id), readFileSync(join(folder, `${id}.item`), 'utf8')];
    const update = items.update.bind(items);
    items.update = async (...given) => {
      items.update = update;
      await update(...given);
      throw Object.assign(new Error('too late'), { code: 'timeout' });
    };
    assert.equal(await queue.keep(request(), promised), undefined);
    assert.deepEqual(item(id), before);
    const isBack = () => readFileSync(join(folder, `${id}.item`), 'utf8') === stored;
    await waitFor('the store says so too', () => isBack() || undefined, 5_000, 2);
  });

  test('does not keep the process', async (t) => {
    const { queue, items, time } = await start(t);
    const answersAgain = gate();
    items.put = () => answersAgain.opened;
    const kept = queue.keep(request(), told);
    const closed = queue.close();
    time.pass(5_000);
    await closed;
    answersAgain.open();
    await kept;
  });
});

test('a queue that is closed keeps nothing and promises nothing', async (t) => {
  const { queue } = await start(t);
  const id = await keep(queue);
  await queue.close();
  assert.equal(queue.canAnswerLater, false);
  assert.equal(await queue.keep(request({ text: 'x' }), told), undefined);
  assert.equal(await queue.retry(id), 'notPossible');
});
