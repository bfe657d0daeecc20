import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { HistoryState } from '../../../src/protocol/state.ts';
import { openDatabase } from '../../../src/proxy/history/openDatabase.ts';
import { migrations } from '../../../src/proxy/history/schema.ts';
import { historyFile, openStore } from '../../support/historyFile.ts';
import { asEntries, pastRequest, randomRequests } from '../../support/pastRequests.ts';
import { onEnd } from '../../support/scope.ts';
import { seededRandom } from '../../support/seededRandom.ts';

const now = Date.UTC(2025, 0, 31, 12, 30, 59);
const notOnWindows = { skip: process.platform === 'win32' ? 'has no modes' : false };

/** A file of ours with some pages of requests. */
function usedFile(t: TestContext): string {
  const file = historyFile(t);
  const { store } = openStore(t, { file });
  store.write(asEntries([...randomRequests(seededRandom(5), 200, { from: 0, to: 1_000 })]));
  store.close();
  return file;
}

function assertWorks(t: TestContext, file: string): HistoryState {
  const { store } = openStore(t, { file, now });
  assert.equal(store.write(asEntries([pastRequest({ requestId: 'afterwards' })])), 0);
  assert.equal(store.trace('afterwards')?.requestId, 'afterwards');
  store.putItem({ id: 'item', meta: '', createdAt: 0 }, Uint8Array.of(1));
  assert.deepEqual(store.content('item', 'body'), Uint8Array.of(1));
  return store.state;
}

describe('a file is set aside under a name that says when and why, with every byte, and a fresh one is kept', () => {
  const cases: readonly (readonly [what: string, why: string, spoil: (file: string) => void])[] = [
    ['that holds garbage', 'corrupt', (file) => fs.writeFileSync(file, seededBytes(100_000))],
    ['that holds a few bytes', 'corrupt', (file) => fs.writeFileSync(file, 'not a database')],
    [
      'that was cut in the middle',
      'corrupt',
      (file) => fs.truncateSync(file, fs.statSync(file).size / 2 - 100),
    ],
    ['that was cut after its first page', 'corrupt', (file) => fs.truncateSync(file, 4096)],
    ['that lost a page in the middle', 'corrupt', (file) => overwrite(file, 5 * 4096, seededBytes(4096))],
    ['that lost the beginning of its schema', 'corrupt', (file) => overwrite(file, 100, seededBytes(300))],
    ['of a later version', 'newer', (file) => change(file, 'PRAGMA user_version = 999')],
    ['of another program', 'foreign', (file) => change(file, 'PRAGMA application_id = 7')],
    [
      'that is a plain database',
      'foreign',
      (file) => {
        fs.rmSync(file);
        change(file, 'CREATE TABLE recipe (name TEXT)');
      },
    ],
  ];
  for (const [what, why, spoil] of cases) {
    it(`one ${what}`, (t) => {
      const file = usedFile(t);
      spoil(file);
      const before = fs.readFileSync(file);
      const state = assertWorks(t, file);
      const setAside = `${file}.20250131T123059Z.${why}`;
      assert.deepEqual(state, { kept: 'file', setAside });
      assert.ok(fs.readFileSync(setAside).equals(before));
    });
  }

  it('each of several in one second', (t) => {
    const file = historyFile(t);
    fs.mkdirSync(path.dirname(file));
    for (const content of ['first', 'second', 'third']) {
      fs.writeFileSync(file, content);
      openStore(t, { file, now }).store.close();
    }
    const left = fs.readdirSync(path.dirname(file)).filter((name) => name.endsWith('.corrupt'));
    assert.deepEqual(
      left.map((name) => fs.readFileSync(path.join(path.dirname(file), name), 'utf8')).toSorted(),
      ['first', 'second', 'third'],
    );
  });

  it('with the log that belongs to it', (t) => {
    const file = usedFile(t);
    fs.writeFileSync(file, 'garbage');
    fs.writeFileSync(`${file}-wal`, 'the log');
    const { setAside } = assertWorks(t, file);
    assert.equal(fs.readFileSync(`${setAside}-wal`, 'utf8'), 'the log');
  });

  it('one that turns out to be damaged while it is used', (t) => {
    const file = usedFile(t);
    const { store, states } = openStore(t, { file, now });
    store.replaceDamaged();
    assert.deepEqual(states.at(-1), { kept: 'file', setAside: `${file}.20250131T123059Z.corrupt` });
    assert.equal(store.write(asEntries([pastRequest({})])), 0);
    assert.equal(store.requests({ limit: 9 }).length, 1);
  });
});

test('an empty file is as good as none', (t) => {
  const file = historyFile(t);
  fs.mkdirSync(path.dirname(file));
  fs.writeFileSync(file, '');
  assert.deepEqual(assertWorks(t, file), { kept: 'file' });
});

