import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ConfigurationContents } from '../../src/core/configuration.ts';
import {
  activateProfile,
  addEndpoint,
  addProfile,
  type ConfigurationEdit,
  editEndpoint,
  editProfile,
  removeEndpoint,
  removeProfile,
} from '../../src/core/configurationEdits.ts';
import { parseDocument } from '../../src/core/configurationSchema.ts';
import { contentsOf, endpointOf } from '../support/contents.ts';

const start = contentsOf([
  { id: 'p', endpoints: [{ id: 'a' }, { id: 'b' }] },
  { id: 'q', endpoints: [{ id: 'c' }] },
]);

/** An edit, and how to tell from contents that it is in force. */
interface Change {
  readonly edit: ConfigurationEdit;
  readonly holds: (contents: ConfigurationContents) => boolean;
  readonly text: string;
}

const endpointIn = (contents: ConfigurationContents, id: string) =>
  contents.configuration.profiles
    .flatMap(({ endpoints }) => endpoints)
    .find((endpoint) => endpoint.id === id);
const profileIn = (contents: ConfigurationContents, id: string) =>
  contents.configuration.profiles.find((profile) => profile.id === id);

const change = (text: string, edit: ConfigurationEdit, holds: Change['holds']): Change => ({
  text,
  edit,
  holds,
});
const { id: _id, ...fields } = endpointOf({ id: 'x' });

/** Changes of different things: the target of none is touched by another of another window. */
const changesOf = (window: string, profile: string, endpoint: string) => {
  const added = `${window}-added`;
  return fc.oneof(
    fc.constant(
      change(
        'addProfile',
        addProfile({ id: added, name: added, description: '' }),
        (it) => !!profileIn(it, added),
      ),
    ),
    fc
      .string()
      .map((description) =>
        change(
          `describe ${JSON.stringify(description)}`,
          editProfile(profile, { name: profile, description }),
          (it) => profileIn(it, profile)?.description === description,
        ),
      ),
    fc.constant(
      change(
        'addEndpoint',
        addEndpoint(profile, added, { ...fields, name: added }, { apiKey: added, headers: {} }),
        (it) => !!endpointIn(it, added) && it.secrets[added]?.apiKey === added,
      ),
    ),
    fc
      .integer({ min: 1, max: 1000 })
      .map((weight) =>
        change(
          `weight ${weight}`,
          editEndpoint(endpoint, { weight }),
          (it) => endpointIn(it, endpoint)?.weight === weight,
        ),
      ),
    fc
      .boolean()
      .map((enabled) =>
        change(
          `enabled ${enabled}`,
          editEndpoint(endpoint, { enabled }),
          (it) => endpointIn(it, endpoint)?.enabled === enabled,
        ),
      ),
    fc.constant(
      change(
        'key',
        editEndpoint(endpoint, {}, `key-${window}`),
        (it) => it.secrets[endpoint]?.apiKey === `key-${window}`,
      ),
    ),
    fc.constant(
      change(
        'removeEndpoint',
        removeEndpoint(endpoint),
        (it) => !endpointIn(it, endpoint) && !(endpoint in it.secrets),
      ),
    ),
  );
};

/** Applies edits one after the other, as the proxy orders them. */
function applyAll(edits: readonly ConfigurationEdit[]): ConfigurationContents {
  return edits.reduce((contents, edit) => {
    const result = edit(contents);
    assert.ok(result.ok, JSON.stringify(result));
    return result.contents;
  }, start);
}

test('two edits of different things both survive, whichever comes first', () => {
  fc.assert(
    fc.property(changesOf('one', 'p', 'a'), changesOf('two', 'q', 'c'), (one, two) => {
      for (const order of [
        [one, two],
        [two, one],
      ]) {
        const after = applyAll(order.map(({ edit }) => edit));
        assert.ok(one.holds(after), one.text);
        assert.ok(two.holds(after), two.text);
      }
    }),
  );
});

test('two edits of endpoints of one profile both survive, whichever comes first', () => {
  fc.assert(
    fc.property(changesOf('one', 'p', 'a'), changesOf('two', 'p', 'b'), (one, two) => {
      // Two descriptions of one profile: there the last one wins.
      fc.pre(!(one.text.startsWith('describe') && two.text.startsWith('describe')));
      const after = applyAll([one.edit, two.edit]);
      assert.ok(one.holds(after) && two.holds(after), `${one.text}, ${two.text}`);
    }),
  );
});

