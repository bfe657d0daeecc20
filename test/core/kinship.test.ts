import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { kinshipOf, nextRevision } from '../../src/core/configuration.ts';
import { contentsOf, documentOf } from '../support/contents.ts';

const first = documentOf(1, []);
const contents = contentsOf([]);
const made = { at: 0, cause: 'edit' } as const;

test('a revision is newer than the one it was made from, however many lie between', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 150 }), (changes) => {
      let document = first;
      for (let i = 0; i < changes; i += 1) document = nextRevision(document, contents, `id${i}`, made);
      assert.equal(kinshipOf(document, first), 'newer');
      assert.equal(kinshipOf(first, document), 'older');
    }),
  );
});

test('a document is the same as itself', () => {
  assert.equal(kinshipOf(first, { ...first }), 'same');
});

test('copies that were changed apart from each other are unrelated, even with equal numbers', () => {
  const [a, b] = [nextRevision(first, contents, 'a', made), nextRevision(first, contents, 'b', made)];
  assert.equal(a.revision, b.revision);
  assert.equal(kinshipOf(a, b), 'unrelated');
  assert.equal(kinshipOf(nextRevision(a, contents, 'c', made), b), 'unrelated');
});

test('documents of two stores are unrelated', () => {
  assert.equal(kinshipOf(first, { ...first, storeId: 'other' }), 'unrelated');
});

test('a lineage stays bounded', () => {
  let document = first;
  for (let i = 0; i < 1_000; i += 1) document = nextRevision(document, contents, `id${i}`, made);
  assert.ok(document.lineage.length <= 200);
  assert.equal(document.revision, 1_001);
});
