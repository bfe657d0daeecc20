import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { historyFile, openStore } from './historyFile.ts';
import { onEnd, type Scope } from './scope.ts';
import { seededRandom } from './seededRandom.ts';

const script = fileURLToPath(new URL('./historyProcess.ts', import.meta.url));

/**
 * Kills a process that writes its history, at a random moment and again and again, and sees each time that the file is
 * whole and has everything that the process was told is in it.
 */
export async function assertSurvivesKills(scope: Scope, kills: number): Promise<void> {
  const file = historyFile(scope);
  const random = seededRandom(9);
  let first = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    const child = spawn(process.execPath, [script, '--file', file, '--first', String(first)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onEnd(scope, () => child.kill('SIGKILL'));
    let told = first;
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      told = Number(line);
    });
    await once(lines, 'line');
    await sleep(300 * random());
    child.kill('SIGKILL');
    const [code] = await once(child, 'exit');
    assert.equal(code, null, `it has ended by itself, with ${code}`);
    assertWhole(scope, file, told);
    first = nextOf(file);
  }
}

/** Nothing is damaged, nothing that was told is missing, and the sums fit the requests. */
function assertWhole(scope: Scope, file: string, told: number): void {
  const { store } = openStore(scope, { file });
  assert.deepEqual(store.state, { kept: 'file' });
  const items = store.items().map(({ id }) => id);
  for (let index = 0; index < told; index += 100) {
    const id = `item_${index}`;
    assert.ok(items.includes(id), id);
    assert.deepEqual(store.content(id, 'body')?.at(-1), index % 256);
  }
  store.close();
  const database = new DatabaseSync(file);
  const first = (sql: string) => Object.values(database.prepare(sql).get() ?? {})[0];
  assert.equal(first('PRAGMA integrity_check'), 'ok');
  assert.equal(first('PRAGMA foreign_key_check'), undefined);
  const indexes = database
    .prepare('SELECT CAST(substr(request_id, 5) AS INTEGER) AS i FROM request ORDER BY i')
    .all();
  indexes.forEach(({ i }, place) => {
    assert.equal(i, place);
  });
  assert.ok(indexes.length >= told, `${told} were told, ${indexes.length} are there`);
  const messages = first("SELECT count(*) FROM request WHERE route = 'messages'");
  for (const table of ['hourly', 'daily']) {
    assert.equal(first(`SELECT sum(requests) FROM ${table} WHERE scope = 'all'`), messages);
  }
  database.close();
}

function nextOf(file: string): number {
  const database = new DatabaseSync(file);
  const count = Number(database.prepare('SELECT count(*) AS count FROM request').get()?.count);
  database.close();
  return count;
}