describe('the history is kept in memory, and all of it works', () => {
  it('where nothing is to be kept', (t) => {
    assert.deepEqual(openStore(t).store.state, { kept: 'memory' });
  });

  it('where the folder cannot be made', (t) => {
    const file = historyFile(t);
    fs.writeFileSync(path.dirname(file), 'a file where the folder should be');
    const { kept, code } = assertWorks(t, file);
    assert.equal(kept, 'memory');
    assert.match(code ?? '', /^(EEXIST|ENOTDIR)$/);
  });

  it('where a folder has the name of the file', (t) => {
    const file = historyFile(t);
    fs.mkdirSync(file, { recursive: true });
    assert.deepEqual(assertWorks(t, file), { kept: 'memory', code: 'EISDIR' });
  });

  it('where the file is a link, which is not followed', notOnWindows, (t) => {
    const file = historyFile(t);
    const target = `${path.dirname(path.dirname(file))}/elsewhere`;
    fs.mkdirSync(path.dirname(file));
    fs.writeFileSync(target, '');
    fs.symlinkSync(target, file);
    assert.deepEqual(assertWorks(t, file), { kept: 'memory', code: 'ELOOP' });
    assert.equal(fs.statSync(target).size, 0);
  });

  it('where another process does not let go of the file', (t) => {
    const file = usedFile(t);
    const other = new DatabaseSync(file);
    t.after(() => other.close());
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    const size = 1 << 20;
    const opened = openDatabase({
      file,
      limitBytes: size,
      memoryLimitBytes: size,
      now,
      migrations,
      busyMs: 20,
    });
    opened.database.close();
    assert.deepEqual([opened.kept, opened.code], ['memory', 'SQLITE_BUSY']);
  });
});

describe('without the permission to write the history is kept in memory', notOnWindows, () => {
  it('where the folder cannot be made', (t) => {
    const file = historyFile(t);
    forbidChanges(t, path.dirname(path.dirname(file)));
    assert.deepEqual(stateOfNobody(file), { kept: 'memory', code: 'EACCES' });
  });

  it('where nothing can be added to the folder', (t) => {
    const file = usedFile(t);
    fs.chmodSync(path.dirname(path.dirname(file)), 0o755);
    forbidChanges(t, path.dirname(file));
    const { kept, code } = stateOfNobody(file);
    assert.equal(kept, 'memory');
    assert.match(code ?? '', /^(EPERM|SQLITE_(CANTOPEN|READONLY))$/);
  });

  const skip = process.geteuid?.() !== 0 && 'takes a superuser';
  it('where the file is of somebody else', { skip }, (t) => {
    const file = usedFile(t);
    fs.chmodSync(path.dirname(path.dirname(file)), 0o755);
    fs.chmodSync(path.dirname(file), 0o777);
    fs.chmodSync(file, 0o444);
    assert.deepEqual(stateOfNobody(file), { kept: 'memory', code: 'EPERM' });
  });
});

/** Lets everybody look into a folder and nobody change it, until the test is over. */
function forbidChanges(t: TestContext, folder: string): void {
  fs.chmodSync(folder, 0o555);
  onEnd(t, () => fs.chmodSync(folder, 0o755));
}

/** How the history is kept by a process that permissions hold for, which is not so for the superuser. */
function stateOfNobody(file: string): HistoryState {
  const script = `
    import { HistoryStore } from ${JSON.stringify(import.meta.resolve('../../../src/proxy/history/historyStore.ts'))};
    if (process.geteuid() === 0) process.seteuid(65534);
    const [, file] = process.argv;
    const store = new HistoryStore({ file, maxBytes: 1 << 20 }, Date.now, () => undefined);
    const entry = { kind: 'switch', change: { at: 1, from: null, to: null, reason: 'manual' } };
    if (store.write([JSON.stringify(entry)]) !== 0 || store.switches().length !== 1) process.exit(1);
    console.log(JSON.stringify(store.state));`;
  const args = ['--input-type=module', '--eval', script, file];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as HistoryState;
}

test('a file that another process reads and writes is shared with it', (t) => {
  const file = usedFile(t);
  const predecessor = openStore(t, { file }).store;
  const { store } = openStore(t, { file });
  assert.deepEqual(store.state, { kept: 'file' });
  predecessor.write(asEntries([pastRequest({ requestId: 'old' })]));
  store.write(asEntries([pastRequest({ requestId: 'new' })]));
  assert.ok(store.trace('old') && predecessor.trace('new'));
});

test('the file and what is beside it are for their owner alone', notOnWindows, (t) => {
  const file = historyFile(t);
  fs.mkdirSync(path.dirname(file));
  fs.writeFileSync(file, '', { mode: 0o644 });
  const { store } = openStore(t, { file });
  store.write(asEntries([pastRequest({})]));
  const names = fs.readdirSync(path.dirname(file)).toSorted();
  assert.deepEqual(names, ['history.db', 'history.db-shm', 'history.db-wal']);
  for (const name of names)
    assert.equal(fs.statSync(path.join(path.dirname(file), name)).mode & 0o777, 0o600);
});

function seededBytes(length: number): Buffer {
  const random = seededRandom(6);
  return Buffer.from(Uint8Array.from({ length }, () => random() * 256));
}

function overwrite(file: string, at: number, bytes: Buffer): void {
  const handle = fs.openSync(file, 'r+');
  fs.writeSync(handle, bytes, 0, bytes.length, at);
  fs.closeSync(handle);
}

function change(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

test('two processes that open a new file at once both keep it there', async (t) => {
  const file = historyFile(t);
  fs.mkdirSync(path.dirname(file));
  const rounds = 150;
  const arrived = new Int32Array(new SharedArrayBuffer(4 * rounds));
  const workers = [0, 1].map(
    () =>
      new Worker(new URL('../../support/openingWorker.ts', import.meta.url), {
        workerData: { file, arrived, rounds },
        execArgv: ['--disable-warning=ExperimentalWarning'],
      }),
  );
  const codes = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]));
  assert.deepEqual(codes, [[], []]);
});
