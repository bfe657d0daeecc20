/*
 * The circuit breaker of one endpoint (M. Nygard, "Release It!"): consecutive failures open it, after a time one trial
 * request is let through, and that one decides. Times are milliseconds of a monotonic clock.
 */

export interface BreakerRules {
  /** Consecutive failures that open the breaker. */
  readonly threshold: number;
  /** Milliseconds that the first opening lasts; each opening after it, without a success between, lasts twice as long. */
  readonly openMs: number;
  /** Milliseconds that no opening exceeds. */
  readonly maxOpenMs: number;
}

/** `failures` and `openings` are those in a row: a whole answer, whoever asked for it, leads back to `closedBreaker`. */
export type Breaker =
  | { readonly state: 'closed'; readonly failures: number; readonly openings: number }
  | {
      readonly state: 'open';
      readonly failures: number;
      readonly openings: number;
      /** When it opened. */
      readonly since: number;
      /** When a trial is due. */
      readonly until: number;
    }
  | {
      /** Its one trial runs. */
      readonly state: 'halfOpen';
      readonly failures: number;
      readonly openings: number;
      /** When the trial started. */
      readonly since: number;
    };

/** In which part a request was sent to the endpoint where it failed. */
export type FailedAttempt =
  /** The breaker was closed when it was sent. */
  | 'request'
  /** The trial of an open breaker, when it was due. */
  | 'trial'
  /** A trial before it was due, because nothing else was left. */
  | 'lastResort';

/** The breaker of an endpoint of which nothing bad is known. */
export const closedBreaker: Breaker = { state: 'closed', failures: 0, openings: 0 };

/** True when the next request may be sent as the trial. */
export function isTrialDue(breaker: Breaker, now: number): boolean {
  return breaker.state === 'open' && breaker.until <= now;
}

/**
 * A trial is sent, when it is due or as a last resort. It must end in `afterFailure`, `openedAtOnce`, `afterCommit`, in
 * `closedBreaker` or, when it proved nothing, in `trialAbandoned`; until then there is no other.
 */
export function trialStarted(breaker: Breaker, now: number): Breaker {
  if (breaker.state !== 'open') return breaker;
  const { failures, openings } = breaker;
  return { state: 'halfOpen', failures, openings, since: now };
}

/**
 * A request failed in a way that counts against the endpoint.
 *
 * @param mayOpen false when the endpoint is the only one that could have served: a breaker that blocks it would help
 *   nobody, so that it stays closed, or closes, with the failures counted up to the threshold
 */
export function afterFailure(
  breaker: Breaker,
  now: number,
  rules: BreakerRules,
  of: FailedAttempt,
  mayOpen: boolean,
): Breaker {
  const { openings } = breaker;
  const failures = breaker.failures + 1;
  switch (breaker.state) {
    case 'closed':
      if (mayOpen && failures >= rules.threshold) return opened(failures, openings + 1, now, rules);
      return { state: 'closed', failures: Math.min(failures, rules.threshold), openings };
    case 'open':
      // A request from before the opening; what it has to say is known.
      return breaker;
    case 'halfOpen':
      if (of === 'request') return breaker;
      if (!mayOpen) return { state: 'closed', failures: Math.min(failures, rules.threshold), openings };
      // A last resort came before its time, so that its failure does not make the time longer.
      return opened(failures, of === 'trial' ? openings + 1 : openings, now, rules);
  }
}

/** A failure that the next request would meet as well, such as a refused TLS certificate: opens without counting. */
export function openedAtOnce(breaker: Breaker, now: number, rules: BreakerRules, of: FailedAttempt): Breaker {
  const failures = breaker.failures + 1;
  switch (breaker.state) {
    case 'closed':
      return opened(failures, breaker.openings + 1, now, rules);
    case 'open':
      return breaker;
    case 'halfOpen':
      return afterFailure(breaker, now, rules, of, true);
  }
}

/** Content of an answer has come: one more failure opens again, but meanwhile there is traffic. */
export function afterCommit(breaker: Breaker, rules: BreakerRules): Breaker {
  return breaker.state === 'halfOpen' ? onProbation(breaker, rules) : breaker;
}

/** Closed, but so that the next failure opens again, and for longer than the last time. */
export function onProbation(breaker: Breaker, rules: BreakerRules): Breaker {
  return { state: 'closed', failures: rules.threshold - 1, openings: breaker.openings };
}

/** The trial ended without a verdict, for instance because the client left: the next one is due at once. */
export function trialAbandoned(breaker: Breaker, now: number): Breaker {
  if (breaker.state !== 'halfOpen') return breaker;
  return { ...breaker, state: 'open', until: now };
}

function opened(failures: number, openings: number, now: number, rules: BreakerRules): Breaker {
  const lasts = Math.min(rules.openMs * 2 ** (openings - 1), rules.maxOpenMs);
  return { state: 'open', failures, openings, since: now, until: now + lasts };
}
