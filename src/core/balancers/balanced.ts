/** What the strategies look at when they choose between endpoints. */
export interface Balanced {
  readonly id: string;
  /** Share of the traffic, relative to the others; more than 0. */
  readonly weight: number;
  /** Lower goes first. */
  readonly priority: number;
  /** Requests that are with the endpoint now. */
  readonly inFlight: number;
  /** Moving average of the time to the first token in milliseconds, or undefined while nothing was measured. */
  readonly responseMs: number | undefined;
}

/** At least one. */
export type Some<T> = readonly [T, ...T[]];

export function isSome<T>(all: readonly T[]): all is Some<T> {
  return all.length > 0;
}

/** All that come first, in their order. */
export function allFirst<T>([head, ...rest]: Some<T>, compare: (a: T, b: T) => number): Some<T> {
  let first: [T, ...T[]] = [head];
  for (const each of rest) {
    const order = compare(each, first[0]);
    if (order < 0) first = [each];
    else if (order === 0) first.push(each);
  }
  return first;
}
