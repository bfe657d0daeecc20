import { type Usage, UsageTally } from '../core/usage.ts';
import { usageIn } from './messageEvents.ts';

/** How much is kept of the end of an answer. */
const tailBytes = 4096;

/** A message in one piece. */
export class WholeMessage {
  readonly #pieces: readonly Buffer[];

  constructor(pieces: readonly Buffer[]) {
    this.#pieces = pieces;
  }

  /** The tokens that it tells, or undefined where it tells none. Reads it anew each time. */
  get usage(): Usage | undefined {
    return usageOf(usageIn(Buffer.concat(this.#pieces).toString('utf8')));
  }
}

/** The last bytes of a message that is too long to be held; that is where the tokens are told. */
export class AnswerTail {
  readonly #ring = Buffer.alloc(tailBytes);
  #received = 0;

  /** Takes the next bytes. */
  push(chunk: Buffer): void {
    const last = chunk.subarray(-tailBytes);
    const at = (this.#received + chunk.length - last.length) % tailBytes;
    const untilWrap = last.copy(this.#ring, at);
    last.copy(this.#ring, 0, untilWrap);
    this.#received += chunk.length;
  }

  /** The tokens that the message tells, or undefined while it has not ended, or where it tells none there. */
  get usage(): Usage | undefined {
    const at = this.#received % tailBytes;
    const isLong = this.#received > tailBytes;
    const bytes = isLong
      ? Buffer.concat([this.#ring.subarray(at), this.#ring.subarray(0, at)])
      : this.#ring.subarray(0, this.#received);
    const text = bytes.toString('utf8');
    for (let from = text.length; from > 0; ) {
      const name = text.lastIndexOf('"usage"', from - 1);
      if (name < 0) return undefined;
      // The rest of an object is a whole one exactly when it is the rest of the outermost.
      const usage = usageOf(usageIn(`{${text.slice(name)}`));
      if (usage !== undefined) return usage;
      from = name;
    }
    return undefined;
  }
}

function usageOf(told: unknown): Usage | undefined {
  const tally = new UsageTally();
  tally.add(told);
  return tally.usage;
}
