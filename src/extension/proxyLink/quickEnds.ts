/** Pauses between starts of a process that keeps ending, in milliseconds. */
export const firstBackoffMs = 200;
export const lastBackoffMs = 5_000;
/** So many quick ends in a row are worth telling the user. */
const endsToTell = 3;

/** Counts processes that ended too soon, one after the other. */
export class QuickEnds {
  #count = 0;

  /** One more. @returns how long to wait before the next start, in milliseconds */
  add(): number {
    this.#count += 1;
    return Math.min(firstBackoffMs * 2 ** (this.#count - 1), lastBackoffMs);
  }

  /** A process has lived long enough. */
  reset(): void {
    this.#count = 0;
  }

  get isWorthTelling(): boolean {
    return this.#count >= endsToTell;
  }
}
