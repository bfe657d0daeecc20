import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Usage } from '../../src/core/usage.ts';
import type { DecisionStep, DecisionTrace } from '../../src/protocol/state.ts';
import { recordOf } from '../../src/proxy/requestRecord.ts';

const prices = { sonnet: { input: 2, output: 10 }, haiku: { input: 1, output: 5 } };

const usage = (input: number, output: number): Usage => ({
  input,
  output,
  cacheRead: 0,
  cacheWrite: 0,
  cacheWriteLong: 0,
});

const attempt = (more: Partial<DecisionStep & { kind: 'attempt' }>): DecisionStep => ({
  kind: 'attempt',
  endpointId: 'e1',
  profileId: 'p',
  reason: 'strategy',
  considered: { e1: 'ready' },
  outcome: 'served',
  durationMs: 1,
  ...more,
});

const trace = (...steps: DecisionStep[]): DecisionTrace => ({
  requestId: 'r',
  at: 1,
  route: 'messages',
  model: 'sonnet',
  conversation: null,
  steps,
  outcome: 'served',
  status: 200,
  durationMs: 1,
});

test('a request that no endpoint counted has neither tokens nor a price', () => {
  const { usage: tokens, cost, steps } = recordOf(trace(attempt({})), prices);
  assert.deepEqual([tokens, cost, steps], [null, null, [attempt({})]]);
});

test('all attempts of a request were paid for', () => {
  const steps = [
    attempt({ outcome: 'broken', usage: usage(1_000_000, 0) }),
    { kind: 'wait', reason: 'retry', durationMs: 5 } as const,
    attempt({ usage: usage(1_000_000, 100_000) }),
  ];
  const record = recordOf(trace(...steps), prices);
  assert.deepEqual(record.usage, usage(2_000_000, 100_000));
  assert.equal(record.cost, 5);
  assert.deepEqual(
    record.steps.map((step) => step.kind === 'attempt' && step.cost),
    [2, false, 3],
  );
});

test('an attempt costs what the model costs that the endpoint was asked for', () => {
  const mapped = attempt({ usage: usage(1_000_000, 0), sentModel: 'haiku' });
  const { cost, steps } = recordOf(trace(mapped), prices);
  assert.deepEqual([cost, steps], [1, [{ ...mapped, cost: 1 }]]);
});

test('tokens without a price are counted, and what has one is added up', () => {
  const record = recordOf(
    trace(attempt({ usage: usage(1_000_000, 0) }), attempt({ usage: usage(7, 0), sentModel: 'unknown' })),
    prices,
  );
  assert.deepEqual([record.usage?.input, record.cost], [1_000_007, 2]);
  assert.deepEqual(
    record.steps.map((step) => step.kind === 'attempt' && step.cost),
    [2, null],
  );
});
