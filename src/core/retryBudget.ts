/** Requests and retries of one second. */
interface Bucket {
  second: number;
  requests: number;
  retries: number;
}

/** Retries that are free within a window, so that a lone request can have some. */
const floor = 5;
/** For each retry beyond the floor there have to be this many requests: 20 %. */
const requestsPerRetry = 5;
const windowSeconds = 60;

/**
 * Limits retries to a share of the traffic, so that an outage is not answered with a multiple of it: those of the last
 * 60 s never exceed 20 % of the requests of the last 60 s plus 5. Times are milliseconds of a monotonic clock.
 */
export class RetryBudget {
  /** One more than the window has seconds, since the current second and the oldest are both seen in part. */
  readonly #buckets: Bucket[] = Array.from({ length: windowSeconds + 1 }, () => ({
    second: Number.NEGATIVE_INFINITY,
    requests: 0,
    retries: 0,
  }));

  /** A client's request came. */
  request(now: number): void {
    const bucket = this.#bucketOf(now);
    if (bucket) bucket.requests += 1;
  }

  /** True when one more retry is within the budget; it is then taken. */
  tryRetry(now: number): boolean {
    const bucket = this.#bucketOf(now);
    if (!bucket || !this.canRetry(now)) return false;
    bucket.retries += 1;
    return true;
  }

  /** True when one more retry is within the budget. */
  canRetry(now: number): boolean {
    const bucket = this.#bucketOf(now);
    if (!bucket) return false;
    const age = ({ second }: Bucket) => bucket.second - second;
    // The oldest second counts where it makes the budget smaller: the limit holds for every 60 s, not on average.
    const requests = sum(this.#buckets, (each) => (age(each) < windowSeconds ? each.requests : 0));
    const retries = sum(this.#buckets, (each) => (age(each) <= windowSeconds ? each.retries : 0));
    return (retries + 1 - floor) * requestsPerRetry <= requests;
  }

  #bucketOf(now: number): Bucket | undefined {
    const second = Math.floor(now / 1_000);
    const bucket = this.#buckets[second % this.#buckets.length];
    if (bucket && bucket.second !== second) Object.assign(bucket, { second, requests: 0, retries: 0 });
    return bucket;
  }
}

function sum<T>(all: readonly T[], countOf: (each: T) => number): number {
  return all.reduce((total, each) => total + countOf(each), 0);
}
