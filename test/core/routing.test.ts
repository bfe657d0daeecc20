import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyContents } from '../../src/core/configuration.ts';
import { routeRequest } from '../../src/core/routing.ts';
import { contentsOf, type EndpointSketch } from '../support/contents.ts';

/** The ids of the endpoints that are tried, in order. */
function order(...endpoints: EndpointSketch[]): string[] | undefined {
  return routeRequest(contentsOf([{ id: 'p', endpoints }]), 7860)?.candidates.map(({ id }) => id);
}

test('nothing serves when no profile is active', () => {
  assert.equal(routeRequest(emptyContents, 7860), undefined);
});

test('a profile without endpoints has no candidates', () => {
  assert.deepEqual(order(), []);
});

test('lower priority numbers come first', () => {
  assert.deepEqual(
    order(
      { id: 'c', priority: 3 },
      { id: 'a', priority: 1 },
      { id: 'b', priority: 2 },
      { id: 'd', priority: 1000 },
    ),
    ['a', 'b', 'c', 'd'],
  );
});

test('equal priorities keep the order of the profile', () => {
  assert.deepEqual(order({ id: 'b' }, { id: 'a' }, { id: 'first', priority: 1 }, { id: 'c' }), [
    'b',
    'a',
    'first',
    'c',
  ]);
});

test('disabled endpoints, those without a key and those of another protocol are left out', () => {
  assert.deepEqual(
    order(
      { id: 'disabled', enabled: false },
      { id: 'keyless', apiKey: '' },
      { id: 'openai', protocol: 'openai' },
      { id: 'auto', protocol: 'auto' },
      { id: 'anthropic', protocol: 'anthropic' },
    ),
    ['auto', 'anthropic'],
  );
});

test('an endpoint that leads back to the proxy is left out', () => {
  assert.deepEqual(
    order({ id: 'loop', baseUrl: 'http://localhost:7860' }, { id: 'near', baseUrl: 'http://localhost:7861' }),
    ['near'],
  );
});

test('only the active profile is asked', () => {
  const contents = contentsOf([
    { id: 'p', endpoints: [{ id: 'a' }] },
    { id: 'q', endpoints: [{ id: 'b' }] },
  ]);
  const route = routeRequest(
    { ...contents, configuration: { ...contents.configuration, activeProfile: 'q' } },
    7860,
  );
  assert.equal(route?.profile.id, 'q');
  assert.deepEqual(
    route?.candidates.map(({ id }) => id),
    ['b'],
  );
});
