import {
  type AuthStyle,
  type Configuration,
  type Endpoint,
  type PriorityLevel,
  type Profile,
  priorityLevels,
} from '../../core/configuration.ts';
import type { EndpointState, ProxyState } from '../../protocol/state.ts';
import type { ModelValue } from '../model.ts';
import { conditionOf, type EndpointCondition } from './endpointCondition.ts';

/** What the tree shows of an endpoint. */
export interface EndpointRow {
  readonly kind: 'endpoint';
  readonly id: string;
  readonly name: string;
  readonly baseUrl: string;
  readonly host: string;
  readonly auth: AuthStyle;
  readonly priority: number;
  readonly condition: EndpointCondition;
  /** What the proxy said of it, or null when it said nothing. */
  readonly state: EndpointState | null;
  readonly contextValue: string;
}

/** What the tree shows of a profile. */
export interface ProfileRow {
  readonly kind: 'profile';
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly level: PriorityLevel | null;
  readonly active: boolean;
  readonly contextValue: string;
  readonly endpoints: readonly EndpointRow[];
}

export type Row = ProfileRow | EndpointRow;

/** The tree as data: profiles by level, endpoints in the order they are tried. */
export function rowsOf({ configuration, state }: ModelValue): readonly ProfileRow[] {
  return byLevel(configuration.profiles).map((profile) => profileRow(profile, configuration, state));
}

/** Profiles in the order of their levels, those without one last; otherwise as they were added. */
export function byLevel(profiles: readonly Profile[]): readonly Profile[] {
  const rank = ({ priority }: Profile) =>
    priority === null ? priorityLevels.length : priorityLevels.indexOf(priority);
  return profiles.toSorted((a, b) => rank(a) - rank(b));
}

function profileRow(profile: Profile, configuration: Configuration, state: ProxyState | null): ProfileRow {
  const active = profile.id === configuration.activeProfile;
  return {
    kind: 'profile',
    id: profile.id,
    name: profile.name,
    description: profile.description,
    level: profile.priority,
    active,
    contextValue: active ? 'profile active' : 'profile inactive',
    endpoints: profile.endpoints
      .toSorted((a, b) => a.priority - b.priority)
      .map((endpoint) => endpointRow(endpoint, state?.endpoints[endpoint.id])),
  };
}

function endpointRow(endpoint: Endpoint, state: EndpointState | undefined): EndpointRow {
  return {
    kind: 'endpoint',
    id: endpoint.id,
    name: endpoint.name,
    baseUrl: endpoint.baseUrl,
    host: new URL(endpoint.baseUrl).host,
    auth: endpoint.auth,
    priority: endpoint.priority,
    condition: conditionOf(endpoint, state),
    state: state ?? null,
    contextValue: endpoint.enabled ? 'endpoint enabled' : 'endpoint disabled',
  };
}

/**
 * What has to be drawn again: the ids of the rows that changed, of the profile alone where its list of endpoints
 * changed, or `all` when the list of profiles did.
 */
export function changedRows(before: readonly ProfileRow[], after: readonly ProfileRow[]): 'all' | string[] {
  if (!sameIds(before, after)) return 'all';
  return after.flatMap((profile, index) => {
    const earlier = before[index];
    if (!earlier || !sameIds(earlier.endpoints, profile.endpoints) || differs(head(earlier), head(profile))) {
      return [profile.id];
    }
    return profile.endpoints
      .filter((endpoint, place) => differs(earlier.endpoints[place], endpoint))
      .map((endpoint) => endpoint.id);
  });
}

const head = ({ endpoints: _below, ...own }: ProfileRow) => own;

const differs = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);

const sameIds = (a: readonly Row[], b: readonly Row[]): boolean =>
  a.length === b.length && a.every((row, index) => row.id === b[index]?.id);
