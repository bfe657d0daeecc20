import {
  type AuthStyle,
  type Endpoint,
  type PriorityLevel,
  type Profile,
  priorityLevels,
  type Strategy,
} from '../../core/configuration.ts';
import type { ModelClass } from '../../core/failure.ts';
import type { Quota } from '../../core/quota.ts';
import type { EndpointState, QuarantineState } from '../../protocol/state.ts';
import type { ModelValue } from '../model.ts';
import { type TimeLeft, timeLeft } from '../timeLeft.ts';
import { conditionOf, type EndpointCondition, isResettable } from './endpointCondition.ts';
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
  /** The user chose it. */
  readonly active: boolean;
  /** Requests go to it first: it is the active one, or stands in for it. */
  readonly serves: boolean;
  /** When it serves again, in the row of the profile that is the next to come back; else null. */
  readonly recovery: Omit<Recovery, 'profile'> | null;
  /** Tokens that checks of its endpoints have used, as far as is known. */
  readonly checkTokens: number;
  /** Requests that wait for an endpoint, in the row of the profile that serves; null while none does. */
  readonly waiting: WaitingRow | null;
  readonly contextValue: string;
  readonly endpoints: readonly EndpointRow[];
}

/** Requests that wait for an endpoint. */
export interface WaitingRow {
  readonly count: number;
  /** Until the first of them can go on, or null when that is not known or due. */
  readonly left: TimeLeft | null;
}

export type Row = ProfileRow | EndpointRow;

/**
 * The tree as data: profiles by level, endpoints by number where that is the strategy, else as they were added.
 *
 * @param secondsStep the steps in which seconds count down
 */
export function rowsOf(value: ModelValue, secondsStep = 1): readonly ProfileRow[] {
  const left = (until: number) => timeLeft(until, value.now, secondsStep);
  const serving = servingOf(value, left);
  return byLevel(value.configuration.profiles).map((profile) => profileRow(profile, value, serving, left));
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

function profileRow(profile: Profile, value: ModelValue, serving: Serving, left: Left): ProfileRow {
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
    active,
    serves,
    recovery:
      recovery?.profile === profile ? { left: recovery.left, isAfterCheck: recovery.isAfterCheck } : null,
    checkTokens: sum(profile.endpoints.map(({ id }) => state?.endpoints[id]?.check.metrics.tokens ?? 0)),
    waiting: serves ? waitingOf(value, left) : null,
    contextValue: [
      'profile',
      active ? 'active' : 'inactive',
      ...(active && !serves ? ['replaced'] : []),
      ...(profile.endpoints.some(({ enabled }) => enabled) ? ['checkable'] : []),
    ].join(' '),
    endpoints: inOrder(profile).map((endpoint) =>
      endpointRow(endpoint, profile.strategy, state?.endpoints[endpoint.id], now, left),
    ),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function inOrder({ endpoints, strategy }: Profile): readonly Endpoint[] {
  return strategy === 'priority' ? endpoints.toSorted((a, b) => a.priority - b.priority) : endpoints;
}

function endpointRow(
  endpoint: Endpoint,
  strategy: Strategy,
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
    strategy,
    condition: conditionOf(endpoint, state, now),
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
