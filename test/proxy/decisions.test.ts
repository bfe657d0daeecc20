import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DecisionTrace } from '../../src/protocol/state.ts';
import { Decisions } from '../../src/proxy/decisions.ts';

const trace = (index: number): DecisionTrace => ({
  requestId: `r${index}`,
  at: index,
  route: 'messages',
  model: null,
  conversation: null,
  steps: [],
  outcome: 'served',
  status: 200,
  durationMs: 1,
});

test('nothing has been decided to begin with', () => {
  assert.deepEqual(new Decisions().latest(), []);
});

test('traces are told newest first', () => {
  const decisions = new Decisions();
  for (const index of [1, 2, 3]) decisions.add(trace(index));
  assert.deepEqual(
    decisions.latest().map(({ requestId }) => requestId),
    ['r3', 'r2', 'r1'],
  );
});

test('five hundred are kept, the newest', () => {
  const decisions = new Decisions();
  for (let index = 0; index < 600; index += 1) decisions.add(trace(index));
  const kept = decisions.latest();
  assert.equal(kept.length, 500);
  assert.deepEqual([kept[0]?.requestId, kept.at(-1)?.requestId], ['r599', 'r100']);
});

test('what was told does not change with what comes later', () => {
  const decisions = new Decisions();
  decisions.add(trace(1));
  const told = decisions.latest();
  decisions.add(trace(2));
  assert.equal(told.length, 1);
});
