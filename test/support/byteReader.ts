import type { Readable } from 'node:stream';

/** The head of an HTTP message, as it was spelled. */
export interface MessageHead {
  readonly startLine: string;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  /** All values of a header, by its lower-case name. */
  values(name: string): string[];
}

/** Reads a stream of bytes by amount or by content, with no more meaning than a test gives to them. */
export class ByteReader {
  readonly #chunks: Buffer[] = [];
  readonly #waiting = new Set<() => void>();
  #size = 0;
  #ended = false;
  #error: Error | undefined;

  constructor(source: Readable) {
    source.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#size += chunk.length;
      this.#wake();
    });
    source.once('error', (error) => {
      this.#error ??= error;
    });
    source.once('end', () => {
      this.#ended = true;
      this.#wake();
    });
    source.once('close', () => {
      if (!this.#ended) this.#error ??= new Error('closed without an end');
      this.#wake();
    });
  }

  /** How many bytes have arrived and were not yet read. */
  get available(): number {
    return this.#size;
  }

  /** Resolves with how the stream ended. What was not read can still be read. */
  async finished(): Promise<'clean' | 'broken'> {
    await this.#until(() => false);
    return this.#ended && !this.#error ? 'clean' : 'broken';
  }

  /** The next `count` bytes. @throws when the stream ends before */
  async exactly(count: number): Promise<Buffer> {
    await this.#until(() => this.#size >= count);
    if (this.#size < count) throw new Error(`the stream ended ${count - this.#size} bytes too early`);
    return this.#take(count);
  }

  /** Everything up to and including `mark`. @throws when the stream ends before it comes */
  async through(mark: string): Promise<Buffer> {
    let end = -1;
    await this.#until(() => {
      const at = this.#joined().indexOf(mark, 0, 'latin1');
      end = at < 0 ? -1 : at + mark.length;
      return end >= 0;
    });
    if (end < 0) throw new Error(`the stream ended before ${JSON.stringify(mark)}`);
    return this.#take(end);
  }

  /** Everything to the end of the stream. */
  async rest(): Promise<Buffer> {
    await this.#until(() => false);
    return this.#take(this.#size);
  }

  /** The next HTTP head, or undefined when the stream ends first. */
  async head(): Promise<MessageHead | undefined> {
    let text: string;
    try {
      text = (await this.through('\r\n\r\n')).toString('latin1');
    } catch {
      return undefined;
    }
    const [startLine = '', ...lines] = text.slice(0, -4).split('\r\n');
    const rawHeaders = lines.flatMap((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
    const values = (name: string) =>
      rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
    return { startLine, rawHeaders, values };
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.#ended && !this.#error) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #joined(): Buffer {
    if (this.#chunks.length > 1) this.#chunks.splice(0, this.#chunks.length, Buffer.concat(this.#chunks));
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  #take(count: number): Buffer {
    const all = this.#joined();
    this.#chunks.splice(0, this.#chunks.length, ...(count < all.length ? [all.subarray(count)] : []));
    this.#size -= count;
    return all.subarray(0, count);
  }
}
