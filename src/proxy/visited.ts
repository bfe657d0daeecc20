import type { Setback } from './endpointVisit.ts';
import { isLimit, isPassing } from './setbacks.ts';

/**
 * An endpoint that failed a request in passing, without being out for it, gets the request again after a pause, in
 * milliseconds, that doubles each time; more of it where the endpoint may have worked on the request, which costs.
 */
const againMs = { first: 1_000, most: 10_000, mostProcessed: 30_000 };

/** Where a request has been in vain, and when it may go there again. */
export class Visited {
  readonly #clock: () => number;
  /** By endpoint id, in milliseconds of the clock. */
  readonly #againAt = new Map<string, number>();
  #pauseMs = againMs.first;

  /** @param clock milliseconds of the monotonic clock */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Endpoints that the request is not to go to now. */
  get ids(): ReadonlySet<string> {
    const now = this.#clock();
    return new Set([...this.#againAt].filter(([, at]) => at > now).map(([id]) => id));
  }

  /** When the next of them may be asked again, or infinity. */
  get nextAt(): number {
    const now = this.#clock();
    return Math.min(...[...this.#againAt.values()].filter((at) => at > now));
  }

  /** How many endpoints it has been to. */
  get count(): number {
    return this.#againAt.size;
  }

  /**
   * It has been to an endpoint: what was refused for good is not asked twice.
   *
   * @param mayWait it may still be held
   * @param hasReturned it has been to some endpoint more than once, or was held
   */
  add(setback: Setback, { mayWait, hasReturned }: { mayWait: boolean; hasReturned: boolean }): void {
    const pauseMs = this.#pauseBefore(setback, mayWait, hasReturned);
    this.#againAt.set(setback.plan.candidate.endpoint.id, this.#clock() + pauseMs);
  }

  /** Forgets that it has been to all others than these. */
  forgetUnless(isStillKnown: (endpointId: string) => boolean): void {
    for (const id of this.#againAt.keys()) if (!isStillKnown(id)) this.#againAt.delete(id);
  }

  #pauseBefore(setback: Setback, mayWait: boolean, hasReturned: boolean): number {
    // Whoever must not be held asks nobody twice for what nobody has worked on.
    if (!setback.verdict.processed && !mayWait) return Number.POSITIVE_INFINITY;
    // How long it is left alone, the router knows.
    if (isLimit(setback)) return againMs.first;
    if (!isPassing(setback)) return Number.POSITIVE_INFINITY;
    const pauseMs = this.#pauseMs;
    const most = setback.verdict.processed ? againMs.mostProcessed : againMs.most;
    if (hasReturned) this.#pauseMs = Math.min(most, 2 * pauseMs);
    return pauseMs;
  }
}
