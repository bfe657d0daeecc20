/** Host names that fail within this time of each other are a trouble of this machine, in milliseconds. */
const windowMs = 2_000;

interface Pending {
  readonly endpointId: string;
  readonly host: string;
  readonly at: number;
  /** Charges the endpoint with the failure. */
  readonly charge: () => void;
}

/**
 * Tells a host name that does not exist from a machine that is offline. A failed look-up is only held against its
 * endpoint when another host was reached, or when no other one was looked for within two seconds.
 */
export class LocalOutage {
  #pending: Pending[] = [];
  /** When the last look-up failed of which others tell that this machine may be offline. */
  #outageAt = Number.NEGATIVE_INFINITY;

  /** True when a failed look-up of this host is likely to be one of several. */
  isSuspected(host: string, now: number): boolean {
    return now - this.#outageAt <= windowMs || this.#pending.some((it) => it.host !== host);
  }

  /** A name could not be resolved. @param charge is called later or never */
  lookupFailed(host: string, endpointId: string, now: number, charge: () => void): void {
    this.settle(now);
    if (this.isSuspected(host, now)) {
      this.#outageAt = now;
      // If it is none after all, one failure of each host will do: all have failed together, and often.
      this.#pending = this.#pending.filter((it) => it.host !== host);
    }
    this.#pending.push({ endpointId, host, at: now, charge });
  }

  /** A host answered: this machine is online. */
  reached(host: string, now: number): void {
    this.settle(now);
    this.#outageAt = Number.NEGATIVE_INFINITY;
    const confirmed = this.#pending.filter((it) => it.host !== host);
    this.#pending = [];
    for (const { charge } of confirmed) charge();
  }

  /** What was pending against an endpoint holds no longer. */
  forget(endpointId: string): void {
    this.#pending = this.#pending.filter((it) => it.endpointId !== endpointId);
  }

  /** Charges what nobody has contradicted in time, and lets go of what was an outage. */
  settle(now: number): void {
    const due = this.#pending.filter(({ at }) => now - at > windowMs);
    if (due.length === 0) return;
    this.#pending = this.#pending.filter(({ at }) => now - at <= windowMs);
    for (const { at, charge } of due) if (at > this.#outageAt) charge();
  }
}
