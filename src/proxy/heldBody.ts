/** The most of an answer that is held, in bytes. */
const maxHeldBytes = 1024 * 1024;

/** An answer that is held back, in the pieces that it came in. */
export class HeldBody {
  #pieces: Buffer[] = [];
  #length = 0;

  /** In bytes, of all that was ever held. */
  get length(): number {
    return this.#length;
  }

  /** Takes a piece. @returns false when that is more than may be held */
  push(piece: Buffer): boolean {
    this.#pieces.push(piece);
    this.#length += piece.length;
    return this.#length <= maxHeldBytes;
  }

  /** Hands out what is held, and holds it no longer. */
  take(): Buffer[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }
}
