/**
 * Each bucket ends at this many times the end of the one before. What is told for a bucket is its harmonic middle, so
 * that no value in it is further away than (growth - 1) / (growth + 1) of itself, which is 4.8 %.
 */
const growth = 1.1;
/** An hour; nothing that is measured here is told to have taken longer, in milliseconds. */
const longestMs = 3_600_000;
/** The first bucket holds everything up to a millisecond, the last one everything above `longestMs` too. */
const buckets = Math.ceil(Math.log(longestMs) / Math.log(growth)) + 1;
/** The first byte of a histogram in bytes, to tell later forms by. */
const form = 1;

/**
 * How durations are distributed: percentiles within 5 % from a millisecond to an hour, in memory that does not grow
 * with the number of durations. Histograms of parts can be merged to one of the whole, which percentiles cannot.
 */
export class Histogram {
  readonly #counts = new Float64Array(buckets);
  #count = 0;

  /** How many durations were recorded. */
  get count(): number {
    return this.#count;
  }

  /** Takes a duration down. @param ms what is not above 0, as after the clock was set, counts as nothing */
  record(ms: number): void {
    this.#add(bucketOf(ms), 1);
  }

  /** Adds all that another one has recorded. */
  merge(other: Histogram): void {
    other.#counts.forEach((count, bucket) => {
      this.#add(bucket, count);
    });
  }

  /**
   * The duration, in milliseconds, that a share of all durations does not exceed (nearest rank), or null when there
   * are none.
   *
   * @param share 0.95 for the 95th percentile; 0 for the shortest, 1 for the longest of all
   */
  percentile(share: number): number | null {
    if (this.#count === 0) return null;
    const rank = Math.max(1, Math.ceil(this.#count * share));
    let passed = 0;
    const bucket = this.#counts.findIndex((count) => {
      passed += count;
      return passed >= rank;
    });
    return middleOf(bucket === -1 ? buckets - 1 : bucket);
  }

  /**
   * The form in which it is stored: for each bucket that is not empty how far it is from the one before, and its count,
   * both as LEB128. A few hundred bytes at most, usually a few dozen.
   */
  toBytes(): Uint8Array {
    const bytes = [form];
    let previous = 0;
    this.#counts.forEach((count, bucket) => {
      if (count === 0) return;
      pushNumber(bytes, bucket - previous);
      pushNumber(bytes, count);
      previous = bucket;
    });
    return Uint8Array.from(bytes);
  }

  /** What `toBytes` has made, or undefined when it is nothing of the kind. */
  static fromBytes(bytes: Uint8Array): Histogram | undefined {
    if (bytes[0] !== form) return undefined;
    const histogram = new Histogram();
    let bucket = 0;
    let at = 1;
    while (at < bytes.length) {
      const distance = numberAt(bytes, at);
      const count = distance && numberAt(bytes, distance.end);
      if (!count) return undefined;
      bucket += distance.value;
      if (bucket >= buckets) return undefined;
      histogram.#add(bucket, count.value);
      at = count.end;
    }
    return Number.isSafeInteger(histogram.#count) ? histogram : undefined;
  }

  #add(bucket: number, count: number): void {
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    this.#count += count;
  }
}

function bucketOf(ms: number): number {
  return ms > 1 ? Math.min(Math.ceil(Math.log(ms) / Math.log(growth)), buckets - 1) : 0;
}

function middleOf(bucket: number): number {
  return bucket === 0 ? 1 : Math.min((2 * growth ** bucket) / (growth + 1), longestMs);
}

/** Appends a whole number as LEB128: seven bits a byte, the lowest first, all but the last byte with the top bit set. */
function pushNumber(bytes: number[], number: number): void {
  let left = number;
  while (left >= 0x80) {
    bytes.push((left % 0x80) + 0x80);
    left = Math.floor(left / 0x80);
  }
  bytes.push(left);
}

/** The LEB128 number that begins at `start`, or undefined when it does not end or is too large to be exact. */
function numberAt(bytes: Uint8Array, start: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let at = start, unit = 1; value <= Number.MAX_SAFE_INTEGER; at += 1, unit *= 0x80) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    value += (byte % 0x80) * unit;
    if (byte < 0x80) return value <= Number.MAX_SAFE_INTEGER ? { value, end: at + 1 } : undefined;
  }
  return undefined;
}
