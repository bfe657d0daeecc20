import type { Verdict } from './classification.ts';
import type { FailureCode } from './failure.ts';

/** How long one question of a check may take, in milliseconds. */
export const checkLimitMs = 15_000;

export const checkClasses = [
  /** The code came back in a well-formed answer. */
  'passed',
  /** An answer with status 200 that does not hold the code: an error text, nothing, a canned sentence. */
  'wrongAnswer',
  /** No usable answer. */
  'failed',
  'timeout',
  'rateLimited',
  /** The key was refused, or its money is spent. */
  'badKey',
  /** Refused in a way that proves nothing about traffic (400, 403, 404, 405), or cut short: cannot be checked. */
  'refused',
] as const;
/** How a check ended. */
export type CheckClass = (typeof checkClasses)[number];

/** One check of one endpoint. */
export interface CheckRecord {
  readonly endpointId: string;
  /** When it ended, in milliseconds since 1970. */
  readonly at: number;
  readonly class: CheckClass;
  /** 0 to 100; null where the check proves nothing (`refused`, `rateLimited`). */
  readonly score: number | null;
  /** The model that was asked. */
  readonly model: string;
  /** Milliseconds to the first content, or null when none came. */
  readonly firstContentMs: number | null;
  readonly durationMs: number;
  readonly status?: number;
  readonly failure?: FailureCode;
  /** Input and output tokens together, as the endpoint counted them, else as they are estimated. */
  readonly tokens: number;
  /** Somebody asked for it. */
  readonly manual: boolean;
}

/** What the checks of one endpoint come to. */
export interface CheckMetrics {
  readonly total: number;
  readonly byClass: Readonly<Record<CheckClass, number>>;
  /** 0 to 1, of the checks that prove something; null before the first of them. As below. */
  readonly successRate: number | null;
  /** The same of the last 20. */
  readonly recentSuccessRate: number | null;
  /** Milliseconds of the passed ones among the last 100. As below. */
  readonly meanMs: number | null;
  readonly p95Ms: number | null;
  /** 0 to 1: 1 when they all take the same time. */
  readonly stability: number | null;
  /** Of the last checks that prove something, how many in a row ended alike. */
  readonly streak: { readonly passed: boolean; readonly length: number } | null;
  readonly tokens: number;
}

/** All checks of one endpoint that are known of, summed up, and the last 100 of them, oldest first. */
export interface CheckHistory {
  readonly endpointId: string;
  readonly byClass: Readonly<Record<CheckClass, number>>;
  readonly tokens: number;
  readonly last: readonly CheckRecord[];
}

/** Whether a check that ended like this says anything about how the endpoint would serve traffic. */
export function isProof(checkClass: CheckClass): boolean {
  return checkClass !== 'refused' && checkClass !== 'rateLimited';
}

/**
 * What an error of an endpoint makes of a check. What would be the request's own fault in traffic, or the model's,
 * proves nothing: some relays take requests of certain clients only. So does every 403, for the same reason.
 *
 * @param verdict of the classification that holds for traffic
 */
export function checkClassOf(verdict: Verdict, status: number): Exclude<CheckClass, 'passed'> {
  switch (verdict.effect) {
    case 'quarantineKeyRefused':
    case 'quarantineKeySpent':
    case 'quarantineKeySpentThisMonth':
      return 'badKey';
    default:
      if (verdict.class === 'RATE_LIMIT') return 'rateLimited';
      return verdict.class === 'PERMANENT' || status === 403 ? 'refused' : 'failed';
  }
}
