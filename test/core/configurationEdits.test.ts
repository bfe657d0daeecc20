import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConfigurationContents } from '../../src/core/configuration.ts';
import {
  activateProfile,
  addEndpoint,
  addProfile,
  type ConfigurationEdit,
  editEndpoint,
  editProfile,
  isOtherAddress,
  profileOfEndpoint,
  removeEndpoint,
  removeProfile,
  setLevel,
  setPolicy,
  setProfileEnabled,
} from '../../src/core/configurationEdits.ts';
import { contentsOf, endpointOf } from '../support/contents.ts';

const { id: _id, ...fields } = endpointOf({ id: 'new', name: 'new' });

const before = contentsOf([
  {
    id: 'p',
    name: 'Work',
    description: 'old',
    endpoints: [{ id: 'a' }, { id: 'b', headers: { 'x-g': '1' } }],
  },
  { id: 'q', name: 'Home', endpoints: [{ id: 'c' }] },
]);

/** What an edit that must succeed makes of contents. */
function apply(edit: ConfigurationEdit, contents: ConfigurationContents = before): ConfigurationContents {
  const result = edit(contents);
  assert.ok(result.ok, JSON.stringify(result));
  return result.contents;
}

const refusal = (edit: ConfigurationEdit, contents = before) => {
  const result = edit(contents);
  return result.ok ? undefined : result.problem;
};

const profileIn = (contents: ConfigurationContents, id: string) =>
  contents.configuration.profiles.find((profile) => profile.id === id);

test('the first profile of all becomes the active one', () => {
  const { configuration } = apply(addProfile({ id: 'n', name: ' First ', description: 'd' }), contentsOf([]));
  assert.equal(configuration.activeProfile, 'n');
  assert.deepEqual(configuration.profiles, [
    {
      id: 'n',
      name: 'First',
      description: 'd',
      priority: null,
      strategy: 'weighted',
      enabled: true,
      lastUsedAt: null,
      endpoints: [],
    },
  ]);
});

test('a further profile comes last and does not take over', () => {
  const { configuration } = apply(addProfile({ id: 'n', name: 'Third', description: '' }));
  assert.equal(configuration.activeProfile, 'p');
  assert.deepEqual(
    configuration.profiles.map(({ id }) => id),
    ['p', 'q', 'n'],
  );
});

test('a profile is renamed and described', () => {
  const after = apply(editProfile('p', { name: ' WORK ', description: 'new' }));
  const { name, description, endpoints } = profileIn(after, 'p') ?? {};
  assert.deepEqual({ name, description }, { name: 'WORK', description: 'new' });
  assert.deepEqual(endpoints, profileIn(before, 'p')?.endpoints);
});

test('a profile gets the strategy and the level that were chosen', () => {
  const chosen = { strategy: 'random', priority: 'primary' } as const;
  const added = apply(addProfile({ id: 'n', name: 'Third', description: '', ...chosen }));
  const edited = apply(editProfile('p', { name: 'Work', description: '', ...chosen }));
  for (const profile of [profileIn(added, 'n'), profileIn(edited, 'p')]) {
    assert.deepEqual({ strategy: profile?.strategy, priority: profile?.priority }, chosen);
  }
});

test('strategy and level stay when an edit does not name them', () => {
  const chosen = { name: 'Work', description: '', strategy: 'random', priority: 'primary' } as const;
  const after = apply(
    editProfile('p', { name: 'Work', description: 'new' }),
    apply(editProfile('p', chosen)),
  );
  const { strategy, priority } = profileIn(after, 'p') ?? {};
  assert.deepEqual({ strategy, priority }, { strategy: 'random', priority: 'primary' });
});

test('a level moves from the profile that held it, and only that level', () => {
  const level = (name: string, priority: 'primary' | 'fallback' | null) => ({
    name,
    description: '',
    priority,
  });
  const two = apply(
    editProfile('q', level('Home', 'fallback')),
    apply(editProfile('p', level('Work', 'primary'))),
  );
  const levels = (contents: ConfigurationContents) =>
    contents.configuration.profiles.map(({ priority }) => priority);
  assert.deepEqual(levels(two), ['primary', 'fallback']);
  assert.deepEqual(levels(apply(editProfile('q', level('Home', 'primary')), two)), [null, 'primary']);
  assert.deepEqual(levels(apply(editProfile('q', level('Home', null)), two)), ['primary', null]);
  const added = apply(addProfile({ id: 'n', ...level('Third', 'primary') }), two);
  assert.deepEqual(levels(added), [null, 'fallback', 'primary']);
});

