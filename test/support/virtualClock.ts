import { setImmediate as turn } from 'node:timers/promises';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** Two clocks and the timers on them, which only a test moves. */
export class VirtualClock {
  /** The monotonic clock, in milliseconds. */
  now = 1_000_000;
  /** Milliseconds since 1970. A test may set it, as users and time servers do. */
  wallNow: number;
  readonly #timers = new Set<Timer>();

  constructor(wallNow: number = Date.UTC(2026, 0, 15)) {
    this.wallNow = wallNow;
  }

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.size;
  }

  readonly setTimer = (callback: () => void, ms: number): (() => void) => {
    const timer = { at: this.now + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Lets time go by on both clocks, timer by timer, and what follows from each happen. */
  async advance(ms: number): Promise<void> {
    await settle();
    for (const _ of this.#pass(ms)) await settle();
  }

  /** The same at once: what timers only begin is not waited for. */
  pass(ms: number): void {
    for (const _ of this.#pass(ms));
  }

  /** The machine sleeps, and its timers with it. @param monotonic whether the monotonic clock goes on meanwhile */
  async sleep(ms: number, monotonic: boolean): Promise<void> {
    await settle();
    this.wallNow += ms;
    if (monotonic) this.now += ms;
  }

  /** Calls what is due on the way, in its order. */
  *#pass(ms: number): Generator<void> {
    const end = this.now + ms;
    for (;;) {
      const [next] = [...this.#timers].toSorted((a, b) => a.at - b.at);
      if (next === undefined || next.at > end) break;
      this.#move(Math.max(0, next.at - this.now));
      this.#timers.delete(next);
      next.callback();
      yield;
    }
    this.#move(end - this.now);
  }

  #move(ms: number): void {
    this.now += ms;
    this.wallNow += ms;
  }
}

/** Lets everything happen that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i += 1) await turn();
}
