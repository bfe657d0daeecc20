import { originOf, pathPrefixOf } from './baseUrl.ts';
import {
  type Configuration,
  type ConfigurationContents,
  checkName,
  type Endpoint,
  type EndpointSecrets,
  type FailoverPolicy,
  type NameProblem,
  type PriorityLevel,
  type Profile,
  placeOf,
} from './configuration.ts';

/*
 * Every change that a person makes to the configuration, as a function from contents to contents. The windows send
 * the result through the proxy and, if another window was faster, apply the same edit to what that one left.
 * Adding twice what has the same id changes nothing, so that an edit whose answer was lost can be sent again.
 */

/** Why an edit could not be made. */
export type EditProblem =
  | NameProblem
  | 'profileGone'
  | 'endpointGone'
  | 'keyNeededForNewAddress'
  /** The profile that an endpoint is to move to has another one of that name. */
  | 'nameTakenThere'
  /** It was decided on by a look at contents that are no longer the present ones. */
  | 'changedMeanwhile';

export type EditResult = { ok: true; contents: ConfigurationContents } | { ok: false; problem: EditProblem };

/** A change that can be applied again to newer contents. */
export type ConfigurationEdit = (contents: ConfigurationContents) => EditResult;

/** The fields of an endpoint that a person fills in. */
export type EndpointFields = Omit<Endpoint, 'id'>;

/** The result of an edit that cannot be made. */
export const failed = (problem: EditProblem): EditResult => ({ ok: false, problem });

/** The contents with parts of the configuration replaced. */
export function withConfiguration(
  contents: ConfigurationContents,
  patch: Partial<Configuration>,
): EditResult {
  return { ok: true, contents: { ...contents, configuration: { ...contents.configuration, ...patch } } };
}

function withProfile(
  contents: ConfigurationContents,
  profileId: string,
  change: (profile: Profile) => Profile,
): EditResult {
  const profiles = contents.configuration.profiles.map((profile) =>
    profile.id === profileId ? change(profile) : profile,
  );
  return withConfiguration(contents, { profiles });
}

/** The names that another one must not have. */
export const namesOf = (items: readonly { id: string; name: string }[], exceptId?: string): string[] =>
  items.filter((item) => item.id !== exceptId).map((item) => item.name);

/** A profile by its id. */
export const findProfile = (contents: ConfigurationContents, id: string): Profile | undefined =>
  contents.configuration.profiles.find((profile) => profile.id === id);

/** The fields of a profile that a person fills in. What is left out stays as it is, or as new profiles have it. */
export type ProfileFields = Pick<Profile, 'name' | 'description'> &
  Partial<Pick<Profile, 'strategy' | 'priority'>>;

/** The profiles once one of them has taken a level: the one that held it is left without. */
function withLevelFreed(profiles: readonly Profile[], level: Profile['priority'], by: string): Profile[] {
  return profiles.map((profile) =>
    level !== null && profile.priority === level && profile.id !== by
      ? { ...profile, priority: null }
      : profile,
  );
}

/** Adds an empty profile. The first profile of all becomes the active one; a level moves to the new one. */
export function addProfile(profile: ProfileFields & { readonly id: string }): ConfigurationEdit {
  return (contents) => {
    if (findProfile(contents, profile.id)) return { ok: true, contents };
    const { profiles, activeProfile } = contents.configuration;
    const problem = checkName(profile.name, namesOf(profiles));
    if (problem) return failed(problem);
    const added: Profile = {
      priority: null,
      strategy: 'weighted',
      enabled: true,
      ...profile,
      name: profile.name.trim(),
      lastUsedAt: null,
      endpoints: [],
    };
    return withConfiguration(contents, {
      profiles: [...withLevelFreed(profiles, added.priority, added.id), added],
      activeProfile: activeProfile ?? added.id,
    });
  };
}

/** Changes fields of a profile. A level moves to it from the profile that held it. */
export function editProfile(profileId: string, fields: ProfileFields): ConfigurationEdit {
  return (contents) => {
    if (!findProfile(contents, profileId)) return failed('profileGone');
    const problem = checkName(fields.name, namesOf(contents.configuration.profiles, profileId));
    if (problem) return failed(problem);
    const edited = withProfile(contents, profileId, (profile) => ({
      ...profile,
      ...fields,
      name: fields.name.trim(),
    }));
    if (!edited.ok) return edited;
    const { profiles } = edited.contents.configuration;
    return withConfiguration(edited.contents, {
      profiles: withLevelFreed(profiles, fields.priority ?? null, profileId),
    });
  };
}

/** Gives a profile a level, or takes it from it. The level moves from the profile that held it. */
export function setLevel(profileId: string, level: PriorityLevel | null): ConfigurationEdit {
  return (contents) => {
    if (!findProfile(contents, profileId)) return failed('profileGone');
    const profiles = contents.configuration.profiles.map((profile) =>
      profile.id === profileId ? { ...profile, priority: level } : profile,
    );
    return withConfiguration(contents, { profiles: withLevelFreed(profiles, level, profileId) });
  };
}

/**
 * Switches a profile on or off. One that is off keeps its level and stays the active one if it is that: requests then
 * go to the levels below it.
 */
export function setProfileEnabled(profileId: string, enabled: boolean): ConfigurationEdit {
  return (contents) =>
    findProfile(contents, profileId)
      ? withProfile(contents, profileId, (profile) => ({ ...profile, enabled }))
      : failed('profileGone');
}

