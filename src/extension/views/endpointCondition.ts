import { defaultRouting, type Endpoint } from '../../core/configuration.ts';
import type { EndpointState } from '../../protocol/state.ts';

/** How an endpoint stands, in one word. */
export type EndpointCondition =
  /** Taken out by the user. */
  | 'disabled'
  /** It has no key, so nothing is sent to it. */
  | 'noKey'
  /** Taken out until it proves good; why is in its state. */
  | 'quarantined'
  /** Its circuit is open: nothing is sent to it for a while. */
  | 'open'
  /** Its circuit is open, and one request tries it. */
  | 'trial'
  /** It serves, but its last attempts failed. */
  | 'failing'
  /** It takes no requests for some models for a while. */
  | 'coolingDown'
  /** It has limited requests a moment ago. */
  | 'limited'
  /** It is answering requests. */
  | 'inFlight'
  /** Its last attempt succeeded. */
  | 'ok'
  /** It has been tried but has not served yet, and nothing is held against it. */
  | 'ready'
  /** Not tried yet, or the proxy has not said. */
  | 'unknown';

/**
 * @param endpoint whether it is switched on, which takes its profile as well
 * @param state what the proxy said of it, or undefined when it said nothing
 * @param now milliseconds since 1970
 */
export function conditionOf(
  endpoint: Pick<Endpoint, 'enabled'>,
  state: EndpointState | undefined,
  now: number,
): EndpointCondition {
  if (!endpoint.enabled) return 'disabled';
  if (state === undefined) return 'unknown';
  if (!state.hasKey) return 'noKey';
  // Before `inFlight`: every new attempt at a failing endpoint would otherwise hide for a moment that it fails.
  switch (state.standing) {
    case 'quarantined':
      return 'quarantined';
    case 'open':
      return state.open?.trial ? 'trial' : 'open';
    case 'unhealthy':
      return 'failing';
    case 'degraded':
    case 'healthy':
      if (state.coolDowns.some(({ until }) => until > now)) return 'coolingDown';
      if (state.standing === 'degraded') return 'limited';
  }
  if (state.inFlight > 0) return 'inFlight';
  if (state.servedAt !== null) return 'ok';
  return state.requests > 0 || state.check.last?.class === 'passed' ? 'ready' : 'unknown';
}

/** True when nothing is wrong with an endpoint as far as is known. */
export function isWell(condition: EndpointCondition): boolean {
  switch (condition) {
    case 'inFlight':
    case 'ok':
    case 'ready':
    case 'unknown':
      return true;
    case 'disabled':
    case 'noKey':
    case 'quarantined':
    case 'open':
    case 'trial':
    case 'failing':
    case 'coolingDown':
    case 'limited':
      return false;
  }
}

/** True when an enabled endpoint is of no use as it stands. */
export function cannotServe(
  condition: EndpointCondition,
  state: Pick<EndpointState, 'consecutiveFailures'> | undefined | null,
): boolean {
  switch (condition) {
    case 'noKey':
    case 'quarantined':
    case 'open':
    case 'trial':
      return true;
    case 'failing':
      // The circuit of the only endpoint never opens; as many failures in a row say as much.
      return (state?.consecutiveFailures ?? 0) >= defaultRouting.breakerThreshold;
    case 'disabled':
    case 'coolingDown':
    case 'limited':
    case 'inFlight':
    case 'ok':
    case 'ready':
    case 'unknown':
      return false;
  }
}

/**
 * True when the proxy remembers something against an endpoint, and that a reset would make it forget.
 *
 * @param now milliseconds since 1970
 */
export function isResettable(state: EndpointState | undefined, now: number): boolean {
  if (state === undefined) return false;
  const marks = [...state.coolDowns, ...state.refusedModels];
  return state.standing !== 'healthy' || marks.some(({ until }) => until > now);
}
