import {
  afterCommit,
  afterFailure,
  type Breaker,
  type BreakerRules,
  openedAtOnce as breakerOpenedAtOnce,
  trialAbandoned as breakerTrialAbandoned,
  trialStarted as breakerTrialStarted,
  closedBreaker,
  type FailedAttempt,
  isTrialDue,
  onProbation,
} from './circuitBreaker.ts';
import type { EndpointStanding, QuarantineReason } from './failure.ts';

/*
 * What is remembered of one endpoint's health, and the events that change it: each takes a health and returns the
 * next. Times are milliseconds of a monotonic clock.
 */

/** An endpoint that is taken out until a check, or one real request at a time, proves it good. */
export interface Quarantine {
  readonly reason: QuarantineReason;
  /** The HTTP status that the endpoint answered with, where it is the reason. */
  readonly status?: number;
  /** When it began; trials that fail do not change it. */
  readonly since: number;
  /** When the next trial by a real request is due, where checks cannot tell. */
  readonly until: number;
  /** True while the trial runs. */
  readonly trial: boolean;
  /** A check has found it lying, whatever else was found of it since. */
  readonly hasLied?: true;
}

export interface EndpointHealth {
  readonly breaker: Breaker;
  /** Other endpoints go first until then; 0 when there is no reason. */
  readonly degradedUntil: number;
  readonly quarantine: Quarantine | null;
}

/** Nothing is known, so that nothing speaks against the endpoint; also what a reset leads back to. */
export const unknownHealth: EndpointHealth = {
  breaker: closedBreaker,
  degradedUntil: 0,
  quarantine: null,
};

/** How long a 429 puts an endpoint behind others. */
const degradedMs = 5 * 60_000;
/** How long a wrong answer to a check puts an endpoint that serves behind others. */
const doubtedMs = 15 * 60_000;
/** From one trial of a quarantined endpoint to the next. */
const quarantineMs = 10 * 60_000;
/** An endpoint that opens this often without a whole answer between is not having a bad minute. */
const openingsToQuarantine = 3;

/** Whether a request may be sent to an endpoint, as far as its health is concerned. */
export type Availability =
  | {
      readonly kind: 'ready';
      /** The request is the one that decides: `trialStarted` has to be told. */
      readonly trial: boolean;
    }
  | {
      readonly kind: 'open';
      /** When a trial is due. While one runs this has passed, and its end is what to wait for. */
      readonly until: number;
      /** When it opened, or when the trial that runs was started. */
      readonly since: number;
      readonly trialRuns: boolean;
    }
  | {
      readonly kind: 'quarantined';
      /** As with `open`, or undefined where a check decides, whenever it passes. */
      readonly until: number | undefined;
      readonly trialRuns: boolean;
    };

/**
 * The one predicate that decides whether health lets a request through.
 *
 * @param isChecked true when checks tell when a quarantine is over, so that no request is spent on finding out
 */
export function availabilityOf(health: EndpointHealth, now: number, isChecked = false): Availability {
  const { breaker, quarantine } = health;
  if (quarantine) {
    const { trial } = quarantine;
    const until = isChecked || onlyChecksLift(quarantine) ? undefined : quarantine.until;
    return !trial && until !== undefined && until <= now
      ? { kind: 'ready', trial: true }
      : { kind: 'quarantined', until, trialRuns: trial };
  }
  switch (breaker.state) {
    case 'closed':
      return { kind: 'ready', trial: false };
    case 'open':
      return isTrialDue(breaker, now)
        ? { kind: 'ready', trial: true }
        : { kind: 'open', until: breaker.until, since: breaker.since, trialRuns: false };
    case 'halfOpen':
      return { kind: 'open', until: breaker.since, since: breaker.since, trialRuns: true };
  }
}

/** How the endpoint stands; the worst that applies. */
export function standingOf(health: EndpointHealth, now: number): EndpointStanding {
  if (health.quarantine) return 'quarantined';
  if (health.breaker.state !== 'closed') return 'open';
  if (health.breaker.failures > 0) return 'unhealthy';
  return health.degradedUntil > now ? 'degraded' : 'healthy';
}

/**
 * A trial is sent, of the quarantine or else of the breaker. It must end in one of the events below; one that proved
 * nothing either way ends in `trialAbandoned`.
 */
export function trialStarted(health: EndpointHealth, now: number): EndpointHealth {
  const { breaker, quarantine } = health;
  return quarantine
    ? { ...health, quarantine: { ...quarantine, trial: true } }
    : { ...health, breaker: breakerTrialStarted(breaker, now) };
}

/** The trial ended without a verdict, for instance because the client left: the next one is due at once. */
export function trialAbandoned(health: EndpointHealth, now: number): EndpointHealth {
  const { breaker, quarantine } = health;
  if (!quarantine) return { ...health, breaker: breakerTrialAbandoned(breaker, now) };
  return quarantine.trial ? { ...health, quarantine: { ...quarantine, trial: false, until: now } } : health;
}

