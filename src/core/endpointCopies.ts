import { type ConfigurationContents, type Endpoint, type EndpointSecrets, placeOf } from './configuration.ts';
import {
  type ConfigurationEdit,
  failed,
  findProfile,
  isOtherAddress,
  namesOf,
  withConfiguration,
} from './configurationEdits.ts';
import { freeName } from './freeName.ts';

/** An endpoint that is to be used in another profile as well. */
export interface EndpointCopy {
  /** Id of the original. */
  readonly from: string;
  /** A fresh id. */
  readonly id: string;
}

/**
 * Copies endpoints to the end of a profile, with their keys and headers, under names that are free there: all of them,
 * or none when one is gone.
 */
export function copyEndpoints(profileId: string, copies: readonly EndpointCopy[]): ConfigurationEdit {
  return (contents) => {
    const profile = findProfile(contents, profileId);
    if (!profile) return failed('profileGone');
    const endpoints = [...profile.endpoints];
    const secrets: Record<string, EndpointSecrets> = { ...contents.secrets };
    for (const { from, id } of copies) {
      if (endpoints.some((endpoint) => endpoint.id === id)) continue;
      const original = placeOf(contents.configuration, from)?.endpoint;
      if (!original) return failed('endpointGone');
      endpoints.push({ ...original, id, name: freeName(original.name, namesOf(endpoints)) });
      const own = contents.secrets[from];
      if (own) secrets[id] = own;
    }
    const profiles = contents.configuration.profiles.map((each) =>
      each === profile ? { ...each, endpoints } : each,
    );
    return withConfiguration({ ...contents, secrets }, { profiles });
  };
}

/**
 * The endpoint of a profile that is reached by the same address and key, if there is one: another such does not make
 * failures any less likely.
 *
 * @param exceptId the endpoint that is looked for another one of, if it is in the profile already
 */
export function sameEndpoint(
  contents: ConfigurationContents,
  profileId: string,
  baseUrl: string,
  apiKey: string,
  exceptId?: string,
): Endpoint | undefined {
  return findProfile(contents, profileId)?.endpoints.find(
    (endpoint) =>
      endpoint.id !== exceptId &&
      contents.secrets[endpoint.id]?.apiKey === apiKey &&
      !isOtherAddress(endpoint.baseUrl, baseUrl),
  );
}
