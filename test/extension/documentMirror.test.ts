import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConfigurationDocument } from '../../src/core/configuration.ts';
import { DocumentMirror, StoredApartError } from '../../src/extension/proxyLink/documentMirror.ts';
import { storageVerdict } from '../../src/extension/storedDocument.ts';
import { documentOf } from '../support/contents.ts';

const ours = (revision: number) => documentOf(revision, [{ id: 'ours' }]);
const theirs = (revision: number): ConfigurationDocument => ({
  ...documentOf(revision, [{ id: 'theirs' }]),
  storeId: 'theirs',
});

/** A mirror over a store that refuses what an editor's does. */
function open(stored: ConfigurationDocument | null = null) {
  const store = { document: stored, history: [] as ConfigurationDocument[], isFull: false };
  const told = { changed: [] as number[], replaced: [] as ConfigurationDocument[], apart: 0 };
  const mirror: DocumentMirror = new DocumentMirror(
    {
      load: async () => store.document,
      save: async (document, displaced) => {
        if (store.isFull) throw new Error('full');
        const verdict = storageVerdict(document, store.document ?? undefined, displaced);
        if (verdict === 'conflict') throw new StoredApartError(store.document as ConfigurationDocument);
        if (verdict === 'replace') store.history.push(store.document as ConfigurationDocument);
        if (verdict !== 'skip') store.document = document;
      },
    },
    {
      changed: ({ revision }) => told.changed.push(revision),
      replaced: (document) => told.replaced.push(document),
      apart: () => {
        told.apart += 1;
      },
    },
  );
  return { mirror, store, told };
}

describe('the mirror of the document', () => {
  it('brings what another window has stored since, with the keys that it knows itself', async () => {
    const endpoint = { id: 'a', apiKey: 'known' };
    const { mirror, store, told } = open(documentOf(3, [{ id: 'ours', endpoints: [endpoint] }]));
    await mirror.latest();
    const added = { id: 'added' };
    const stored = documentOf(4, [{ id: 'ours', endpoints: [endpoint] }, added]);
    // The secret storage has been locked meanwhile.
    store.document = { ...stored, secrets: {} };
    assert.deepEqual(await mirror.latest(), stored);
    assert.deepEqual(told.changed, [3, 4]);
  });

  it('brings what it knows where what is stored is older, or does not come from it', async () => {
    const { mirror, store } = open(ours(3));
    await mirror.latest();
    for (const stored of [ours(2), theirs(9), null]) {
      store.document = stored;
      assert.deepEqual(await mirror.latest(), ours(3));
    }
  });

  it('stores what takes the place of the document by a choice, once what was there is in the history', async () => {
    const { mirror, store, told } = open(ours(3));
    await mirror.latest();
    await mirror.adopt(theirs(5));
    assert.deepEqual([store.document, store.history], [theirs(5), [ours(3)]]);
    assert.deepEqual(told.replaced, [theirs(5)]);
    await mirror.adopt(theirs(6));
    assert.equal(told.replaced.length, 1);
  });

  it('stores it also when later revisions of it came before the first one was stored', async () => {
    const { mirror, store } = open(ours(3));
    await mirror.latest();
    const saves = [mirror.adopt(theirs(5)), mirror.adopt(theirs(6)), mirror.adopt(theirs(7))];
    await Promise.all(saves);
    assert.deepEqual([store.document, store.history], [theirs(7), [ours(3)]]);
  });

  it('follows one choice after the other before anything was stored', async () => {
    const { mirror, store } = open(ours(3));
    await mirror.latest();
    const third = { ...documentOf(1, []), storeId: 'third' };
    await Promise.all([mirror.adopt(theirs(5)), mirror.adopt(third)]);
    assert.equal(store.document, third);
    assert.ok(store.history.some(({ storeId }) => storeId === 'store'));
  });

  it('does not overwrite what is stored by somebody else, says so once, and goes on', async () => {
    const { mirror, store, told } = open(ours(3));
    await mirror.latest();
    store.document = { ...ours(4), lineage: ['r3', 'elsewhere'] };
    const elsewhere = store.document;
    await assert.rejects(mirror.adopt(ours(4)), StoredApartError);
    await assert.rejects(mirror.adopt(ours(5)), StoredApartError);
    assert.equal(store.document, elsewhere);
    assert.deepEqual([mirror.apart, told.apart], [elsewhere, 1]);
    assert.equal(mirror.current?.revision, 5);
  });

  it('overwrites it when the user has decided against it', async () => {
    const { mirror, store, told } = open(ours(3));
    await mirror.latest();
    const elsewhere = { ...ours(4), lineage: ['r3', 'elsewhere'] };
    store.document = elsewhere;
    await assert.rejects(mirror.adopt(ours(4)));
    await mirror.overrule(elsewhere);
    assert.deepEqual([store.document, store.history], [ours(4), [elsewhere]]);
    assert.deepEqual([mirror.apart, told.apart], [undefined, 2]);
  });

  it('overwrites nothing but what the user has decided against', async () => {
    const { mirror, store } = open(ours(3));
    await mirror.latest();
    store.document = { ...ours(4), lineage: ['r3', 'elsewhere'] };
    await assert.rejects(mirror.adopt(ours(4)));
    const another = { ...documentOf(1, []), storeId: 'third' };
    const seen = store.document;
    store.document = another;
    await assert.rejects(mirror.overrule(seen), StoredApartError);
    assert.deepEqual([store.document, mirror.apart], [another, another]);
  });

  it('tries again what could not be stored, with the next word of the proxy', async () => {
    const { mirror, store, told } = open(ours(3));
    await mirror.latest();
    store.isFull = true;
    await assert.rejects(mirror.adopt(theirs(5)), /full/);
    assert.deepEqual(told.replaced, []);
    store.isFull = false;
    await mirror.adopt(theirs(5));
    assert.deepEqual([store.document, store.history], [theirs(5), [ours(3)]]);
  });

  it('takes what fills an empty store for no replacement', async () => {
    const { mirror, store, told } = open();
    await mirror.adopt(documentOf(0, []));
    await mirror.adopt(theirs(5));
    assert.deepEqual([store.document, store.history, told.replaced], [theirs(5), [], []]);
  });
});
