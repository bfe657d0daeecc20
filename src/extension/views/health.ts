import { enabledEndpointsOf, type Profile } from '../../core/configuration.ts';
import { profilesInOrder } from '../../core/routing.ts';
import type { ModelValue } from '../model.ts';
import { type LinkStatus, needsChoice } from '../proxyLink/linkStatus.ts';
import { cannotServe, conditionOf, isWell } from './endpointCondition.ts';
import { servingOf } from './serving.ts';

/** How the profile that serves does, in one word. */
export type Health =
  /** Nothing is known to be wrong. */
  | 'ok'
  /**
   * Requests are served, but not all of its endpoints are well, or another profile does it for the active one, or the user
   * has to choose between two configurations.
   */
  | 'degraded'
  /** Nothing can serve: neither its endpoints nor those of the profiles that requests go on to. */
  | 'failing'
  /** The proxy is stopped. */
  | 'stopped'
  /** The proxy is being found or started, or has not yet said how it is. */
  | 'starting'
  /** There is no active profile, or there are no endpoints in it and in those that requests go on to. */
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

/** How a profile does, in one word. */
export type ProfileCondition =
  /** Nothing is known to be wrong with its endpoints. */
  | 'ok'
  /** Some of its endpoints have trouble. */
  | 'degraded'
  /** None of its endpoints can serve. */
  | 'failing'
  /** All of its endpoints are switched off. */
  | 'allDisabled'
  /** It is switched off itself. */
  | 'disabled'
  /** It has no endpoints. */
  | 'empty';

/** Judges a profile, whether it serves or not. Without a proxy nothing speaks against an endpoint that is switched on. */
export function profileConditionOf(
  profile: Profile,
  { state, now }: Pick<ModelValue, 'state' | 'now'>,
): ProfileCondition {
  if (!profile.enabled) return 'disabled';
  if (profile.endpoints.length === 0) return 'empty';
  const ready = readyEndpointsOf(profile, { state, now });
  const enabled = enabledEndpointsOf(profile);
  if (enabled.length === 0) return 'allDisabled';
  if (ready.length === 0) return 'failing';
  const areWell = enabled.every((endpoint) =>
    isWell(conditionOf(endpoint, state?.endpoints[endpoint.id], now)),
  );
  return areWell ? 'ok' : 'degraded';
}

/** The endpoints of a profile that requests can go to as things are. */
export function readyEndpointsOf(profile: Profile, { state, now }: Pick<ModelValue, 'state' | 'now'>) {
  return enabledEndpointsOf(profile).filter((endpoint) => {
    const seen = state?.endpoints[endpoint.id];
    return !cannotServe(conditionOf(endpoint, seen, now), seen);
  });
}

/** The profile that is to serve cannot. */
export interface Detour {
  readonly from: Profile;
  readonly why: Exclude<ProfileCondition, 'ok' | 'degraded'>;
  /** The one that requests go on to; undefined when no other one can serve either. */
  readonly to: Profile | undefined;
}

/** Where requests go on to from the profile that is to serve, or null when it can, or when none is active. */
export function detourOf(value: ModelValue): Detour | null {
  const { profile: from } = servingOf(value);
  if (!from) return null;
  const why = profileConditionOf(from, value);
  if (why === 'ok' || why === 'degraded') return null;
  const to = profilesInOrder(value.configuration, from.id).find(
    (profile) => profile !== from && readyEndpointsOf(profile, value).length > 0,
  );
  return { from, why, to };
}

/** Judges the profile that serves, those that requests go on to from there, and the link to the proxy. */
export function healthOf(value: ModelValue): Health {
  const { link, state, configuration } = value;
  if (link.kind === 'stopped' || link.kind === 'starting') return link.kind;
  if (hasLinkFailed(link)) return 'failing';
  const { profile, isStandIn } = servingOf(value);
  if (!profile) return 'empty';
  const all = [profile, ...profilesInOrder(configuration, profile.id)];
  if (all.every(({ endpoints }) => endpoints.length === 0)) return 'empty';
  if (state === null) return 'starting';
  const detour = detourOf(value);
  if (detour) return detour.to ? 'degraded' : 'failing';
  // What is changed is not stored until the user has chosen.
  if (isStandIn || needsChoice(link)) return 'degraded';
  return profileConditionOf(profile, value) === 'ok' ? 'ok' : 'degraded';
}
