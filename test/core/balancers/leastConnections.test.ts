import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leastLoaded } from '../../../src/core/balancers/leastConnections.ts';
import { balanced } from '../../support/balanced.ts';

test('with equal weights the one with the fewest requests is the least loaded', () => {
  const few = balanced('b', { inFlight: 1 });
  assert.deepEqual(leastLoaded([balanced('a', { inFlight: 2 }), few, balanced('c', { inFlight: 3 })]), [few]);
});

test('twice the weight bears twice the requests', () => {
  const light = balanced('a', { weight: 100, inFlight: 2 });
  const heavy = balanced('b', { weight: 200, inFlight: 4 });
  assert.deepEqual(leastLoaded([light, heavy]), [heavy]);
  assert.deepEqual(leastLoaded([light, { ...heavy, inFlight: 6 }]), [light]);
});

test('idle endpoints differ by their weight', () => {
  const heavy = balanced('b', { weight: 200 });
  assert.deepEqual(leastLoaded([balanced('a', { weight: 100 }), heavy]), [heavy]);
});

test('equally loaded ones are all least loaded, in their order', () => {
  const [a, b] = [balanced('a', { weight: 1 }), balanced('b', { weight: 3, inFlight: 2 })];
  assert.deepEqual(leastLoaded([a, b]), [a, b]);
  assert.deepEqual(leastLoaded([b, balanced('c', { weight: 1, inFlight: 1 }), a]), [b, a]);
});
