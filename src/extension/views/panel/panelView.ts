import type { Quota } from '../../../core/quota.ts';
import { profilesInOrder } from '../../../core/routing.ts';
import type { PanelEndpoint, PanelNotice, PanelView } from '../../../protocol/panel.ts';
import type { EndpointFailure, HistoryState } from '../../../protocol/state.ts';
import type { ModelValue } from '../../model.ts';
import type { LinkStatus } from '../../proxyLink/linkStatus.ts';
import { effectiveWeight } from '../effectiveWeight.ts';
import { type EndpointRow, type ProfileRow, rowsOf, type WaitingRow, waitingOf } from '../endpointRows.ts';
import { type Serving, servingOf } from '../serving.ts';

/** The texts that depend on what is shown, in the user's language. */
export interface PanelWords {
  /** How an endpoint stands, and why and what comes next, a line each. */
  state(row: EndpointRow): { readonly label: string; readonly details: readonly string[] };
  /** How long requests wait; empty when that is not known. */
  waiting(waiting: WaitingRow): string;
  failure(failure: EndpointFailure): string;
  /** What a profile is at the moment, or null where there is nothing to say. */
  role(profile: Pick<ProfileRow, 'active' | 'serves'>): string | null;
  /** What a limit of a key is on, and what is left of it. */
  quota(quota: Quota): { readonly label: string; readonly text: string };
  /** How the last check of an endpoint ended, or null before the first. */
  check(row: EndpointRow): string | null;
  /** What keeps the proxy from serving this window, or undefined when nothing does. */
  link(link: LinkStatus): PanelNotice | undefined;
  /** Which profile stands in for the active one, or undefined when it serves itself. */
  standIn(serving: Serving): PanelNotice | undefined;
  /** What is wrong with the history, or undefined when it is kept as it should be. */
  history(history: HistoryState): PanelNotice | undefined;
  readonly noProfile: PanelNotice;
  readonly noActiveProfile: PanelNotice;
  /** Neither the active profile nor one that serves where it cannot has an endpoint. */
  readonly noEndpoint: PanelNotice;
  readonly insecureTls: PanelNotice;
}

/** What the panel says of the extension itself. */
export interface PanelEdition {
  readonly version: string;
  /** The user has not seen what is new in it. */
  readonly isUnseen: boolean;
}

/** What the metrics panel shows of the model. */
export function panelView(value: ModelValue, edition: PanelEdition, words: PanelWords): PanelView {
  const { link, state } = value;
  const serves = link.kind === 'attached' || link.kind === 'otherStore';
  return {
    version: edition.version,
    hasNews: edition.isUnseen,
    profile: servingOf(value).profile?.name ?? null,
    address: serves ? `http://127.0.0.1:${link.port}` : null,
    startedAt: state?.startedAt ?? null,
    inFlight: state?.inFlight ?? null,
    waiting: state && waitingFact(value, words),
    rescued: state?.rescued ?? null,
    notices: notices(value, words),
    endpoints: rowsOf(value).flatMap((profile) =>
      profile.endpoints.map((endpoint) => endpointOf(endpoint, profile, words)),
    ),
  };
}

function waitingFact(value: ModelValue, words: PanelWords): PanelView['waiting'] {
  const waiting = waitingOf(value);
  return { count: waiting?.count ?? 0, note: waiting ? words.waiting(waiting) : '' };
}

function notices(value: ModelValue, words: PanelWords): PanelNotice[] {
  const { link, configuration, state } = value;
  const found: PanelNotice[] = [];
  const obstacle = words.link(link);
  if (obstacle) found.push(obstacle);
  const serving = servingOf(value);
  const standIn = words.standIn(serving);
  if (standIn) found.push(standIn);
  if (configuration.profiles.length === 0) found.push(words.noProfile);
  else if (!serving.chosen) found.push(words.noActiveProfile);
  else if (profilesInOrder(configuration).every(({ endpoints }) => endpoints.length === 0)) {
    found.push(words.noEndpoint);
  }
  if (state?.insecureTls) found.push(words.insecureTls);
  const unkept = state && words.history(state.history);
  if (unkept) found.push(unkept);
  return found;
}

function endpointOf(row: EndpointRow, profile: ProfileRow, words: PanelWords): PanelEndpoint {
  const { state } = row;
  const { label, details } = words.state(row);
  return {
    id: row.id,
    name: row.name,
    host: row.host,
    profile: profile.name,
    active: profile.serves,
    role: words.role(profile),
    state: { code: row.condition, label, details: [...details] },
    inFlight: state?.inFlight ?? null,
    requests: state?.requests ?? null,
    failures: state?.failures ?? null,
    successRate: state && state.requests > 0 ? (state.requests - state.failures) / state.requests : null,
    firstByteMs: state?.firstByteMs ?? null,
    servedAt: state?.servedAt ?? null,
    failure: state?.failure ? { text: words.failure(state.failure), at: state.failure.at } : null,
    weight: weightOf(row),
    quota: row.quota.map((quota) => ({ ...words.quota(quota), used: quota.usedShare })),
    check: words.check(row),
  };
}

/** Endpoints that take turns have no use for it. */
function weightOf({ strategy, weight, state }: EndpointRow): PanelEndpoint['weight'] {
  if (strategy === 'roundRobin') return null;
  return { configured: weight, effective: effectiveWeight(weight, state?.weightPercent ?? 100) };
}
