import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { FailureCode } from '../core/failure.ts';
import type { AnswerShape } from '../core/finalAnswer.ts';

/** A condition of our own that ends a request. */
export type OwnCondition =
  | 'browserRequest'
  | 'wrongHost'
  | 'badTarget'
  | 'badToken'
  | 'unknownRoute'
  | 'notJson'
  | 'bodyTooLarge'
  | 'badBody'
  | 'notConfigured'
  | 'noEndpoint'
  | 'noEndpointForModel'
  | 'countNotServed'
  | 'tooManyWaiting'
  | 'stopping'
  | 'notKept'
  | 'keptServed'
  | 'keptRemoved'
  | 'keptExpired'
  | 'keptCrowdedOut'
  | 'keptElsewhere'
  | 'keptWithoutAnswer'
  | 'keptWithoutBody'
  | 'keptLocked'
  | 'internal';

/** How the last try failed, where no endpoint has answered. */
export interface OwnFailure {
  readonly endpoint: string;
  readonly host: string;
  readonly failure: FailureCode;
  /** The system's or undici's code. */
  readonly code: string;
}

/** What the proxy answers by itself, because no upstream response exists. */
export type OwnErrorCode =
  | OwnCondition
  | OwnFailure
  /** The proxy listens at another port of this machine now. */
  | { readonly movedTo: number }
  /** Every endpoint is out or cooling down. `recoveryMs`: until the first may be back, as far as is known. */
  | { readonly recoveryMs: number | undefined; readonly shape: AnswerShape };

