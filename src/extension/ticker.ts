/** What is to be kept true while time passes. */
export interface TickerHost {
  /** Milliseconds until the next tick is due, or null when none is needed. */
  next(): number | null;
  tick(): void;
}

/** Timers take no more than this, in milliseconds. */
const longestMs = 2 ** 31 - 1;

/** One timer for all that counts down. It runs only while something does. */
export class Ticker {
  readonly #host: TickerHost;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: TickerHost) {
    this.#host = host;
  }

  /** To be called when what counts down may have changed, and after each tick. */
  update(): void {
    clearTimeout(this.#timer);
    const next = this.#host.next();
    this.#timer = next === null ? undefined : setTimeout(() => this.#host.tick(), Math.min(next, longestMs));
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}
