import type { ModelValue } from '../model.ts';
import type { LinkStatus } from '../proxyLink/linkStatus.ts';
import { cannotServe, conditionOf, isWell } from './endpointCondition.ts';
import { servingOf } from './serving.ts';

/** How the profile that serves does, in one word. */
export type Health =
  /** Nothing is known to be wrong. */
  | 'ok'
  /** Not all of its endpoints are well, or it only stands in for the active one. */
  | 'degraded'
  /** Nothing can serve. */
  | 'failing'
  /** The proxy is stopped. */
  | 'stopped'
  /** The proxy is being found or started, or has not yet said how it is. */
  | 'starting'
  /** There is no active profile, or it has no endpoints. */
  | 'empty';

/** True when the proxy cannot be reached although it is wanted: the user has to do something. */
export function hasLinkFailed(link: LinkStatus): boolean {
  switch (link.kind) {
    case 'portTaken':
    case 'incompatible':
    case 'unusableHome':
    case 'crashing':
    case 'otherStore':
      return true;
    case 'stopped':
    case 'starting':
    case 'attached':
      return false;
  }
}

/** Judges the profile that serves and the link to the proxy. */
export function healthOf(value: ModelValue): Health {
  const { link, state, now } = value;
  if (link.kind === 'stopped' || link.kind === 'starting') return link.kind;
  if (hasLinkFailed(link)) return 'failing';
  const { profile, isStandIn } = servingOf(value);
  const endpoints = profile?.endpoints ?? [];
  if (endpoints.length === 0) return 'empty';
  if (state === null) return 'starting';
  const enabled = endpoints
    .filter((endpoint) => endpoint.enabled)
    .map((endpoint) => {
      const seen = state.endpoints[endpoint.id];
      return { seen, condition: conditionOf(endpoint, seen, now) };
    });
  if (enabled.every(({ condition, seen }) => cannotServe(condition, seen))) return 'failing';
  return !isStandIn && enabled.every(({ condition }) => isWell(condition)) ? 'ok' : 'degraded';
}
