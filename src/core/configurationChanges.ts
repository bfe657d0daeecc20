import {
  type Configuration,
  type ConfigurationContents,
  type Endpoint,
  type EndpointPlace,
  type EndpointSecrets,
  endpointIdsOf,
  type PriorityLevel,
  type Profile,
} from './configuration.ts';

/** A part of a profile that a change can be about. */
export type ProfileField = 'name' | 'description' | 'strategy' | 'order' | 'other';

/** A part of an endpoint that a change can be about. */
export type EndpointField =
  | 'name'
  | 'baseUrl'
  | 'apiKey'
  | 'headers'
  | 'auth'
  | 'protocol'
  | 'weight'
  | 'priority'
  | 'models'
  | 'modelMap'
  | 'enabled'
  | 'other';

/** One thing in which two configurations differ. It names profiles and endpoints and holds no secret. */
export type ConfigurationChange =
  | { readonly kind: 'profileAdded'; readonly profile: string; readonly endpoints: number }
  | { readonly kind: 'profileRemoved'; readonly profile: string; readonly endpoints: number }
  | { readonly kind: 'profileEdited'; readonly profile: string; readonly fields: readonly ProfileField[] }
  | { readonly kind: 'profileSwitched'; readonly profile: string; readonly enabled: boolean }
  | { readonly kind: 'levelSet'; readonly profile: string; readonly level: PriorityLevel | null }
  | { readonly kind: 'endpointAdded'; readonly endpoint: string; readonly profile: string }
  | { readonly kind: 'endpointRemoved'; readonly endpoint: string; readonly profile: string }
  | { readonly kind: 'endpointMoved'; readonly endpoint: string; readonly profile: string }
  | {
      readonly kind: 'endpointEdited';
      readonly endpoint: string;
      readonly profile: string;
      readonly fields: readonly EndpointField[];
    }
  | {
      readonly kind: 'endpointSwitched';
      readonly endpoint: string;
      readonly profile: string;
      readonly enabled: boolean;
    }
  | { readonly kind: 'profilesReordered' }
  | { readonly kind: 'activeProfileSet'; readonly profile: string | null }
  | { readonly kind: 'policyEdited' }
  | { readonly kind: 'optionsEdited' };

/** What differs between two configurations; profiles and endpoints are the same ones where their ids are. */
export function changesBetween(
  before: ConfigurationContents,
  after: ConfigurationContents,
): ConfigurationChange[] {
  const [from, to] = [before.configuration, after.configuration];
  return [
    ...profileChanges(from, to),
    ...endpointChanges(before, after),
    ...removedEndpoints(from, to),
    ...wholeChanges(from, to),
  ];
}

/** True when two configurations are the same, keys included. */
export function isSameContents(a: ConfigurationContents, b: ConfigurationContents): boolean {
  return isSame(a.configuration, b.configuration) && isSame(a.secrets, b.secrets);
}

function profileChanges(from: Configuration, to: Configuration): ConfigurationChange[] {
  const added = to.profiles.filter((profile) => !find(from.profiles, profile.id));
  const removed = from.profiles.filter((profile) => !find(to.profiles, profile.id));
  const count = (profile: Profile) => ({ profile: profile.name, endpoints: profile.endpoints.length });
  return [
    ...added.map((profile) => ({ kind: 'profileAdded', ...count(profile) }) as const),
    ...removed.map((profile) => ({ kind: 'profileRemoved', ...count(profile) }) as const),
    ...to.profiles.flatMap((profile) => {
      const earlier = find(from.profiles, profile.id);
      return earlier ? changesOfProfile(earlier, profile) : [];
    }),
  ];
}

const profileFields = ['name', 'description', 'strategy'] as const;

function changesOfProfile(before: Profile, after: Profile): ConfigurationChange[] {
  const profile = after.name;
  const changes: ConfigurationChange[] = [];
  const fields: ProfileField[] = profileFields.filter((field) => before[field] !== after[field]);
  if (isReordered(before.endpoints, after.endpoints)) fields.push('order');
  if (!isSame(unknownOf(before), unknownOf(after))) fields.push('other');
  if (fields.length > 0) changes.push({ kind: 'profileEdited', profile, fields });
  if (before.enabled !== after.enabled) {
    changes.push({ kind: 'profileSwitched', profile, enabled: after.enabled });
  }
  if (before.priority !== after.priority) changes.push({ kind: 'levelSet', profile, level: after.priority });
  return changes;
}

/** What only another version knows of a profile. */
function unknownOf({
  id: _id,
  name: _name,
  description: _description,
  priority: _priority,
  strategy: _strategy,
  enabled: _enabled,
  lastUsedAt: _lastUsedAt,
  endpoints: _endpoints,
  ...unknown
}: Profile): object {
  return unknown;
}

