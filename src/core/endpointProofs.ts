/** What real requests have proved within this time, in milliseconds, no check has to prove or disproves. */
export const proofMs = 10 * 60_000;

/** So often a check may bring back an endpoint that requests then take out again. */
const maxContradictions = 2;

/** When each endpoint last showed that it is good, and whether checks can show it. Times are those of one monotonic clock. */
export class EndpointProofs {
  /** False while nothing is checked by itself: then only real requests can prove anything. */
  isEnabled = false;
  readonly #servedAt = new Map<string, number>();
  /** When the last request was sent that had its whole answer, or the last check passed. */
  readonly #provedAt = new Map<string, number>();
  /** When a check last failed. */
  readonly #failedAt = new Map<string, number>();
  /** Endpoints that a check has brought back, and that have served nothing since. */
  readonly #onTrust = new Set<string>();
  /** How often in a row requests took out an endpoint again that a check had brought back. */
  readonly #contradictions = new Map<string, number>();
  /** Endpoints that refuse to be checked, while they may serve traffic well. */
  readonly #refusing = new Set<string>();

  /** A real request had its whole answer. @param sentAt when it was sent: it says nothing of what came after */
  served(endpointId: string, now: number, sentAt = now): void {
    this.#servedAt.set(endpointId, now);
    this.#proved(endpointId, sentAt);
    this.trust(endpointId);
  }

  /** A check has brought an endpoint back. */
  broughtBack(endpointId: string): void {
    this.#onTrust.add(endpointId);
  }

  /** Requests have taken an endpoint out. */
  takenOut(endpointId: string): void {
    if (!this.#onTrust.delete(endpointId)) return;
    this.#contradictions.set(endpointId, (this.#contradictions.get(endpointId) ?? 0) + 1);
  }

  /** True when its checks pass and its requests fail, again and again: only requests can tell then. */
  isContradicted(endpointId: string): boolean {
    return (this.#contradictions.get(endpointId) ?? 0) >= maxContradictions;
  }

  /** Nothing speaks against its checks any more. */
  trust(endpointId: string): void {
    this.#onTrust.delete(endpointId);
    this.#contradictions.delete(endpointId);
  }

  /** A check passed. */
  passed(endpointId: string, now: number): void {
    this.#proved(endpointId, now);
    this.#failedAt.delete(endpointId);
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

  /** A check failed: what was proved before holds no longer. */
  failed(endpointId: string, now: number): void {
    this.#failedAt.set(endpointId, now);
  }

  /** True when a check tells whether the endpoint is good, so that no request is to be spent on it. */
  isChecked(endpointId: string): boolean {
    return this.isEnabled && !this.#refusing.has(endpointId) && !this.isContradicted(endpointId);
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

  /** True when a check or a real request has shown that the endpoint is good since a time, and no check has failed after. */
  isProvedSince(endpointId: string, since: number): boolean {
    const proved = this.#provedAt.get(endpointId) ?? Number.NEGATIVE_INFINITY;
    const failed = this.#failedAt.get(endpointId) ?? Number.NEGATIVE_INFINITY;
    return proved >= since && proved > failed;
  }

  forget(endpointId: string): void {
    this.#servedAt.delete(endpointId);
    this.#provedAt.delete(endpointId);
    this.#failedAt.delete(endpointId);
    this.#refusing.delete(endpointId);
    this.trust(endpointId);
  }

  #proved(endpointId: string, at: number): void {
    this.#provedAt.set(endpointId, Math.max(at, this.#provedAt.get(endpointId) ?? at));
  }
}
