import { CollectedBytes } from './collectedBytes.ts';
import { eventTypeOf } from './messageEvents.ts';

/** How much of a line, and of the data of an event, is looked at. */
const maxLookedAt = 64 * 1024;

const lf = 0x0a;
const cr = 0x0d;
const colon = 0x3a;
const space = 0x20;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);
const lineBreak = Buffer.from('\n');
const dataField = Buffer.from('data');
const eventField = Buffer.from('event');

/** What a blank line ends in a stream of server-sent events. `end` is the offset in the stream right after that line. */
export type StreamBlock =
  | {
      readonly kind: 'event';
      /** The event's name or, for want of one, the type that its data tells. */
      readonly type: string | undefined;
      /** The first 64 KiB of its data. May only be called while the block is being reported. */
      readonly data: () => string;
      readonly end: number;
    }
  /** Lines that make no event: comments, or fields without data. */
  | { readonly kind: 'comment'; readonly end: number }
  /** The blank line alone. */
  | { readonly kind: 'blank'; readonly end: number };

/**
 * Finds the events in a stream that comes in pieces
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation), by bytes: nothing is
 * decoded until somebody asks for it, and no more is kept than 64 KiB of a line and of the data of an event.
 *
 * A carriage return at the end of a piece ends its line at once. A line feed that follows it in the next piece is left
 * over when that line was a blank one, and is reported as one more blank line.
 */
export class EventScanner {
  /** The beginning of a line whose end has not come. */
  readonly #line = new CollectedBytes(maxLookedAt);
  /** Data of the current event, unless it is one line of the current piece. */
  readonly #data = new CollectedBytes(maxLookedAt);
  /** Data that is one line of the current piece, which spares copying it. */
  #dataLine: { readonly bytes: Buffer; readonly start: number; readonly end: number } | undefined;
  #hasData = false;
  #hasLines = false;
  #type: string | undefined;
  #lastType = '';
  /** The last piece ended with a carriage return. */
  #afterReturn = false;
  #atStart = true;
  /** Offset of the current piece in the stream. */
  #offset = 0;

  /** True when the bytes so far end with the end of a block. */
  get atBoundary(): boolean {
    return !this.#hasLines && this.#line.length === 0;
  }

  /** Takes the next bytes and reports every block that they end. */
  scan(chunk: Buffer, found: (block: StreamBlock) => void): void {
    const { length } = chunk;
    const next = (byte: number, from: number): number => {
      const at = chunk.indexOf(byte, from);
      return at < 0 ? length : at;
    };
    let at = 0;
    if (this.#afterReturn && length > 0) {
      this.#afterReturn = false;
      if (chunk[0] === lf) {
        at = 1;
        if (this.atBoundary) found({ kind: 'blank', end: this.#offset + 1 });
      }
    }
    let feed = next(lf, at);
    let carriageReturn = next(cr, at);
    for (;;) {
      const lineEnd = Math.min(feed, carriageReturn);
      if (lineEnd === length) break;
      let after = lineEnd + 1;
      if (lineEnd === carriageReturn) {
        if (after === length) this.#afterReturn = true;
        else if (feed === after) after += 1;
        carriageReturn = next(cr, after);
      }
      if (feed < after) feed = next(lf, after);
      this.#endLine(chunk, at, lineEnd, this.#offset + after, found);
      at = after;
    }
    if (at < length) this.#line.append(chunk, at, length);
    this.#keepDataLine();
    this.#offset += length;
  }

  #endLine(
    chunk: Buffer,
    start: number,
    end: number,
    after: number,
    found: (block: StreamBlock) => void,
  ): void {
    if (this.#line.length > 0) {
      this.#line.append(chunk, start, end);
      const whole = this.#line.bytes;
      this.#readLine(whole, 0, whole.length, after, found);
      // The memory of this line is used for the next one.
      this.#keepDataLine();
      this.#line.clear();
    } else this.#readLine(chunk, start, Math.min(end, start + maxLookedAt), after, found);
  }

  #readLine(
    bytes: Buffer,
    lineStart: number,
    end: number,
    after: number,
    found: (block: StreamBlock) => void,
  ): void {
    let start = lineStart;
    if (this.#atStart) {
      this.#atStart = false;
      if (startsWith(bytes, start, end, byteOrderMark)) start += byteOrderMark.length;
    }
    if (start === end) {
      this.#endBlock(after, found);
      return;
    }
    this.#hasLines = true;
    if (isField(bytes, start, end, dataField)) {
      const value = valueStart(bytes, start + dataField.length, end);
      if (this.#hasData) {
        this.#keepDataLine();
        this.#data.append(lineBreak);
        this.#data.append(bytes, value, end);
      } else this.#dataLine = { bytes, start: value, end };
      this.#hasData = true;
    } else if (isField(bytes, start, end, eventField)) {
      this.#type = this.#typeOf(bytes, valueStart(bytes, start + eventField.length, end), end);
    }
  }

  #endBlock(end: number, found: (block: StreamBlock) => void): void {
    if (this.#hasData) {
      const type = this.#type || eventTypeOf(this.#readData());
      found({ kind: 'event', type, data: this.#readData, end });
    } else found({ kind: this.#hasLines ? 'comment' : 'blank', end });
    this.#hasLines = false;
    this.#hasData = false;
    this.#type = undefined;
    this.#dataLine = undefined;
    this.#data.clear();
  }

  readonly #readData = (): string => {
    const line = this.#dataLine;
    if (line === undefined) return this.#data.bytes.toString('utf8');
    return line.bytes.toString('utf8', line.start, line.end);
  };

  /** Copies what belongs to somebody else, who is about to reuse or release it. */
  #keepDataLine(): void {
    const line = this.#dataLine;
    if (line === undefined) return;
    this.#data.append(line.bytes, line.start, line.end);
    this.#dataLine = undefined;
  }

  /** The name of an event, which mostly is that of the event before. Latin-1, so that bytes compare as characters. */
  #typeOf(bytes: Buffer, start: number, end: number): string {
    const last = this.#lastType;
    let same = 0;
    if (last.length === end - start) {
      while (same < last.length && last.charCodeAt(same) === bytes[start + same]) same += 1;
    }
    if (same < end - start) this.#lastType = bytes.toString('latin1', start, end);
    else if (start === end) return '';
    return this.#lastType;
  }
}

function startsWith(bytes: Buffer, start: number, end: number, prefix: Buffer): boolean {
  if (end - start < prefix.length) return false;
  for (let i = 0; i < prefix.length; i += 1) if (bytes[start + i] !== prefix[i]) return false;
  return true;
}

function isField(bytes: Buffer, start: number, end: number, name: Buffer): boolean {
  if (!startsWith(bytes, start, end, name)) return false;
  return start + name.length === end || bytes[start + name.length] === colon;
}

/** Where the value of a field begins: after the colon and one space. */
function valueStart(bytes: Buffer, nameEnd: number, end: number): number {
  if (nameEnd === end) return end;
  return nameEnd + 1 < end && bytes[nameEnd + 1] === space ? nameEnd + 2 : nameEnd + 1;
}