const endpointFields = [
  'name',
  'baseUrl',
  'auth',
  'protocol',
  'weight',
  'priority',
  'models',
  'modelMap',
  'enabled',
] as const;

function endpointChanges(before: ConfigurationContents, after: ConfigurationContents): ConfigurationChange[] {
  const places = new Map(placesIn(before.configuration).map((place) => [place.endpoint.id, place]));
  const profilesBefore = idsOf(before.configuration.profiles);
  return placesIn(after.configuration).flatMap(({ profile, endpoint }): ConfigurationChange[] => {
    const names = { endpoint: endpoint.name, profile: profile.name };
    const place = places.get(endpoint.id);
    // The endpoints of a profile that is new are part of it.
    if (!place) return profilesBefore.has(profile.id) ? [{ kind: 'endpointAdded', ...names }] : [];
    const changes: ConfigurationChange[] = [];
    if (place.profile.id !== profile.id) changes.push({ kind: 'endpointMoved', ...names });
    const fields = [
      ...changedFields(place.endpoint, endpoint),
      ...changedSecrets(before.secrets[endpoint.id], after.secrets[endpoint.id]),
    ];
    if (fields.length === 1 && fields[0] === 'enabled') {
      changes.push({ kind: 'endpointSwitched', ...names, enabled: endpoint.enabled });
    } else if (fields.length > 0) {
      changes.push({ kind: 'endpointEdited', ...names, fields });
    }
    return changes;
  });
}

function changedFields(before: Endpoint, after: Endpoint): EndpointField[] {
  const fields: EndpointField[] = endpointFields.filter((field) => !isSame(before[field], after[field]));
  const known = new Set<string>(['id', ...endpointFields]);
  const unknown = (endpoint: Endpoint) => Object.entries(endpoint).filter(([key]) => !known.has(key));
  const isOther = !isSame(Object.fromEntries(unknown(before)), Object.fromEntries(unknown(after)));
  return isOther ? [...fields, 'other'] : fields;
}

const noSecrets: EndpointSecrets = { apiKey: '', headers: {} };

function changedSecrets(before = noSecrets, after = noSecrets): EndpointField[] {
  return (['apiKey', 'headers'] as const).filter((field) => !isSame(before[field], after[field]));
}

function removedEndpoints(from: Configuration, to: Configuration): ConfigurationChange[] {
  const [profilesAfter, endpointsAfter] = [idsOf(to.profiles), endpointIdsOf(to)];
  return placesIn(from)
    .filter(({ profile, endpoint }) => profilesAfter.has(profile.id) && !endpointsAfter.has(endpoint.id))
    .map(({ profile, endpoint }) => ({
      kind: 'endpointRemoved',
      endpoint: endpoint.name,
      profile: profile.name,
    }));
}

/** What is about no single profile. */
function wholeChanges(from: Configuration, to: Configuration): ConfigurationChange[] {
  const changes: ConfigurationChange[] = [];
  if (isReordered(from.profiles, to.profiles)) changes.push({ kind: 'profilesReordered' });
  if (from.activeProfile !== to.activeProfile) {
    const profile = to.profiles.find(({ id }) => id === to.activeProfile)?.name ?? null;
    changes.push({ kind: 'activeProfileSet', profile });
  }
  if (!isSame(from.policy, to.policy)) changes.push({ kind: 'policyEdited' });
  const options = ({
    version: _v,
    activeProfile: _a,
    policy: _p,
    profiles: _all,
    ...rest
  }: Configuration): object => rest;
  if (!isSame(options(from), options(to))) changes.push({ kind: 'optionsEdited' });
  return changes;
}

const placesIn = ({ profiles }: Configuration): EndpointPlace[] =>
  profiles.flatMap((profile) => profile.endpoints.map((endpoint) => ({ profile, endpoint })));

interface Item {
  readonly id: string;
}

const idsOf = (items: readonly Item[]): Set<string> => new Set(items.map(({ id }) => id));

const find = <T extends Item>(items: readonly T[], id: string): T | undefined =>
  items.find((item) => item.id === id);

/** Whether those that are in both stand in another order. */
function isReordered(before: readonly Item[], after: readonly Item[]): boolean {
  const common = (items: readonly Item[], others: Set<string>) =>
    items.map(({ id }) => id).filter((id) => others.has(id));
  return !isSame(common(before, idsOf(after)), common(after, idsOf(before)));
}

/** Whether two values of JSON are the same; the order of keys says nothing. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [inA, inB] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(inA);
  return (
    keys.length === Object.keys(inB).length &&
    keys.every((key) => Object.hasOwn(inB, key) && isSame(inA[key], inB[key]))
  );
}
