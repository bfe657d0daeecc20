/** No more than this is counted from one look at the clock to the next, in milliseconds. */
const longestStepMs = 5_000;

/**
 * Time in which somebody was there to be answered, in milliseconds: it has to be looked at again and again, and of a gap
 * little counts. Whoever slept with the machine, or was held up, has not waited for anybody meanwhile.
 */
export class AwakeClock {
  readonly #monotonic: () => number;
  #last: number;
  #passed = 0;

  /** @param monotonic milliseconds */
  constructor(monotonic: () => number = () => performance.now()) {
    this.#monotonic = monotonic;
    this.#last = monotonic();
  }

  now(): number {
    const now = this.#monotonic();
    this.#passed += Math.min(now - this.#last, longestStepMs);
    this.#last = now;
    return this.#passed;
  }
}
