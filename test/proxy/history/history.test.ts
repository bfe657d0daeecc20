import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type HistoryOptions, type HistoryProblem, openHistory } from '../../../src/proxy/history/history.ts';
import { HistoryError } from '../../../src/proxy/history/historyThread.ts';
import type { HistoryEntry } from '../../../src/proxy/history/historyTypes.ts';
import { dayMs } from '../../../src/proxy/history/localTime.ts';
import { historyFile } from '../../support/historyFile.ts';
import { pastAttempt, pastRequest } from '../../support/pastRequests.ts';
import { onEnd } from '../../support/scope.ts';
import { waitFor } from '../../support/waitFor.ts';

const now = new Date(2025, 6, 20, 12).getTime();
const mortal = fileURLToPath(new URL('../../support/mortalHistoryWorker.ts', import.meta.url));

function open(t: TestContext, options: Partial<HistoryOptions> = {}) {
  const problems: HistoryProblem[] = [];
  const history = openHistory({
    file: undefined,
    now: () => now,
    report: (problem) => problems.push(problem),
    ...options,
  });
  onEnd(t, () => history.close());
  return { history, problems };
}

const entry = (requestId: string, at = now - 1): HistoryEntry => ({
  kind: 'request',
  request: pastRequest({ requestId, at }),
});
const isHistoryError = (code: string) => (error: unknown) =>
  error instanceof HistoryError && error.code === code;

test('what was taken down is told at once, in order, and after a restart', async (t) => {
  const file = historyFile(t);
  const { history } = open(t, { file });
  history.record(entry('req_1'));
  assert.equal((await history.trace('req_1'))?.requestId, 'req_1');
  history.record(entry('req_2'));
  await history.close();
  const { history: again, problems } = open(t, { file });
  const found = await again.requests({ limit: 9 });
  assert.deepEqual(found, [
    pastRequest({ requestId: 'req_2', at: now - 1 }),
    pastRequest({ requestId: 'req_1', at: now - 1 }),
  ]);
  assert.deepEqual([again.state, problems], [{ kept: 'file' }, []]);
});

test('every question is answered', async (t) => {
  const { history } = open(t);
  const range = { from: now - dayMs, to: now };
  history.record(entry('req_1'));
  history.record({ kind: 'standing', event: { at: now - 1, endpointId: 'a', from: 'open', to: 'healthy' } });
  history.record({
    kind: 'switch',
    change: { at: now - 1, from: null, to: 'p', fromName: null, toName: 'p', reason: 'manual' },
  });
  assert.equal((await history.series(range)).points[0]?.requests, 1);
  assert.equal((await history.totals(range)).all.requests, 1);
  assert.equal((await history.timeline(range)).standings.length, 1);
  assert.equal((await history.switches()).length, 1);
  assert.deepEqual(await history.checks({ endpointId: 'a', limit: 1 }), []);
  assert.deepEqual(await history.checkHistories(), []);
});

test('what was taken down is in the file within a second, asked or not', async (t) => {
  const file = historyFile(t);
  const { history } = open(t, { file });
  await history.switches();
  history.record(entry('req_1'));
  const reader = open(t, { file }).history;
  await waitFor('it is in the file', async () => (await reader.trace('req_1')) ?? undefined, 5_000);
});

test('everything that was taken down is in the file after a flush', async (t) => {
  const file = historyFile(t);
  const { history } = open(t, { file });
  for (let index = 0; index < 3_000; index += 1) history.record(entry(`req_${index}`));
  await history.flush();
  const { history: reader } = open(t, { file });
  assert.equal((await reader.totals({ from: now - dayMs, to: now })).all.requests, 3_000);
});

test('kept requests are in the file when a call resolves', async (t) => {
  const file = historyFile(t);
  const { items } = open(t, { file }).history;
  const item = { id: 'item', meta: 'm', createdAt: 1 };
  await items.put(item, Buffer.from('body'));
  await items.update(item, Buffer.from('result'));
  const reader = open(t, { file }).history.items;
  assert.deepEqual(await reader.all(), [item]);
  assert.equal(Buffer.from((await reader.body('item')) ?? []).toString(), 'body');
  assert.equal(Buffer.from((await reader.result('item')) ?? []).toString(), 'result');
  await items.remove(['item']);
  assert.deepEqual(await reader.all(), []);
});

