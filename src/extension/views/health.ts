import { activeProfileOf } from '../../core/configuration.ts';
import type { ModelValue } from '../model.ts';
import type { LinkStatus } from '../proxyLink/linkStatus.ts';
import { cannotServe, conditionOf, isWell } from './endpointCondition.ts';

/** How the active profile does, in one word. */
export type Health =
  /** Nothing is known to be wrong. */
  | 'ok'
  /** Not all of its endpoints are well. */
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

/** Judges the active profile and the link to the proxy. */
export function healthOf({ link, configuration, state, now }: ModelValue): Health {
  if (link.kind === 'stopped' || link.kind === 'starting') return link.kind;
  if (hasLinkFailed(link)) return 'failing';
  const endpoints = activeProfileOf(configuration)?.endpoints ?? [];
  if (endpoints.length === 0) return 'empty';
  if (state === null) return 'starting';
  const enabled = endpoints
    .filter((endpoint) => endpoint.enabled)
    .map((endpoint) => {
      const seen = state.endpoints[endpoint.id];
      return { seen, condition: conditionOf(endpoint, seen, now) };
    });
  if (enabled.every(({ condition, seen }) => cannotServe(condition, seen))) return 'failing';
  return enabled.every(({ condition }) => isWell(condition)) ? 'ok' : 'degraded';
}