/** A request failed in a way that counts against the endpoint. @param mayOpen see `afterFailure` of the breaker */
export function failed(
  health: EndpointHealth,
  now: number,
  rules: BreakerRules,
  of: FailedAttempt,
  mayOpen: boolean,
): EndpointHealth {
  if (health.quarantine) return failedInQuarantine(health, health.quarantine, now, of);
  return withBreaker(health, afterFailure(health.breaker, now, rules, of, mayOpen), now);
}

/** A request failed in a way that the next one would meet as well, such as a refused TLS certificate. */
export function openedAtOnce(
  health: EndpointHealth,
  now: number,
  rules: BreakerRules,
  of: FailedAttempt,
): EndpointHealth {
  if (health.quarantine) return failedInQuarantine(health, health.quarantine, now, of);
  return withBreaker(health, breakerOpenedAtOnce(health.breaker, now, rules, of), now);
}

/** The endpoint answered with a 429. This ends no trial. */
export function rateLimited(health: EndpointHealth, now: number): EndpointHealth {
  return { ...health, degradedUntil: now + degradedMs };
}

/** Checks turn out to prove nothing: where they were waited for, a real request may try at once. */
export function trialDue(health: EndpointHealth, now: number): EndpointHealth {
  const { quarantine } = health;
  return quarantine && !quarantine.trial
    ? { ...health, quarantine: { ...quarantine, until: Math.min(now, quarantine.until) } }
    : health;
}

/**
 * A check got a wrong answer from an endpoint that real requests were just served by. That alone takes nobody out, but
 * others go first, for longer than it takes until a check alone decides.
 */
export function doubted(health: EndpointHealth, now: number): EndpointHealth {
  return { ...health, degradedUntil: now + doubtedMs };
}

/**
 * The endpoint is taken out. Again for the same reason, it is still the same quarantine.
 *
 * @param details.untilMs milliseconds from now to the first trial, where it is known when things change
 */
export function quarantined(
  health: EndpointHealth,
  now: number,
  reason: QuarantineReason,
  details: { readonly status?: number; readonly untilMs?: number } = {},
): EndpointHealth {
  const { status, untilMs = quarantineMs } = details;
  const since = health.quarantine?.reason === reason ? health.quarantine.since : now;
  const hasLied = reason === 'wrongAnswer' || health.quarantine?.hasLied === true;
  const quarantine: Quarantine = {
    reason,
    since,
    until: now + untilMs,
    trial: false,
    ...(status === undefined ? {} : { status }),
    ...(hasLied ? { hasLied } : {}),
  };
  return { ...health, quarantine };
}

/**
 * Content of an answer has come. That ends a trial well, but one more failure takes the endpoint out again. An answer
 * to a request from before a quarantine says nothing about it.
 */
export function committed(health: EndpointHealth, rules: BreakerRules): EndpointHealth {
  const { breaker, quarantine } = health;
  if (!quarantine) return { ...health, breaker: afterCommit(breaker, rules) };
  if (onlyChecksLift(quarantine)) return trialAbandoned(health, quarantine.until);
  return quarantine.trial ? { ...health, quarantine: null, breaker: onProbation(breaker, rules) } : health;
}

/**
 * A whole answer has come. That clears everything, unless the request was sent before what is to be cleared began: it
 * says nothing about how the endpoint is now.
 *
 * @param sentAt when the request was sent
 */
export function succeeded(health: EndpointHealth, sentAt: number): EndpointHealth {
  const { breaker, quarantine } = health;
  if (quarantine && onlyChecksLift(quarantine)) return health;
  if (quarantine && !quarantine.trial && sentAt <= quarantine.since) return health;
  // A key or an address that is of no use is not mended by an answer to somebody else's request.
  if (quarantine && !quarantine.trial && quarantine.reason !== 'failing') return health;
  if (breaker.state !== 'closed' && sentAt < breaker.since) return health;
  return unknownHealth;
}

/** Whoever gives wrong answers gives them to requests as well, which cannot tell. */
function onlyChecksLift({ hasLied }: Quarantine): boolean {
  return hasLied === true;
}

/** Only the trial counts; other requests are from before the quarantine. */
function failedInQuarantine(
  health: EndpointHealth,
  quarantine: Quarantine,
  now: number,
  of: FailedAttempt,
): EndpointHealth {
  if (!quarantine.trial || of === 'request') return health;
  return { ...health, quarantine: { ...quarantine, until: now + quarantineMs, trial: false } };
}

function withBreaker(health: EndpointHealth, breaker: Breaker, now: number): EndpointHealth {
  const next = { ...health, breaker };
  const isLost = breaker.state === 'open' && breaker.openings >= openingsToQuarantine;
  return isLost ? quarantined(next, now, 'failing') : next;
}
