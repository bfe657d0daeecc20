import type { Socket } from 'node:net';

const statusLine = Buffer.from('HTTP/1.1 100');
const endOfHead = Buffer.from('\r\n\r\n');
/** A longer head is no interim response that anybody sends. */
const maxHeadBytes = 8_192;

/**
 * Removes `100 Continue` from the answers on a connection. Servers may send it unasked, and clients must then ignore
 * it (RFC 9110 §15.2.1); undici breaks the connection instead.
 */
export class UnaskedContinue {
  #isAwaited = false;
  #pending: Buffer | undefined;

  /** @param socket whose reader takes what `read` returns */
  constructor(socket: Socket) {
    const read = socket.read.bind(socket);
    socket.read = (size?: number) => this.#filter(read(size));
  }

  /** A request goes out: what comes next is the beginning of an answer. */
  expectAnswer(): void {
    this.#isAwaited = true;
  }

  #filter(chunk: Buffer | null): Buffer | null {
    if (!this.#isAwaited || chunk === null) return chunk;
    let rest = this.#pending ? Buffer.concat([this.#pending, chunk]) : chunk;
    this.#pending = undefined;
    for (;;) {
      const compared = Math.min(rest.length, statusLine.length);
      if (rest.compare(statusLine, 0, compared, 0, compared) !== 0) break;
      const end = rest.indexOf(endOfHead);
      if (end < 0 && rest.length < maxHeadBytes) {
        this.#pending = rest;
        return null;
      }
      if (end < 0) break;
      rest = rest.subarray(end + endOfHead.length);
      if (rest.length === 0) return null;
    }
    this.#isAwaited = false;
    return rest;
  }
}
