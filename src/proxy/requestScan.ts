/** What routing needs to know of a request body. */
export interface RequestFacts {
  /** Top-level `model`, if a string. */
  readonly model: string | undefined;
  /** Byte range of that model's literal, quotes included, counted over all chunks. */
  readonly modelAt: readonly [start: number, end: number] | undefined;
  /** Whether top-level `stream` is `true`. */
  readonly stream: boolean;
  /** `metadata.user_id`, if a string. */
  readonly userId: string | undefined;
  /** Top-level `conversation_id`, if a string. */
  readonly conversationId: string | undefined;
  /** Whether top-level `tools` is an array that is not empty. */
  readonly hasTools: boolean;
  /** Whether `output_config` is an object whose `format` is there and not `null`. */
  readonly hasOutputFormat: boolean;
}

const nothingKnown: RequestFacts = {
  model: undefined,
  modelAt: undefined,
  stream: false,
  userId: undefined,
  conversationId: undefined,
  hasTools: false,
  hasOutputFormat: false,
};

/** The longest key or value that is read, in bytes with its quotes and escapes. A longer one counts as not there. */
const maxLiteralBytes = 4096;

/** The objects whose members are looked at, and those members of them whose plain values are read. */
const readMembers = {
  request: new Set(['model', 'stream', 'conversation_id']),
  metadata: new Set(['user_id']),
  output_config: new Set(['format']),
} as const;

/**
 * What the next byte belongs to. Members of the objects above are followed by the grammar of JSON (RFC 8259); of all
 * other values (`nested`, `nestedText`) only brackets and the ends of strings are seen.
 */
type Place =
  | 'root'
  | 'firstKey'
  | 'key'
  | 'keyText'
  | 'colon'
  | 'value'
  | 'valueText'
  | 'valueWord'
  | 'firstItem'
  | 'nested'
  | 'nestedText'
  | 'next'
  | 'end'
  | 'malformed';

/** How far a quote is looked for byte by byte. */
const nearBytes = 16;

const noBytes = Buffer.alloc(0);
const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
const openArray = 0x5b;
const closeArray = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

/**
 * Reads a few facts from a JSON request body while its chunks arrive, far faster than parsing it and without keeping
 * it. The facts are those of `JSON.parse`: of members with the same name the last one counts, and names may be
 * written with escapes.
 *
 * It is no validator: the endpoint is one. A body that `JSON.parse` refuses may still yield facts, but nothing is
 * known of one that is no object, begins with a byte order mark, or does not end where its object does.
 */
export class RequestScanner {
  #place: Place = 'root';
  #object: keyof typeof readMembers = 'request';
  #key: string | undefined;
  /** How many brackets are open in a `nested` value. A count, not a stack: hostile nesting costs no memory. */
  #depth = 0;
  /** Whether the last chunk ended in a string after a backslash that escapes the next byte. */
  #escaped = false;
  /** Bytes in the chunks before this one. */
  #before = 0;
  /** Where the key or plain value that is being read began, counted over all chunks. */
  #literalStart = 0;
  /** What earlier chunks held of that literal. A copy, since a view would keep its chunk in memory. */
  #literalHead = noBytes;

  readonly #facts: { -readonly [Fact in keyof RequestFacts]: RequestFacts[Fact] } = { ...nothingKnown };

  /** Takes note of the next bytes. Never throws, whatever they are. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#place !== 'malformed') at = this.#advance(chunk, at);
    this.#keepLiteral(chunk);
    this.#before += chunk.length;
  }

  /** What is known once all bytes were pushed. */
  end(): RequestFacts {
    return this.#place === 'end' ? { ...this.#facts } : nothingKnown;
  }

