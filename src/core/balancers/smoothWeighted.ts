import type { Balanced, Some } from './balanced.ts';

/** Credits that differ by less are equal, and the first of them is picked; real differences are a thousand times it. */
const rounding = 1e-9;

/**
 * Smooth weighted round robin (https://github.com/nginx/nginx/commit/52327e0627f49dbda1e8db695e63a4b0af4448b1): each
 * pick gives every candidate credit by its weight, and the one with the most pays for it. Weights 5, 1, 1 give
 * a a b a c a a.
 *
 * nginx counts credit in weights; here it is counted in picks. The order is the same as long as the candidates are,
 * but when some drop out, what the rest is owed is a pick or so, not hundreds in a row.
 */
export class SmoothWeighted {
  readonly #credit = new Map<string, number>();

  pick<T extends Balanced>(among: Some<T>): T {
    const total = among.reduce((sum, { weight }) => sum + weight, 0);
    for (const { id, weight } of among) this.#credit.set(id, this.#of(id) + weight / total);
    const picked = among.reduce((best, each) =>
      this.#of(each.id) > this.#of(best.id) + rounding ? each : best,
    );
    this.#credit.set(picked.id, this.#of(picked.id) - 1);
    return picked;
  }

  /** Lets go of all others. */
  retain(ids: ReadonlySet<string>): void {
    for (const id of this.#credit.keys()) if (!ids.has(id)) this.#credit.delete(id);
  }

  #of(id: string): number {
    return this.#credit.get(id) ?? 0;
  }
}
