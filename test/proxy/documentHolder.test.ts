import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ConfigurationDocument } from '../../src/core/configuration.ts';
import { DocumentHolder } from '../../src/proxy/documentHolder.ts';
import { contentsOf, documentOf } from '../support/contents.ts';

function start(t: TestContext) {
  const changed = t.mock.fn<(document: ConfigurationDocument) => void>();
  const holder = new DocumentHolder(changed, (basedOn, { configuration }) =>
    [basedOn, ...configuration.profiles.map(({ id }) => id)].join('-'),
  );
  return { holder, revisions: () => changed.mock.calls.map((call) => call.arguments[0].revision) };
}

const one = documentOf(1, [{ id: 'p' }]);
const two = documentOf(2, [{ id: 'q' }]);
const contents = contentsOf([{ id: 'new' }]);
const cause = 'edit';

test('the first document that a window brings is taken over', (t) => {
  const { holder, revisions } = start(t);
  assert.equal(holder.current, undefined);
  assert.equal(holder.sync(one), one);
  assert.equal(holder.current, one);
  assert.deepEqual(revisions(), [1]);
});

test('a window that has none starts an empty one, in a store of its own', (t) => {
  const first = start(t).holder.sync(null);
  const second = start(t).holder.sync(null);
  assert.equal(first.revision, 0);
  assert.deepEqual(first.configuration.profiles, []);
  assert.notEqual(first.storeId, second.storeId);
});

test('a newer document of the same store is taken over', (t) => {
  const { holder, revisions } = start(t);
  holder.sync(one);
  assert.equal(holder.sync(two), two);
  assert.deepEqual(revisions(), [1, 2]);
});

test('an older one, or none, gets the one that holds', (t) => {
  const { holder, revisions } = start(t);
  holder.sync(two);
  assert.equal(holder.sync(one), two);
  assert.equal(holder.sync({ ...two, secrets: {} }), two);
  assert.equal(holder.sync(null), two);
  assert.deepEqual(revisions(), [2]);
});

test('a document of another store never takes over, however new', (t) => {
  const { holder } = start(t);
  holder.sync(one);
  assert.equal(holder.sync({ ...documentOf(99, []), storeId: 'other' }), one);
});

test('a change raises the revision by one', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000 });
  const { holder, revisions } = start(t);
  holder.sync(one);
  assert.deepEqual(holder.change({ basedOn: 'r1', contents, cause }), {
    accepted: true,
    document: {
      ...contents,
      storeId: 'store',
      revision: 2,
      lineage: ['r0', 'r1', 'r1-new'],
      origin: { at: 1_000, cause: 'edit' },
    },
  });
  assert.deepEqual(revisions(), [1, 2]);
});

test('a change says what made it, and is later than the one before although the clock was set back', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000 });
  const { holder } = start(t);
  holder.sync(one);
  holder.change({ basedOn: 'r1', contents, cause });
  t.mock.timers.setTime(500);
  const basedOn = holder.current?.lineage.at(-1) ?? '';
  const result = holder.change({ basedOn, contents: contentsOf([]), cause: 'reset' });
  assert.deepEqual(result?.document.origin, { at: 1_001, cause: 'reset' });
});

test('of two changes from one revision the second is refused with what the first left', (t) => {
  const { holder } = start(t);
  holder.sync(one);
  const first = holder.change({ basedOn: 'r1', contents, cause });
  const second = holder.change({ basedOn: 'r1', contents: contentsOf([]), cause });
  assert.deepEqual(second, { accepted: false, document: first?.document });
  assert.equal(holder.current, first?.document);
});

test('a change of a revision that never was is refused', (t) => {
  const { holder } = start(t);
  holder.sync(one);
  assert.equal(holder.change({ basedOn: 'other', contents, cause })?.accepted, false);
});

test('a copy that was changed apart from this one never takes over, whatever its number', (t) => {
  const { holder } = start(t);
  holder.sync(two);
  const apart = { ...documentOf(9, []), lineage: ['r0', 'r1', 'elsewhere'] };
  assert.equal(holder.sync(apart), two);
});

test('an empty store that nobody has put anything into gives way to any other', (t) => {
  const { holder } = start(t);
  holder.sync(null);
  assert.equal(holder.sync(two), two);
});

test('the same change of the same revision is the same revision again, as after a crash', (t) => {
  const [first, second] = [start(t).holder, start(t).holder];
  for (const holder of [first, second]) {
    holder.sync(one);
    holder.change({ basedOn: 'r1', contents, cause });
  }
  assert.deepEqual(first.current?.lineage, second.current?.lineage);
});

test('a change of nothing is none', (t) => {
  const { holder } = start(t);
  assert.equal(holder.change({ basedOn: 'r0', contents, cause }), undefined);
});

test('who waits for a document gets the first one', async (t) => {
  const { holder } = start(t);
  const waiting = [holder.present(60_000), holder.present(60_000)];
  holder.sync(one);
  holder.sync(two);
  // Both were released by the first; what holds by then is what they see.
  assert.deepEqual(await Promise.all(waiting), [one, one]);
  assert.equal(await holder.present(0), two);
});

test('who waits too long gets none', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { holder } = start(t);
  const waiting = holder.present(1_000);
  t.mock.timers.tick(1_000);
  assert.equal(await waiting, undefined);
});
