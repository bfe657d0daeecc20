import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RevisionCause } from '../../src/core/configuration.ts';
import {
  type ConfigurationVersion,
  maxEarlierVersions,
  rolledBack,
  unionOfVersions,
  versionOf,
} from '../../src/core/configurationVersions.ts';
import { contentsOf, documentOf } from '../support/contents.ts';

function version(at: number, fields: Partial<ConfigurationVersion> = {}): ConfigurationVersion {
  return { ...versionOf(documentOf(at, []), at), ...fields };
}

const ats = (versions: readonly ConfigurationVersion[]) => versions.map(({ at }) => at);
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => version(from + index));

test('a version has the time and the cause that the proxy gave it, else the time at which it was met', () => {
  const origin = { at: 7, cause: 'import' as const };
  const { id, at, cause } = versionOf({ ...documentOf(3, []), origin }, 99);
  assert.deepEqual([id, at, cause], ['r3', 7, 'import']);
  assert.deepEqual([version(5).at, version(5).cause], [5, 'edit']);
});

test('versions of two places are put together, each once, newest first', () => {
  assert.deepEqual(ats(unionOfVersions(range(1, 3), range(2, 5))), [5, 4, 3, 2, 1]);
});

test('the present version and twenty before it are kept', () => {
  const kept = unionOfVersions(range(1, 30), []);
  assert.equal(kept.length, maxEarlierVersions + 1);
  assert.deepEqual([kept[0]?.at, kept.at(-1)?.at], [30, 10]);
});

test('fewer are kept where they are long, but the present one always', () => {
  const long = contentsOf([{ id: 'p', description: 'x'.repeat(400_000) }]).configuration;
  const versions = range(1, 5).map((it) => ({ ...it, configuration: long }));
  assert.deepEqual(ats(unionOfVersions(versions, [])), [5, 4]);
  const huge = contentsOf([{ id: 'p', description: 'x'.repeat(2_000_000) }]).configuration;
  assert.deepEqual(ats(unionOfVersions([version(9, { configuration: huge })], range(1, 2))), [9]);
});

test('keys come from whichever place could read them', () => {
  const { configuration, secrets } = contentsOf([{ id: 'p', endpoints: [{ id: 'a' }] }]);
  const [blind, seeing] = [
    version(1, { configuration, secrets: {} }),
    version(1, { configuration, secrets }),
  ];
  for (const [one, other] of [
    [blind, seeing],
    [seeing, blind],
  ] as const) {
    assert.deepEqual(unionOfVersions([one], [other])[0]?.secrets, secrets);
  }
});

test('nothing from before a version that was to forget it comes back, whoever still knows it', () => {
  const forget = version(4, { cause: 'forget' });
  assert.deepEqual(ats(unionOfVersions([version(6), forget], range(1, 3))), [6, 4]);
  assert.deepEqual(ats(unionOfVersions(range(1, 3), [version(5), forget])), [5, 4]);
});

test('however windows tell each other of versions, they end up with the same ones', () => {
  const cause = fc.constantFrom<RevisionCause>('edit', 'import', 'forget');
  const all = fc
    .uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 40 })
    .chain((times) => fc.tuple(...times.map((at) => cause.map((it) => version(at, { cause: it })))));
  fc.assert(
    fc.property(all, fc.infiniteStream(fc.nat({ max: 2 })), (versions, windows) => {
      const parts: ConfigurationVersion[][] = [[], [], []];
      for (const it of versions) parts[windows.next().value ?? 0]?.push(it);
      const [a = [], b = [], c = []] = parts;
      const one = unionOfVersions(unionOfVersions(a, b), c);
      const other = unionOfVersions(c, unionOfVersions(b, a));
      assert.deepEqual(one, other);
      assert.deepEqual(unionOfVersions(one, one), one);
      assert.deepEqual(ats(one), ats(unionOfVersions(versions, [])));
    }),
  );
});

test('a rollback brings back what was configured, with its keys, and leaves what happened since', () => {
  const then = version(1, contentsOf([{ id: 'p', name: 'old', lastUsedAt: 1, endpoints: [{ id: 'a' }] }]));
  const present = contentsOf([{ id: 'p', name: 'new', lastUsedAt: 5, endpoints: [] }]);
  const { configuration, secrets } = rolledBack(present, then);
  assert.deepEqual(
    configuration.profiles.map(({ name, lastUsedAt }) => [name, lastUsedAt]),
    [['old', 5]],
  );
  assert.deepEqual(secrets, then.secrets);
});

test('a rollback to a time whose keys are not known keeps the present ones, where the address is the same', () => {
  const endpoints = [{ id: 'a' }, { id: 'b', baseUrl: 'https://b.example' }];
  const then = { ...version(1, contentsOf([{ id: 'p', endpoints }])), secrets: {} };
  const present = contentsOf([
    { id: 'p', endpoints: [{ id: 'a' }, { id: 'b', baseUrl: 'https://new.example' }] },
  ]);
  assert.deepEqual(rolledBack(present, then).secrets, { a: present.secrets.a });
});

test('a clock that was set back neither brings back what was to be forgotten nor hides what came after', () => {
  const ahead = [1, 2].map((revision) => version(revision, { at: 9_000 + revision }));
  const forget = version(3, { at: 100, cause: 'forget' });
  const later = version(4, { at: 101 });
  const ids = (versions: readonly ConfigurationVersion[]) => versions.map(({ id }) => id);
  assert.deepEqual(ids(unionOfVersions([forget, later], ahead)), ['r4', 'r3']);
  const full = range(1, 25).map((it) => ({ ...it, at: it.at + 9_000 }));
  assert.equal(unionOfVersions(full, [version(26, { at: 100 })])[0]?.id, 'r26');
});

test('a version that another document took the place of counts as being of that time', () => {
  const aside = { ...version(2), id: 'aside', storeId: 'other', putAsideAt: 50 };
  const forget = version(40, { cause: 'forget' });
  const kept = unionOfVersions([{ ...aside, putAsideAt: 30 }], [...range(1, 3), forget, aside]);
  assert.deepEqual(
    kept.map(({ id, putAsideAt }) => [id, putAsideAt]),
    [
      ['aside', 50],
      ['r40', undefined],
    ],
  );
  assert.equal(unionOfVersions([aside], range(10, 45))[0]?.id, 'aside');
});

test('what was in use after all before it was forgotten stays, also when the version that forgot it gives way', () => {
  const forget = version(40, { cause: 'forget' });
  const aside = { ...version(10), id: 'aside', storeId: 'other', putAsideAt: 50 };
  const known = unionOfVersions([forget, aside], range(1, 3));
  const ids = unionOfVersions(known, [{ ...forget, putAsideAt: 60 }]).map(({ id }) => id);
  assert.deepEqual(ids, ['r40', 'aside']);
  // A later one to forget by does not spare it.
  const later = { ...version(55, { cause: 'forget' }), storeId: 'third' };
  assert.deepEqual(ats(unionOfVersions(known, [{ ...forget, putAsideAt: 60 }, later])), [40, 55]);
});
