import {
  type Endpoint,
  emptyContents,
  endpointDefaults,
  type Profile,
} from '../../src/core/configuration.ts';
import type { ModelValue } from '../../src/extension/model.ts';
import type { LinkStatus } from '../../src/extension/proxyLink/linkStatus.ts';
import type { EndpointState } from '../../src/protocol/state.ts';
import { quietProxyState } from '../support/quietProxyState.ts';
import { unknownEndpointState } from '../support/unknownEndpointState.ts';

/** An endpoint of the test's own; its name is its id. */
export function endpoint(id: string, fields: Partial<Endpoint> = {}): Endpoint {
  return {
    ...endpointDefaults,
    id,
    name: id,
    baseUrl: `https://${id}.example`,
    ...fields,
  };
}

/** A profile of the test's own; its name is its id. */
export function profile(id: string, endpoints: readonly Endpoint[], fields: Partial<Profile> = {}): Profile {
  return {
    id,
    name: id,
    description: '',
    priority: null,
    strategy: 'weighted',
    enabled: true,
    lastUsedAt: null,
    endpoints,
    ...fields,
  };
}

/** The time in these tests, in milliseconds since 1970. */
export const now = Date.UTC(2026, 0, 2, 12, 0, 0);

/** What a window knows: profiles, of which the first is the active one, and what the proxy said of endpoints. */
export function modelValue(
  profiles: readonly Profile[],
  states: Readonly<Record<string, Partial<EndpointState>>> | null = {},
  link: LinkStatus = { kind: 'attached', port: 7860 },
): ModelValue {
  return {
    link,
    now,
    configuration: { ...emptyContents.configuration, profiles, activeProfile: profiles[0]?.id ?? null },
    state: states && {
      ...quietProxyState,
      failover: { ...quietProxyState.failover, serving: profiles[0]?.id ?? null },
      endpoints: Object.fromEntries(
        Object.entries(states).map(([id, state]) => [
          id,
          { ...unknownEndpointState, hasKey: true, ...state },
        ]),
      ),
    },
  };
}

/** The state of an endpoint whose last attempt failed. */
export const failing: Partial<EndpointState> = {
  requests: 1,
  failures: 1,
  failure: { code: 'connectRefused', at: 1 },
  standing: 'unhealthy',
  consecutiveFailures: 1,
};

/** The state of an endpoint whose circuit opened, with half a minute to go. */
export const open: Partial<EndpointState> = {
  ...failing,
  standing: 'open',
  consecutiveFailures: 3,
  open: { until: now + 30_000, trial: false },
};

/** The state of an endpoint that refused its key a minute ago and is tried again in nine. */
export const quarantined: Partial<EndpointState> = {
  ...failing,
  failure: { code: 'errorStatus', status: 401, at: now - 60_000 },
  standing: 'quarantined',
  quarantine: {
    reason: 'keyRefused',
    status: 401,
    since: now - 60_000,
    byCheck: false,
    until: now + 540_000,
  },
};
