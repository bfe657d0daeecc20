/** How much of a stream's end is kept: the last two events of a message fit easily. */
const tailBytes = 4096;

const dataType = /(?:^|[\r\n])data: ?\{\s*"type"\s*:\s*"(\w+)"/;

/**
 * Tells whether a stream of server-sent events ended as a message must. HTTP cannot: a relay that loses its own
 * upstream often ends the body cleanly, and a body that ends with the connection looks complete when it is cut.
 *
 * A message is over after `message_stop`, after a `message_delta` with a stop reason (clients take that for
 * complete), or after an `error` event.
 */
export class StreamEnd {
  readonly #chunks: Buffer[] = [];
  #size = 0;
  /** Whether bytes were let go, so that what is kept begins anywhere. */
  #dropped = false;

  /** Takes note of the next bytes. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#chunks.length > 1 && this.#size - (this.#chunks[0] as Buffer).length >= tailBytes) {
      this.#size -= (this.#chunks.shift() as Buffer).length;
      this.#dropped = true;
    }
  }

  /** True when the bytes so far end a message. */
  isComplete(): boolean {
    const tail = Buffer.concat(this.#chunks).subarray(-tailBytes).toString('latin1');
    const pieces = tail.split(/(?:\r\n|\n|\r(?!\n)){2}/);
    // The last piece is no event, since no blank line ended it; the first may have lost its beginning.
    const events = pieces.slice(this.#dropped || this.#size > tailBytes ? 1 : 0, -1);
    return events.some((event) => {
      // Some relays leave the event lines out; the data says the same.
      const type = (/(?:^|[\r\n])event: ?(\w+)/.exec(event) ?? dataType.exec(event))?.[1];
      if (type === 'message_stop' || type === 'error') return true;
      return type === 'message_delta' && /"stop_reason" ?: ?"/.test(event);
    });
  }
}
