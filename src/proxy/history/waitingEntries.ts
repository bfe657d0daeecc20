/** So many entries at most, and so many bytes of them. */
export interface EntryLimits {
  readonly entries: number;
  readonly bytes: number;
}

/** Entries that wait to be written, as JSON. When there is too much of them the oldest are given up. */
export class WaitingEntries {
  readonly #limits: EntryLimits;
  readonly #texts: string[] = [];
  #bytes = 0;

  constructor(limits: EntryLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#texts.length;
  }

  /** @returns how many were given up for it */
  add(text: string): number {
    const { entries, bytes } = this.#limits;
    this.#texts.push(text);
    this.#bytes += Buffer.byteLength(text);
    let given = 0;
    while (this.#texts.length > entries || this.#bytes > bytes) {
      this.#bytes -= Buffer.byteLength(this.#texts.shift() ?? '');
      given += 1;
    }
    return given;
  }

  /** Takes the oldest: at least one while there are any, and beyond that no more than the limits say. */
  take({ entries, bytes }: EntryLimits): string[] {
    let count = 0;
    let taken = 0;
    for (const text of this.#texts) {
      const length = Buffer.byteLength(text);
      if (count > 0 && (count === entries || taken + length > bytes)) break;
      count += 1;
      taken += length;
    }
    this.#bytes -= taken;
    return this.#texts.splice(0, count);
  }
}
