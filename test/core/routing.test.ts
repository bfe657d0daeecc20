import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Configuration,
  type ConfigurationContents,
  type EndpointPlace,
  emptyContents,
  type PriorityLevel,
  placeOf,
} from '../../src/core/configuration.ts';
import { configuredFor, mappedModel, profilesInOrder, type RouteQuery } from '../../src/core/routing.ts';
import { contentsOf, type EndpointSketch, endpointOf } from '../support/contents.ts';

/** The names of the profiles that serve, in order, when the first one of these is active. */
function order(
  levels: Readonly<Record<string, PriorityLevel | null>>,
  policy: Partial<Configuration['policy']> = {},
  servingId?: string | null,
): string[] {
  const profiles = Object.entries(levels).map(([id, priority]) => ({ id, priority }));
  const { configuration } = contentsOf(profiles);
  const changed = { ...configuration, policy: { ...configuration.policy, ...policy } };
  return profilesInOrder(changed, servingId).map(({ id }) => id);
}

describe('the order of profiles', () => {
  test('is empty when no profile is active', () => {
    assert.deepEqual(profilesInOrder(emptyContents.configuration), []);
  });

  test('is the active one alone without failover', () => {
    assert.deepEqual(order({ a: 'primary', b: 'secondary' }, { autoFailover: false }), ['a']);
  });

  test('goes on with the lower levels, primary before secondary before fallback', () => {
    assert.deepEqual(order({ p: 'primary', f: 'fallback', s: 'secondary' }), ['p', 's', 'f']);
  });

  test('never goes up: an active profile in the middle has only what is below it', () => {
    assert.deepEqual(order({ s: 'secondary', p: 'primary', f: 'fallback' }), ['s', 'f']);
    assert.deepEqual(order({ f: 'fallback', p: 'primary', s: 'secondary' }), ['f']);
  });

  test('has all levels below an active profile without a level', () => {
    assert.deepEqual(order({ x: null, f: 'fallback', s: 'secondary', p: 'primary' }), ['x', 'p', 's', 'f']);
  });

  test('leaves out profiles without a level that are not active', () => {
    assert.deepEqual(order({ p: 'primary', x: null, f: 'fallback' }), ['p', 'f']);
  });

  test('leaves out profiles that are disabled, but for the active one', () => {
    const off = (...ids: string[]) =>
      contentsOf(
        (['primary', 'secondary', 'fallback'] as const).map((priority) => ({
          id: priority,
          priority,
          enabled: !ids.includes(priority),
        })),
      ).configuration;
    const ids = (configuration: Configuration) => profilesInOrder(configuration).map(({ id }) => id);
    assert.deepEqual(ids(off('secondary')), ['primary', 'fallback']);
    assert.deepEqual(ids(off('primary', 'fallback')), ['primary', 'secondary']);
  });

  test('begins at the profile that serves, goes down from there, and up again at last, the nearest first', () => {
    const levels = { x: null, p: 'primary', s: 'secondary', f: 'fallback' } as const;
    assert.deepEqual(order(levels, {}, 's'), ['s', 'f', 'p', 'x']);
    assert.deepEqual(order(levels, {}, 'f'), ['f', 's', 'p', 'x']);
    assert.deepEqual(order(levels, {}, 'x'), ['x', 'p', 's', 'f']);
  });

  test('never goes above the active profile, whoever serves', () => {
    assert.deepEqual(order({ s: 'secondary', p: 'primary', f: 'fallback' }, {}, 'f'), ['f', 's']);
  });

  test('begins at the active profile when the one that serves is none of them', () => {
    const levels = { s: 'secondary', p: 'primary', f: 'fallback', x: null } as const;
    for (const serving of ['p', 'x', 'gone', null]) assert.deepEqual(order(levels, {}, serving), ['s', 'f']);
    assert.deepEqual(order(levels, { autoFailover: false }, 'f'), ['s']);
  });
});

const message: RouteQuery = { route: 'messages', model: 'claude-test', conversation: undefined };

function placeIn({ configuration }: ConfigurationContents): EndpointPlace {
  const place = placeOf(configuration, 'e');
  assert.ok(place);
  return place;
}

/** What the configuration says of an endpoint. */
function found(sketch: Partial<EndpointSketch>, query: Partial<RouteQuery> = {}) {
  const endpoint = { id: 'e', ...sketch };
  const contents = contentsOf([{ id: 'p', endpoints: [endpoint] }]);
  return configuredFor(contents, placeIn(contents), { ...message, ...query }, [7860]);
}

describe('an endpoint is configured to serve', () => {
  test('when nothing speaks against it', () => {
    assert.equal(found({}), 'ready');
  });

  test('unless it is disabled', () => {
    assert.equal(found({ enabled: false }), 'disabled');
  });

  test('unless its profile is disabled', () => {
    const contents = contentsOf([{ id: 'p', enabled: false, endpoints: [{ id: 'e' }] }]);
    assert.equal(configuredFor(contents, placeIn(contents), message, [7860]), 'disabled');
  });

  test('unless it has no key', () => {
    assert.equal(found({ apiKey: '' }), 'noKey');
  });

  test('unless it speaks another API', () => {
    assert.equal(found({ protocol: 'openai' }), 'wrongProtocol');
    assert.equal(found({ protocol: 'anthropic' }), 'ready');
  });

  test('unless it leads back to the proxy', () => {
    assert.equal(found({ baseUrl: 'http://localhost:7860' }), 'ownAddress');
    assert.equal(found({ baseUrl: 'http://localhost:7861' }), 'ready');
  });

  test('unless it is meant for other models', () => {
    assert.equal(found({ models: ['claude-other'] }), 'wrongModel');
    assert.equal(found({ models: ['claude-other', 'claude-test'] }), 'ready');
  });

  test('with a model that it maps, listed or not', () => {
    assert.equal(found({ models: ['claude-other'], modelMap: { 'claude-test': 'x' } }), 'ready');
  });

  test('with a request that names no model', () => {
    assert.equal(found({ models: ['claude-other'] }, { model: undefined }), 'ready');
  });

  test('with no model by what every object has', () => {
    assert.equal(found({ models: ['claude-other'] }, { model: 'constructor' }), 'wrongModel');
  });
});

describe('the model that an endpoint is asked for', () => {
  const endpoint = endpointOf({ id: 'e', modelMap: { 'claude-test': 'relay/test' } });

  test('is the one that the map says', () => {
    assert.equal(mappedModel(endpoint, 'claude-test'), 'relay/test');
  });

  test('is else the one that the client asks for', () => {
    assert.equal(mappedModel(endpoint, 'claude-other'), 'claude-other');
    assert.equal(mappedModel(endpoint, 'constructor'), 'constructor');
  });
});
