import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDocument } from '../../src/core/configurationSchema.ts';
import { duplicateProfile } from '../../src/core/profileCopies.ts';
import { contentsOf } from '../support/contents.ts';

const contents = contentsOf([
  {
    id: 'p',
    name: 'Work',
    description: 'for the office',
    priority: 'primary',
    strategy: 'random',
    enabled: false,
    lastUsedAt: 1,
    endpoints: [
      { id: 'a', name: 'relay', headers: { 'x-g': '1' } },
      { id: 'b', apiKey: '' },
    ],
  },
  { id: 'q', name: 'Home', endpoints: [{ id: 'c' }] },
]);

const copy = { id: 'n', name: ' Work 2 ', endpointId: (id: string) => `${id}2` };

test('a profile is copied behind itself, with its endpoints and their keys, without level and not in use', () => {
  const result = duplicateProfile('p', copy)(contents);
  assert.ok(result.ok);
  const { configuration, secrets } = result.contents;
  const [original, added, last] = configuration.profiles;
  assert.deepEqual([original, last], contents.configuration.profiles);
  assert.deepEqual(added, {
    ...original,
    id: 'n',
    name: 'Work 2',
    priority: null,
    lastUsedAt: null,
    endpoints: original?.endpoints.map((endpoint) => ({ ...endpoint, id: `${endpoint.id}2` })),
  });
  assert.equal(configuration.activeProfile, 'p');
  assert.deepEqual(secrets, { ...contents.secrets, a2: contents.secrets.a, b2: contents.secrets.b });
});

test('a copy is a document that can be stored', () => {
  const result = duplicateProfile('p', copy)(contents);
  assert.ok(result.ok);
  const document = { ...result.contents, storeId: 's', revision: 1, lineage: ['r'] };
  assert.deepEqual(parseDocument(JSON.parse(JSON.stringify(document))), document);
});

test('copying twice with the same ids copies once', () => {
  const once = duplicateProfile('p', copy)(contents);
  assert.ok(once.ok);
  assert.deepEqual(duplicateProfile('p', copy)(once.contents), once);
});

for (const [what, edit, problem] of [
  ['a copy of a profile that is gone', duplicateProfile('x', copy), 'profileGone'],
  ['a copy of a taken name', duplicateProfile('p', { ...copy, name: 'home' }), 'duplicateName'],
  ['a copy without a name', duplicateProfile('p', { ...copy, name: ' ' }), 'emptyName'],
  ['a copy of a long name', duplicateProfile('p', { ...copy, name: 'x'.repeat(65) }), 'longName'],
] as const) {
  test(`${what} is refused: ${problem}`, () => {
    assert.deepEqual(edit(contents), { ok: false, problem });
  });
}
