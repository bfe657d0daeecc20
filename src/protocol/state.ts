/*
 * What the proxy publishes about itself, as a whole and at most four times a second. It holds codes and numbers;
 * the windows turn them into words. It never holds a key, a token, a prompt or an answer.
 */

/** Why an attempt at an endpoint brought no usable answer. */
export type FailureCode =
  | 'dnsFailed'
  | 'connectRefused'
  | 'connectTimeout'
  | 'tlsFailed'
  | 'connectionLost'
  | 'badResponse'
  | 'firstByteTimeout'
  | 'idleTimeout'
  | 'truncated'
  | 'redirected'
  | 'errorStatus';

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
  /** True when certificates of upstreams are not checked (`http.proxyStrictSSL` is off). */
  readonly insecureTls: boolean;
  /** By endpoint id, for every endpoint of the configuration. */
  readonly endpoints: Readonly<Record<string, EndpointState>>;
}

/** The state of an endpoint that nothing is known about yet. */
export const unknownEndpointState: EndpointState = {
  inFlight: 0,
  requests: 0,
  failures: 0,
  failure: null,
  firstByteMs: null,
  servedAt: null,
  hasKey: false,
};

/** One structured log line. The fields are an allow-list: nothing else of a request is ever logged. */
export interface LogEntry {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly event:
    | 'listening'
    | 'draining'
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
    | 'internalError';
  readonly requestId?: string;
  readonly route?: string;
  readonly profile?: string;
  readonly endpoint?: string;
  readonly outcome?: 'served' | 'failed' | 'clientGone';
  readonly failure?: FailureCode;
  readonly status?: number;
  /** An error's system code such as `ECONNREFUSED`, never its message. */
  readonly code?: string;
  /** Where an error of our own arose: stack frames, without the message. */
  readonly trace?: string;
  readonly firstByteMs?: number;
  readonly durationMs?: number;
  readonly requestBytes?: number;
  readonly responseBytes?: number;
  readonly revision?: number;
  readonly windows?: number;
  readonly port?: number;
  readonly pid?: number;
}
