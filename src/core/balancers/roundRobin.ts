import { allFirst, type Balanced, type Some } from './balanced.ts';

/**
 * Equal shares: the one whose turn was the longest ago, in the order of their ids where that is equal. With the same
 * candidates each time this is plain round robin; one that is sometimes missing takes its turn when it is back.
 */
export class RoundRobin {
  #turn = 0;
  readonly #lastTurn = new Map<string, number>();

  pick<T extends Balanced>(among: Some<T>): T {
    const [first, ...others] = allFirst(among, (a, b) => this.#lastTurnOf(a) - this.#lastTurnOf(b));
    const picked = others.reduce((best, each) => (each.id < best.id ? each : best), first);
    this.#turn += 1;
    this.#lastTurn.set(picked.id, this.#turn);
    return picked;
  }

  /** Lets go of all others. */
  retain(ids: ReadonlySet<string>): void {
    for (const id of this.#lastTurn.keys()) if (!ids.has(id)) this.#lastTurn.delete(id);
  }

  #lastTurnOf({ id }: Balanced): number {
    return this.#lastTurn.get(id) ?? 0;
  }
}
