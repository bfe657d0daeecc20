import {
  type AuthStyle,
  type EndpointPlace,
  enabledEndpointsOf,
  isEnabled,
  type PriorityLevel,
  type Profile,
  priorityLevels,
  type Strategy,
} from '../../core/configuration.ts';
import { endpointsInOrder } from '../../core/endpointOrder.ts';
import type { ModelClass } from '../../core/failure.ts';
import type { Quota } from '../../core/quota.ts';
import type { EndpointState, QuarantineState } from '../../protocol/state.ts';
import type { ModelValue } from '../model.ts';
import { type TimeLeft, timeLeft } from '../timeLeft.ts';
import { conditionOf, type EndpointCondition, isResettable } from './endpointCondition.ts';
import { type Detour, detourOf } from './health.ts';
import { type Recovery, type Serving, servingOf } from './serving.ts';

/** What the tree shows of an endpoint. */
export interface EndpointRow {
  readonly kind: 'endpoint';
  readonly id: string;
  readonly name: string;
  readonly baseUrl: string;
  readonly host: string;
  readonly auth: AuthStyle;
  readonly weight: number;
  readonly priority: number;
  /** That of its profile: it says what weight and priority are for. */
  readonly strategy: Strategy;
  readonly condition: EndpointCondition;
  /** Its profile is switched off, and it with that. */
  readonly isProfileOff: boolean;
  /** Until it is tried again, while it is taken out; null when that is due. */
  readonly nextTry: TimeLeft | null;
  readonly coolDowns: readonly { readonly models: ModelClass; readonly left: TimeLeft }[];
  readonly refusedModels: readonly { readonly model: string; readonly left: TimeLeft }[];
  /** Why it is quarantined, while it is. */
  readonly quarantine: Omit<QuarantineState, 'since' | 'until'> | null;
  /** What is left of the limits of its key, but for those that are full again. */
  readonly quota: readonly Quota[];
  /** What the proxy has counted of it, or null when it said nothing. */
  readonly state: EndpointCounts | null;
  readonly contextValue: string;
}

/** What the proxy has counted of an endpoint. Nothing here changes by time alone. */
export type EndpointCounts = Omit<
  EndpointState,
  'standing' | 'open' | 'quarantine' | 'coolDowns' | 'refusedModels' | 'quota'
>;

/** What the tree shows of a profile. */
export interface ProfileRow {
  readonly kind: 'profile';
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly level: PriorityLevel | null;
  readonly strategy: Strategy;
  readonly enabled: boolean;
  /** When it was last made the active one, in milliseconds since 1970, or null. */
  readonly lastUsedAt: number | null;
  /** The user chose it. */
  readonly active: boolean;
  /** Requests go to it first: it is the active one, or stands in for it. */
  readonly serves: boolean;
  /** Its part in it where requests go on to another profile, since nothing in the one that is to serve is switched on. */
  readonly detour: ProfileDetour | null;
  /** When it serves again, in the row of the profile that is the next to come back; else null. */
  readonly recovery: Omit<Recovery, 'profile'> | null;
  /** Tokens that checks of its endpoints have used, as far as is known. */
  readonly checkTokens: number;
  /** Requests that wait for an endpoint, in the row of the profile that serves; null while none does. */
  readonly waiting: WaitingRow | null;
  readonly contextValue: string;
  readonly endpoints: readonly EndpointRow[];
}

/** One end of the way that requests take where the profile that is to serve is switched off, all of it, or empty. */
export type ProfileDetour =
  /** They do not stay at this one. `to` is the name of where they go on to, or null when there is no such place. */
  | { readonly end: 'from'; readonly to: string | null }
  /** They come to this one. */
  | { readonly end: 'to' };

/** Requests that wait for an endpoint. */
export interface WaitingRow {
  readonly count: number;
  /** Until the first of them can go on, or null when that is not known or due. */
  readonly left: TimeLeft | null;
}

/**
 * Profiles by level, with their endpoints by number where that is the strategy, else as they were put.
 *
 * @param secondsStep the steps in which seconds count down
 */
export function rowsOf(value: ModelValue, secondsStep = 1): readonly ProfileRow[] {
  const left = (until: number) => timeLeft(until, value.now, secondsStep);
  const serving = servingOf(value, left);
  const detour = detourOf(value);
  return byLevel(value.configuration.profiles).map((profile) => ({
    ...profileRow(profile, value, serving, left),
    detour: endOfDetour(profile, detour),
  }));
}

type Left = (until: number) => TimeLeft | null;

