/*
 * What can go wrong at an endpoint, in the words that the table of `classification.ts`, the log, the published state
 * and the views share.
 */

/** Why an attempt at an endpoint brought no usable answer. */
export type FailureCode =
  | 'dnsFailed'
  /** Refused or unreachable. */
  | 'connectRefused'
  | 'connectTimeout'
  | 'tlsFailed'
  /** A kept connection was closed by the other end just as it was used again; nothing was answered. */
  | 'staleConnection'
  /** A fresh connection broke before the answer began. */
  | 'connectionLost'
  /** Not HTTP, or an answer of the wrong form: no event stream where one was asked for, too large to be an error. */
  | 'badResponse'
  /** A page where a message was expected, with a status of success. */
  | 'htmlAnswer'
  /** Nothing where a message was expected, with a status of success. */
  | 'emptyAnswer'
  /** No message had begun in time while another endpoint was ready. */
  | 'slow'
  /** No message had begun when the request's time was over. */
  | 'firstByteTimeout'
  | 'idleTimeout'
  /** The answer ended without the end of its message. */
  | 'truncated'
  | 'redirected'
  /** An error status, or an error event that stands for one. */
  | 'errorStatus';

/** What kind of trouble a failure is; each kind has its own way out. */
export type ErrorClass =
  /** May be over in a moment. */
  | 'TRANSIENT'
  /** Over at a time that is known or guessed. */
  | 'RATE_LIMIT'
  /** The key is of no use here. */
  | 'AUTH'
  /** The same again will fail again: the request itself, or how the endpoint is set up. */
  | 'PERMANENT'
  | 'UNKNOWN';

/** Why an endpoint is taken out until somebody proves it good. */
export type QuarantineReason =
  /** The key was refused. */
  | 'keyRefused'
  /** The key's money is spent. */
  | 'keySpent'
  /** The address leads elsewhere. */
  | 'misconfigured'
  /** A check found that it answers something else than it was asked. */
  | 'wrongAnswer'
  /** It opened its circuit three times in a row. */
  | 'failing';

/** How an endpoint stands, from best to worst; the first three serve. */
export type EndpointStanding = 'healthy' | 'degraded' | 'unhealthy' | 'open' | 'quarantined';

export const modelClasses = ['opus', 'sonnet', 'haiku', 'other'] as const;
/** Models that share a rate limit (https://docs.anthropic.com/en/api/rate-limits). */
export type ModelClass = (typeof modelClasses)[number];
