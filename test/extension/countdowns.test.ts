import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nextCountdownStep } from '../../src/extension/countdowns.ts';
import type { EndpointState } from '../../src/protocol/state.ts';
import { quietProxyState } from '../support/quietProxyState.ts';
import { endpoint, modelValue, now, profile } from './modelValue.ts';

const profiles = [profile('p', [endpoint('a'), endpoint('b')])];
const stepWith = (a: Partial<EndpointState>, b: Partial<EndpointState> = {}) =>
  nextCountdownStep(modelValue(profiles, { a, b }));

describe('the next step of a countdown', () => {
  it('does not come while nothing counts down', () => {
    assert.equal(stepWith({ inFlight: 3 }), null);
    assert.equal(nextCountdownStep(modelValue(profiles, null)), null);
  });

  const endings: [string, (until: number) => Partial<EndpointState>][] = [
    ['an open circuit', (until) => ({ open: { until, trial: false } })],
    ['a quarantine', (until) => ({ quarantine: { reason: 'failing', since: 0, byCheck: false, until } })],
    ['a cool-down', (until) => ({ coolDowns: [{ models: 'opus', until }] })],
    ['a refused model', (until) => ({ refusedModels: [{ model: 'm', until }] })],
  ];
  for (const [what, ending] of endings) {
    it(`is that of ${what}: each second in the last minute, then never`, () => {
      assert.equal(stepWith(ending(now + 3_400)), 400);
      assert.equal(stepWith(ending(now + 3_000)), 1_000);
      assert.equal(stepWith(ending(now)), null);
    });
  }

  it('is that of the requests that wait', () => {
    const value = modelValue(profiles, {});
    const state = value.state && { ...value.state, waiting: { count: 1, until: now + 250 } };
    assert.equal(nextCountdownStep({ state, now }), 250);
  });

  it('is that of the profile that is to serve again', () => {
    const value = modelValue(profiles, {});
    const failover = { ...quietProxyState.failover, recoversTo: 'p', recoversAt: now + 250 };
    assert.equal(nextCountdownStep({ state: value.state && { ...value.state, failover }, now }), 250);
  });

  it('is the soonest of all', () => {
    const cooling = (until: number) => ({ coolDowns: [{ models: 'opus', until }] }) as const;
    assert.equal(stepWith(cooling(now + 5_900), cooling(now + 7_300)), 300);
  });

  it('comes once a minute while there are minutes left', () => {
    assert.equal(stepWith({ open: { until: now + 300_000, trial: false } }), 60_000);
  });
});
