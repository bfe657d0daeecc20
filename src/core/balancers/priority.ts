import { allFirst, type Balanced, type Some } from './balanced.ts';

/** Those with the lowest priority number. */
export function foremost<T extends Balanced>(among: Some<T>): Some<T> {
  return allFirst(among, (a, b) => a.priority - b.priority);
}
