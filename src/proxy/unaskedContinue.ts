import type { Socket } from 'node:net';

const interim = Buffer.from('HTTP/1.1 1');
const unasked = Buffer.from('HTTP/1.1 100');
const endOfHead = Buffer.from('\r\n\r\n');
/** A longer head is no interim response that anybody sends. */
const maxHeadBytes = 8_192;

/**
 * Removes `100 Continue` from the answers on a connection. Servers may send it unasked, and clients must then ignore
 * it (RFC 9110 §15.2.1); undici breaks the connection instead. Other interim responses stay: undici passes them by.
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
    const passed: Buffer[] = [];
    while (rest.length > 0 && beginsAs(rest, interim)) {
      const end = rest.indexOf(endOfHead);
      if (end < 0 && rest.length < maxHeadBytes) {
        this.#pending = rest;
        break;
      }
      if (end < 0) break;
      const head = rest.subarray(0, end + endOfHead.length);
      if (!beginsAs(head, unasked)) passed.push(head);
      rest = rest.subarray(head.length);
    }
    if (this.#pending === undefined && rest.length > 0) {
      this.#isAwaited = false;
      passed.push(rest);
    }
    return passed.length > 0 ? Buffer.concat(passed) : null;
  }
}

/** True when the bytes are the beginning of `text`, or begin with it. */
function beginsAs(bytes: Buffer, text: Buffer): boolean {
  const compared = Math.min(bytes.length, text.length);
  return bytes.compare(text, 0, compared, 0, compared) === 0;
}
