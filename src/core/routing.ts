import { isOwnAddress } from './baseUrl.ts';
import {
  activeProfileOf,
  type ConfigurationContents,
  type Endpoint,
  hasKey,
  type Profile,
} from './configuration.ts';

/** Where a request may be served, in the order in which the endpoints are to be tried. */
export interface Route {
  readonly profile: Profile;
  readonly candidates: readonly Endpoint[];
}

/**
 * Chooses the endpoints for a request: those of the active profile that are enabled, have a key and speak the
 * Messages API, lowest priority number first and in the order of the profile where that is equal.
 *
 * @param ownPort the port that the proxy listens on; an endpoint that leads back to it would never end
 * @returns undefined when no profile is active
 */
export function routeRequest(contents: ConfigurationContents, ownPort: number): Route | undefined {
  const profile = activeProfileOf(contents.configuration);
  if (!profile) return undefined;
  const candidates = profile.endpoints
    .filter((endpoint) => endpoint.enabled && endpoint.protocol !== 'openai')
    .filter((endpoint) => hasKey(contents, endpoint.id) && !isOwnAddress(endpoint.baseUrl, ownPort))
    .sort((a, b) => a.priority - b.priority);
  return { profile, candidates };
}
