import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endpointTroubles } from '../../src/extension/endpointTroubles.ts';
import type { EndpointState } from '../../src/protocol/state.ts';
import { endpoint, failing, modelValue, now, open, profile, quarantined } from './modelValue.ts';

const troublesWith = (state: Partial<EndpointState>, fields = {}) =>
  endpointTroubles(modelValue([profile('p', [endpoint('a', fields)])], { a: state }));
const keysWith = (...args: Parameters<typeof troublesWith>) => troublesWith(...args).map(({ key }) => key);

const refusedTls: Partial<EndpointState> = { ...open, failure: { code: 'tlsFailed', at: now } };

describe('trouble that needs somebody', () => {
  for (const reason of ['keyRefused', 'keySpent', 'misconfigured'] as const) {
    it(`is a quarantine for ${reason}, one episode however often it is tried again`, () => {
      const at = (since: number, until = now + 1) =>
        keysWith({ quarantine: { reason, since, byCheck: false, until }, standing: 'quarantined' });
      const [key] = at(now);
      assert.ok(key);
      assert.deepEqual(at(now, now + 600_000), [key]);
      assert.deepEqual(at(now - 3), [key]);
      assert.notDeepEqual(at(now + 120_000), [key]);
    });
  }

  it('has an id that lasts as long as it does', () => {
    const idAt = (since: number) => {
      const quarantine = { reason: 'keyRefused', since, byCheck: false, until: now } as const;
      return troublesWith({ ...quarantined, quarantine })[0]?.id;
    };
    assert.equal(idAt(now), idAt(now + 120_000));
  });

  it('is a certificate that is refused, one episode until a request succeeds', () => {
    const [key] = keysWith(refusedTls);
    assert.ok(key);
    const again = { ...refusedTls, failure: { code: 'tlsFailed', at: now + 60_000 } } as const;
    assert.deepEqual(keysWith(again), [key]);
    // The circuit of the only endpoint does not open.
    assert.deepEqual(keysWith({ ...refusedTls, standing: 'unhealthy', open: null }), [key]);
    assert.notDeepEqual(keysWith({ ...again, servedAt: now + 30_000 }), [key]);
    assert.notDeepEqual(keysWith(refusedTls, { baseUrl: 'https://other.example' }), [key]);
  });

  it('is nothing that may pass by itself', () => {
    const kept = { reason: 'failing', since: now, byCheck: false, until: now + 600_000 } as const;
    const passing: Partial<EndpointState>[] = [
      {},
      failing,
      open,
      { coolDowns: [{ models: 'opus', until: now + 5_000 }], standing: 'degraded' },
      { ...quarantined, quarantine: kept },
      // Its health was reset since.
      { failure: { code: 'tlsFailed', at: now } },
    ];
    for (const state of passing) assert.deepEqual(keysWith(state), []);
  });

  it('is none of an endpoint that is not in use, or that no proxy reports on', () => {
    assert.deepEqual(keysWith(quarantined, { enabled: false }), []);
    const off = profile('p', [endpoint('a')], { enabled: false });
    assert.deepEqual(endpointTroubles(modelValue([off], { a: quarantined })), []);
    assert.deepEqual(endpointTroubles(modelValue([profile('p', [endpoint('a')])], null)), []);
  });
});
