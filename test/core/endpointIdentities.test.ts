import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndpointIdentities } from '../../src/core/endpointIdentities.ts';
import { contentsOf, type EndpointSketch } from '../support/contents.ts';

const of = (...endpoints: EndpointSketch[]) => contentsOf([{ id: 'p', endpoints }]);
const nothing = { renewed: [], remodelled: [], gone: [] };

/** What a second configuration means after a first one. */
function changes(first: EndpointSketch, ...second: EndpointSketch[]) {
  const identities = new EndpointIdentities();
  assert.deepEqual(identities.configure(of(first)), nothing, 'the first configuration is no change');
  return identities.configure(of(...second));
}

test('an endpoint stays the same under another name, weight, strategy or place', () => {
  assert.deepEqual(
    changes({ id: 'a' }, { id: 'b' }, { id: 'a', name: 'new', weight: 7, enabled: false }),
    nothing,
  );
});

for (const [what, change] of Object.entries({
  address: { baseUrl: 'https://other.example' },
  key: { apiKey: 'other' },
  'own header': { headers: { 'x-team': 'other' } },
  'way to show its key': { auth: 'bearer' },
} satisfies Record<string, Partial<EndpointSketch>>)) {
  test(`another ${what} makes it another endpoint`, () => {
    assert.deepEqual(changes({ id: 'a' }, { id: 'a', ...change }), { ...nothing, renewed: ['a'] });
  });
}

test('other models leave it the same but for what it refused', () => {
  assert.deepEqual(changes({ id: 'a' }, { id: 'a', models: ['m'] }), { ...nothing, remodelled: ['a'] });
  assert.deepEqual(changes({ id: 'a' }, { id: 'a', modelMap: { m: 'n' } }), {
    ...nothing,
    remodelled: ['a'],
  });
});

test('one that is not there any more is gone, and new when it comes again', () => {
  assert.deepEqual(changes({ id: 'a' }), { ...nothing, gone: ['a'] });
  const identities = new EndpointIdentities();
  identities.configure(of({ id: 'a' }));
  identities.configure(of());
  assert.deepEqual(identities.configure(of({ id: 'a', apiKey: 'other' })), nothing);
});

test('an endpoint of an earlier configuration is the current one until it is another', () => {
  const identities = new EndpointIdentities();
  const before = of({ id: 'a' });
  const endpoint = before.configuration.profiles[0]?.endpoints[0];
  assert.ok(endpoint);
  assert.equal(identities.isCurrent(before, endpoint), false, 'nothing is configured yet');
  identities.configure(of({ id: 'a', name: 'new' }));
  assert.equal(identities.isCurrent(before, endpoint), true);
  identities.configure(of({ id: 'a', apiKey: 'other' }));
  assert.equal(identities.isCurrent(before, endpoint), false);
});

test('siblings are the endpoints of the same profile', () => {
  const identities = new EndpointIdentities();
  identities.configure(
    contentsOf([
      { id: 'p', endpoints: [{ id: 'a' }, { id: 'b' }] },
      { id: 'q', endpoints: [{ id: 'c' }] },
    ]),
  );
  assert.deepEqual(
    ['a', 'c', 'x'].map((id) => identities.siblingsOf(id)),
    [['a', 'b'], ['c'], []],
  );
});
