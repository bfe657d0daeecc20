import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { emptyContents } from '../../src/core/configuration.ts';
import type { ModelValue } from '../../src/extension/model.ts';
import { changeMark } from '../../src/extension/views/panel/panelChange.ts';
import type { EndpointState, ProxyState } from '../../src/protocol/state.ts';
import { quietProxyState } from '../support/quietProxyState.ts';
import { unknownEndpointState } from '../support/unknownEndpointState.ts';
import { endpoint, now, profile } from './modelValue.ts';

const value: ModelValue = {
  link: { kind: 'attached', port: 7860 },
  configuration: { ...emptyContents.configuration, profiles: [profile('p', [endpoint('a')])] },
  state: { ...quietProxyState, endpoints: { a: unknownEndpointState } },
  now,
};
const withState = (changes: Partial<ProxyState>): ModelValue => ({
  ...value,
  state: { ...(value.state as ProxyState), ...changes },
});
const withEndpoint = (changes: Partial<EndpointState>): ModelValue =>
  withState({ endpoints: { a: { ...unknownEndpointState, ...changes } } });

describe('the mark of what the history of the panel may tell of', () => {
  it('is another one when something has happened', () => {
    const { failover } = quietProxyState;
    const others: Record<string, ModelValue> = {
      'a request has begun': withState({ inFlight: 1 }),
      'a request has ended that no endpoint was there for, and that nobody saw begin': withState({
        ended: 1,
      }),
      'an attempt has begun': withEndpoint({ inFlight: 1 }),
      'an attempt has ended': withEndpoint({ requests: 1 }),
      'an endpoint stands otherwise': withEndpoint({ standing: 'open' }),
      'another profile serves': withState({ failover: { ...failover, serving: 'q' } }),
      'the same profile serves since later': withState({ failover: { ...failover, since: 1 } }),
      'another proxy is there': withState({ pid: 2 }),
      'no proxy is there': { ...value, link: { kind: 'stopped' }, state: null },
      'an endpoint has another name': {
        ...value,
        configuration: {
          ...value.configuration,
          profiles: [profile('p', [endpoint('a', { name: 'renamed' })])],
        },
      },
    };
    for (const [event, other] of Object.entries(others)) {
      assert.notEqual(changeMark(other), changeMark(value), event);
    }
  });

  it('stays the same while time passes and what counts down does', () => {
    assert.equal(changeMark({ ...value, now: now + 60_000 }), changeMark(value));
    const waiting = withState({ waiting: { count: 0, until: 5 }, windows: 3 });
    assert.equal(changeMark(waiting), changeMark(value));
  });
});
