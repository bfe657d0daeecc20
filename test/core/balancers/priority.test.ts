import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foremost } from '../../../src/core/balancers/priority.ts';
import { balanced } from '../../support/balanced.ts';

test('the lowest number goes first', () => {
  const first = balanced('b', { priority: 1 });
  const others = [balanced('a', { priority: 2 }), balanced('c', { priority: 10 })] as const;
  assert.deepEqual(foremost([others[0], first, others[1]]), [first]);
});

test('equal numbers go first together, in their order', () => {
  const [a, b] = [balanced('a', { priority: 5 }), balanced('b', { priority: 5 })];
  assert.deepEqual(foremost([b, balanced('c', { priority: 6 }), a]), [b, a]);
});
