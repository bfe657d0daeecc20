import { type Balanced, isSome, type Some } from './balanced.ts';
import { drawByWeight } from './random.ts';

/**
 * Power of two choices (M. Mitzenmacher, 2001): of two drawn by weight, the one that answers sooner. Always taking the
 * quickest of all would send it everything until it is the slowest. One that was never measured counts as quick, so
 * that it gets measured.
 *
 * @param random in [0, 1)
 */
export function quickerOfTwo<T extends Balanced>(among: Some<T>, random: () => number): T {
  const first = drawByWeight(among, random);
  const others = among.filter((each) => each !== first);
  if (!isSome(others)) return first;
  const second = drawByWeight(others, random);
  return (second.responseMs ?? 0) < (first.responseMs ?? 0) ? second : first;
}
