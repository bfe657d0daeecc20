import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyContents } from '../../src/core/configuration.ts';
import { parseDocument } from '../../src/core/configurationSchema.ts';
import { documentOf } from '../support/contents.ts';

const document = documentOf(3, [
  {
    id: 'p',
    endpoints: [{ id: 'a', headers: { 'x-group': 'g' }, modelMap: { opus: 'other' } }, { id: 'b' }],
  },
  { id: 'q', lastUsedAt: 1_700_000_000_000 },
]);

/** The document with one value replaced, by its path. */
function changed(path: string, value: unknown): unknown {
  const copy = structuredClone(document) as unknown as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let place = copy;
  for (const key of keys) place = place[key] as Record<string, unknown>;
  if (value === undefined) delete place[last];
  else place[last] = value;
  return copy;
}

test('a document is read as it was stored', () => {
  assert.deepEqual(parseDocument(JSON.parse(JSON.stringify(document))), document);
});

test('an empty document is one', () => {
  const empty = { ...emptyContents, storeId: 's', revision: 0, lineage: ['r'] };
  assert.deepEqual(parseDocument(structuredClone(empty)), empty);
});

test('what a newer version has added is kept', () => {
  const parsed = parseDocument(changed('configuration.profiles.0.endpoints.0.region', 'eu'));
  const endpoint = parsed?.configuration.profiles[0]?.endpoints[0] as { region?: string } | undefined;
  assert.equal(endpoint?.region, 'eu');
});

test('what an older version did not have gets its default', () => {
  const parsed = parseDocument(changed('configuration.routing.timeouts', undefined));
  assert.deepEqual(parsed, document);
  assert.deepEqual(parseDocument(changed('configuration.profiles.0.enabled', undefined)), document);
});

test('a profile that is switched off stays so', () => {
  const parsed = parseDocument(changed('configuration.profiles.0.enabled', false));
  assert.deepEqual(
    parsed?.configuration.profiles.map(({ enabled }) => enabled),
    [false, true],
  );
});

for (const [path, value] of [
  ['storeId', undefined],
  ['storeId', ''],
  ['storeId', '../x'],
  ['revision', -1],
  ['revision', 1.5],
  ['revision', '3'],
  ['revision', 2 ** 53],
  ['configuration', null],
  ['configuration.version', 2],
  ['configuration.activeProfile', 5],
  ['configuration.policy', undefined],
  ['configuration.routing', []],
  ['configuration.routing.timeouts', []],
  ['configuration.profiles', {}],
  ['configuration.profiles.0.id', undefined],
  ['configuration.profiles.0.strategy', 'best'],
  ['configuration.profiles.0.endpoints.0.id', 'a b'],
  ['configuration.profiles.0.endpoints.0.baseUrl', 'http://relay.example'],
  ['configuration.profiles.0.endpoints.0.baseUrl', 'https://u:p@relay.example'],
  ['configuration.profiles.0.endpoints.0.weight', 0],
  ['secrets', undefined],
  ['secrets.a', 'key'],
  ['secrets.a.apiKey', 'a\nb'],
  ['secrets.a.headers', { 'bad name': 'x' }],
  ['secrets.a.headers', { x: 'a\r\nb' }],
] as const) {
  test(`a document whose ${path} is ${JSON.stringify(value)} is none`, () => {
    assert.equal(parseDocument(changed(path, value)), undefined);
  });
}

for (const input of [undefined, null, 5, 'x', [], {}, [document]]) {
  test(`${JSON.stringify(input)?.slice(0, 20)} is no document`, () => {
    assert.equal(parseDocument(input), undefined);
  });
}
