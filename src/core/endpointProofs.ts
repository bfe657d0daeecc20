/** What real requests have proved within this time, in milliseconds, no check has to prove or disproves. */
export const proofMs = 10 * 60_000;

/** When each endpoint last showed that it is good, and whether checks can show it. Times are those of one monotonic clock. */
export class EndpointProofs {
  /** False while nothing is checked by itself: then only real requests can prove anything. */
  isEnabled = false;
  readonly #servedAt = new Map<string, number>();
  readonly #passedAt = new Map<string, number>();
  /** Endpoints that refuse to be checked, while they may serve traffic well. */
  readonly #refusing = new Set<string>();

  /** A real request had its whole answer. */
  served(endpointId: string, now: number): void {
    this.#servedAt.set(endpointId, now);
  }

  /** A check passed. */
  passed(endpointId: string, now: number): void {
    this.#passedAt.set(endpointId, now);
    this.#refusing.delete(endpointId);
  }

  /** A check was refused in a way that proves nothing. @returns true when that was not known */
  refused(endpointId: string): boolean {
    const isNew = !this.#refusing.has(endpointId);
    this.#refusing.add(endpointId);
    return isNew;
  }

  /** A check got an answer that says something, if nothing good. */
  answered(endpointId: string): void {
    this.#refusing.delete(endpointId);
  }

  /** True when a check tells whether the endpoint is good, so that no request is to be spent on it. */
  isChecked(endpointId: string): boolean {
    return this.isEnabled && !this.#refusing.has(endpointId);
  }

  /** When a real request last had its whole answer, or undefined. */
  servedAt(endpointId: string): number | undefined {
    return this.#servedAt.get(endpointId);
  }

  /** True when real requests have just shown that the endpoint is good. */
  isServing(endpointId: string, now: number): boolean {
    const servedAt = this.#servedAt.get(endpointId);
    return servedAt !== undefined && now - servedAt <= proofMs;
  }

  /** True when a check or a real request has shown that the endpoint is good since a time. */
  isProvedSince(endpointId: string, since: number): boolean {
    const served = this.#servedAt.get(endpointId) ?? Number.NEGATIVE_INFINITY;
    const passed = this.#passedAt.get(endpointId) ?? Number.NEGATIVE_INFINITY;
    return Math.max(served, passed) >= since;
  }

  forget(endpointId: string): void {
    this.#servedAt.delete(endpointId);
    this.#passedAt.delete(endpointId);
    this.#refusing.delete(endpointId);
  }
}
