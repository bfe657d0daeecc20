import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LinkStatus } from '../../src/extension/proxyLink/linkStatus.ts';
import { healthOf } from '../../src/extension/views/health.ts';
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

  it('is that of the profile that serves, and never better than degraded while it stands in for another', () => {
    const healthWith = (states: Parameters<typeof modelValue>[1]) => {
      const value = modelValue([profile('p', [a]), profile('q', [b])], states);
      const failover = { ...quietProxyState.failover, serving: 'q' };
      return healthOf({ ...value, state: value.state && { ...value.state, failover } });
    };
    assert.equal(healthWith({ a: open, b: {} }), 'degraded');
    assert.equal(healthWith({ a: {}, b: open }), 'failing');
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

  it('is starting until the proxy has said how it is', () => {
    assert.equal(healthOf(modelValue([profile('p', [a])], null)), 'starting');
  });

  const links: [LinkStatus, ReturnType<typeof healthOf>][] = [
    [{ kind: 'stopped' }, 'stopped'],
    [{ kind: 'starting' }, 'starting'],
    [{ kind: 'otherStore', port: 7860 }, 'failing'],
    [{ kind: 'portTaken', port: 7860 }, 'failing'],
    [{ kind: 'incompatible', version: '9.9.9' }, 'failing'],
    [{ kind: 'unusableHome', problem: 'unusable', path: '/x' }, 'failing'],
    [{ kind: 'crashing', logPath: '/x' }, 'failing'],
  ];
  for (const [link, expected] of links) {
    it(`is ${expected} when the link is ${link.kind}`, () => {
      assert.equal(healthOf(modelValue([profile('p', [a])], { a: {} }, link)), expected);
    });
  }
});
