import type { ConfigurationContents, RevisionCause } from '../core/configuration.ts';
import type { ConfigurationEdit, EditProblem } from '../core/configurationEdits.ts';
import type { CheckRecord } from '../core/healthCheck.ts';
import type { ProfileSwitch } from '../core/switches.ts';
import type { ClaudeCodeOutcome, ClaudeCodeTarget } from '../protocol/clients.ts';
import type { ChoiceParams, TrialParams, TrialResult } from '../protocol/control.ts';
import type {
  RequestRecord,
  RequestsParams,
  Series,
  SeriesParams,
  Timeline,
  TimeRange,
  Totals,
} from '../protocol/history.ts';
import type { QueueItem, QueueResult, RetryOutcome } from '../protocol/queue.ts';
import type { ChoiceOutcome, Rivals } from './proxyLink/documentChoice.ts';

/** What became of an edit. */
export type EditOutcome =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** `replaced`: meanwhile the user has decided for a configuration that the edit was not meant for. */
      readonly problem: EditProblem | 'notAttached' | 'otherStore' | 'replaced' | 'notStored';
    };

/** What became of a reset. */
export type ResetOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly problem: 'endpointGone' | 'notAttached' };

/** What commands can do, apart from asking and telling. Implemented by the composition root. */
export interface Actions {
  /**
   * Makes a change through the proxy. Resolves once it is accepted and in this window's stores.
   *
   * @param cause what makes it, for the history of the configuration; an ordinary edit by default
   */
  edit(edit: ConfigurationEdit, cause?: RevisionCause): Promise<EditOutcome>;
  /** What holds, keys included, as far as this window knows; for comparisons, never to be shown. */
  contents(): ConfigurationContents | undefined;
  /** What the user has to choose between, or undefined. It holds keys: for comparisons, never to be shown. */
  rivals(): Rivals | undefined;
  /**
   * Makes one of two configurations the one that holds, for the proxy and in the stores of this editor. The other one
   * is in the history before anything is overwritten.
   *
   * @param seen what the user was asked about
   */
  choose(choice: ChoiceParams['choice'], seen: Rivals): Promise<ChoiceOutcome>;
  /** Has the proxy forget what it holds against an endpoint: breaker, quarantine, cool-downs, refused models. */
  resetEndpoint(endpointId: string): Promise<ResetOutcome>;
  /**
   * True when this window is the one to tell the user of something, however many are open.
   *
   * @param key names the trouble and its episode
   */
  claimNotice(key: string): Promise<boolean>;
  /** Waits until the proxy is attached, starting it when needed; false when that fails. */
  attach(): Promise<boolean>;
  /** Ends the proxy for all windows. Running streams are finished first. */
  stop(): Promise<void>;
  /** Ends the proxy and starts a new one. */
  restart(): Promise<void>;
}

/**
 * What commands ask of the proxy while it is attached. Each answer is undefined when no proxy is attached, or the
 * connection breaks before it comes.
 */
export interface ProxyRequests {
  /** Checks an endpoint now; null when there is no such one or it cannot be asked. Takes as long as the endpoint does. */
  check(endpointId: string): Promise<CheckRecord | null | undefined>;
  /**
   * Checks an endpoint that need not be configured; null when it cannot be asked.
   *
   * @param signal takes the question back; the answer is of no use then
   */
  tryEndpoint(params: TrialParams, signal: AbortSignal): Promise<TrialResult | null | undefined>;
  /** Makes the profile that the user chose serve again, now; false when it does already. */
  returnToActive(): Promise<boolean | undefined>;
  /** The last switches from profile to profile, newest first. */
  switches(): Promise<readonly ProfileSwitch[] | undefined>;
  /** The last checks of an endpoint, newest first. */
  checks(endpointId: string): Promise<readonly CheckRecord[] | undefined>;
  totals(range: TimeRange): Promise<Totals | undefined>;
  series(params: SeriesParams): Promise<Series | undefined>;
  /** What happened to endpoints and profiles, newest first. */
  timeline(range: TimeRange): Promise<Timeline | undefined>;
  /** Requests of the past, newest first. */
  requests(params: RequestsParams): Promise<readonly RequestRecord[] | undefined>;
  /** A request of the past, or null when it is not known (any more). */
  trace(requestId: string): Promise<RequestRecord | null | undefined>;
  /** All kept requests, newest first. */
  queue(): Promise<readonly QueueItem[] | undefined>;
  /** The answer to a kept request, or null while there is none. */
  queueResult(id: string): Promise<QueueResult | null | undefined>;
  /** Tries a kept request again; its state tells how that goes. */
  retry(id: string): Promise<RetryOutcome | undefined>;
  /** Tries all of them again that can be; the answer is how many. */
  retryAll(): Promise<number | undefined>;
  /** Forgets a kept request; false when there is no such one. */
  removeQueued(id: string): Promise<boolean | undefined>;
  /** Forgets all of them; the answer is how many there were. */
  clearQueue(): Promise<number | undefined>;
  /** Points Claude Code at the proxy by a settings file, until it is restored. */
  configureClaudeCode(target: ClaudeCodeTarget): Promise<ClaudeCodeOutcome | undefined>;
  /** Takes out of that file what was put in, for good. */
  restoreClaudeCode(): Promise<ClaudeCodeOutcome | undefined>;
}
