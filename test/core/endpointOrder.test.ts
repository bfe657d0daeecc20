import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { ConfigurationContents, Strategy } from '../../src/core/configuration.ts';
import type { ConfigurationEdit } from '../../src/core/configurationEdits.ts';
import { endpointsInOrder, moveEndpoint, moveEndpointBy } from '../../src/core/endpointOrder.ts';
import { contentsOf } from '../support/contents.ts';

function apply(edit: ConfigurationEdit | undefined, contents: ConfigurationContents): ConfigurationContents {
  const result = edit?.(contents);
  assert.ok(result?.ok, JSON.stringify(result));
  return result.contents;
}

/** Two profiles, the first of them with the given endpoints, by id, and their numbers. */
function twoProfiles(numbers: Readonly<Record<string, number>>, strategy: Strategy = 'weighted') {
  const endpoints = Object.entries(numbers).map(([id, priority]) => ({ id, priority }));
  return contentsOf([
    { id: 'p', strategy, endpoints },
    { id: 'q', strategy, endpoints: [{ id: 'x' }, { id: 'y', priority: 2 }] },
  ]);
}

/** The endpoints of a profile as they are shown, with their numbers. */
function shown({ configuration }: ConfigurationContents, profileId = 'p'): string {
  const profile = configuration.profiles.find(({ id }) => id === profileId);
  assert.ok(profile);
  return endpointsInOrder(profile)
    .map(({ id, priority }) => `${id}${priority}`)
    .join(' ');
}

const to = (before: string | null, profileId = 'p') => ({ profileId, before });

describe('an endpoint that is moved within its profile', () => {
  const contents = twoProfiles({ a: 1, b: 1, c: 1 });

  test('comes before the one that was named, or at the end', () => {
    assert.equal(shown(apply(moveEndpoint('c', to('a')), contents)), 'c1 a1 b1');
    assert.equal(shown(apply(moveEndpoint('a', to('c')), contents)), 'b1 a1 c1');
    assert.equal(shown(apply(moveEndpoint('a', to(null)), contents)), 'b1 c1 a1');
    assert.equal(shown(apply(moveEndpoint('a', to('gone')), contents)), 'b1 c1 a1');
  });

  test('stays where it is when it is to come before itself', () => {
    assert.deepEqual(apply(moveEndpoint('b', to('b')), contents), contents);
  });

  test('leaves the numbers alone where they are not the order', () => {
    assert.equal(shown(apply(moveEndpoint('c', to('a')), twoProfiles({ a: 7, b: 3, c: 5 }))), 'c5 a7 b3');
  });

  test('goes one place up or down, as it is shown, and no further than the ends', () => {
    assert.equal(shown(apply(moveEndpointBy(contents.configuration, 'b', -1), contents)), 'b1 a1 c1');
    assert.equal(shown(apply(moveEndpointBy(contents.configuration, 'b', 1), contents)), 'a1 c1 b1');
    assert.equal(moveEndpointBy(contents.configuration, 'a', -1), undefined);
    assert.equal(moveEndpointBy(contents.configuration, 'c', 1), undefined);
    assert.equal(moveEndpointBy(contents.configuration, 'gone', 1), undefined);
  });

  test('is no further when the same edit is made twice', () => {
    const edit = moveEndpointBy(contents.configuration, 'a', 1);
    const once = apply(edit, contents);
    assert.deepEqual(apply(edit, once), once);
  });
});

describe('an endpoint that is moved where numbers are the order', () => {
  test('is found by number, those of the same as they were put', () => {
    assert.equal(shown(twoProfiles({ a: 9, b: 1, c: 9, d: 2 }, 'priority')), 'b1 d2 a9 c9');
  });

  test('gets the number of its new place, and the others get theirs', () => {
    const contents = twoProfiles({ a: 10, b: 20, c: 30 }, 'priority');
    assert.equal(shown(apply(moveEndpoint('c', to('a')), contents)), 'c1 a2 b3');
    assert.equal(shown(apply(moveEndpointBy(contents.configuration, 'a', 1), contents)), 'b1 a2 c3');
  });

  test('gets a number of its own, while neighbours that shared one still do', () => {
    const contents = twoProfiles({ a: 1, b: 1, c: 2, d: 2 }, 'priority');
    assert.equal(shown(apply(moveEndpoint('d', to('a')), contents)), 'd1 a2 b2 c3');
    assert.equal(shown(apply(moveEndpoint('d', to('b')), contents)), 'a1 d2 b3 c4');
    assert.equal(shown(apply(moveEndpoint('b', to('a')), contents)), 'b1 a2 c3 d3');
  });

  test('whatever moves, order and numbers agree, and nothing else changes', () => {
    const numbers = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(numbers, fc.nat(7), fc.option(fc.nat(7)), (given, moved, before) => {
        const ids = given.map((_, index) => `e${index}`);
        const contents = twoProfiles(
          Object.fromEntries(given.map((number, index) => [`e${index}`, number])),
          'priority',
        );
        const id = ids[moved % ids.length] ?? '';
        const place = before === null ? null : (ids[before % ids.length] ?? null);
        const after = apply(moveEndpoint(id, to(place)), contents);
        if (place === id) return assert.deepEqual(after, contents);
        const [profile] = after.configuration.profiles;
        assert.deepEqual(endpointsInOrder(profile ?? assert.fail()), profile?.endpoints);
        const order = profile?.endpoints.map((endpoint) => endpoint.id) ?? [];
        assert.equal(order[order.indexOf(id) + 1] ?? null, place);
        assert.equal(profile?.endpoints.filter(({ priority }) => priority === 0).length, 0);
        const number = profile?.endpoints.find((endpoint) => endpoint.id === id)?.priority;
        assert.equal(profile?.endpoints.filter(({ priority }) => priority === number).length, 1);
        assert.deepEqual([...order].sort(), ids);
        assert.deepEqual(after.secrets, contents.secrets);
      }),
    );
  });
});

describe('an endpoint that is moved to another profile', () => {
  const contents = twoProfiles({ a: 1, b: 5 });

  test('goes with its id and its key', () => {
    const after = apply(moveEndpoint('b', to('y', 'q')), contents);
    assert.deepEqual([shown(after, 'p'), shown(after, 'q')], ['a1', 'x1 b5 y2']);
    assert.equal(after.secrets, contents.secrets);
  });

  test('gets a number that fits there, where numbers are the order', () => {
    const after = apply(moveEndpoint('b', to('y', 'q')), twoProfiles({ a: 4, b: 5 }, 'priority'));
    assert.deepEqual([shown(after, 'p'), shown(after, 'q')], ['a4', 'x1 b2 y3']);
  });

  test('is refused where another one has its name, whatever its case', () => {
    const both = contentsOf([
      { id: 'p', endpoints: [{ id: 'a', name: 'Relay' }] },
      { id: 'q', endpoints: [{ id: 'b', name: 'relay ' }] },
    ]);
    assert.deepEqual(moveEndpoint('a', to(null, 'q'))(both), { ok: false, problem: 'nameTakenThere' });
  });

  test('is refused when one of them is gone', () => {
    assert.deepEqual(moveEndpoint('z', to(null))(contents), { ok: false, problem: 'endpointGone' });
    assert.deepEqual(moveEndpoint('a', to(null, 'z'))(contents), { ok: false, problem: 'profileGone' });
  });
});
