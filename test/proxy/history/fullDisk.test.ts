import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { RequestRecord } from '../../../src/protocol/history.ts';
import type { HistoryState } from '../../../src/protocol/state.ts';
import { dayMs } from '../../../src/proxy/history/localTime.ts';
import { historyFile, openStore } from '../../support/historyFile.ts';
import { asEntries, pastRequest, randomRequests } from '../../support/pastRequests.ts';
import { onEnd } from '../../support/scope.ts';
import { seededRandom } from '../../support/seededRandom.ts';

function hasPrlimit(): boolean {
  try {
    execFileSync('prlimit', ['--version']);
    return true;
  } catch {
    // Not Linux, or a very small one.
    return false;
  }
}

test('what finds no room is given up as a whole and said once, and room makes it go on', async (t) => {
  const { store, states } = openStore(t, { maxBytes: 1 << 20 });
  const requests = [...randomRequests(seededRandom(8), 4_000, { from: 0, to: 4_000 })];
  const stored: RequestRecord[] = [];
  for (let at = 0; at < requests.length; at += 100) {
    const batch = requests.slice(at, at + 100);
    const lost = store.write(asEntries(batch));
    assert.ok(lost === 0 || lost === batch.length);
    assert.equal(store.trace(batch[0]?.requestId ?? '') === null, lost > 0);
    if (lost === 0) stored.push(...batch);
  }
  assert.ok(stored.length > 0 && stored.length < requests.length);
  assert.deepEqual(states, [{ kept: 'memory' }, { kept: 'memory', code: 'SQLITE_FULL' }]);

  await store.sweep(1_000_000, 4_000);
  assert.equal(store.write(asEntries([pastRequest({ requestId: 'afterwards' })])), 0);
  assert.deepEqual(states.at(-1), { kept: 'memory' });
  const messages = stored.filter(({ route }) => route === 'messages');
  // From sums: the sweep has removed requests.
  const week = 7 * dayMs;
  const { all } = store.totals({ from: 0, to: week }, week);
  assert.equal(all.requests, messages.length + 1);
});

/** A process that goes on writing requests, and says after each batch how it stands and how many were stored. */
const writer = `
  import { HistoryStore } from ${JSON.stringify(import.meta.resolve('../../../src/proxy/history/historyStore.ts'))};
  const [, file] = process.argv;
  const store = new HistoryStore({ file, maxBytes: 1 << 30 }, Date.now, () => undefined);
  const request = { requestId: 'req', at: 1, route: 'messages', model: 'x'.repeat(2000), conversation: null, steps: [],
    outcome: 'served', status: 200, durationMs: 1, usage: null, cost: null };
  const batch = Array.from({ length: 50 }, () => JSON.stringify({ kind: 'request', request }));
  let stored = 0;
  setInterval(() => {
    stored += batch.length - store.write(batch);
    console.log(JSON.stringify({ state: store.state, stored, counted: store.totals({ from: 0, to: 2 }, 2).all.requests }));
  }, 5);`;

const skip = !hasPrlimit() && 'takes prlimit';
test('a disk that is full costs what comes meanwhile and nothing else', {
  skip,
  timeout: 60_000,
}, async (t) => {
  const file = historyFile(t);
  const child = spawn(process.execPath, ['--input-type=module', '--eval', writer, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onEnd(t, () => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () =>
    JSON.parse((await lines.next()).value ?? '') as { state: HistoryState; stored: number; counted: number };
  /** The first thing that it says of this kind. */
  const until = async (isMeant: (state: HistoryState) => boolean) => {
    for (;;) {
      const said = await next();
      assert.equal(said.counted, said.stored);
      if (isMeant(said.state)) return said;
    }
  };
  // The limit of the size of files fails writes as a full disk does, with another number.
  const limit = (bytes: string) =>
    execFileSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}:unlimited`]);

  await until(({ code }) => code === undefined);
  limit('2000000');
  const full = await until(({ code }) => code !== undefined);
  assert.match(full.state.code ?? '', /^SQLITE_(FULL|IOERR)$/);
  assert.equal(full.state.kept, 'file');
  const later = await next();
  assert.equal(later.stored, full.stored);
  limit('unlimited');
  const recovered = await until(({ code }) => code === undefined);
  assert.ok(recovered.stored > full.stored);
  child.kill('SIGKILL');
  const { store } = openStore(t, { file });
  assert.deepEqual(store.state, { kept: 'file' });
  assert.ok(store.totals({ from: 0, to: 2 }, 2).all.requests >= recovered.stored);
});
