import type { ChoiceReason, Eligibility } from '../core/decision.ts';
import type {
  EndpointStanding,
  ErrorClass,
  FailureCode,
  ModelClass,
  QuarantineReason,
} from '../core/failure.ts';
import type { CheckClass, CheckMetrics, CheckRecord } from '../core/healthCheck.ts';
import type { Quota } from '../core/quota.ts';
import type { RouteQuery } from '../core/routing.ts';
import type { SwitchReason } from '../core/switches.ts';
import type { Usage } from '../core/usage.ts';
import type { ClaudeCodeState } from './clients.ts';
import type { QueueStatistics } from './queue.ts';

/*
 * What the proxy publishes about itself, as a whole and at most four times a second. It holds codes and numbers;
 * the windows turn them into words. It never holds a key, a token, a prompt or an answer.
 */

export type { FailureCode } from '../core/failure.ts';
export type { Quota as QuotaState } from '../core/quota.ts';

export interface EndpointFailure {
  readonly code: FailureCode;
  /** The HTTP status, for `errorStatus` and `redirected`. */
  readonly status?: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What the proxy has seen of one endpoint since it started. */
export interface EndpointState {
  readonly inFlight: number;
  /** Attempts that ended, well or not; those that the client cancelled do not count. */
  readonly requests: number;
  readonly failures: number;
  /** The last failure, until a request succeeds. */
  readonly failure: EndpointFailure | null;
  /** Milliseconds from the attempt's start to its first response byte, of the last success. */
  readonly firstByteMs: number | null;
  /** Milliseconds since 1970 of the last success. */
  readonly servedAt: number | null;
  readonly hasKey: boolean;
  readonly standing: EndpointStanding;
  /** Failures in a row. */
  readonly consecutiveFailures: number;
  /** The circuit breaker while it is open, or null. */
  readonly open: BreakerState | null;
  readonly quarantine: QuarantineState | null;
  /** One per class of models that the endpoint refuses for the time being. */
  readonly coolDowns: readonly CoolDownState[];
  /** Models that the endpoint turned out not to serve. */
  readonly refusedModels: readonly RefusedModelState[];
  /** Its weight as it is used, in percent of the configured one: 10 to 200. */
  readonly weightPercent: number;
  readonly check: CheckState;
  /** What is left of the key's limits, as the endpoint's last answers said. */
  readonly quota: readonly Quota[];
  /** The connection that was opened before any request came, or null when none was. */
  readonly warmUp: WarmUpState | null;
}

/** How an endpoint is checked, and how that went. */
export interface CheckState {
  /** The last one, or null. */
  readonly last: CheckRecord | null;
  /** A check runs. */
  readonly isRunning: boolean;
  /** When the next one is due, in milliseconds since 1970; null when none is planned. */
  readonly nextAt: number | null;
  /** Checks prove nothing about this endpoint, since it refuses them. */
  readonly isRefused: boolean;
  readonly metrics: CheckMetrics;
}

export interface WarmUpState {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Until the connection stood, or failed. */
  readonly durationMs: number;
  /** Why there is none. */
  readonly failure?: FailureCode;
}

/** Which profile serves, which need not be the one that the user chose. */
export interface FailoverState {
  /** Id of the profile that requests go to first, or null when none is active. */
  readonly serving: string | null;
  /** Since when, in milliseconds since 1970. */
  readonly since: number;
  /** Why; null when there was no switch since the start. */
  readonly reason: SwitchReason | null;
  /** The profile that is to serve again, one step back towards the active one, or null. */
  readonly recoversTo: string | null;
  /** Before this time it does not, in milliseconds since 1970. */
  readonly recoversAt: number | null;
}

/** Whether the history is being kept. */
export interface HistoryState {
  /** `memory`: the file cannot be used, so that what is kept ends with the process. */
  readonly kept: 'file' | 'memory';
  /** The system's code for why it is not in the file, or why the last write failed. */
  readonly code?: string;
  /** A file that could not be read was given this name. */
  readonly setAside?: string;
  /** How much of what happened since the start could not be kept: requests, checks and the like. */
  readonly dropped?: number;
}

/** An open circuit. */
export interface BreakerState {
  /** When a single trial request is let through, in milliseconds since 1970. */
  readonly until: number;
  /** True while the trial request runs. */
  readonly trial: boolean;
}

export interface QuarantineState {
  readonly reason: QuarantineReason;
  /** The status that the endpoint answered with, where it is the reason. */
  readonly status?: number;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** True when a check ends it; else a request tries, one at a time. */
  readonly byCheck: boolean;
  /** When the next check or trial is due, in milliseconds since 1970; null while a check runs or none is planned. */
  readonly until: number | null;
}

export interface CoolDownState {
  readonly models: ModelClass;
  /** Milliseconds since 1970. */
  readonly until: number;
}

export interface RefusedModelState {
  /** As the client names it; shortened where it is long. */
  readonly model: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Requests that are held because no endpoint is ready for them. */
export interface WaitingState {
  readonly count: number;
  /** When the first of them can go on, as far as is known, in milliseconds since 1970. */
  readonly until: number | null;
}

export interface ProxyState {
  readonly version: string;
  readonly pid: number;
  readonly port: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** How many windows are attached. */
  readonly windows: number;
  /** Requests that have not ended. */
  readonly inFlight: number;
  /** Requests that have ended since the process started, also those that met no endpoint. */
  readonly ended: number;
  readonly waiting: WaitingState;
  /** Broken answers that were closed so that the client went on by itself, since the process started. */
  readonly rescued: number;
  /** True when certificates of upstreams are not checked (`http.proxyStrictSSL` is off). */
  readonly insecureTls: boolean;
  readonly failover: FailoverState;
  /** Tokens that checks have used since the process started. */
  readonly checkTokens: number;
  readonly queue: QueueStatistics;
  readonly history: HistoryState;
  /** How it stands with the settings of Claude Code; null while nobody wants the proxy to be in them. */
  readonly claudeCode: ClaudeCodeState | null;
  /** By endpoint id, for every endpoint of the configuration. */
  readonly endpoints: Readonly<Record<string, EndpointState>>;
}

/** One step of a request: an attempt at an endpoint, or a wait. */
export type DecisionStep =
  | {
      readonly kind: 'attempt';
      readonly endpointId: string;
      readonly profileId: string;
      readonly reason: ChoiceReason;
      /** All endpoints that were looked at, by id. */
      readonly considered: Readonly<Record<string, Eligibility>>;
      readonly outcome: 'served' | 'rescued' | 'failed' | 'broken' | 'clientGone';
      readonly status?: number;
      readonly failure?: FailureCode;
      readonly class?: ErrorClass;
      /** The row of the classification table. */
      readonly row?: string;
      readonly code?: string;
      /** Milliseconds from the attempt's start. */
      readonly firstByteMs?: number;
      /** Milliseconds from the attempt's start to the first content. */
      readonly firstContentMs?: number;
      readonly durationMs: number;
      /** The model that the endpoint was asked for, where that is another one than the client asked for. */
      readonly sentModel?: string;
      /** Tokens, where the endpoint told them. */
      readonly usage?: Usage;
      /** What they cost, in US dollars, or null where the model has no price. Set for the history alone. */
      readonly cost?: number | null;
    }
  | {
      readonly kind: 'wait';
      /** Nothing was ready, the same endpoint is tried again, or the bound endpoint will be back at once. */
      readonly reason: 'noneReady' | 'retry' | 'bound';
      readonly durationMs: number;
    };

/** What became of one request and why. */
export interface DecisionTrace {
  readonly requestId: string;
  /** When it arrived, in milliseconds since 1970. */
  readonly at: number;
  readonly route: RouteQuery['route'];
  readonly model: string | null;
  /** The name of the conversation as the proxy knows it: a hash. */
  readonly conversation: string | null;
  readonly steps: readonly DecisionStep[];
  readonly outcome: 'served' | 'rescued' | 'broken' | 'failed' | 'clientGone';
  /** What the client got, or null when it got nothing. */
  readonly status: number | null;
  readonly durationMs: number;
}

/** One structured log line. The fields are an allow-list: nothing else of a request is ever logged. */
export interface LogEntry {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly event:
    | 'listening'
    | 'draining'
    | 'retiring'
    | 'exiting'
    | 'controlReopened'
    | 'controlFailed'
    | 'windowAttached'
    | 'windowLeft'
    | 'proofRefused'
    | 'attempt'
    | 'refused'
    | 'noEndpoint'
    | 'configured'
    | 'affinityNotSaved'
    | 'check'
    | 'switched'
    | 'historyNotKept'
    | 'historySetAside'
    | 'queueKeyNotKept'
    | 'kept'
    | 'retried'
    | 'claudeCodeConfigured'
    | 'claudeCodeRestored'
    | 'claudeCodeFailed'
    | 'internalError';
  readonly requestId?: string;
  readonly route?: string;
  readonly profile?: string;
  readonly endpoint?: string;
  /** Name of the profile that has served until then. */
  readonly from?: string;
  /** Why another profile serves. */
  readonly switch?: SwitchReason;
  /** How a check ended, and what it scores. */
  readonly check?: CheckClass;
  readonly score?: number;
  readonly tokens?: number;
  readonly outcome?: 'served' | 'rescued' | 'failed' | 'broken' | 'clientGone';
  /** Why the endpoint was chosen. */
  readonly reason?: ChoiceReason;
  /** Which attempt of the request this was, from 1. */
  readonly attempt?: number;
  readonly failure?: FailureCode;
  readonly class?: ErrorClass;
  /** The row of the classification table. */
  readonly row?: string;
  /** How the endpoint stands after it. */
  readonly standing?: EndpointStanding;
  readonly status?: number;
  /** An error's system code such as `ECONNREFUSED`, never its message. */
  readonly code?: string;
  /** Where an error of our own arose: stack frames, without the message. */
  readonly trace?: string;
  readonly firstByteMs?: number;
  readonly durationMs?: number;
  readonly requestBytes?: number;
  readonly responseBytes?: number;
  /** The new name of a file that could not be read. */
  readonly setAside?: string;
  readonly revision?: number;
  readonly windows?: number;
  readonly port?: number;
  readonly pid?: number;
}
