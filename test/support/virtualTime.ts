/** A clock that stands still until a test moves it on, and the timers that hang on it. */
export class VirtualTime {
  /** Of the clock that timers go by. */
  #elapsed = 0;
  #wall: number;
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  /** @param start in milliseconds, of whatever the test counts from */
  constructor(start = 0) {
    this.#wall = start;
  }

  readonly now = (): number => this.#wall;

  /** Calls back after so many milliseconds. @returns what calls that off */
  readonly after = (ms: number, callback: () => void): (() => void) => {
    const timer = { at: this.#elapsed + ms, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };

  /** Moves on by so many milliseconds; what is due on the way is called in its order. */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#timers.delete(next);
      this.#move(next.at - this.#elapsed);
      next.callback();
    }
    this.#move(end - this.#elapsed);
  }

  /** The machine is asleep for so many milliseconds, which no timer sees. */
  sleep(ms: number): void {
    this.#wall += ms;
  }

  #move(ms: number): void {
    this.#elapsed += ms;
    this.#wall += ms;
  }
}
