import type { Endpoint } from '../../core/configuration.ts';
import type { EndpointState } from '../../protocol/state.ts';

/** How an endpoint stands, in one word. */
export type EndpointCondition =
  /** Taken out by the user. */
  | 'disabled'
  /** It has no key, so nothing is sent to it. */
  | 'noKey'
  /** Its last attempt failed. */
  | 'failed'
  /** It is answering requests. */
  | 'inFlight'
  /** Its last attempt succeeded. */
  | 'ok'
  /** Not tried yet, or the proxy has not said. */
  | 'unknown';

/** @param state what the proxy said of it, or undefined when it said nothing */
export function conditionOf(endpoint: Endpoint, state: EndpointState | undefined): EndpointCondition {
  if (!endpoint.enabled) return 'disabled';
  if (state === undefined) return 'unknown';
  if (!state.hasKey) return 'noKey';
  // Before `inFlight`: every new attempt at a failing endpoint would otherwise hide for a moment that it fails.
  if (state.failure !== null) return 'failed';
  if (state.inFlight > 0) return 'inFlight';
  return state.servedAt === null ? 'unknown' : 'ok';
}

/** True when an enabled endpoint is of no use as it stands. */
export function needsAttention(condition: EndpointCondition): boolean {
  return condition === 'noKey' || condition === 'failed';
}
