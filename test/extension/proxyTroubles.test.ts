import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Profile } from '../../src/core/configuration.ts';
import { proxyTroubles } from '../../src/extension/proxyTroubles.ts';
import type { ProxyState } from '../../src/protocol/state.ts';
import { quietProxyState } from '../support/quietProxyState.ts';
import { endpoint, modelValue, now, open, profile, quarantined } from './modelValue.ts';

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

  it('is a history in memory, and not one that goes on in a new file', () => {
    const causes = (history: ProxyState['history']) =>
      troublesWith({ history }).map(({ cause }) => cause.kind);
    assert.deepEqual(causes({ kept: 'memory', code: 'EROFS' }), ['historyInMemory']);
    assert.deepEqual(causes({ kept: 'file', setAside: 'history.db.1' }), []);
    assert.deepEqual(causes({ kept: 'file', code: 'ENOSPC' }), []);
  });
});

describe('a proxy of another version', () => {
  const running = (version: string) =>
    proxyTroubles(
      { ...value, state: { ...quietProxyState, version } },
      { version: '1.2.0', loadedAt: 0 },
    ).map(({ cause }) => cause);

  it('is told of, newer or older', () => {
    const cause = { kind: 'otherVersion', own: '1.2.0' };
    assert.deepEqual(running('1.10.0'), [{ ...cause, running: '1.10.0', isNewer: true }]);
    assert.deepEqual(running('1.1.9'), [{ ...cause, running: '1.1.9', isNewer: false }]);
  });

  it('is none where it is the one of this window', () => {
    assert.deepEqual(running('1.2.0'), []);
  });

  it('is told to one window of each build', () => {
    const keyOf = (own: string) =>
      proxyTroubles(
        { ...value, state: { ...quietProxyState, version: '2.0.0' } },
        { version: own, loadedAt: 0 },
      )[0]?.key;
    assert.notEqual(keyOf('1.2.0'), keyOf('1.3.0'));
  });

  it('is told again where an older build is installed after an update that was told', () => {
    const state = { ...quietProxyState, version: '2.0.0', startedAt: 1_000 };
    const keyOf = (loadedAt: number) =>
      proxyTroubles({ ...value, state }, { version: '1.0.0', loadedAt })[0]?.key;
    assert.notEqual(keyOf(500), keyOf(1_500));
    assert.equal(keyOf(1_500), keyOf(2_500));
  });
});

describe('that nothing can serve', () => {
  const out = (states: Parameters<typeof modelValue>[1], fields: Partial<Profile> = {}) =>
    proxyTroubles(
      modelValue(
        [
          profile('work', [endpoint('a'), endpoint('b')], fields),
          profile('backup', [endpoint('c')], { priority: 'secondary' }),
        ],
        states,
      ),
    );
  const causes = (...args: Parameters<typeof out>) => out(...args).map(({ cause }) => cause.kind);
  const allOpen = { a: open, b: open, c: open };

  it('is told when it is so in all profiles that requests go to', () => {
    assert.deepEqual(causes(allOpen), ['noneServes']);
    for (const id of ['a', 'c']) assert.deepEqual(causes({ ...allOpen, [id]: {} }), []);
  });

  it('is one episode until something is served', () => {
    const keys = (servedAt: number) => out({ ...allOpen, a: { ...open, servedAt } }).map(({ key }) => key);
    assert.deepEqual(keys(now), keys(now - 3));
    assert.notDeepEqual(keys(now), keys(now - 120_000));
  });

  it('is not told beside what is told of each endpoint by itself', () => {
    assert.deepEqual(causes({ a: quarantined, b: quarantined, c: quarantined }), []);
    assert.deepEqual(causes({ a: quarantined, b: quarantined, c: open }), ['noneServes']);
  });

  it('is not told where the user has wanted it so or is not done yet', () => {
    const keyless = { hasKey: false };
    assert.deepEqual(causes({ a: keyless, b: keyless, c: keyless }), []);
    const off = { enabled: false };
    assert.deepEqual(proxyTroubles(modelValue([profile('work', [endpoint('a', off)])], { a: open })), []);
    assert.deepEqual(proxyTroubles(modelValue([profile('work', [endpoint('a')], off)], { a: open })), []);
  });

  it('is a settings file of Claude Code that could not be written, until it is', () => {
    const file = '/home/me/.claude/settings.json';
    const problem = { code: 'unwritable', system: 'EACCES' } as const;
    assert.deepEqual(
      troublesWith({ claudeCode: { file, isWritten: false, problem } }).map(({ cause }) => cause),
      [{ kind: 'claudeCodeNotWritten', file, problem }],
    );
    assert.deepEqual(troublesWith({ claudeCode: { file, isWritten: true, problem: null } }), []);
  });
});
