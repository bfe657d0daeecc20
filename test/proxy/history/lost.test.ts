import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { openHistory } from '../../../src/proxy/history/history.ts';
import type { HistoryEntry } from '../../../src/proxy/history/historyTypes.ts';
import { historyFile, openStore } from '../../support/historyFile.ts';
import { pastRequest } from '../../support/pastRequests.ts';
import { onEnd } from '../../support/scope.ts';
import { waitFor } from '../../support/waitFor.ts';

const now = Date.UTC(2025, 6, 20, 12);

const entry = (requestId: string): HistoryEntry => ({
  kind: 'request',
  request: pastRequest({ requestId, at: now - 1 }),
});

/** A history with a request and a kept one in it. */
async function opened(t: TestContext) {
  const file = historyFile(t);
  const problems: unknown[] = [];
  const report = (problem: unknown) => problems.push(problem);
  const history = openHistory({ file, now: () => now, report, restartMs: 50 });
  onEnd(t, () => history.close());
  history.record(entry('req_1'));
  await history.items.put({ id: 'kept', meta: 'm', createdAt: 1 }, Uint8Array.of(7));
  return { file, history, problems };
}

/** Ids of the requests that a file tells of, once nobody has it open. */
function idsIn(t: TestContext, file: string): string[] {
  const { store } = openStore(t, { file });
  const ids = store.requests({ limit: 99 }).map(({ requestId }) => requestId);
  store.close();
  return ids.sort();
}

describe('a history whose file is removed while it is open', () => {
  for (const [what, remove] of [
    ['alone', (file: string) => fs.rmSync(file)],
    ['with its folder', (file: string) => fs.rmSync(path.dirname(file), { recursive: true })],
  ] as const) {
    it(`${what} has all that it had, and all that comes later`, async (t) => {
      const { file, history, problems } = await opened(t);
      remove(file);
      history.record(entry('req_2'));
      await history.flush();
      history.look();
      history.record(entry('req_3'));
      assert.equal((await history.trace('req_1'))?.requestId, 'req_1');
      assert.deepEqual(await history.items.body('kept'), Uint8Array.of(7));
      assert.deepEqual(history.state, { kept: 'file' });
      assert.equal(fs.statSync(file).mode & 0o777, 0o600);
      await history.close();
      assert.deepEqual(fs.readdirSync(path.dirname(file)), [path.basename(file)]);
      assert.deepEqual(idsIn(t, file), ['req_1', 'req_2', 'req_3']);
      assert.deepEqual(problems, []);
    });
  }

  it('goes on without one until there can be one', async (t) => {
    const { file, history, problems } = await opened(t);
    const folder = path.dirname(file);
    fs.rmSync(folder, { recursive: true });
    fs.writeFileSync(folder, 'in the way');
    history.look();
    history.record(entry('req_2'));
    assert.equal((await history.trace('req_2'))?.requestId, 'req_2');
    fs.rmSync(folder);
    await waitFor('it is there again', () => {
      history.look();
      return fs.existsSync(file) || undefined;
    });
    await history.close();
    assert.deepEqual(idsIn(t, file), ['req_1', 'req_2']);
    assert.deepEqual(problems, []);
  });

  it('leaves one that somebody has put there', async (t) => {
    const { file, history } = await opened(t);
    fs.rmSync(path.dirname(file), { recursive: true });
    const { store } = openStore(t, { file });
    store.close();
    history.look();
    assert.equal((await history.trace('req_1'))?.requestId, 'req_1');
    assert.deepEqual(fs.readdirSync(path.dirname(file)), [path.basename(file)]);
  });
});