test('removing a profile takes its keys along and leaves the others', () => {
  const after = apply(removeProfile('p'));
  assert.deepEqual(Object.keys(after.secrets), ['c']);
  assert.deepEqual(
    after.configuration.profiles.map(({ id }) => id),
    ['q'],
  );
});

test('removing the active profile leaves none active', () => {
  assert.equal(apply(removeProfile('p')).configuration.activeProfile, null);
  assert.equal(apply(removeProfile('q')).configuration.activeProfile, 'p');
});

test('using a profile notes the time', () => {
  const after = apply(activateProfile('q', 1234));
  assert.equal(after.configuration.activeProfile, 'q');
  assert.equal(profileIn(after, 'q')?.lastUsedAt, 1234);
  assert.equal(profileIn(after, 'p')?.lastUsedAt, null);
});

test('a profile is switched off and on, and stays what it is', () => {
  const off = apply(setProfileEnabled('p', false));
  assert.deepEqual(profileIn(off, 'p'), { ...profileIn(before, 'p'), enabled: false });
  assert.equal(off.configuration.activeProfile, 'p');
  assert.deepEqual(apply(setProfileEnabled('p', true), off), before);
});

test('using a profile that is switched off switches it on', () => {
  const off = apply(setProfileEnabled('q', false));
  assert.equal(profileIn(apply(activateProfile('q', 1), off), 'q')?.enabled, true);
});

test('an endpoint is added at the end, with its key', () => {
  const after = apply(addEndpoint('p', 'new', { ...fields, name: ' new ' }, { apiKey: 'k', headers: {} }));
  assert.deepEqual(
    profileIn(after, 'p')?.endpoints.map(({ id, name }) => [id, name]),
    [
      ['a', 'a'],
      ['b', 'b'],
      ['new', 'new'],
    ],
  );
  assert.deepEqual(after.secrets, { ...before.secrets, new: { apiKey: 'k', headers: {} } });
});

test('an endpoint of another profile may have the same name', () => {
  const after = apply(addEndpoint('q', 'new', { ...fields, name: 'a' }, { apiKey: 'k', headers: {} }));
  assert.equal(profileIn(after, 'q')?.endpoints.length, 2);
});

test('an edit of an endpoint changes what it names and nothing else', () => {
  const after = apply(editEndpoint('b', { enabled: false, weight: 5 }));
  assert.deepEqual(profileIn(after, 'p')?.endpoints, [
    endpointOf({ id: 'a' }),
    endpointOf({ id: 'b', enabled: false, weight: 5 }),
  ]);
  assert.equal(after.secrets, before.secrets);
});

test('a new key keeps the headers', () => {
  const after = apply(editEndpoint('b', {}, 'fresh'));
  assert.deepEqual(after.secrets.b, { apiKey: 'fresh', headers: { 'x-g': '1' } });
  assert.deepEqual(after.secrets.a, before.secrets.a);
});

test('a new address with its key drops the headers, whose values belong to the old address', () => {
  const after = apply(editEndpoint('b', { baseUrl: 'https://other.example' }, 'fresh'));
  assert.deepEqual(after.secrets.b, { apiKey: 'fresh', headers: {} });
});

test('an endpoint keeps its own name', () => {
  assert.equal(refusal(editEndpoint('a', { name: 'A' })), undefined);
});

test('removing an endpoint takes its key along', () => {
  const after = apply(removeEndpoint('a'));
  assert.deepEqual(Object.keys(after.secrets), ['b', 'c']);
  assert.deepEqual(
    profileIn(after, 'p')?.endpoints.map(({ id }) => id),
    ['b'],
  );
});

test('an endpoint knows its profile', () => {
  assert.equal(profileOfEndpoint(before.configuration, 'c')?.id, 'q');
  assert.equal(profileOfEndpoint(before.configuration, 'gone'), undefined);
});

