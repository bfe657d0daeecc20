import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyEndpoints, sameEndpoint } from '../../src/core/endpointCopies.ts';
import { contentsOf } from '../support/contents.ts';

const before = contentsOf([
  { id: 'p', endpoints: [{ id: 'a', name: 'relay' }] },
  {
    id: 'q',
    endpoints: [
      { id: 'b', name: 'Relay', baseUrl: 'https://b.example', weight: 7, headers: { 'x-group': '1' } },
      { id: 'c', name: 'other', baseUrl: 'https://c.example', enabled: false },
    ],
  },
]);

const endpointsOf = (contents: typeof before, id: string) =>
  contents.configuration.profiles.find((profile) => profile.id === id)?.endpoints ?? [];

const both = [
  { from: 'b', id: 'n1' },
  { from: 'c', id: 'n2' },
];

test('endpoints are copied as they are, with keys and headers, under names that are free', () => {
  const result = copyEndpoints('p', both)(before);
  assert.ok(result.ok);
  const [, first, second] = endpointsOf(result.contents, 'p');
  const [b, c] = endpointsOf(before, 'q');
  assert.deepEqual(first, { ...b, id: 'n1', name: 'Relay 2' });
  assert.deepEqual(second, { ...c, id: 'n2' });
  assert.deepEqual(result.contents.secrets.n1, before.secrets.b);
  assert.deepEqual(result.contents.secrets.n2, before.secrets.c);
  assert.deepEqual(endpointsOf(result.contents, 'q'), endpointsOf(before, 'q'));
});

test('copies of one name do not get the same one', () => {
  const twice = [
    { from: 'a', id: 'n1' },
    { from: 'b', id: 'n2' },
  ];
  const result = copyEndpoints('p', twice)(before);
  assert.ok(result.ok);
  assert.deepEqual(
    endpointsOf(result.contents, 'p').map(({ name }) => name),
    ['relay', 'relay 2', 'Relay 3'],
  );
});

test('copying twice with the same ids copies once', () => {
  const once = copyEndpoints('p', both)(before);
  assert.ok(once.ok);
  const twice = copyEndpoints('p', both)(once.contents);
  assert.ok(twice.ok);
  assert.deepEqual(twice.contents, once.contents);
});

test('nothing is copied when one endpoint or the profile is gone', () => {
  const gone = [...both, { from: 'x', id: 'n3' }];
  assert.deepEqual(copyEndpoints('p', gone)(before), { ok: false, problem: 'endpointGone' });
  assert.deepEqual(copyEndpoints('x', both)(before), { ok: false, problem: 'profileGone' });
});

test('an endpoint without secrets is copied without', () => {
  const { b: _removed, ...secrets } = before.secrets;
  const result = copyEndpoints('p', both)({ ...before, secrets });
  assert.ok(result.ok);
  assert.equal(result.contents.secrets.n1, undefined);
});

test('the same address with the same key is found in a profile, and nowhere else', () => {
  const same = (profile: string, baseUrl: string, apiKey: string, except?: string) =>
    sameEndpoint(before, profile, baseUrl, apiKey, except)?.id;
  assert.equal(same('q', 'https://b.example', 'key-of-b'), 'b');
  assert.equal(same('q', 'https://b.example', 'key-of-c'), undefined);
  assert.equal(same('q', 'https://b.example/x', 'key-of-b'), undefined);
  assert.equal(same('p', 'https://b.example', 'key-of-b'), undefined);
  assert.equal(same('q', 'https://b.example', 'key-of-b', 'b'), undefined);
});
