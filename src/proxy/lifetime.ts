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
 * little for a window to come back, and goes.
 */
export class Lifetime {
  readonly #limits: LifetimeLimits;
  readonly #over: () => void;
  #leases = 0;
  #streams = 0;
  #graceTimer: NodeJS.Timeout | undefined;
  #hardTimer: NodeJS.Timeout | undefined;

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
    clearTimeout(this.#graceTimer);
    if (this.#leases > 0) {
      clearTimeout(this.#hardTimer);
      this.#hardTimer = undefined;
      return;
    }
    this.#hardTimer ??= setTimeout(this.#over, this.#limits.streams + this.#limits.windows);
    if (this.#streams === 0) this.#graceTimer = setTimeout(this.#over, this.#limits.windows);
  }

  dispose(): void {
    clearTimeout(this.#graceTimer);
    clearTimeout(this.#hardTimer);
  }
}
