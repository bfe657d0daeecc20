/** Why a request is kept no longer. */
export type GoneReason =
  /** The same request was served later. */
  | 'served'
  /** By hand. */
  | 'removed'
  /** It was kept for as long as anything is. */
  | 'expired'
  /** Newer ones took its place. */
  | 'crowdedOut'
  /** The store has it no longer: another process has served it, or has begun anew with the store. */
  | 'elsewhere';

/** How many are remembered. */
const maxFarewells = 1_000;

/** Remembers for a while what became of requests, for whoever still asks for their answers. */
export class Farewells {
  readonly #reasons = new Map<string, GoneReason>();

  add(id: string, reason: GoneReason): void {
    this.#reasons.set(id, reason);
    const [oldest] = this.#reasons.keys();
    if (this.#reasons.size > maxFarewells && oldest !== undefined) this.#reasons.delete(oldest);
  }

  /** Undefined when nothing is remembered of it. */
  reasonFor(id: string): GoneReason | undefined {
    return this.#reasons.get(id);
  }
}
