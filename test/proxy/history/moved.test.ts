import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { type HistoryOptions, type HistoryProblem, openHistory } from '../../../src/proxy/history/history.ts';
import type { HistoryEntry } from '../../../src/proxy/history/historyTypes.ts';
import { historyFile, openStore } from '../../support/historyFile.ts';
import { asEntries, pastRequest } from '../../support/pastRequests.ts';
import { onEnd } from '../../support/scope.ts';
import { waitFor } from '../../support/waitFor.ts';

const now = Date.UTC(2025, 6, 20, 12);
const mortal = fileURLToPath(new URL('../../support/mortalHistoryWorker.ts', import.meta.url));

const entry = (requestId: string): HistoryEntry => ({
  kind: 'request',
  request: pastRequest({ requestId, at: now - 1 }),
});

function open(t: TestContext, file: string, options: Partial<HistoryOptions> = {}) {
  const problems: HistoryProblem[] = [];
  const history = openHistory({
    file,
    now: () => now,
    report: (problem) => problems.push(problem),
    ...options,
  });
  onEnd(t, () => history.close());
  return { history, problems };
}

/** Ids of the requests that a file tells of, once nobody has it open. */
function idsIn(t: TestContext, file: string): string[] {
  const { store } = openStore(t, { file });
  const ids = store.requests({ limit: 99 }).map(({ requestId }) => requestId);
  store.close();
  return ids.sort();
}

const namesIn = (file: string): string[] => fs.readdirSync(path.dirname(file)).sort();

