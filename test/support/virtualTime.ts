/** A clock that stands still until a test moves it on, and the timers that hang on it. */
export class VirtualTime {
  #now: number;
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  /** @param start in milliseconds, of whatever the test counts from */
  constructor(start = 0) {
    this.#now = start;
  }

  readonly now = (): number => this.#now;

  /** Calls back after so many milliseconds. @returns what calls that off */
  readonly after = (ms: number, callback: () => void): (() => void) => {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };

  /** Moves on by so many milliseconds; what is due on the way is called in its order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
  }
}
