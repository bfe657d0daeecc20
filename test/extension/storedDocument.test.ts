import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConfigurationDocument } from '../../src/core/configuration.ts';
import { joinDocument, splitDocument, storageVerdict } from '../../src/extension/storedDocument.ts';
import { documentOf } from '../support/contents.ts';

const document = documentOf(3, [{ id: 'p', endpoints: [{ id: 'a' }, { id: 'b' }] }]);

describe('a stored document', () => {
  it('comes back as it was, from plain state without a key and secrets', () => {
    const { stored, secretText } = splitDocument(document);
    assert.ok(!JSON.stringify(stored).includes('key-of-'));
    assert.deepEqual(joinDocument(JSON.parse(JSON.stringify(stored)), secretText), document);
  });

  it('never joins a key to another address than the one it was entered for', () => {
    const { secretText } = splitDocument(document);
    const moved = documentOf(4, [
      { id: 'p', endpoints: [{ id: 'a', baseUrl: 'https://other.example' }, { id: 'b' }] },
    ]);
    const joined = joinDocument(splitDocument(moved).stored, secretText);
    assert.deepEqual(Object.keys(joined?.secrets ?? {}), ['b']);
  });

  it('is there without its keys when they cannot be read', () => {
    const { stored } = splitDocument(document);
    for (const text of [undefined, '', 'null', '{', '[]', '{"a":{"baseUrl":7}}']) {
      assert.deepEqual(joinDocument(stored, text), { ...document, secrets: {} });
    }
  });

  it('loses no key to one that is not what it should be', () => {
    const { stored, secretText } = splitDocument(document);
    const damaged = { ...JSON.parse(secretText), a: { baseUrl: 'https://relay.example', apiKey: 7 } };
    assert.deepEqual(Object.keys(joinDocument(stored, JSON.stringify(damaged))?.secrets ?? {}), ['b']);
  });

  it('keeps stored keys that it was not able to read, but not those of endpoints that are gone', () => {
    const { secretText } = splitDocument(document);
    const withoutKeys = { ...documentOf(4, [{ id: 'p', endpoints: [{ id: 'a' }] }]), secrets: {} };
    const again = splitDocument(withoutKeys, secretText);
    assert.deepEqual(joinDocument(again.stored, again.secretText)?.secrets, { a: document.secrets.a });
    assert.ok(!again.secretText.includes('key-of-b'));
  });

  it('gives way to later revisions only, and is not lost to one that was changed apart from it', () => {
    const verdict = (other: ConfigurationDocument) => storageVerdict(other, document, []);
    assert.equal(verdict(documentOf(4, [])), 'store');
    assert.equal(verdict(document), 'store');
    assert.equal(verdict(documentOf(2, [])), 'skip');
    assert.equal(verdict({ ...documentOf(4, []), lineage: ['r0', 'elsewhere'] }), 'conflict');
    assert.equal(verdict({ ...documentOf(4, []), storeId: 'other' }), 'conflict');
  });

  it('takes the place of nothing, of an empty store, and of what cannot be understood', () => {
    for (const stored of [undefined, splitDocument(documentOf(0, [])).stored, { storeId: 7 }]) {
      const earlier = joinDocument(stored, undefined);
      assert.equal(storageVerdict({ ...document, storeId: 'other' }, earlier, []), 'store');
    }
  });

  it('gives way to another one where the user has decided against it, or an earlier or later revision of it', () => {
    const other = { ...documentOf(7, []), storeId: 'other' };
    for (const revision of [2, 3, 4]) {
      assert.equal(storageVerdict(other, document, [documentOf(revision, [])]), 'replace');
    }
    const third = { ...document, storeId: 'third' };
    assert.equal(storageVerdict(other, document, [third]), 'conflict');
    // What comes from it takes its place as ever.
    assert.equal(storageVerdict(documentOf(4, []), document, [document]), 'store');
  });

  it('is none when its plain part is not one', () => {
    for (const stored of [null, 7, 'x', {}, { ...document, configuration: {} }]) {
      assert.equal(joinDocument(stored, undefined), undefined);
    }
  });
});