/** The requests that wait for an endpoint, or null while none does. */
export function waitingOf(
  { state, now }: Pick<ModelValue, 'state' | 'now'>,
  left: Left = (until) => timeLeft(until, now),
): WaitingRow | null {
  if (state === null || state.waiting.count === 0) return null;
  const { count, until } = state.waiting;
  return { count, left: until === null ? null : left(until) };
}

/** Profiles in the order of their levels, those without one last; otherwise as they were added. */
export function byLevel(profiles: readonly Profile[]): readonly Profile[] {
  const rank = ({ priority }: Profile) =>
    priority === null ? priorityLevels.length : priorityLevels.indexOf(priority);
  return profiles.toSorted((a, b) => rank(a) - rank(b));
}

/** A profile whose endpoints only fail for a while is not passed by: how they do shows at them. */
function endOfDetour(profile: Profile, detour: Detour | null): ProfileDetour | null {
  if (detour === null || detour.why === 'failing') return null;
  if (profile === detour.from) return { end: 'from', to: detour.to?.name ?? null };
  return profile === detour.to ? { end: 'to' } : null;
}

function profileRow(
  profile: Profile,
  value: ModelValue,
  serving: Serving,
  left: Left,
): Omit<ProfileRow, 'detour'> {
  const { configuration, state, now } = value;
  const active = profile.id === configuration.activeProfile;
  const serves = profile === serving.profile;
  const { recovery } = serving;
  return {
    kind: 'profile',
    id: profile.id,
    name: profile.name,
    description: profile.description,
    level: profile.priority,
    strategy: profile.strategy,
    enabled: profile.enabled,
    lastUsedAt: profile.lastUsedAt,
    active,
    serves,
    recovery:
      recovery?.profile === profile ? { left: recovery.left, isAfterCheck: recovery.isAfterCheck } : null,
    checkTokens: sum(profile.endpoints.map(({ id }) => state?.endpoints[id]?.check.metrics.tokens ?? 0)),
    waiting: serves ? waitingOf(value, left) : null,
    contextValue: [
      'profile',
      active ? 'active' : 'inactive',
      profile.enabled ? 'enabled' : 'disabled',
      ...(active && !serves ? ['replaced'] : []),
      ...(enabledEndpointsOf(profile).length > 0 ? ['checkable'] : []),
    ].join(' '),
    endpoints: endpointsInOrder(profile).map((endpoint, place, { length }) =>
      endpointRow({ profile, endpoint }, { place, length }, state?.endpoints[endpoint.id], now, left),
    ),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function endpointRow(
  { profile, endpoint }: EndpointPlace,
  { place, length }: { readonly place: number; readonly length: number },
  state: EndpointState | undefined,
  now: number,
  left: Left,
): EndpointRow {
  const outUntil = state?.quarantine ? state.quarantine.until : state?.open?.until;
  return {
    kind: 'endpoint',
    id: endpoint.id,
    name: endpoint.name,
    baseUrl: endpoint.baseUrl,
    host: new URL(endpoint.baseUrl).host,
    auth: endpoint.auth,
    weight: endpoint.weight,
    priority: endpoint.priority,
    strategy: profile.strategy,
    condition: conditionOf({ enabled: isEnabled(profile, endpoint) }, state, now),
    isProfileOff: !profile.enabled,
    nextTry: outUntil === undefined || outUntil === null ? null : left(outUntil),
    coolDowns: withTimeLeft(state?.coolDowns ?? [], left),
    refusedModels: withTimeLeft(state?.refusedModels ?? [], left),
    quarantine: state?.quarantine ? whyOf(state.quarantine) : null,
    quota: (state?.quota ?? []).filter(({ resetsAt }) => resetsAt === null || resetsAt > now),
    state: state ? countsOf(state) : null,
    contextValue: [
      'endpoint',
      endpoint.enabled ? 'enabled' : 'disabled',
      ...(isResettable(state, now) ? ['resettable'] : []),
      ...(place > 0 ? ['hasPrevious'] : []),
      ...(place < length - 1 ? ['hasNext'] : []),
    ].join(' '),
  };
}

const whyOf = ({ since: _since, until: _until, ...why }: QuarantineState) => why;

function countsOf(state: EndpointState): EndpointCounts {
  const {
    standing: _,
    open: _open,
    quarantine: _quarantine,
    coolDowns: _cool,
    refusedModels: _refused,
    quota: _quota,
    ...counts
  } = state;
  return counts;
}

/** What is not over, with the time it still lasts. */
function withTimeLeft<T extends { readonly until: number }>(items: readonly T[], leftUntil: Left) {
  return items.flatMap(({ until, ...item }) => {
    const left = leftUntil(until);
    return left ? [{ ...item, left }] : [];
  });
}
