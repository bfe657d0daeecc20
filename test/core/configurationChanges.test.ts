import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { changesBetween, isSameContents } from '../../src/core/configurationChanges.ts';
import { decidedEdit, resetConfiguration } from '../../src/core/decidedEdit.ts';
import { anyContents } from '../support/anyContents.ts';
import { contentsOf, type ProfileSketch } from '../support/contents.ts';

const profiles: ProfileSketch[] = [
  { id: 'p', priority: 'primary', endpoints: [{ id: 'a' }, { id: 'b' }] },
  { id: 'q', endpoints: [{ id: 'c' }] },
];
const before = contentsOf(profiles);
const [p = { id: '' }, q = { id: '' }] = profiles;
const [a = { id: '' }, b = { id: '' }] = p.endpoints ?? [];

const cases: [string, ProfileSketch[], unknown[]][] = [
  ['nothing', profiles, []],
  [
    'an endpoint that was added, removed or moved',
    [
      { ...p, endpoints: [b, { id: 'n' }] },
      { ...q, endpoints: [{ id: 'c' }, a] },
    ],
    [
      { kind: 'endpointAdded', endpoint: 'n', profile: 'p' },
      { kind: 'endpointMoved', endpoint: 'a', profile: 'q' },
    ],
  ],
  [
    'an endpoint that is gone',
    [{ ...p, endpoints: [a] }, q],
    [{ kind: 'endpointRemoved', endpoint: 'b', profile: 'p' }],
  ],
  [
    'a profile that was added, and one that is gone, with their endpoints',
    [p, { id: 'n', endpoints: [{ id: 'x' }, { id: 'y' }] }],
    [
      { kind: 'profileAdded', profile: 'n', endpoints: 2 },
      { kind: 'profileRemoved', profile: 'q', endpoints: 1 },
    ],
  ],
  [
    'fields of an endpoint, by their names',
    [{ ...p, endpoints: [{ ...a, name: 'A', weight: 7, models: ['m'] }, b] }, q],
    [{ kind: 'endpointEdited', endpoint: 'A', profile: 'p', fields: ['name', 'weight', 'models'] }],
  ],
  [
    'a switch of an endpoint, and one of a profile',
    [
      { ...p, endpoints: [{ ...a, enabled: false }, b] },
      { ...q, enabled: false },
    ],
    [
      { kind: 'profileSwitched', profile: 'q', enabled: false },
      { kind: 'endpointSwitched', endpoint: 'a', profile: 'p', enabled: false },
    ],
  ],
  [
    'a key and a header, but not what they are',
    [{ ...p, endpoints: [{ ...a, apiKey: 'sk-canary', headers: { x: 'canary' } }, b] }, q],
    [{ kind: 'endpointEdited', endpoint: 'a', profile: 'p', fields: ['apiKey', 'headers'] }],
  ],
  [
    'name, description, strategy and level of a profile',
    [{ ...p, name: 'P', description: 'd', strategy: 'random', priority: null }, q],
    [
      { kind: 'profileEdited', profile: 'P', fields: ['name', 'description', 'strategy'] },
      { kind: 'levelSet', profile: 'P', level: null },
    ],
  ],
  [
    'the order of endpoints',
    [{ ...p, endpoints: [b, a] }, q],
    [{ kind: 'profileEdited', profile: 'p', fields: ['order'] }],
  ],
  ['that a profile was used is no change', [p, { ...q, lastUsedAt: 77 }], []],
];

for (const [what, after, changes] of cases) {
  test(`finds ${what}`, () => assert.deepEqual(changesBetween(before, contentsOf(after)), changes));
}

test('finds the order of profiles, the active one, the policy and options', () => {
  const after = {
    ...before,
    configuration: {
      ...before.configuration,
      profiles: before.configuration.profiles.toReversed(),
      activeProfile: 'q',
      policy: { ...before.configuration.policy, cooldownSeconds: 1 },
      history: { retentionDays: 1 },
    },
  };
  assert.deepEqual(changesBetween(before, after), [
    { kind: 'profilesReordered' },
    { kind: 'activeProfileSet', profile: 'q' },
    { kind: 'policyEdited' },
    { kind: 'optionsEdited' },
  ]);
});

test('finds what only another version knows', () => {
  const [first, ...others] = before.configuration.profiles;
  assert.ok(first);
  const odd = { ...first, color: 'blue', endpoints: first.endpoints.map((it) => ({ ...it, region: 'eu' })) };
  const after = { ...before, configuration: { ...before.configuration, profiles: [odd, ...others] } };
  assert.deepEqual(
    changesBetween(before, after).map((change) => 'fields' in change && change.fields),
    [['other'], ['other'], ['other']],
  );
});

test('no change is a change of nothing but times, and never tells a secret', () => {
  fc.assert(
    fc.property(anyContents('a'), anyContents('a'), (one, other) => {
      const changes = changesBetween(one, other);
      assert.deepEqual(changesBetween(one, one), []);
      if (isSameContents(one, other)) assert.deepEqual(changes, []);
      const marked = { ...other, secrets: { 'a0-0': { apiKey: 'sk-canary', headers: { x: 'canary' } } } };
      assert.doesNotMatch(JSON.stringify(changesBetween(one, marked)), /canary/);
    }),
  );
});

test('an edit that was decided on by looking is made of what was looked at, once', () => {
  const after = contentsOf([p]);
  const edit = decidedEdit(before, after);
  assert.deepEqual(edit(before), { ok: true, contents: after });
  assert.deepEqual(edit(after), { ok: true, contents: after });
  assert.deepEqual(edit(contentsOf([q])), { ok: false, problem: 'changedMeanwhile' });
  const otherKey = { ...before, secrets: { ...before.secrets, a: { apiKey: 'x', headers: {} } } };
  assert.deepEqual(edit(otherKey), { ok: false, problem: 'changedMeanwhile' });
});

test('a reset leaves no profile and no key', () => {
  const result = resetConfiguration(before);
  assert.ok(result.ok);
  assert.deepEqual([result.contents.configuration.profiles, result.contents.secrets], [[], {}]);
});
