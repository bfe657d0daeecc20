import { TimeLimit } from '../protocol/timeLimit.ts';

/** Time limits of a process that nobody needs any more, in milliseconds. */
export interface LifetimeLimits {
  /** How long running streams may take to end once no window is attached. */
  readonly streams: number;
  /** How long the process waits for a window after that; a reload of a window takes 2–3 s. */
  readonly windows: number;
}

export const defaultLifetimeLimits: LifetimeLimits = { streams: 60_000, windows: 10_000 };

/**
 * Decides when the process ends: windows hold leases, and without any it finishes the running streams, waits a
 * little for a window to come back, and goes. When the machine slept meanwhile, windows need a moment to come back.
 */
export class Lifetime {
  readonly #limits: LifetimeLimits;
  readonly #over: () => void;
  #leases = 0;
  #streams = 0;
  readonly #grace = new TimeLimit();
  readonly #last = new TimeLimit();
  #isLastSet = false;

  /** @param over is called once nobody needs the process; again if it is still there and that happens anew */
  constructor(over: () => void, limits: LifetimeLimits = defaultLifetimeLimits) {
    this.#over = over;
    this.#limits = limits;
    this.#arm();
  }

  set leases(count: number) {
    this.#leases = count;
    this.#arm();
  }

  set streams(count: number) {
    const changed = count > 0 !== this.#streams > 0;
    this.#streams = count;
    if (changed) this.#arm();
  }

  #arm(): void {
    this.#grace.clear();
    if (this.#leases > 0) {
      this.#last.clear();
      this.#isLastSet = false;
      return;
    }
    if (!this.#isLastSet) this.#last.set(this.#limits.streams + this.#limits.windows, this.#over);
    this.#isLastSet = true;
    if (this.#streams === 0) this.#grace.set(this.#limits.windows, this.#over);
  }

  dispose(): void {
    this.#grace.clear();
    this.#last.clear();
  }
}