/** Changes when the proxy leaves a failing profile and when it comes back. */
export function setPolicy(policy: Partial<FailoverPolicy>): ConfigurationEdit {
  return (contents) =>
    withConfiguration(contents, { policy: { ...contents.configuration.policy, ...policy } });
}

/** Removes a profile with its endpoints and their keys. If it was the active one, none is active afterwards. */
export function removeProfile(profileId: string): ConfigurationEdit {
  return (contents) => {
    const profile = findProfile(contents, profileId);
    if (!profile) return failed('profileGone');
    const { profiles, activeProfile } = contents.configuration;
    const gone = new Set(profile.endpoints.map((endpoint) => endpoint.id));
    const secrets = Object.fromEntries(Object.entries(contents.secrets).filter(([id]) => !gone.has(id)));
    return withConfiguration(
      { ...contents, secrets },
      {
        profiles: profiles.filter((other) => other.id !== profileId),
        activeProfile: activeProfile === profileId ? null : activeProfile,
      },
    );
  };
}

/**
 * Makes a profile the one that serves. One that was switched off is switched on with it, since a choice that has no
 * effect is none. `now` is in milliseconds since 1970.
 */
export function activateProfile(profileId: string, now: number): ConfigurationEdit {
  return (contents) => {
    if (!findProfile(contents, profileId)) return failed('profileGone');
    const used = withProfile(contents, profileId, (profile) => ({
      ...profile,
      enabled: true,
      lastUsedAt: now,
    }));
    return used.ok ? withConfiguration(used.contents, { activeProfile: profileId }) : used;
  };
}

/** Adds an endpoint at the end of a profile. */
export function addEndpoint(
  profileId: string,
  id: string,
  fields: EndpointFields,
  secrets: EndpointSecrets,
): ConfigurationEdit {
  return (contents) => {
    const profile = findProfile(contents, profileId);
    if (!profile) return failed('profileGone');
    if (profile.endpoints.some((endpoint) => endpoint.id === id)) return { ok: true, contents };
    const problem = checkName(fields.name, namesOf(profile.endpoints));
    if (problem) return failed(problem);
    const endpoint: Endpoint = { ...fields, id, name: fields.name.trim() };
    return withProfile({ ...contents, secrets: { ...contents.secrets, [id]: secrets } }, profileId, (it) => ({
      ...it,
      endpoints: [...it.endpoints, endpoint],
    }));
  };
}

/**
 * Changes fields of an endpoint and, when `apiKey` is given, its key in the same step. A new address needs a key
 * with it: the old one belongs to the old address and must never be sent to the new one. Neither must the values of
 * the old headers, which are dropped.
 */
export function editEndpoint(
  endpointId: string,
  fields: Partial<EndpointFields>,
  apiKey?: string,
): ConfigurationEdit {
  return (contents) => {
    const place = placeOf(contents.configuration, endpointId);
    if (!place) return failed('endpointGone');
    const { profile, endpoint } = place;
    if (fields.name !== undefined) {
      const problem = checkName(fields.name, namesOf(profile.endpoints, endpointId));
      if (problem) return failed(problem);
    }
    const isMoved = fields.baseUrl !== undefined && isOtherAddress(endpoint.baseUrl, fields.baseUrl);
    if (isMoved && apiKey === undefined) return failed('keyNeededForNewAddress');
    const edited: Endpoint = { ...endpoint, ...fields, name: (fields.name ?? endpoint.name).trim() };
    const headers = (isMoved ? undefined : contents.secrets[endpointId]?.headers) ?? {};
    const secrets =
      apiKey === undefined ? contents.secrets : { ...contents.secrets, [endpointId]: { apiKey, headers } };
    return withProfile({ ...contents, secrets }, profile.id, (it) => ({
      ...it,
      endpoints: it.endpoints.map((candidate) => (candidate.id === endpointId ? edited : candidate)),
    }));
  };
}

/** Removes an endpoint and its key. */
export function removeEndpoint(endpointId: string): ConfigurationEdit {
  return (contents) => {
    const profile = profileOfEndpoint(contents.configuration, endpointId);
    if (!profile) return failed('endpointGone');
    const { [endpointId]: _removed, ...secrets } = contents.secrets;
    return withProfile({ ...contents, secrets }, profile.id, (it) => ({
      ...it,
      endpoints: it.endpoints.filter((endpoint) => endpoint.id !== endpointId),
    }));
  };
}

/** The profile that an endpoint belongs to, or undefined. */
export function profileOfEndpoint(configuration: Configuration, endpointId: string): Profile | undefined {
  return placeOf(configuration, endpointId)?.profile;
}

/** True when a key entered for one base URL must be asked for again before it is used with the other. */
export function isOtherAddress(before: string, after: string): boolean {
  return originOf(before) !== originOf(after) || pathPrefixOf(before) !== pathPrefixOf(after);
}

/** The secrets that an endpoint has, where it has any and they were entered for this base URL. */
export function secretsFor(
  contents: ConfigurationContents,
  endpointId: string,
  baseUrl: string,
): EndpointSecrets | undefined {
  const endpoint = placeOf(contents.configuration, endpointId)?.endpoint;
  if (!endpoint || isOtherAddress(endpoint.baseUrl, baseUrl)) return undefined;
  return contents.secrets[endpointId];
}
