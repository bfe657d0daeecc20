import { type CheckClass, isProof } from './healthCheck.ts';

/** An answer to a check, as far as it is rated. */
export interface RatedAnswer {
  /** The code came back. */
  readonly isCorrect: boolean;
  /** Milliseconds to the first content. */
  readonly firstContentMs: number;
  /** 0 to 1: how much of what belongs to a streamed message was there. */
  readonly form: number;
}

/** So fast is fast enough, in milliseconds. */
const promptMs = 1_000;
/** So late is as bad as it gets: the time limit of a check, in milliseconds. */
const latestMs = 15_000;

/**
 * How good an endpoint is by one answer, from 0 to 100: 0 unless the code came back, else 60 points for that, up to 30
 * for the time to the first content, and 10 for the form. The time is rated by its logarithm, from 30 points at one
 * second to none at fifteen: twice as slow costs the same wherever it happens.
 */
export function healthScore({ isCorrect, firstContentMs, form }: RatedAnswer): number {
  if (!isCorrect) return 0;
  const lateness = Math.log(Math.max(firstContentMs, promptMs) / promptMs) / Math.log(latestMs / promptMs);
  return Math.round(60 + 30 * (1 - Math.min(lateness, 1)) + 10 * Math.min(Math.max(form, 0), 1));
}

/** The score of a check without a right answer: null where it proves nothing. */
export function scoreWithoutAnswer(checkClass: Exclude<CheckClass, 'passed'>): number | null {
  return isProof(checkClass) ? 0 : null;
}