interface OwnError {
  readonly status: number;
  /** Anthropic's error type for the status. */
  readonly type: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Seconds after which clients may try again when the condition may be over by then. */
const soon = { 'retry-after': '1' };
/** Waiting does not help: a client that retries would only hide the message from its user. */
const final = { 'retry-after': '60', 'x-should-retry': 'false' };

const conditions: Record<OwnCondition, OwnError> = {
  browserRequest: {
    status: 403,
    type: 'permission_error',
    message: 'QCC does not serve requests that come from a web page.',
  },
  wrongHost: {
    status: 403,
    type: 'permission_error',
    message: 'QCC is addressed as 127.0.0.1 or localhost with its port, and by no other name.',
  },
  badTarget: {
    status: 400,
    type: 'invalid_request_error',
    message: 'QCC needs an HTTP/1.1 request with one Host header and a plain path.',
  },
  badToken: {
    status: 401,
    type: 'authentication_error',
    message:
      'QCC did not get its local token. Use a terminal of the editor, or send the token as x-api-key or Bearer.',
    // Clients would try it for minutes before they show the message.
    headers: { 'x-should-retry': 'false' },
  },
  unknownRoute: { status: 404, type: 'not_found_error', message: 'QCC does not serve this route.' },
  notJson: {
    status: 415,
    type: 'invalid_request_error',
    message: 'QCC needs the content type application/json.',
  },
  bodyTooLarge: {
    status: 413,
    type: 'request_too_large',
    message: 'The request is larger than 32 MiB, the most that the API takes.',
  },
  badBody: { status: 400, type: 'invalid_request_error', message: 'The request body did not arrive whole.' },
  notConfigured: {
    status: 503,
    type: 'api_error',
    message: 'QCC has just started and waits for its configuration.',
    headers: soon,
  },
  noEndpoint: {
    status: 503,
    type: 'api_error',
    message: 'QCC has no endpoint to use. Enable one with a key in the active profile.',
    headers: final,
  },
  noEndpointForModel: {
    status: 503,
    type: 'api_error',
    message: 'QCC has no endpoint for this model. Check the lists of models of the endpoints.',
    headers: final,
  },
  // Clients then estimate, which is what they do with a gateway that does not count.
  countNotServed: { status: 404, type: 'not_found_error', message: 'No endpoint counts tokens.' },
  tooManyWaiting: {
    status: 503,
    type: 'api_error',
    message: 'No endpoint is ready, and as many requests as QCC can hold are waiting already.',
    headers: { 'retry-after': '5' },
  },
  stopping: { status: 503, type: 'api_error', message: 'QCC is stopping.', headers: soon },
  notKept: notFound('QCC keeps no request of this id. It may have been kept by an earlier run, and is gone.'),
  keptServed: notFound('QCC keeps this request no longer: the same request was sent again and was served.'),
  keptRemoved: notFound('QCC keeps this request no longer: it was removed by hand.'),
  keptExpired: notFound('QCC keeps this request no longer: it was kept for 24 hours.'),
  keptCrowdedOut: notFound('QCC keeps this request no longer: newer ones took its place.'),
  keptElsewhere: notFound(
    'QCC keeps this request no longer: another process of QCC has served it, or its store was lost.',
  ),
  keptWithoutAnswer: {
    status: 502,
    type: 'api_error',
    message: 'QCC has sent this request again as often as it is to, and no answer came whole.',
    headers: { 'x-should-retry': 'false' },
  },
  keptWithoutBody: {
    status: 502,
    type: 'api_error',
    message:
      'QCC has no answer to this request and cannot send it again, since its text is not kept any more.',
    headers: { 'x-should-retry': 'false' },
  },
  keptLocked: {
    status: 503,
    type: 'api_error',
    message: 'QCC cannot read this answer: its key is in an editor that is not running.',
    headers: final,
  },
  internal: {
    status: 503,
    type: 'api_error',
    message: 'QCC met an error of its own. Its log says more.',
    headers: soon,
  },
};

const failures: Record<FailureCode, (at: OwnFailure) => OwnError> = {
  dnsFailed: (at) => lost(`The host name ${at.host} of ${named(at)} could not be resolved (${at.code}).`),
  connectRefused: (at) => lost(`${at.host}, ${named(at)}, refused the connection (${at.code}).`),
  connectTimeout: (at) => late(`${at.host}, ${named(at)}, did not accept the connection in time.`),
  tlsFailed: (at) => ({
    ...lost(`The certificate or TLS of ${named(at)} was not accepted (${at.code}); the key was not sent.`),
    headers: final,
  }),
  staleConnection: (at) => lost(`The connection to ${named(at)} broke before it answered.`),
  connectionLost: (at) => lost(`The connection to ${named(at)} broke before it answered (${at.code}).`),
  badResponse: (at) => lost(`What ${named(at)} sent is no answer to this request (${at.code}).`),
  htmlAnswer: (at) => lost(`A web page came from ${named(at)} instead of an answer. Check its base URL.`),
  emptyAnswer: (at) => lost(`An empty answer came from ${named(at)}.`),
  slow: (at) => late(`No answer came from ${named(at)} in time.`),
  firstByteTimeout: (at) => late(`No answer came from ${named(at)} in time.`),
  idleTimeout: (at) => late(`The answer of ${named(at)} came to a halt.`),
  truncated: (at) => lost(`The answer of ${named(at)} broke off.`),
  redirected: (at) => ({
    ...lost(`The address of ${named(at)} leads elsewhere, which QCC does not follow. Check its base URL.`),
    headers: final,
  }),
  errorStatus: (at) => lost(`An error came from ${named(at)}.`),
};

const named = ({ endpoint }: OwnFailure): string => `endpoint "${endpoint}"`;

function noneReady(recoveryMs: number | undefined, shape: AnswerShape): OwnError {
  const minutes = Math.ceil((recoveryMs ?? 0) / 60_000);
  const when = shape.shouldRetry === false ? ` The first one is expected back in about ${minutes} min.` : '';
  return {
    status: shape.status,
    type: shape.status === 429 ? 'rate_limit_error' : 'api_error',
    message: `No endpoint is ready: all of them fail or limit requests.${when}`,
    headers: {
      'retry-after': String(shape.retryAfterSeconds ?? 5),
      ...(shape.shouldRetry === false ? { 'x-should-retry': 'false' } : {}),
    },
  };
}

function ownError(code: OwnErrorCode): OwnError {
  if (typeof code === 'string') return conditions[code];
  if ('movedTo' in code) return moved(code.movedTo);
  return 'failure' in code ? failures[code.failure](code) : noneReady(code.recoveryMs, code.shape);
}

function moved(port: number): OwnError {
  return {
    status: 503,
    type: 'api_error',
    message: `QCC has moved to http://127.0.0.1:${port}, as its port was changed. Open a new terminal, or set ANTHROPIC_BASE_URL to this address.`,
    headers: final,
  };
}

function notFound(message: string): OwnError {
  return { status: 404, type: 'not_found_error', message };
}

function lost(message: string): OwnError {
  return { status: 502, type: 'api_error', message, headers: soon };
}

function late(message: string): OwnError {
  return { status: 504, type: 'timeout_error', message, headers: soon };
}

/** An id for a request, in the form that clients show and support asks for. */
export function newRequestId(): string {
  // Made from a supply of random bytes, unlike `randomBytes`, which asks the system each time.
  return `req_qcc_${randomUUID().replaceAll('-', '')}`;
}

/**
 * Answers with an error of our own, in the shape of the Anthropic API
 * (https://docs.anthropic.com/en/api/errors), so that every client shows its message.
 *
 * @param close ends the connection afterwards, without reading a body that may still come
 * @param after what the end of the answer waits for; all of it is sent at once nevertheless
 * @returns the status
 */
export function sendOwnError(
  response: ServerResponse,
  code: OwnErrorCode,
  requestId: string,
  close = false,
  after?: Promise<void>,
): number {
  const error = ownError(code);
  const body = JSON.stringify({
    type: 'error',
    error: { type: error.type, message: error.message },
    request_id: requestId,
  });
  response.writeHead(error.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'request-id': requestId,
    ...error.headers,
    ...(close ? { connection: 'close' } : {}),
  });
  if (response.req.method !== 'HEAD') response.write(body);
  if (after) void after.then(() => response.end());
  else response.end();
  return error.status;
}
