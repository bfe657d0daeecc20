/** Least pause after a request that went to an endpoint although it was out, in milliseconds; it doubles. */
const firstPauseMs = 500;
const mostPauseMs = 5_000;

/**
 * When nothing is ready, one request at a time tries an endpoint that is out. Requests are told apart by identity.
 */
export class LastResort<Request> {
  #running: Request | undefined;
  #nextAt = Number.NEGATIVE_INFINITY;
  #pauseMs = firstPauseMs;

  /** When the next one may, in milliseconds of the monotonic clock of `failed`; undefined while one does. */
  get nextAt(): number | undefined {
    return this.#running === undefined ? this.#nextAt : undefined;
  }

  began(request: Request): void {
    this.#running = request;
  }

  /** It had content. Nothing happens for any other request, here as below. */
  served(request: Request): void {
    if (this.#running !== request) return;
    this.#running = undefined;
    this.#nextAt = Number.NEGATIVE_INFINITY;
    this.#pauseMs = firstPauseMs;
  }

  failed(request: Request, now: number): void {
    if (this.#running !== request) return;
    this.#running = undefined;
    this.#nextAt = now + this.#pauseMs;
    this.#pauseMs = Math.min(mostPauseMs, 2 * this.#pauseMs);
  }

  /** Its client left: nothing is learnt. */
  abandoned(request: Request): void {
    if (this.#running === request) this.#running = undefined;
  }

  /** An endpoint is well: the next trouble is another one. */
  allIsWell(): void {
    this.#pauseMs = firstPauseMs;
  }
}