describe('a history that moves to another file', () => {
  it('takes everything along: what is written, what waits, and kept requests', async (t) => {
    const file = historyFile(t);
    const moved = `${file}.moved`;
    const { history, problems } = open(t, file);
    history.record(entry('req_1'));
    await history.items.put({ id: 'kept', meta: 'm', createdAt: 1 }, Uint8Array.of(7));
    history.record(entry('req_2'));
    const moving = history.moveTo(moved);
    history.record(entry('req_3'));
    const asked = history.trace('req_3');
    await moving;
    assert.equal((await asked)?.requestId, 'req_3');
    assert.deepEqual(await history.items.body('kept'), Uint8Array.of(7));
    assert.deepEqual(history.state, { kept: 'file' });
    await history.close();
    assert.deepEqual(namesIn(file), [path.basename(moved)]);
    assert.deepEqual(idsIn(t, moved), ['req_1', 'req_2', 'req_3']);
    assert.deepEqual(problems, []);
  });

  it('sets aside what lies there, whatever it is, and reports it', async (t) => {
    const file = historyFile(t);
    for (const [name, lay] of [
      [
        'a history',
        (at: string) => {
          const { store } = openStore(t, { file: at });
          store.write(asEntries([pastRequest({ requestId: 'old' })]));
          store.close();
        },
      ],
      ['garbage', (at: string) => fs.writeFileSync(at, 'garbage')],
      ['a folder', (at: string) => fs.mkdirSync(at)],
      ['a link', (at: string) => fs.symlinkSync('nowhere', at)],
    ] as const) {
      const moved = `${file}.${name}`;
      const { history, problems } = open(t, `${file}.from.${name}`);
      history.record(entry('req_1'));
      await history.flush();
      lay(moved);
      await history.moveTo(moved);
      assert.ok(await history.trace('req_1'), name);
      const { setAside = 'none' } = history.state;
      assert.ok(setAside.startsWith(moved));
      assert.match(setAside.slice(moved.length), /^\.\d{8}T\d{6}Z\.replaced$/);
      assert.deepEqual(problems, [{ event: 'historySetAside', setAside }], name);
      assert.ok(fs.lstatSync(setAside), name);
      if (name === 'a history') assert.deepEqual(idsIn(t, setAside), ['old']);
      await history.close();
      assert.deepEqual(idsIn(t, moved), ['req_1'], name);
    }
  });

  for (const [which, pick] of [
    ['there', (_from: string, to: string) => to],
    ['where it is', (from: string) => from],
  ] as const) {
    it(`stays where another process has the file open ${which}, and goes on`, async (t) => {
      const file = historyFile(t);
      const moved = `${file}.moved`;
      const { history, problems } = open(t, file);
      history.record(entry('req_1'));
      await history.flush();
      const { store: other } = openStore(t, { file: pick(file, moved) });
      other.write(asEntries([pastRequest({ requestId: 'other', at: now - 1 })]));
      await history.moveTo(moved);
      history.record(entry('req_2'));
      assert.ok(await history.trace('req_2'));
      assert.deepEqual(problems, [{ event: 'historyNotMoved', code: 'SQLITE_BUSY' }]);
      assert.deepEqual(history.state, { kept: 'file' });
      await history.close();
      assert.ok(other.trace('other'));
      other.close();
      assert.ok(idsIn(t, file).includes('req_2'));
    });
  }

  for (const [when, options] of [
    ['soon after', { moveAgainMs: 20 }],
    ['when it is closed, at the latest', {}],
  ] as const) {
    it(`is moved when no other process has the file open any more: ${when}`, async (t) => {
      const file = historyFile(t);
      const moved = `${file}.moved`;
      const { history, problems } = open(t, file, options);
      history.record(entry('req_1'));
      await history.flush();
      const { store: retiring } = openStore(t, { file });
      await history.moveTo(moved);
      assert.ok(!fs.existsSync(moved));
      retiring.close();
      if (options.moveAgainMs) await waitFor('it is moved', () => fs.existsSync(moved) || undefined);
      history.record(entry('req_2'));
      await history.close();
      assert.deepEqual(namesIn(file), [path.basename(moved)]);
      assert.deepEqual(idsIn(t, moved), ['req_1', 'req_2']);
      assert.deepEqual(problems, [{ event: 'historyNotMoved', code: 'SQLITE_BUSY' }], 'it is told once');
    });
  }

  it('is moved no more when it is a successor that goes on with it', async (t) => {
    const file = historyFile(t);
    const moved = `${file}.moved`;
    const { history } = open(t, file, { moveAgainMs: 20 });
    history.record(entry('req_1'));
    await history.flush();
    const { store: retiring } = openStore(t, { file });
    await history.moveTo(moved);
    await history.settle();
    retiring.close();
    history.record(entry('req_2'));
    await history.close();
    assert.deepEqual(namesIn(file), [path.basename(file)]);
    assert.deepEqual(idsIn(t, file), ['req_1', 'req_2']);
  });

  it('stays where the new name cannot be given, and goes on', async (t) => {
    const file = historyFile(t);
    const { history, problems } = open(t, file);
    history.record(entry('req_1'));
    await history.moveTo(path.join(path.dirname(file), 'missing', 'history.db'));
    history.record(entry('req_2'));
    assert.ok(await history.trace('req_1'));
    assert.deepEqual(problems, [{ event: 'historyNotMoved', code: 'ENOENT' }]);
    await history.close();
    assert.deepEqual(idsIn(t, file), ['req_1', 'req_2']);
  });

  it('moves as soon as there is a thread again, when that has ended before', async (t) => {
    const file = historyFile(t);
    const moved = `${file}.moved`;
    const { history, problems } = open(t, file, { worker: mortal, restartMs: 20 });
    history.record(entry('req_1'));
    await history.flush();
    await history.trace('end').catch(() => undefined);
    await history.moveTo(moved);
    history.record(entry('req_2'));
    // Until the thread is back nothing can be asked.
    await waitFor('it can be asked', () => history.trace('req_1').catch(() => undefined), 10_000, 5);
    assert.ok(await history.trace('req_2'));
    assert.deepEqual(problems, [{ event: 'historyNotKept', code: 'stopped' }]);
    await history.close();
    assert.deepEqual(idsIn(t, moved), ['req_1', 'req_2']);
    assert.ok(!fs.existsSync(file));
  });

  it('is found by the next thread when the last one ended after it had moved', async (t) => {
    const file = historyFile(t);
    const moved = `${file}.moved`;
    const { store } = openStore(t, { file: moved });
    store.write(asEntries([pastRequest({ requestId: 'req_1' })]));
    store.close();
    const next = openStore(t, { file: moved, movedFrom: file });
    assert.equal(next.store.moveTo(moved), null);
    assert.ok(next.store.trace('req_1'));
    next.store.close();
    assert.deepEqual(namesIn(file), [path.basename(moved)]);
  });

  it('has no name to change where it is in memory', async (t) => {
    const file = historyFile(t);
    fs.mkdirSync(file, { recursive: true });
    const { history } = open(t, file);
    history.record(entry('req_1'));
    await history.flush();
    await history.moveTo(`${file}.moved`);
    assert.ok(await history.trace('req_1'));
    assert.deepEqual(history.state, { kept: 'memory', code: 'EISDIR' });
  });

  it('has everything at the end, whatever is written and moved in between', async (t) => {
    const step = fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.constant('record'), fc.constant('flush'));
    const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const first = historyFile(t);
      const { history, problems } = open(t, first);
      const ids: string[] = [];
      let file = first;
      for (const [index, what] of steps.entries()) {
        if (what === 'record') {
          ids.push(`req_${index}`);
          history.record(entry(`req_${index}`));
        } else if (what === 'flush') {
          await history.flush();
        } else {
          file = `${first}.${what}`;
          void history.moveTo(file);
        }
      }
      await history.close();
      assert.deepEqual(idsIn(t, file), ids.sort());
      assert.deepEqual(namesIn(file), [path.basename(file)]);
      assert.deepEqual(problems, []);
    });
    await fc.assert(property, { seed: 6, numRuns: 10 });
  });
});
