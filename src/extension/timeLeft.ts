/** How long something still lasts, as coarse as people read it: it never promises less than there is. */
export interface TimeLeft {
  readonly unit: 'seconds' | 'minutes' | 'hours' | 'days';
  /** Rounded up, at least 1. */
  readonly value: number;
  /** True when it is rounded so far that it says no more than a limit. */
  readonly isLimit: boolean;
}

const units = [
  // From two of a unit on, so that no figure is far off.
  { unit: 'days', ms: 86_400_000, from: 2 },
  { unit: 'hours', ms: 3_600_000, from: 2 },
  { unit: 'minutes', ms: 60_000, from: 1 },
  { unit: 'seconds', ms: 1_000, from: 0 },
] as const;

const unitOf = (ms: number) => units.find((unit) => ms > unit.from * unit.ms);

/**
 * The time left until a moment, or null when it has come.
 *
 * @param until milliseconds since 1970
 * @param now milliseconds since 1970
 * @param secondsStep seconds are rounded up to a multiple of this
 */
export function timeLeft(until: number, now: number, secondsStep = 1): TimeLeft | null {
  const unit = unitOf(until - now);
  if (!unit) return null;
  const step = unit.unit === 'seconds' ? secondsStep : 1;
  const value = Math.ceil((until - now) / (unit.ms * step)) * step;
  return { unit: unit.unit, value, isLimit: step > 1 };
}

/** Milliseconds until `timeLeft` of that moment says something else, or null when it never will again. */
export function nextChange(until: number, now: number): number | null {
  const ms = until - now;
  const unit = unitOf(ms);
  if (!unit) return null;
  const steps = Math.ceil(ms / unit.ms) - 1;
  return ms - Math.max(steps, unit.from) * unit.ms;
}
