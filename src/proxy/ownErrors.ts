import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { FailureCode } from '../protocol/state.ts';

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
  | 'internal';

/** What the proxy answers by itself, because no upstream response exists: a condition, or how the last try failed. */
export type OwnErrorCode = OwnCondition | { readonly endpoint: string; readonly failure: FailureCode };

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
  internal: {
    status: 503,
    type: 'api_error',
    message: 'QCC met an error of its own. Its log says more.',
    headers: soon,
  },
};

const failures: Record<FailureCode, (endpoint: string) => OwnError> = {
  dnsFailed: (at) => lost(`The host name of endpoint "${at}" could not be resolved.`),
  connectRefused: (at) => lost(`Endpoint "${at}" refused the connection.`),
  connectTimeout: (at) => late(`Endpoint "${at}" did not accept the connection in time.`),
  tlsFailed: (at) => ({
    ...lost(`The certificate or TLS of endpoint "${at}" was not accepted; the key was not sent.`),
    headers: final,
  }),
  connectionLost: (at) => lost(`Endpoint "${at}" closed the connection before it answered.`),
  badResponse: (at) => lost(`Endpoint "${at}" sent something that is not HTTP.`),
  firstByteTimeout: (at) => late(`Endpoint "${at}" did not answer in time.`),
  idleTimeout: (at) => late(`Endpoint "${at}" fell silent.`),
  truncated: (at) => lost(`The answer of endpoint "${at}" broke off.`),
  redirected: (at) => ({
    ...lost(`Endpoint "${at}" redirects elsewhere, which QCC does not follow. Check its base URL.`),
    headers: final,
  }),
  errorStatus: (at) => lost(`Endpoint "${at}" answered with an error.`),
};

function lost(message: string): OwnError {
  return { status: 502, type: 'api_error', message, headers: soon };
}

function late(message: string): OwnError {
  return { status: 504, type: 'timeout_error', message, headers: soon };
}

/** An id for a request, in the form that clients show and support asks for. */
export function newRequestId(): string {
  return `req_qcc_${randomBytes(12).toString('base64url')}`;
}

/**
 * Answers with an error of our own, in the shape of the Anthropic API
 * (https://docs.anthropic.com/en/api/errors), so that every client shows its message.
 *
 * @param close ends the connection afterwards, without reading a body that may still come
 */
export function sendOwnError(
  response: ServerResponse,
  code: OwnErrorCode,
  requestId: string,
  close = false,
): void {
  const error = typeof code === 'string' ? conditions[code] : failures[code.failure](code.endpoint);
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
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
