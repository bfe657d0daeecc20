import type { Balanced, Some } from './balanced.ts';

/** One drawn at random, each as likely as its weight says. @param random in [0, 1) */
export function drawByWeight<T extends Balanced>(among: Some<T>, random: () => number): T {
  const total = among.reduce((sum, { weight }) => sum + weight, 0);
  let left = random() * total;
  let drawn = among[0];
  for (const each of among) {
    drawn = each;
    left -= each.weight;
    if (left < 0) break;
  }
  return drawn;
}
