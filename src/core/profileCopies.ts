import { checkName, type EndpointSecrets, type Profile } from './configuration.ts';
import {
  type ConfigurationEdit,
  failed,
  findProfile,
  namesOf,
  withConfiguration,
} from './configurationEdits.ts';

/** What a copy of a profile needs that the original cannot give. */
export interface ProfileCopy {
  readonly id: string;
  readonly name: string;
  /** A fresh id for the copy of an endpoint, by the id of that endpoint; the same one whenever it is asked. */
  endpointId(id: string): string;
}

/**
 * Adds a copy of a profile behind it, with copies of its endpoints and of their keys. The copy has no level and is not
 * the active one, whatever the original is.
 */
export function duplicateProfile(profileId: string, copy: ProfileCopy): ConfigurationEdit {
  return (contents) => {
    if (findProfile(contents, copy.id)) return { ok: true, contents };
    const original = findProfile(contents, profileId);
    if (!original) return failed('profileGone');
    const { profiles } = contents.configuration;
    const problem = checkName(copy.name, namesOf(profiles));
    if (problem) return failed(problem);
    const secrets: Record<string, EndpointSecrets> = { ...contents.secrets };
    const endpoints = original.endpoints.map((endpoint) => {
      const id = copy.endpointId(endpoint.id);
      const own = contents.secrets[endpoint.id];
      if (own) secrets[id] = own;
      return { ...endpoint, id };
    });
    const added: Profile = {
      ...original,
      id: copy.id,
      name: copy.name.trim(),
      priority: null,
      lastUsedAt: null,
      endpoints,
    };
    const place = profiles.indexOf(original) + 1;
    return withConfiguration({ ...contents, secrets }, { profiles: profiles.toSpliced(place, 0, added) });
  };
}
