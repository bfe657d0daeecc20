/*
 * When endpoints are checked. Times are milliseconds of a monotonic clock.
 */

/** Why an endpoint is checked, or not. */
export type CheckNeed =
  /** It is out until somebody proves it good. */
  | 'out'
  /** It is out for its key or its address, which do not mend by themselves. */
  | 'outForKey'
  /** It belongs to the profile that is to serve again. */
  | 'recovering'
  /** It is in service. Traffic that it serves spares the check. */
  | 'idle'
  /** It is not used. */
  | 'none';

/** What is known of an endpoint, as far as it decides when the next check is due. */
export interface CheckFacts {
  readonly need: CheckNeed;
  /** Since when there is this need; also since the machine woke up. */
  readonly since: number;
  /** When the last check ended, if there was one. */
  readonly checkedAt: number | undefined;
  /** When it last served a request of traffic, if it has. */
  readonly provedAt: number | undefined;
  /** The endpoint asked to be left alone until then. */
  readonly notBefore: number | undefined;
  /** It refuses checks, which prove nothing then. */
  readonly isRefused: boolean;
}

/** Without haste, checks are this many intervals apart. */
const slowIntervals = 10;
/** How much earlier than at its interval a check may come, as a share: ±15 % of what it is on average. */
const jitter = 0.3;
/** The first check of all keeps this share of an interval clear of the start. */
const firstClear = 0.1;
/** Checks that run at once at most. */
const maxRunning = 4;

/**
 * When the next check is due, or undefined for never.
 *
 * What is out is checked every interval, and so is what is to serve again. All else is checked every ten: what is in
 * service, since its last check or the last request it served; what has a useless key; what refuses checks. What was
 * in service and neither checked nor used for that long, or never, is checked within the first interval. It never
 * takes longer than that: jitter, by which endpoints come apart, only makes a check earlier.
 *
 * @param intervalMs from one check to the next
 * @param draw decides the jitter, from 0 up to 1; to be drawn once for each check
 */
export function checkDueAt(facts: CheckFacts, intervalMs: number, draw: number): number | undefined {
  const { need, since, checkedAt, provedAt, notBefore, isRefused } = facts;
  if (need === 'none') return undefined;
  const isSlow = need === 'idle' || need === 'outForKey' || isRefused;
  const waitMs = intervalMs * (isSlow ? slowIntervals : 1) * (1 - jitter * draw);
  const known = latest(checkedAt, need === 'idle' ? provedAt : undefined);
  const due =
    need === 'idle'
      ? latest(known + waitMs, since + intervalMs * (firstClear + (1 - firstClear) * draw))
      : latest(known, since) + waitMs;
  return latest(due, notBefore);
}

function latest(...times: readonly (number | undefined)[]): number {
  return Math.max(...times.map((time) => time ?? Number.NEGATIVE_INFINITY));
}

/** A check that is to come. */
export interface PlannedCheck {
  readonly endpointId: string;
  /** Host and port. Two checks at once could make a small relay look slow, or meet its limit. */
  readonly host: string;
  readonly dueAt: number;
}

/**
 * Which of the planned checks may start, those first that are due for longest: one at a time at each host, and four in
 * all.
 *
 * @param busyHosts the hosts of the checks that run, one for each
 */
export function checksToStart<P extends PlannedCheck>(
  planned: readonly P[],
  busyHosts: readonly string[],
  now: number,
): readonly P[] {
  const hosts = [...busyHosts];
  return planned
    .filter(({ dueAt }) => dueAt <= now)
    .toSorted((a, b) => a.dueAt - b.dueAt)
    .filter(({ host }) => {
      if (hosts.length >= maxRunning || hosts.includes(host)) return false;
      hosts.push(host);
      return true;
    });
}
