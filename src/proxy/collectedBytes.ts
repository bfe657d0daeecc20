const smallBytes = 4096;
const none = Buffer.alloc(0);

/**
 * Bytes that are collected in one piece of memory. Keeping the pieces as they came would cost a hundred bytes for each,
 * even of one byte, and hold the larger pieces of memory that they are cut from.
 */
export class CollectedBytes {
  readonly #limit: number;
  #memory: Buffer = none;
  #length = 0;

  /** @param limit in bytes; what comes beyond it is dropped */
  constructor(limit: number = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
  }

  /** In bytes. */
  get length(): number {
    return this.#length;
  }

  /** What was collected, valid until the next change. */
  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  /** Adds the bytes of `source` from `start` to before `end`. */
  append(source: Buffer, start = 0, end = source.length): void {
    const size = Math.min(end - start, this.#limit - this.#length);
    if (size <= 0) return;
    const needed = this.#length + size;
    if (needed > this.#memory.length) {
      const larger = Buffer.allocUnsafe(
        Math.max(needed, Math.min(2 * this.#memory.length, this.#limit), 256),
      );
      this.#memory.copy(larger, 0, 0, this.#length);
      this.#memory = larger;
    }
    source.copy(this.#memory, this.#length, start, start + size);
    this.#length = needed;
  }

  /** Begins anew, in the same memory when it is small. */
  clear(): void {
    this.#length = 0;
    if (this.#memory.length > smallBytes) this.#memory = none;
  }

  /** Gives what was collected away and begins anew. */
  take(): Buffer {
    const { bytes } = this;
    this.#memory = none;
    this.#length = 0;
    return bytes;
  }
}
