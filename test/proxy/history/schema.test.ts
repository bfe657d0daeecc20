import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openDatabase } from '../../../src/proxy/history/openDatabase.ts';
import { applicationId, migrations } from '../../../src/proxy/history/schema.ts';
import { historyFile, openStore } from '../../support/historyFile.ts';
import { asEntries, pastRequest } from '../../support/pastRequests.ts';

const size = 64 << 20;
const options = { limitBytes: size, memoryLimitBytes: size, now: 0 };
const rename = 'ALTER TABLE request RENAME COLUMN model TO asked_model';
const addNote = 'ALTER TABLE request ADD COLUMN note TEXT';
const addColumn = 'ALTER TABLE request ADD COLUMN note TEXT; UPDATE request SET note = asked_model';

/** A file as the first version leaves it, with a request in it. */
function fileOfFirstVersion(t: Parameters<typeof historyFile>[0]): string {
  const file = historyFile(t);
  const { database } = openDatabase({ ...options, file, migrations: migrations.slice(0, 1) });
  database.run(
    `INSERT INTO request (request_id, at, route, model, outcome, duration_ms, retries, unpriced_tokens)
     VALUES ('req_1', 1, 'messages', 'opus', 'served', 1, 0, 0)`,
  );
  database.close();
  return file;
}

test('a file of an older version is brought to the newest, step by step, with all that is in it', (t) => {
  const file = fileOfFirstVersion(t);
  const steps = [...migrations.slice(0, 1), rename, addColumn];
  const { database, kept, setAside } = openDatabase({ ...options, file, migrations: steps });
  t.after(() => database.close());
  assert.deepEqual([kept, setAside], ['file', undefined]);
  assert.equal(database.pragma('user_version'), 3);
  assert.equal(database.first('SELECT note FROM request')?.note, 'opus');
});

test('a file of the first version is read by this one', (t) => {
  const file = fileOfFirstVersion(t);
  const { store } = openStore(t, { file });
  assert.equal(store.trace('req_1')?.model, 'opus');
  assert.equal(store.write(asEntries([pastRequest({ requestId: 'req_2' })])), 0);
});

test('a step that fails leaves the file at the version before it', (t) => {
  const file = fileOfFirstVersion(t);
  // Since there is a request in it.
  const broken = `${addColumn}; CREATE TABLE empty (never CHECK (false)); INSERT INTO empty SELECT id FROM request`;
  const failed = openDatabase({ ...options, file, migrations: [...migrations.slice(0, 1), rename, broken] });
  failed.database.close();
  assert.equal(failed.kept, 'memory');
  const plain = new DatabaseSync(file);
  t.after(() => plain.close());
  assert.equal(plain.prepare('PRAGMA user_version').get()?.user_version, 2);
  assert.equal(plain.prepare('SELECT asked_model FROM request').get()?.asked_model, 'opus');
  assert.throws(() => plain.prepare('SELECT note FROM request'));
});

test('a file says whose it is and of which version', (t) => {
  const file = historyFile(t);
  openStore(t, { file }).store.close();
  const plain = new DatabaseSync(file);
  t.after(() => plain.close());
  assert.equal(plain.prepare('PRAGMA application_id').get()?.application_id, applicationId);
  assert.equal(plain.prepare('PRAGMA user_version').get()?.user_version, migrations.length);
});

test('a file that a later version has brought further is not written by a process that is still there', (t) => {
  const file = historyFile(t);
  const { store } = openStore(t, { file });
  assert.equal(store.write(asEntries([pastRequest({ requestId: 'req_1' })])), 0);
  const { database } = openDatabase({ ...options, file, migrations: [...migrations, addNote] });
  t.after(() => database.close());
  assert.equal(store.write(asEntries([pastRequest({ requestId: 'req_2' })])), 1);
  assert.deepEqual(
    database.all('SELECT request_id FROM request').map((row) => row.request_id),
    ['req_1'],
  );
});
