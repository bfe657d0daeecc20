/** What a series of times looks like, in milliseconds. */
export interface Times {
  readonly median: number;
  readonly p99: number;
  readonly max: number;
}

/** Describes a series of times. @throws when there is none */
export function timesOf(series: readonly number[]): Times {
  const sorted = series.toSorted((a, b) => a - b);
  return { median: at(sorted, 0.5), p99: at(sorted, 0.99), max: at(sorted, 1) };
}

/** The value that a share of a sorted series does not exceed (nearest rank). */
function at(sorted: readonly number[], share: number): number {
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (value === undefined) throw new Error('nothing was measured');
  return value;
}
