import { allFirst, type Balanced, type Some } from './balanced.ts';

/** Those that have the fewest requests for their weight, counting the one to be placed. */
export function leastLoaded<T extends Balanced>(among: Some<T>): Some<T> {
  // The fractions (inFlight + 1) / weight, compared without dividing so that equal ones are equal.
  return allFirst(among, (a, b) => (a.inFlight + 1) * b.weight - (b.inFlight + 1) * a.weight);
}
