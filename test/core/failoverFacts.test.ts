import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Profile } from '../../src/core/configuration.ts';
import type { Eligibility } from '../../src/core/decision.ts';
import { failoverFacts } from '../../src/core/failoverFacts.ts';
import type { DecisionStep, DecisionTrace } from '../../src/protocol/state.ts';
import { contentsOf } from '../support/contents.ts';

const [primary] = contentsOf([{ id: 'primary', endpoints: [{ id: 'p1' }, { id: 'p2' }] }]).configuration
  .profiles as readonly [Profile];

type Attempt = Extract<DecisionStep, { kind: 'attempt' }>;

/** An attempt at an endpoint; `p…` belong to the profile that serves, all others to the one below it. */
function attempt(
  endpointId: string,
  sketch: Partial<Attempt>,
  considered: Readonly<Record<string, Eligibility>> = {},
): Attempt {
  return {
    kind: 'attempt',
    endpointId,
    profileId: endpointId.startsWith('p') ? 'primary' : 'secondary',
    reason: 'strategy',
    outcome: 'failed',
    durationMs: 10,
    considered: { p1: 'ready', p2: 'ready', s1: 'ready', ...considered },
    ...sketch,
  };
}

const serverError = { row: 'serverError' };
const served = { outcome: 'served' } as const;

function trace(steps: readonly DecisionStep[], sketch: Partial<DecisionTrace> = {}): DecisionTrace {
  return {
    requestId: 'r',
    at: 0,
    route: 'messages',
    model: null,
    conversation: null,
    steps,
    outcome: 'served',
    status: 200,
    durationMs: 40,
    ...sketch,
  };
}

/** Whether the profile that serves has failed the request that had these steps. */
const servingFailed = (...steps: readonly DecisionStep[]) =>
  failoverFacts(trace(steps), primary)?.servingFailed;

describe('what a request says about the profile that serves', () => {
  test('is who served it, and how long ago it came', () => {
    assert.deepEqual(failoverFacts(trace([attempt('p1', served)]), primary), {
      servedBy: 'primary',
      servingFailed: false,
      durationMs: 40,
    });
  });

  test('is that it failed, when all its endpoints failed the request', () => {
    const steps = [attempt('p1', serverError), attempt('p2', serverError), attempt('s1', served)];
    assert.deepEqual(failoverFacts(trace(steps), primary), {
      servedBy: 'secondary',
      servingFailed: true,
      durationMs: 40,
    });
  });

  test('is that it failed, when nobody else served the request either', () => {
    const steps = [attempt('p1', serverError), attempt('p2', serverError), attempt('s1', serverError)];
    assert.deepEqual(failoverFacts(trace(steps, { outcome: 'failed', status: 500 }), primary), {
      servedBy: null,
      servingFailed: true,
      durationMs: 40,
    });
  });

  test('is that it failed, when its endpoints are out', () => {
    for (const why of ['open', 'quarantined'] as const) {
      assert.equal(servingFailed(attempt('s1', served, { p1: why, p2: 'disabled' })), true, why);
    }
  });

  test('is that it failed, when one of its endpoints failed and the others are of no use', () => {
    for (const other of ['coolDown', 'disabled', 'noKey', 'wrongModel', 'refusedModel'] as const) {
      const steps = [attempt('p1', serverError), attempt('s1', served, { p1: 'tried', p2: other })];
      assert.equal(servingFailed(...steps), true, other);
    }
  });

  test('is not that it failed, when another of its endpoints served the request in the end', () => {
    assert.equal(servingFailed(attempt('p1', serverError), attempt('p2', served)), false);
    assert.equal(servingFailed(attempt('p1', served, { p2: 'open' })), false);
  });

  test('is not that it failed, when all its endpoints merely cool down, are off or lack the model', () => {
    for (const why of [
      'coolDown',
      'disabled',
      'noKey',
      'wrongProtocol',
      'wrongModel',
      'refusedModel',
    ] as const) {
      assert.equal(servingFailed(attempt('s1', served, { p1: why, p2: why })), false, why);
    }
  });

  test('is not that it failed, when the conversation is bound elsewhere and one of its endpoints is ready', () => {
    assert.equal(servingFailed(attempt('s1', { ...served, reason: 'bound' }, { p1: 'open' })), false);
  });

  test('is not that it failed, when its endpoints were never looked at', () => {
    assert.equal(servingFailed({ kind: 'wait', reason: 'noneReady', durationMs: 5 }), false);
  });

  test('follows from the last attempt at each endpoint', () => {
    const stale = attempt('p1', { row: 'staleConnection' });
    const elsewhere = attempt('s1', served, { p1: 'tried', p2: 'disabled' });
    assert.equal(servingFailed(stale, attempt('p1', serverError), elsewhere), true);
    assert.equal(servingFailed(attempt('p1', serverError), stale, elsewhere), false);
  });

  test('counts failures that are the endpoint’s own', () => {
    for (const row of [
      'nameNotResolved',
      'unreachable',
      'tlsFailed',
      'connectionLost',
      'brokenOff',
      'redirected',
      'spentKey',
      'keyRefused',
      'overloaded',
      'serverError',
      'unknown',
    ]) {
      const steps = [attempt('p1', { row }), attempt('s1', served, { p1: 'tried', p2: 'disabled' })];
      assert.equal(servingFailed(...steps), true, row);
    }
  });

  test('does not count what the request, its model or a limit brought about', () => {
    for (const row of [
      'badRequest',
      'refused',
      'notServed',
      'forbidden',
      'conflict',
      'rateLimited',
      'rateLimitedUntil',
      'staleConnection',
    ]) {
      const steps = [attempt('p1', { row }), attempt('s1', served, { p1: 'tried', p2: 'disabled' })];
      assert.equal(servingFailed(...steps), false, row);
    }
  });

  test('counts an answer that broke off, rescued or not, as none', () => {
    for (const outcome of ['broken', 'rescued'] as const) {
      const steps = [attempt('p1', { outcome, row: 'brokenOff' }, { p2: 'disabled' })];
      const facts = failoverFacts(trace(steps, { outcome }), primary);
      assert.deepEqual(facts, { servedBy: null, servingFailed: true, durationMs: 40 });
    }
  });

  test('is nothing when the client left, or when it was no request for a message', () => {
    const steps = [attempt('p1', serverError), attempt('p2', serverError)];
    assert.equal(failoverFacts(trace(steps, { outcome: 'clientGone' }), primary), undefined);
    assert.equal(failoverFacts(trace(steps, { route: 'countTokens' }), primary), undefined);
    assert.equal(failoverFacts(trace(steps, { route: 'models' }), primary), undefined);
  });
});