test('nothing is too old before somebody has said how long it is to be kept', async (t) => {
  const { history } = open(t);
  history.record(entry('old', now - 20 * dayMs));
  history.record(entry('new'));
  await history.flush();
  assert.ok(await history.trace('old'));
  // The second one comes while the first is being carried out.
  history.setRetention(30);
  history.setRetention(7);
  await waitFor('it is gone', async () => (await history.trace('old')) === null || undefined);
  assert.ok(await history.trace('new'));
});

test('a file that cannot be used is reported once, and what happens is kept in memory', async (t) => {
  const file = historyFile(t);
  fs.mkdirSync(file, { recursive: true });
  const { history, problems } = open(t, { file });
  history.record(entry('req_1'));
  assert.ok(await history.trace('req_1'));
  assert.deepEqual(history.state, { kept: 'memory', code: 'EISDIR' });
  assert.deepEqual(problems, [{ event: 'historyNotKept', code: 'EISDIR' }]);
});

test('a file that is set aside is reported', async (t) => {
  const file = historyFile(t);
  fs.mkdirSync(path.dirname(file));
  fs.writeFileSync(file, 'garbage');
  const { history, problems } = open(t, { file });
  await history.switches();
  const { setAside } = history.state;
  assert.deepEqual(problems, [{ event: 'historySetAside', setAside }]);
  assert.equal(fs.readFileSync(setAside ?? '', 'utf8'), 'garbage');
});

test('entries beyond what can wait are given up, the oldest first, and counted', async (t) => {
  const { history } = open(t, { worker: mortal, restartMs: 1 });
  await history.trace('nobody');
  const busy = history.trace('sleep 300');
  for (let index = 0; index < 12_000; index += 1) history.record(entry(`req_${index}`));
  // A thousand are on their way to the thread.
  assert.equal(history.state.dropped, 1_000);
  await busy;
  await history.flush();
  assert.ok(await history.trace('req_999'));
  assert.equal(await history.trace('req_1000'), null);
  assert.ok(await history.trace('req_2000'));
  assert.ok(await history.trace('req_11999'));
});

test('long entries beyond 32 MB are given up before there are too many, the oldest first, and counted', async (t) => {
  const { history } = open(t, { worker: mortal, restartMs: 1 });
  await history.trace('nobody');
  const busy = history.trace('sleep 300');
  const conversation = 'x'.repeat(60_000);
  for (let index = 0; index < 1_000; index += 1) {
    history.record({ kind: 'request', request: pastRequest({ requestId: `req_${index}`, conversation }) });
  }
  // Two batches of 4 MB are on their way to the thread.
  const kept = 1_000 - (history.state.dropped ?? 0);
  assert.ok(kept * 60_000 > 38_000_000 && kept * 60_000 < 40 << 20, `${kept}`);
  await busy;
  await history.flush();
  assert.ok(await history.trace('req_0'));
  assert.equal(await history.trace('req_200'), null);
  assert.ok(await history.trace('req_999'));
});

test('an entry of absurd length is given up and counted', async (t) => {
  const { history } = open(t);
  history.record({ kind: 'request', request: pastRequest({ requestId: 'x'.repeat(70_000) }) });
  history.record(entry('req_1'));
  assert.ok(await history.trace('req_1'));
  assert.equal(history.state.dropped, 1);
});

test('a request that was at many endpoints in vain is taken down, without what stood against each at each step', async (t) => {
  const { history } = open(t);
  const ids = Array.from({ length: 60 }, (_, index) => `endpoint-${index}-`.padEnd(22, 'x'));
  const considered = Object.fromEntries(ids.map((id) => [id, 'tried'] as const));
  const steps = ids.map((endpointId) => pastAttempt({ endpointId, considered, outcome: 'failed' }));
  const request = pastRequest({ requestId: 'req_many', at: now - 1, steps, outcome: 'failed' });
  history.record({ kind: 'request', request });
  const told = await history.trace('req_many');
  assert.deepEqual(
    told?.steps.map((step) => step.kind === 'attempt' && [step.endpointId, step.considered]),
    ids.map((id) => [id, {}]),
  );
  assert.equal((await history.totals({ from: now - 1_000, to: now })).all.failed, 1);
  assert.equal(history.state.dropped, undefined);
});

