import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Profile } from '../../src/core/configuration.ts';
import type { LinkStatus } from '../../src/extension/proxyLink/linkStatus.ts';
import { detourOf, healthOf, profileConditionOf } from '../../src/extension/views/health.ts';
import { quietProxyState } from '../support/quietProxyState.ts';
import { endpoint, failing, modelValue, now, open, profile, quarantined } from './modelValue.ts';

const a = endpoint('a');
const b = endpoint('b');

describe('health of the active profile', () => {
  it('is ok while nothing is known to be wrong', () => {
    assert.equal(healthOf(modelValue([profile('p', [a, b])], { a: {}, b: { servedAt: 1 } })), 'ok');
  });

  it('is ok for an endpoint that the proxy has not reported on yet', () => {
    assert.equal(healthOf(modelValue([profile('p', [a])], {})), 'ok');
  });

  it('is degraded while some endpoints fail', () => {
    assert.equal(healthOf(modelValue([profile('p', [a, b])], { a: failing, b: {} })), 'degraded');
  });

  it('is degraded while some endpoints have no key', () => {
    assert.equal(healthOf(modelValue([profile('p', [a, b])], { a: { hasKey: false }, b: {} })), 'degraded');
  });

  it('is degraded while some endpoints are limited, cool down, are suspended or quarantined', () => {
    const cooling = { coolDowns: [{ models: 'opus', until: now + 1 }] } as const;
    for (const state of [{ standing: 'degraded' } as const, cooling, open, quarantined]) {
      assert.equal(healthOf(modelValue([profile('p', [a, b])], { a: state, b: {} })), 'degraded');
    }
  });

  it('is ok again when a cool-down is over', () => {
    const cooled = { coolDowns: [{ models: 'opus', until: now }] } as const;
    assert.equal(healthOf(modelValue([profile('p', [a])], { a: cooled })), 'ok');
  });

  it('is degraded while what is left has failed, which it may not do again', () => {
    assert.equal(healthOf(modelValue([profile('p', [a, b])], { a: failing, b: open })), 'degraded');
  });

  it('is failing when every enabled endpoint is out, whatever disabled ones say', () => {
    const c = endpoint('c');
    const off = endpoint('d', { enabled: false });
    const states = { a: open, b: quarantined, c: { hasKey: false }, d: { servedAt: 1 } };
    assert.equal(healthOf(modelValue([profile('p', [a, b, c, off])], states)), 'failing');
  });

  it('is failing when the only endpoint, which is never suspended, fails again and again', () => {
    const again = { ...failing, consecutiveFailures: 3 };
    assert.equal(healthOf(modelValue([profile('p', [a])], { a: again })), 'failing');
  });

  it('is failing when every endpoint is disabled', () => {
    const off = endpoint('a', { enabled: false });
    assert.equal(healthOf(modelValue([profile('p', [off])], { a: {} })), 'failing');
  });

  it('is never better than degraded while another profile stands in for the active one', () => {
    const value = modelValue([profile('p', [a]), profile('q', [b])], { a: open, b: {} });
    const failover = { ...quietProxyState.failover, serving: 'q' };
    assert.equal(healthOf({ ...value, state: value.state && { ...value.state, failover } }), 'degraded');
  });

  it('takes no notice of other profiles', () => {
    const value = modelValue([profile('p', [a]), profile('q', [b])], { a: {}, b: failing });
    assert.equal(healthOf(value), 'ok');
  });

  it('is empty without profiles, without an active one, and without endpoints', () => {
    assert.equal(healthOf(modelValue([])), 'empty');
    assert.equal(healthOf(modelValue([profile('p', [])])), 'empty');
    const value = modelValue([profile('p', [a])], { a: {} });
    const nothingActive = { ...value, configuration: { ...value.configuration, activeProfile: null } };
    assert.equal(healthOf(nothingActive), 'empty');
  });

  it('is degraded, not failing or empty, while requests go on to a profile of a lower level', () => {
    const backup = profile('backup', [b], { priority: 'secondary' });
    const off = endpoint('c', { enabled: false });
    const actives = [
      profile('p', []),
      profile('p', [off]),
      profile('p', [a], { enabled: false }),
      profile('p', [endpoint('d')]),
    ];
    for (const active of actives) {
      assert.equal(healthOf(modelValue([active, backup], { a: {}, b: {}, c: {}, d: open })), 'degraded');
      assert.equal(healthOf(modelValue([active, backup], { a: {}, b: open, c: {}, d: open })), 'failing');
    }
  });

  it('is not saved by a profile that requests do not go to', () => {
    const off = { priority: 'secondary', enabled: false } as const;
    for (const other of [profile('q', [b]), profile('q', [b], off)]) {
      assert.equal(healthOf(modelValue([profile('p', [a]), other], { a: open, b: {} })), 'failing');
    }
    const value = modelValue([profile('p', [a]), profile('q', [b], { priority: 'secondary' })], { a: open });
    const policy = { ...value.configuration.policy, autoFailover: false };
    assert.equal(healthOf({ ...value, configuration: { ...value.configuration, policy } }), 'failing');
  });

  it('is starting until the proxy has said how it is', () => {
    assert.equal(healthOf(modelValue([profile('p', [a])], null)), 'starting');
  });

  const links: [LinkStatus, ReturnType<typeof healthOf>][] = [
    [{ kind: 'stopped' }, 'stopped'],
    [{ kind: 'starting' }, 'starting'],
    [{ kind: 'attached', port: 7860, storedApart: true }, 'degraded'],
    [{ kind: 'otherStore', port: 7860 }, 'failing'],
    [{ kind: 'portTaken', port: 7860 }, 'failing'],
    [{ kind: 'incompatible', version: '9.9.9', isOlder: false }, 'failing'],
    [{ kind: 'unusableHome', problem: 'unusable', path: '/x' }, 'failing'],
    [{ kind: 'crashing', logPath: '/x' }, 'failing'],
  ];
  for (const [link, expected] of links) {
    it(`is ${expected} when the link is ${Object.values(link).join(' ')}`, () => {
      assert.equal(healthOf(modelValue([profile('p', [a])], { a: {} }, link)), expected);
    });
  }
});