for (const [what, edit, problem] of [
  ['a profile of a taken name', addProfile({ id: 'n', name: 'work', description: '' }), 'duplicateName'],
  ['a profile without a name', addProfile({ id: 'n', name: ' ', description: '' }), 'emptyName'],
  ['a taken name for a profile', editProfile('q', { name: 'WORK ', description: '' }), 'duplicateName'],
  ['a long name for a profile', editProfile('q', { name: 'x'.repeat(65), description: '' }), 'longName'],
  ['an edit of a profile that is gone', editProfile('x', { name: 'n', description: '' }), 'profileGone'],
  ['the removal of a profile that is gone', removeProfile('x'), 'profileGone'],
  ['the switching off of a profile that is gone', setProfileEnabled('x', false), 'profileGone'],
  ['the use of a profile that is gone', activateProfile('x', 1), 'profileGone'],
  [
    'an endpoint for a profile that is gone',
    addEndpoint('x', 'n', fields, { apiKey: '', headers: {} }),
    'profileGone',
  ],
  [
    'an endpoint of a taken name',
    addEndpoint('p', 'n', { ...fields, name: 'A' }, { apiKey: '', headers: {} }),
    'duplicateName',
  ],
  ['a taken name for an endpoint', editEndpoint('a', { name: 'B' }), 'duplicateName'],
  ['an edit of an endpoint that is gone', editEndpoint('x', {}), 'endpointGone'],
  ['the removal of an endpoint that is gone', removeEndpoint('x'), 'endpointGone'],
  [
    'a new host without a key',
    editEndpoint('a', { baseUrl: 'https://other.example' }),
    'keyNeededForNewAddress',
  ],
  [
    'a new path without a key',
    editEndpoint('a', { baseUrl: 'https://relay.example/x' }),
    'keyNeededForNewAddress',
  ],
  [
    'a new port without a key',
    editEndpoint('a', { baseUrl: 'https://relay.example:444' }),
    'keyNeededForNewAddress',
  ],
  [
    'a new scheme without a key',
    editEndpoint('a', { baseUrl: 'http://relay.example' }),
    'keyNeededForNewAddress',
  ],
] as const) {
  test(`${what} is refused: ${problem}`, () => {
    assert.equal(refusal(edit), problem);
  });
}

test('a new address is taken together with a key', () => {
  const after = apply(editEndpoint('a', { baseUrl: 'https://other.example' }, 'fresh'));
  assert.equal(profileIn(after, 'p')?.endpoints[0]?.baseUrl, 'https://other.example');
  assert.equal(after.secrets.a?.apiKey, 'fresh');
});

test('the same address needs no key', () => {
  assert.equal(refusal(editEndpoint('a', { baseUrl: 'https://relay.example' })), undefined);
});

test('an address is another one by origin or path', () => {
  assert.equal(isOtherAddress('https://a/x', 'https://a/x'), false);
  assert.equal(isOtherAddress('https://a/x', 'https://a/y'), true);
  assert.equal(isOtherAddress('https://a', 'https://b'), true);
});

test('a level moves to a profile from the one that held it, and can be given up', () => {
  const levels = (contents: ConfigurationContents) =>
    contents.configuration.profiles.map(({ priority }) => priority);
  const first = apply(setLevel('p', 'primary'));
  assert.deepEqual(levels(first), ['primary', null]);
  assert.deepEqual(levels(apply(setLevel('q', 'primary'), first)), [null, 'primary']);
  assert.deepEqual(levels(apply(setLevel('p', null), first)), [null, null]);
  assert.equal(profileIn(first, 'p')?.name, 'Work');
  assert.equal(refusal(setLevel('gone', 'primary')), 'profileGone');
});

test('a policy changes in what is given, and in nothing else', () => {
  const { configuration } = apply(setPolicy({ autoRecovery: false, cooldownSeconds: 0 }));
  assert.deepEqual(configuration.policy, {
    ...before.configuration.policy,
    autoRecovery: false,
    cooldownSeconds: 0,
  });
  assert.equal(configuration.profiles, before.configuration.profiles);
});
