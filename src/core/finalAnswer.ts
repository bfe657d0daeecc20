import type { Verdict } from './classification.ts';
import type { ErrorAnswer } from './errorAnswer.ts';

/** What one attempt met. */
export interface Refusal {
  readonly verdict: Verdict;
  /** The endpoint's answer, if there was one. */
  readonly answer: ErrorAnswer | undefined;
}

/**
 * Which of several refusals tells the client most, when nobody could serve: the last one that says when to come back,
 * else the last one that blames a key, else the last 404, else the last answer, else the last without any.
 *
 * @param refusals in the order of the attempts
 * @returns an index, or -1 when there are none
 */
export function mostUseful(refusals: readonly Refusal[]): number {
  const ranks = refusals.map(rankOf);
  return ranks.lastIndexOf(Math.min(...ranks));
}

/** The lower, the more useful. A page of a firewall with status 403 says nothing about a key. */
function rankOf({ verdict, answer }: Refusal): number {
  if (answer === undefined || verdict.last === 'own') return 4;
  if (answer.status === 429) return 0;
  if (verdict.class === 'AUTH') return 1;
  return answer.status === 404 ? 2 : 3;
}

/** Status and headers that an endpoint's error gets on its way to the client; the rest of it stays as it is. */
export interface AnswerShape {
  readonly status: number;
  /** Whole seconds, which replace the endpoint's `retry-after` and `retry-after-ms`. */
  readonly retryAfterSeconds?: number;
  /** Sent as `x-should-retry: false`. */
  readonly shouldRetry?: false;
}

/** Clients end the turn at once when they are told to wait longer. */
const maxRetryAfterSeconds = 60;
/** All that Claude Code rides out: eleven requests with 60 seconds in between. In milliseconds. */
export const maxRecoveryMs = 660_000;

/**
 * Shapes the last error to the clocks of the clients, as measured with Claude Code:
 * - 529 ends the turn after two retries for some models, in less than two seconds; 503 gets all ten.
 * - A wait over 60 seconds ends the turn at once, and 0 is ignored; so every 429 and 503 says 1 to 60 seconds.
 * - 401 is retried for three minutes, which helps nobody: a key is not mended by trying.
 * - Where the retries cannot last until the recovery, hiding the message behind them helps nobody either. As a 429
 *   that is not to be retried it is shown at once, with its message.
 *
 * @param status of the endpoint's answer, or of ours
 * @param toldMs milliseconds that the answer itself asks to wait
 * @param soonestMs milliseconds until an endpoint may be ready again, as far as is known
 */
export function shapeAnswer(
  status: number,
  toldMs: number | undefined,
  soonestMs: number | undefined,
): AnswerShape {
  if (status === 429) return patient(429, soonestMs ?? toldMs ?? 1_000, soonestMs ?? toldMs);
  if (status === 503 || status === 529) return patient(503, soonestMs ?? toldMs ?? 5_000, soonestMs);
  const isTooLong = toldMs !== undefined && toldMs > maxRetryAfterSeconds * 1000;
  return {
    status,
    ...(isTooLong ? { retryAfterSeconds: maxRetryAfterSeconds } : {}),
    ...(status === 401 ? { shouldRetry: false } : {}),
  };
}

/**
 * An answer that is worth waiting for, unless the recovery is too far away.
 *
 * @param recoveryMs undefined when not known
 */
function patient(status: 429 | 503, waitMs: number, recoveryMs: number | undefined): AnswerShape {
  const retryAfterSeconds = Math.min(Math.max(Math.ceil(waitMs / 1000), 1), maxRetryAfterSeconds);
  return recoveryMs !== undefined && recoveryMs > maxRecoveryMs
    ? { status: 429, retryAfterSeconds, shouldRetry: false }
    : { status, retryAfterSeconds };
}