describe('where requests go on to', () => {
  const backup = profile('backup', [b], { priority: 'secondary' });
  const detour = (active: Profile, states: Parameters<typeof modelValue>[1], others = [backup]) => {
    const found = detourOf(modelValue([active, ...others], states));
    return found && [found.from.id, found.why, found.to?.id];
  };

  it('is nowhere else while the profile that is to serve can', () => {
    assert.equal(detour(profile('p', [a]), { a: {}, b: {} }), null);
    assert.equal(detour(profile('p', [a]), { a: failing, b: {} }), null);
  });

  it('is the next profile that can serve, for the reason why the one before cannot', () => {
    const off = endpoint('c', { enabled: false });
    assert.deepEqual(detour(profile('p', [a], { enabled: false }), {}), ['p', 'disabled', 'backup']);
    assert.deepEqual(detour(profile('p', []), {}), ['p', 'empty', 'backup']);
    assert.deepEqual(detour(profile('p', [off]), {}), ['p', 'allDisabled', 'backup']);
    assert.deepEqual(detour(profile('p', [a]), { a: quarantined }), ['p', 'failing', 'backup']);
    const last = profile('last', [endpoint('e')], { priority: 'fallback' });
    assert.deepEqual(detour(profile('p', []), { b: open }, [backup, last]), ['p', 'empty', 'last']);
  });

  it('is unknown where none can serve, and where none is active', () => {
    assert.deepEqual(detour(profile('p', []), { b: open }), ['p', 'empty', undefined]);
    const value = modelValue([profile('p', [])]);
    assert.equal(
      detourOf({ ...value, configuration: { ...value.configuration, activeProfile: null } }),
      null,
    );
  });

  it('is back up again where the profile that stands in cannot serve but the chosen one can', () => {
    const value = modelValue([profile('p', [a], { priority: 'primary' }), backup], { a: {}, b: open });
    const failover = { ...quietProxyState.failover, serving: 'backup' };
    const found = detourOf({ ...value, state: value.state && { ...value.state, failover } });
    assert.deepEqual([found?.from.id, found?.to?.id], ['backup', 'p']);
  });
});

describe('how a profile does', () => {
  const conditionWith = (states: Parameters<typeof modelValue>[1], endpoints = [a, b]) =>
    profileConditionOf(profile('p', endpoints), modelValue([], states));

  it('is ok, degraded or failing by what is known of its endpoints', () => {
    assert.equal(conditionWith({ a: {}, b: {} }), 'ok');
    assert.equal(conditionWith({ a: {}, b: open }), 'degraded');
    assert.equal(conditionWith({ a: open, b: open }), 'failing');
    assert.equal(conditionWith(null), 'ok');
  });

  it('takes no notice of endpoints that are switched off', () => {
    assert.equal(conditionWith({ a: {}, b: open }, [a, endpoint('b', { enabled: false })]), 'ok');
  });
});
