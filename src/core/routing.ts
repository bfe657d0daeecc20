import { isOwnAddress } from './baseUrl.ts';
import {
  activeProfileOf,
  type Configuration,
  type ConfigurationContents,
  type Endpoint,
  type EndpointPlace,
  hasKey,
  isEnabled,
  type Profile,
  priorityLevels,
} from './configuration.ts';
import type { Eligibility } from './decision.ts';

/** What of a request decides where it may go. */
export interface RouteQuery {
  readonly route: 'messages' | 'countTokens' | 'models';
  /** As the client names it, if the request names one. */
  readonly model: string | undefined;
  /** What the request's conversation is known by, if it has a name: a hash. */
  readonly conversation: string | undefined;
}

/** An endpoint that is configured to serve a request. */
export interface Candidate extends EndpointPlace {
  /** Place of its profile in the order of failover, from 0. */
  readonly level: number;
}

/**
 * The profiles that may serve, first choice first: the active one and, with failover, those of lower priority
 * levels that are switched on. An active profile without a level has all levels below it; one that is switched off is
 * first all the same, though none of its endpoints serves.
 *
 * @param servingId the profile that serves for the time being, if it is one of them: it comes first then, after it
 *   those below it, and at last those above it, the nearest first, so that no request fails that one could serve
 */
export function profilesInOrder(
  configuration: Configuration,
  servingId: string | null = configuration.activeProfile,
): readonly Profile[] {
  const active = activeProfileOf(configuration);
  if (!active) return [];
  if (!configuration.policy.autoFailover) return [active];
  const below = priorityLevels
    .slice(active.priority === null ? 0 : priorityLevels.indexOf(active.priority) + 1)
    .flatMap((level) =>
      configuration.profiles.filter((profile) => profile.priority === level && profile.enabled),
    );
  const ladder = [active, ...below];
  const serving = Math.max(
    0,
    ladder.findIndex(({ id }) => id === servingId),
  );
  return [...ladder.slice(serving), ...ladder.slice(0, serving).reverse()];
}

/**
 * Whether the configuration lets an endpoint serve a request, whatever its health.
 *
 * @param ownPorts the ports that the proxy listens on; an endpoint that leads back to it would never end
 */
export function configuredFor(
  contents: ConfigurationContents,
  { profile, endpoint }: EndpointPlace,
  { model }: RouteQuery,
  ownPorts: readonly number[],
): Extract<Eligibility, 'ready' | 'disabled' | 'noKey' | 'wrongProtocol' | 'ownAddress' | 'wrongModel'> {
  if (!isEnabled(profile, endpoint)) return 'disabled';
  if (!hasKey(contents, endpoint.id)) return 'noKey';
  if (endpoint.protocol === 'openai') return 'wrongProtocol';
  if (isOwnAddress(endpoint.baseUrl, ownPorts)) return 'ownAddress';
  const serves =
    model === undefined ||
    endpoint.models.length === 0 ||
    endpoint.models.includes(model) ||
    Object.hasOwn(endpoint.modelMap, model);
  return serves ? 'ready' : 'wrongModel';
}

/** The model to ask an endpoint for when the client asks for `model`. */
export function mappedModel(endpoint: Endpoint, model: string): string {
  return Object.hasOwn(endpoint.modelMap, model) ? (endpoint.modelMap[model] as string) : model;
}