  /** Goes on from `at` to where the place changes or the chunk ends, and returns where that is. */
  #advance(chunk: Buffer, at: number): number {
    switch (this.#place) {
      case 'nested':
        return this.#skipNested(chunk, at);
      case 'nestedText':
      case 'keyText':
      case 'valueText':
        return this.#finishText(chunk, at);
      case 'valueWord':
        return this.#finishWord(chunk, at);
      default:
        return this.#structure(chunk, at);
    }
  }

  /** Goes over white space and one byte of the grammar. */
  #structure(chunk: Buffer, from: number): number {
    let at = from;
    while (isSpace(chunk[at])) at += 1;
    const byte = chunk[at];
    if (byte === undefined) return at;
    switch (this.#place) {
      case 'root':
        this.#place = byte === openObject ? 'firstKey' : 'malformed';
        break;
      case 'firstKey':
      case 'key':
        if (byte === quote) this.#beginLiteral('keyText', at);
        else if (byte === closeObject && this.#place === 'firstKey') this.#closeObject();
        else this.#place = 'malformed';
        break;
      case 'colon':
        this.#place = byte === colon ? 'value' : 'malformed';
        break;
      case 'value':
        this.#beginValue(byte, at);
        break;
      case 'firstItem':
        this.#facts.hasTools = byte !== closeArray;
        this.#place = 'nested';
        return at;
      case 'next':
        if (byte === comma) this.#place = 'key';
        else if (byte === closeObject) this.#closeObject();
        else this.#place = 'malformed';
        break;
      default:
        this.#place = 'malformed';
    }
    return at + 1;
  }

  #closeObject(): void {
    this.#place = this.#object === 'request' ? 'end' : 'next';
    this.#object = 'request';
  }

  #beginValue(byte: number, at: number): void {
    if (byte === quote) this.#beginLiteral('valueText', at);
    else if (isWordByte(byte)) this.#beginLiteral('valueWord', at);
    else if (byte === openObject || byte === openArray) this.#beginNested(byte);
    else this.#place = 'malformed';
  }

  #beginNested(byte: number): void {
    this.#note(byte === openObject ? {} : [], undefined);
    this.#place = 'nested';
    this.#depth = 1;
    if (this.#object !== 'request') return;
    if (byte === openArray) {
      if (this.#key === 'tools') this.#place = 'firstItem';
    } else if (this.#key === 'metadata' || this.#key === 'output_config') {
      this.#object = this.#key;
      this.#place = 'firstKey';
    }
  }

  #skipNested(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      switch (chunk[at]) {
        case quote: {
          const end = closingQuote(chunk, at + 1);
          if (end === -1) {
            this.#place = 'nestedText';
            this.#escaped = isEscaped(chunk, at + 1, chunk.length);
            return chunk.length;
          }
          at = end;
          break;
        }
        case openArray:
        case openObject:
          this.#depth += 1;
          break;
        case closeArray:
        case closeObject:
          this.#depth -= 1;
          if (this.#depth > 0) break;
          this.#place = 'next';
          return at + 1;
      }
    }
    return chunk.length;
  }

  #finishText(chunk: Buffer, at: number): number {
    const from = this.#escaped ? at + 1 : at;
    const end = closingQuote(chunk, from);
    this.#escaped = end === -1 && isEscaped(chunk, from, chunk.length);
    if (end === -1) return chunk.length;
    if (this.#place === 'nestedText') this.#place = 'nested';
    else if (this.#place === 'keyText') this.#finishKey(chunk, end + 1);
    else this.#finishValue(chunk, end + 1);
    return end + 1;
  }

  #finishWord(chunk: Buffer, from: number): number {
    let at = from;
    while (isWordByte(chunk[at])) at += 1;
    if (at < chunk.length) this.#finishValue(chunk, at);
    return at;
  }

  #finishKey(chunk: Buffer, end: number): void {
    this.#place = 'colon';
    const key = this.#readLiteral(chunk, end);
    this.#key = typeof key === 'string' ? key : undefined;
  }

  #finishValue(chunk: Buffer, end: number): void {
    this.#place = 'next';
    const read = this.#key !== undefined && readMembers[this.#object].has(this.#key);
    const value = read ? this.#readLiteral(chunk, end) : undefined;
    this.#note(value, [this.#literalStart, this.#before + end]);
  }

  /** Takes note of the member that was just read; `value` is the real one only if it is plain and of use. */
  #note(value: unknown, valueAt: readonly [number, number] | undefined): void {
    const facts = this.#facts;
    const text = typeof value === 'string' ? value : undefined;
    if (this.#object === 'metadata') {
      if (this.#key === 'user_id') facts.userId = text;
    } else if (this.#object === 'output_config') {
      if (this.#key === 'format') facts.hasOutputFormat = value !== null;
    } else if (this.#key === 'model') {
      facts.model = text;
      facts.modelAt = text === undefined ? undefined : valueAt;
    } else if (this.#key === 'stream') facts.stream = value === true;
    else if (this.#key === 'conversation_id') facts.conversationId = text;
    // A later value replaces an earlier object or array wholly.
    else if (this.#key === 'metadata') facts.userId = undefined;
    else if (this.#key === 'output_config') facts.hasOutputFormat = false;
    else if (this.#key === 'tools') facts.hasTools = false;
  }

  #beginLiteral(place: Place, at: number): void {
    this.#place = place;
    this.#literalStart = this.#before + at;
    this.#literalHead = noBytes;
  }

  /** The value of the literal that ends before `end`, or nothing if it is too long. */
  #readLiteral(chunk: Buffer, end: number): unknown {
    if (this.#before + end - this.#literalStart > maxLiteralBytes) return undefined;
    const tail = chunk.subarray(Math.max(0, this.#literalStart - this.#before), end);
    const bytes = this.#literalHead.length === 0 ? tail : Buffer.concat([this.#literalHead, tail]);
    try {
      return JSON.parse(bytes.toString());
    } catch {
      this.#place = 'malformed';
      return undefined;
    }
  }

  /** Keeps what the chunk holds of a literal that goes on in the next one. */
  #keepLiteral(chunk: Buffer): void {
    if (this.#place !== 'keyText' && this.#place !== 'valueText' && this.#place !== 'valueWord') return;
    const size = this.#before + chunk.length - this.#literalStart;
    const part = chunk.subarray(Math.max(0, this.#literalStart - this.#before));
    this.#literalHead = size > maxLiteralBytes ? noBytes : Buffer.concat([this.#literalHead, part]);
  }
}

/**
 * The body with another model: the bytes at `at` replaced by the literal of `model`, all others untouched. They are
 * views of the pieces, not copies.
 */
export function withModel(
  pieces: readonly Buffer[],
  at: readonly [start: number, end: number],
  model: string,
): Buffer[] {
  const [start, end] = at;
  return [...range(pieces, 0, start), Buffer.from(JSON.stringify(model)), ...range(pieces, end, Infinity)];
}

/** The bytes from `start` to before `end`, counted over all pieces. */
function range(pieces: readonly Buffer[], start: number, end: number): Buffer[] {
  const views: Buffer[] = [];
  let before = 0;
  for (const piece of pieces) {
    const view = piece.subarray(Math.max(0, start - before), Math.max(0, end - before));
    if (view.length > 0) views.push(view);
    before += piece.length;
  }
  return views;
}

/**
 * Index of the quote that ends a string, or -1 if the string goes on after the chunk. `from` is in the string.
 *
 * `indexOf` runs through long text at memory speed, but a call costs as much as looking at some bytes here: keys,
 * and texts that quote code or JSON, are full of near quotes.
 */
function closingQuote(chunk: Buffer, from: number): number {
  for (let at = from; ; at += 1) {
    const near = Math.min(at + nearBytes, chunk.length);
    while (at < near && chunk[at] !== quote) at += 1;
    if (at === near) at = chunk.indexOf(quote, at);
    if (at === -1 || !isEscaped(chunk, from, at)) return at;
  }
}

/** Whether an odd number of backslashes, none of them before `from`, stands directly before `at`. */
function isEscaped(chunk: Buffer, from: number, at: number): boolean {
  let first = at;
  while (first > from && chunk[first - 1] === backslash) first -= 1;
  return (at - first) % 2 === 1;
}

/** White space between the tokens of JSON; not what other standards also call so. */
function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** A byte of a number, `true`, `false` or `null`. */
function isWordByte(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const isDigit = byte >= 0x30 && byte <= 0x39;
  const isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
  return isDigit || isLetter || byte === 0x2b || byte === 0x2d || byte === 0x2e;
}
