import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openQueueKey } from '../../src/extension/queueKey.ts';

const key = 'k'.repeat(43);
const other = 'o'.repeat(43);

/** A secret storage that holds what it is given, as the editor's does. */
function storageOf(text?: string) {
  const stored = new Map(text === undefined ? [] : [['qcc.queueKey', text]]);
  return {
    stored,
    get: async (id: string) => stored.get(id),
    store: async (id: string, value: string) => {
      stored.set(id, value);
    },
  };
}

/** One that is locked. */
const locked = {
  get: () => Promise.reject(new Error('locked')),
  store: () => Promise.reject(new Error('locked')),
};

describe('the key of kept requests', () => {
  it('is what is stored', async () => {
    assert.equal(await openQueueKey(storageOf(key)).read(), key);
  });

  it('is none where nothing is stored, or something that is no key', async () => {
    for (const text of [undefined, '', 'short', `${key}=`, 'ä'.repeat(43)]) {
      assert.equal(await openQueueKey(storageOf(text)).read(), null);
    }
  });

  it('is stored unless one has been stored meanwhile', async () => {
    const storage = storageOf();
    await openQueueKey(storage).store(key);
    await openQueueKey(storage).store(other);
    assert.deepEqual([...storage.stored.values()], [key]);
  });

  it('takes the place of what is no key', async () => {
    const storage = storageOf('damaged');
    await openQueueKey(storage).store(key);
    assert.deepEqual([...storage.stored.values()], [key]);
  });

  it('is none, and nothing fails, while the storage is locked', async () => {
    const queueKey = openQueueKey(locked);
    assert.equal(await queueKey.read(), null);
    await queueKey.store(key);
  });

  it('is none while the storage waits for somebody to unlock it', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const read = openQueueKey({ ...storageOf(), get: () => new Promise(() => undefined) }).read();
    t.mock.timers.tick(1_000);
    assert.equal(await read, null);
  });
});