test('different fields of one endpoint both survive', () => {
  const edits = [
    editEndpoint('a', { weight: 7 }),
    editEndpoint('a', { enabled: false }),
    editEndpoint('a', {}, 'fresh'),
  ];
  for (const order of [edits, edits.toReversed()]) {
    const after = applyAll(order);
    assert.deepEqual(endpointIn(after, 'a'), endpointOf({ id: 'a', weight: 7, enabled: false }));
    assert.equal(after.secrets.a?.apiKey, 'fresh');
  }
});

test('an edit whose answer was lost can be sent again', () => {
  fc.assert(
    fc.property(changesOf('one', 'p', 'a'), ({ edit, text }) => {
      // What is removed cannot be removed again, which is said and changes nothing.
      fc.pre(text !== 'removeEndpoint');
      assert.deepEqual(applyAll([edit, edit]), applyAll([edit]));
    }),
  );
});

test('an edit of what another window has removed is refused and changes nothing', () => {
  const gone = applyAll([removeProfile('p')]);
  for (const edit of [editEndpoint('a', { weight: 1 }), removeEndpoint('a')])
    assert.deepEqual(edit(gone), { ok: false, problem: 'endpointGone' });
  for (const edit of [
    editProfile('p', { name: 'n', description: '' }),
    removeProfile('p'),
    activateProfile('p', 1),
  ])
    assert.deepEqual(edit(gone), { ok: false, problem: 'profileGone' });
});

const anyEdit: fc.Arbitrary<ConfigurationEdit> = (() => {
  const id = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  // Ids are made up at random, so none turns up in two profiles.
  const place = fc.constantFrom(['p', 'a'], ['p', 'b'], ['p', 'd'], ['q', 'c'], ['r', 'e']);
  const profile = fc.constantFrom('p', 'q', 'r');
  const name = fc.string();
  return fc.oneof(
    fc.tuple(profile, name).map(([it, as]) => addProfile({ id: it, name: as, description: '' })),
    fc.tuple(profile, name).map(([it, as]) => editProfile(it, { name: as, description: as })),
    profile.map(removeProfile),
    profile.map((it) => activateProfile(it, 5)),
    fc
      .tuple(place, name)
      .map(([[it = '', endpoint = ''], as]) =>
        addEndpoint(it, endpoint, { ...fields, name: as }, { apiKey: endpoint, headers: {} }),
      ),
    fc
      .tuple(
        id,
        name,
        fc.constantFrom(undefined, 'new'),
        fc.constantFrom('https://h', 'https://relay.example'),
      )
      .map(([it, as, key, baseUrl]) => editEndpoint(it, { name: as, baseUrl }, key)),
    id.map(removeEndpoint),
  );
})();

test('whatever is edited, the contents stay a document without orphaned keys or doubled names', () => {
  fc.assert(
    fc.property(fc.array(anyEdit, { maxLength: 30 }), (edits) => {
      let contents = start;
      for (const edit of edits) {
        const result = edit(contents);
        if (result.ok) contents = result.contents;
      }
      const { profiles, activeProfile } = contents.configuration;
      const endpoints = profiles.flatMap((profile) => profile.endpoints);
      assert.ok(parseDocument({ ...contents, storeId: 's', revision: 1, lineage: ['r'] }));
      assert.deepEqual(Object.keys(contents.secrets).toSorted(), endpoints.map(({ id }) => id).toSorted());
      assert.ok(activeProfile === null || profiles.some(({ id }) => id === activeProfile));
      for (const siblings of [profiles, ...profiles.map((profile) => profile.endpoints)]) {
        const names = siblings.map(({ name }) => name.toLowerCase());
        assert.equal(new Set(names).size, names.length);
      }
    }),
  );
});

test('whatever is edited, no key goes along to another address', () => {
  fc.assert(
    fc.property(fc.array(anyEdit, { maxLength: 30 }), (edits) => {
      let contents = start;
      for (const edit of edits) {
        const result = edit(contents);
        if (!result.ok) continue;
        for (const { id, baseUrl } of contents.configuration.profiles.flatMap(({ endpoints }) => endpoints)) {
          const moved = endpointIn(result.contents, id);
          if (!moved || moved.baseUrl === baseUrl) continue;
          assert.equal(result.contents.secrets[id]?.apiKey, 'new');
        }
        contents = result.contents;
      }
    }),
  );
});