test('what is kept of a request is given to the thread and not copied, when it is long', async (t) => {
  const { history } = open(t);
  const body = Buffer.allocUnsafeSlow(1 << 20).fill(7);
  await history.items.put({ id: 'long', meta: '', createdAt: 0 }, body);
  assert.equal(body.length, 0);
  assert.deepEqual(await history.items.body('long'), new Uint8Array(1 << 20).fill(7));
  // Shares its memory with others, which still need it.
  const part = Buffer.alloc(1 << 20, 7).subarray(1);
  await history.items.put({ id: 'part', meta: '', createdAt: 0 }, part);
  assert.equal(part.length, (1 << 20) - 1);
});

describe('a thread that ends', () => {
  it('refuses who waits for it, is reported, and is followed by another one that has the file', async (t) => {
    const { history, problems } = open(t, { file: historyFile(t), worker: mortal, restartMs: 10 });
    history.record(entry('before'));
    await history.flush();
    await assert.rejects(history.trace('end'), isHistoryError('stopped'));
    assert.deepEqual(problems, [{ event: 'historyNotKept', code: 'stopped' }]);
    history.record(entry('meanwhile'));
    await waitFor('another one has started', () => (history.state.code === undefined ? true : undefined));
    assert.ok(await history.trace('before'));
    assert.ok(await history.trace('meanwhile'));
    assert.deepEqual(history.state, { kept: 'file' });
  });

  it('costs nothing of what was taken down meanwhile', async (t) => {
    const file = historyFile(t);
    // Longer than entries wait to be written together.
    const { history } = open(t, { file, worker: mortal, restartMs: 1_000 });
    await assert.rejects(history.trace('end'));
    history.record(entry('req_1'));
    const reader = open(t, { file }).history;
    await waitFor('it is in the file', async () => (await reader.trace('req_1')) ?? undefined, 5_000);
  });

  it('is not followed by another one before its time', async (t) => {
    const { history } = open(t, { worker: mortal, restartMs: 60_000 });
    await assert.rejects(history.trace('end'), isHistoryError('stopped'));
    history.record(entry('req_1'));
    await assert.rejects(history.trace('req_1'), isHistoryError('stopped'));
    await assert.rejects(
      history.items.put({ id: 'item', meta: '', createdAt: 0 }, null),
      isHistoryError('stopped'),
    );
    await history.flush();
    assert.deepEqual(history.state, { kept: 'memory', code: 'stopped' });
  });

  it('because its script is not there, is reported and costs nothing else', async (t) => {
    const { history, problems } = open(t, { worker: `${historyFile(t)}.cjs` });
    await assert.rejects(history.switches());
    history.record(entry('req_1'));
    assert.deepEqual(problems, [{ event: 'historyNotKept', code: 'MODULE_NOT_FOUND' }]);
  });

  it('before it began costs nothing else either', async (t) => {
    const { history, problems } = open(t, { worker: 'neither a path nor a URL' });
    await assert.rejects(history.switches(), isHistoryError('stopped'));
    history.record(entry('req_1'));
    assert.deepEqual(problems, [{ event: 'historyNotKept', code: 'ERR_WORKER_PATH' }]);
  });
});

test('after it was closed nothing is taken down, and questions are refused', async (t) => {
  const { history } = open(t);
  await history.close();
  history.record(entry('req_1'));
  await assert.rejects(history.trace('req_1'), isHistoryError('closed'));
  await assert.rejects(history.items.all(), isHistoryError('closed'));
  await history.flush();
  await history.close();
});

describe('the process', () => {
  const source = import.meta.resolve('../../../src/proxy/history/history.ts');
  const run = (code: string) =>
    spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', `import { openHistory } from ${JSON.stringify(source)}; ${code}`],
      { encoding: 'utf8', timeout: 20_000 },
    );
  const opened = 'const history = openHistory({ file: undefined, now: Date.now, report: () => {} });';

  it('is not kept running by its history, and writes nothing about it', () => {
    const { status, stdout, stderr } = run(opened);
    assert.deepEqual([status, stdout, stderr], [0, '', '']);
  });

  it('is kept running while somebody waits for an answer', () => {
    const { stdout } = run(`${opened} console.log(await history.switches());`);
    assert.equal(stdout, '[]\n');
  });
});

test('the bundle of the thread is all that the thread needs', {
  skip: !fs.existsSync('dist/historyWorker.cjs'),
}, async (t) => {
  const folder = path.dirname(path.dirname(historyFile(t)));
  const worker = path.join(folder, 'worker.cjs');
  fs.copyFileSync('dist/historyWorker.cjs', worker);
  const { history } = open(t, { worker });
  history.record(entry('req_1'));
  assert.ok(await history.trace('req_1'));
});
