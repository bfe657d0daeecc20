import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { historyFile, openStore } from '../../support/historyFile.ts';

const item = { id: 'item-1', meta: '{"state":"pending"}', createdAt: 5 };
const body = Uint8Array.of(1, 2, 3);
const result = Uint8Array.of(4, 5);

test('a kept request is there after a restart with its body and its result', (t) => {
  const file = historyFile(t);
  const { store } = openStore(t, { file });
  store.putItem(item, body);
  store.updateItem({ ...item, meta: 'done' }, result);
  store.close();
  const again = openStore(t, { file }).store;
  assert.deepEqual(again.items(), [{ ...item, meta: 'done' }]);
  assert.deepEqual(again.content(item.id, 'body'), body);
  assert.deepEqual(again.content(item.id, 'result'), result);
});

test('kept requests are listed oldest first', (t) => {
  const { store } = openStore(t);
  for (const createdAt of [3, 1, 2]) store.putItem({ ...item, id: `item-${createdAt}`, createdAt }, null);
  assert.deepEqual(
    store.items().map(({ createdAt }) => createdAt),
    [1, 2, 3],
  );
});

test('one without a body has none, and neither has one that nobody knows', (t) => {
  const { store } = openStore(t);
  store.putItem(item, null);
  assert.equal(store.content(item.id, 'body'), null);
  assert.equal(store.content('item-2', 'body'), null);
});

test('one that is put again is replaced with all that was kept of it', (t) => {
  const { store } = openStore(t);
  store.putItem(item, body);
  store.updateItem(item, result);
  store.putItem({ ...item, meta: 'again' }, Uint8Array.of(9));
  assert.deepEqual(store.items(), [{ ...item, meta: 'again' }]);
  assert.deepEqual(store.content(item.id, 'body'), Uint8Array.of(9));
  assert.equal(store.content(item.id, 'result'), null);
});

test('an update without a result leaves body and result, and one with null takes the result away', (t) => {
  const { store } = openStore(t);
  store.putItem(item, body);
  store.updateItem(item, result);
  store.updateItem({ ...item, meta: 'failed' });
  assert.deepEqual(store.content(item.id, 'result'), result);
  store.updateItem(item, null);
  assert.equal(store.content(item.id, 'result'), null);
  assert.deepEqual(store.content(item.id, 'body'), body);
});

test('an update tells whether there is anything to be updated', (t) => {
  const { store } = openStore(t);
  store.putItem(item, body);
  assert.equal(store.updateItem(item), true);
  assert.equal(store.updateItem({ ...item, id: 'item-2' }, result), false);
});

test('bodies are removed, and what is known besides stays', (t) => {
  const { store } = openStore(t);
  const other = { ...item, id: 'item-2' };
  for (const one of [item, other]) {
    store.putItem(one, body);
    store.updateItem(one, result);
  }
  const unknown = { ...item, id: 'item-3' };
  store.dropBodies([{ ...item, meta: 'without' }, unknown]);
  assert.deepEqual(store.items(), [{ ...item, meta: 'without' }, other]);
  assert.deepEqual([store.content(item.id, 'body'), store.content(other.id, 'body')], [null, body]);
  assert.deepEqual(store.content(item.id, 'result'), result);
});

test('an update does not bring back what was removed', (t) => {
  const { store } = openStore(t);
  store.putItem(item, body);
  store.removeItems([item.id, 'item-2']);
  store.updateItem(item, result);
  assert.deepEqual(store.items(), []);
  assert.equal(store.content(item.id, 'result'), null);
});

test('nothing is left of a removed body in any file once the database is closed', (t) => {
  const file = historyFile(t);
  const { store } = openStore(t, { file });
  const mark = Buffer.from('a mark that is easy to find ');
  store.putItem(item, Buffer.concat(Array.from({ length: 2_000 }, () => mark)));
  store.removeItems([item.id]);
  store.close();
  const folder = path.dirname(file);
  for (const name of fs.readdirSync(folder)) {
    assert.ok(!fs.readFileSync(path.join(folder, name)).includes(mark), name);
  }
});
