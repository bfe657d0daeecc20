/** What of a client's `Prefer` headers we act on. */
export interface Preferences {
  /** The client takes 202 for an answer and fetches the real one later. */
  readonly respondAsync: boolean;
  /** Seconds after which it would rather have some answer than the final one, or undefined. */
  readonly waitSeconds: number | undefined;
}

const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const quoted = /"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"/y;
const space = /[ \t]*/y;

/**
 * Reads preferences as RFC 7240 §2 spells them: a list over any number of headers, names in any case, of several with
 * one name the first, parameters ignored, an empty value the same as none. What does not fit the grammar is ignored up
 * to the next comma, since a preference may never fail a request.
 *
 * @param values of all `Prefer` headers, in order
 */
export function parsePreferences(values: readonly string[]): Preferences {
  const found = new Map<string, string>();
  for (const value of values) {
    for (const [name, word] of preferencesIn(value)) if (!found.has(name)) found.set(name, word);
  }
  const wait = found.get('wait') ?? '';
  return {
    respondAsync: found.get('respond-async') === '',
    waitSeconds: /^\d{1,9}$/.test(wait) ? Number(wait) : undefined,
  };
}

/** The preferences of one header value, names in lower case. */
function* preferencesIn(value: string): Generator<[name: string, word: string]> {
  const reader = new Reader(value);
  while (!reader.isAtEnd) {
    const preference = reader.pair();
    let isWellFormed = preference !== undefined;
    while (isWellFormed && reader.skip(';')) {
      // A parameter may be left out between two semicolons.
      if (!reader.isBefore(';') && !reader.isBefore(',') && !reader.isAtEnd) {
        isWellFormed = reader.pair() !== undefined;
      }
    }
    if (preference && isWellFormed && (reader.isAtEnd || reader.isBefore(','))) yield preference;
    reader.skipElement();
  }
}

/** Walks through a header value; white space around everything is left out. */
class Reader {
  readonly #text: string;
  #at = 0;
  /** A quote was met that nothing closes, and so closes none of those behind it: each look for its end is a long one. */
  #isUnclosed = false;

  constructor(text: string) {
    this.#text = text;
    this.#take(space);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  isBefore(character: string): boolean {
    return this.#text[this.#at] === character;
  }

  skip(character: string): boolean {
    if (!this.isBefore(character)) return false;
    this.#at += 1;
    this.#take(space);
    return true;
  }

  /** A name with its value, which is empty when there is none; undefined when there is no name, or half a value. */
  pair(): [name: string, word: string] | undefined {
    const name = this.#take(token);
    if (name === undefined) return undefined;
    this.#take(space);
    if (!this.skip('=')) return [name.toLowerCase(), ''];
    const word = this.#word();
    if (word === undefined) return undefined;
    this.#take(space);
    return [name.toLowerCase(), word];
  }

  /** Goes behind the next comma that is not quoted. */
  skipElement(): void {
    while (!this.isAtEnd && !this.isBefore(',')) {
      if (this.#quoted() === undefined) this.#at += 1;
    }
    this.skip(',');
  }

  #word(): string | undefined {
    const text = this.#quoted();
    return text === undefined ? this.#take(token) : text.slice(1, -1).replace(/\\(.)/g, '$1');
  }

  #quoted(): string | undefined {
    if (this.#isUnclosed || !this.isBefore('"')) return undefined;
    const text = this.#take(quoted);
    this.#isUnclosed = text === undefined;
    return text;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text)?.[0];
    if (match !== undefined) this.#at += match.length;
    return match;
  }
}
