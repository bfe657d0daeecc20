import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { servingOf } from '../../src/extension/views/serving.ts';
import type { CheckState, FailoverState } from '../../src/protocol/state.ts';
import { quietProxyState } from '../support/quietProxyState.ts';
import { unknownEndpointState } from '../support/unknownEndpointState.ts';
import { endpoint, modelValue, now, profile } from './modelValue.ts';

const profiles = [
  profile('work', [], { priority: 'primary' }),
  profile('backup', [], { priority: 'secondary' }),
  profile('last', [], { priority: 'fallback' }),
];

/** What is found when the proxy says this, and the user has chosen `work`. */
function servingWith(failover: Partial<FailoverState> | null) {
  const value = modelValue(profiles, failover && {});
  const state = value.state && { ...value.state, failover: { ...quietProxyState.failover, ...failover } };
  const { profile: serving, chosen, isStandIn, recovery } = servingOf({ ...value, state });
  return [serving?.id, chosen?.id, isStandIn, recovery && [recovery.profile.id, recovery.left]];
}

describe('the profile that serves', () => {
  it('is the chosen one without a proxy, and when the proxy says so', () => {
    assert.deepEqual(servingWith(null), ['work', 'work', false, null]);
    assert.deepEqual(servingWith({ serving: 'work' }), ['work', 'work', false, null]);
  });

  it('has nobody to give way to once the user has chosen it, even if the proxy has not heard of that', () => {
    assert.deepEqual(servingWith({ serving: 'work', recoversTo: 'backup' }), ['work', 'work', false, null]);
  });

  it('is the chosen one while the proxy has not heard of another one, or of one that is gone', () => {
    assert.deepEqual(servingWith({ serving: null }), ['work', 'work', false, null]);
    assert.deepEqual(servingWith({ serving: 'removed' }), ['work', 'work', false, null]);
  });

  it('stands in for the chosen one until that one, or the next on the way to it, comes back', () => {
    const recoversAt = now + 240_000;
    const left = { unit: 'minutes', value: 4, isLimit: false };
    assert.deepEqual(servingWith({ serving: 'backup', recoversTo: 'work', recoversAt }), [
      'backup',
      'work',
      true,
      ['work', left],
    ]);
    assert.deepEqual(servingWith({ serving: 'last', recoversTo: 'backup', recoversAt: now }), [
      'last',
      'work',
      true,
      ['backup', null],
    ]);
  });

  it('gives way to time alone where no check is made of the chosen one', () => {
    const ladder = [
      profile('work', [endpoint('relay'), endpoint('off', { enabled: false })], { priority: 'primary' }),
      profile('backup', [], { priority: 'secondary' }),
    ];
    const waitsForCheck = (check: Partial<CheckState>) => {
      const value = modelValue(ladder, { relay: { check: { ...unknownEndpointState.check, ...check } } });
      const failover = { ...quietProxyState.failover, serving: 'backup', recoversTo: 'work' };
      return servingOf({ ...value, state: value.state && { ...value.state, failover } }).recovery
        ?.isAfterCheck;
    };
    assert.equal(waitsForCheck({ nextAt: now + 60_000 }), true);
    assert.equal(waitsForCheck({ isRunning: true }), true);
    assert.equal(waitsForCheck({}), false, 'checks are off');
    assert.equal(waitsForCheck({ nextAt: now + 60_000, isRefused: true }), false, 'it cannot be checked');
  });

  it('stands in for good where nothing but the user brings the chosen one back', () => {
    assert.deepEqual(servingWith({ serving: 'backup' }), ['backup', 'work', true, null]);
  });

  it('is none while no profile is active', () => {
    const value = modelValue(profiles, {});
    const configuration = { ...value.configuration, activeProfile: null };
    const { profile: serving, isStandIn } = servingOf({ ...value, configuration });
    assert.deepEqual([serving, isStandIn], [undefined, false]);
  });
});
