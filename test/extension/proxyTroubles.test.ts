import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { proxyTroubles } from '../../src/extension/proxyTroubles.ts';
import type { ProxyState } from '../../src/protocol/state.ts';
import { quietProxyState } from '../support/quietProxyState.ts';
import { modelValue, now, profile } from './modelValue.ts';

const value = modelValue([profile('work', []), profile('backup', [])]);
const recovering = (autoRecovery: boolean) => ({
  ...value.configuration,
  policy: { ...value.configuration.policy, autoRecovery },
});

function troublesWith(state: Partial<ProxyState>, autoRecovery = true) {
  return proxyTroubles({
    ...value,
    configuration: recovering(autoRecovery),
    state: { ...quietProxyState, ...state },
  });
}

const failedOver = {
  failover: { ...quietProxyState.failover, serving: 'backup', since: now, reason: 'failover' },
} as const;

describe('trouble with the proxy that needs somebody', () => {
  it('is none while all is well, and without a proxy', () => {
    assert.deepEqual(troublesWith({}), []);
    assert.deepEqual(proxyTroubles({ ...value, state: null }), []);
  });

  it('is a profile that stands in, where only the user brings the other one back', () => {
    assert.deepEqual(
      troublesWith(failedOver, false).map(({ cause }) => cause),
      [{ kind: 'failedOver', chosen: 'work', standIn: 'backup' }],
    );
    assert.deepEqual(troublesWith(failedOver), []);
  });

  it('is none when the user has switched', () => {
    const byHand = { failover: { ...failedOver.failover, reason: 'manual' } } as const;
    assert.deepEqual(troublesWith(byHand, false), []);
  });

  it('is one episode in all windows, and another one when it happens again', () => {
    const keyAt = (since: number) =>
      troublesWith({ failover: { ...failedOver.failover, since } }, false)[0]?.key;
    assert.equal(keyAt(now), keyAt(now - 3));
    assert.notEqual(keyAt(now), keyAt(now + 120_000));
  });

  it('is a history in memory, and a history that was set aside, each by itself', () => {
    const causes = (history: ProxyState['history']) =>
      troublesWith({ history }).map(({ cause }) => cause.kind);
    assert.deepEqual(causes({ kept: 'memory', code: 'EROFS' }), ['historyInMemory']);
    assert.deepEqual(causes({ kept: 'file', setAside: 'history.db.1' }), ['historySetAside']);
    assert.deepEqual(causes({ kept: 'memory', setAside: 'history.db.1' }), [
      'historyInMemory',
      'historySetAside',
    ]);
    assert.deepEqual(causes({ kept: 'file', code: 'ENOSPC' }), []);
  });
});
