import { type Endpoint, enabledEndpointsOf } from '../core/configuration.ts';
import type { QuarantineReason } from '../core/failure.ts';
import type { EndpointFailure, EndpointState, QuarantineState } from '../protocol/state.ts';
import type { ClaimedNotice } from './claimedNotices.ts';
import type { ModelValue } from './model.ts';

/** Trouble with an endpoint that does not end before somebody does something about it. */
export interface EndpointTrouble extends ClaimedNotice {
  readonly endpoint: Endpoint;
  /** What is wrong. */
  readonly cause:
    | { readonly kind: 'quarantined'; readonly quarantine: QuarantineState }
    | { readonly kind: 'failed'; readonly failure: EndpointFailure };
}

/** Everything of that kind among the endpoints that are in use. What may pass by itself is not listed. */
export function endpointTroubles({ configuration, state }: ModelValue): EndpointTrouble[] {
  if (state === null) return [];
  return configuration.profiles
    .flatMap(enabledEndpointsOf)
    .flatMap((endpoint) => troubleOf(endpoint, state.endpoints[endpoint.id]) ?? []);
}

function troubleOf(endpoint: Endpoint, state: EndpointState | undefined): EndpointTrouble | undefined {
  if (state === undefined) return undefined;
  const { quarantine, standing, failure, servedAt } = state;
  if (quarantine && needsSomebody(quarantine.reason)) {
    const id = `quarantine:${endpoint.id}:${quarantine.reason}`;
    // Two clocks meet in the time that the proxy tells: it varies a little from one message to the next.
    const key = `${id}:${Math.round(quarantine.since / 60_000)}`;
    return { id, key, endpoint, cause: { kind: 'quarantined', quarantine } };
  }
  if (failure?.code === 'tlsFailed' && standing !== 'healthy' && standing !== 'degraded') {
    // Its tries fail again and again: the episode lasts until one succeeds or the address is another one.
    const id = `tls:${endpoint.id}:${endpoint.baseUrl}`;
    return { id, key: `${id}:${servedAt ?? 0}`, endpoint, cause: { kind: 'failed', failure } };
  }
  return undefined;
}

function needsSomebody(reason: QuarantineReason): boolean {
  switch (reason) {
    case 'keyRefused':
    case 'keySpent':
    case 'misconfigured':
    case 'wrongAnswer':
      return true;
    case 'failing':
      return false;
  }
}
