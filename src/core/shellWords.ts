/** What stands between words in at least one of the notations. Brackets stay: addresses of IPv6 have them. */
const separator = /[\s;&|,(){}<>`，；：、]/;
/** What a backslash takes the meaning from between double quotes: in shells, and the slash in JSON. */
const escapedInQuotes = /["\\$`/]/;

/**
 * Takes a command, a list of assignments or a piece of JSON apart into words, without their quotes. It is as tolerant as
 * people are who copy: of POSIX shells, fish, cmd and PowerShell with their marks for a line that goes on, of JSON with
 * comments and without its outer braces, of quotes that a text program has bent. Line breaks may have become spaces.
 *
 * Takes time in proportion to the text, whatever it is.
 */
export function shellWords(text: string): string[] {
  return new WordReader(text.replace(/[“”„]/g, '"').replace(/[‘’]/g, "'")).read();
}

class WordReader {
  readonly #text: string;
  /** Only where lines end does a comment. */
  readonly #hasLines: boolean;
  readonly #words: string[] = [];
  #word: string | undefined;
  /** What the word ends with so far: a character, or the quote that was closed. */
  #last = '';
  #at = 0;
  /** Quotes that nobody closes are ordinary characters, and are looked for only once. */
  readonly #unclosed = new Set<string>();

  constructor(text: string) {
    this.#text = text;
    this.#hasLines = /[\r\n]/.test(text);
  }

  read(): string[] {
    while (this.#at < this.#text.length) this.#step(this.#text.charAt(this.#at));
    this.#endWord();
    return this.#words;
  }

  #step(char: string): void {
    const next = this.#text.charAt(this.#at + 1);
    if (this.#word === undefined && this.#isComment(char, next)) this.#skipComment(next);
    else if (separator.test(char)) this.#separate();
    else if (char === '$' && (next === '"' || next === "'")) this.#at += 1;
    else if (char === '$' && next === '{') this.#takeUntil('}');
    else if (char === "'" && this.#opensQuote()) this.#quoted(char);
    else if (char === '"') this.#quoted(char);
    else if (char === '\\' || char === '^') this.#escaped(next);
    else this.#take(char, 1);
  }

  /** In a word it is an apostrophe; only behind an option's letter or a mark it begins what belongs together. */
  #opensQuote(): boolean {
    if (this.#word === undefined || !/[\p{L}\p{N}]/u.test(this.#last)) return true;
    return this.#word.length === 2 && this.#word.startsWith('-');
  }

  #quoted(quote: string): void {
    const content = this.#unclosed.has(quote) ? undefined : this.#readQuoted(quote);
    if (content === undefined) {
      this.#unclosed.add(quote);
      this.#take(quote, 1);
      return;
    }
    this.#take(content.text, content.end - this.#at);
    this.#last = quote;
  }

  /** What stands between the quote here and the next one. */
  #readQuoted(quote: string): { text: string; end: number } | undefined {
    const text = this.#text;
    let [content, from] = ['', this.#at + 1];
    for (let at = from; at < text.length; at += 1) {
      const char = text.charAt(at);
      if (char === quote) return { text: content + text.slice(from, at), end: at + 1 };
      if (quote === "'") continue;
      const next = text.charAt(at + 1);
      const isEscape = (char === '\\' && escapedInQuotes.test(next)) || (char === '^' && next === '"');
      if (!isEscape) continue;
      content += text.slice(from, at);
      // cmd: a caret stands before the quote that closes.
      from = at + 1;
      if (char === '\\') at += 1;
    }
    return undefined;
  }

  /** A mark before a line break says that the line goes on; before anything else, that it is meant as it is. */
  #escaped(next: string): void {
    this.#at += 1;
    if (next === '' || /\s/.test(next)) this.#endWord();
    else if (next !== '"' && next !== "'") this.#take(next, 1);
  }

  #takeUntil(last: string): void {
    const end = this.#unclosed.has(last) ? -1 : this.#text.indexOf(last, this.#at);
    if (end < 0) this.#unclosed.add(last);
    this.#take(
      this.#text.slice(this.#at, end < 0 ? this.#at + 1 : end + 1),
      end < 0 ? 1 : end + 1 - this.#at,
    );
  }

  #isComment(char: string, next: string): boolean {
    if (char === '/' && next === '*') return true;
    return this.#hasLines && (char === '#' || (char === '/' && next === '/'));
  }

  #skipComment(next: string): void {
    const end = next === '*' ? /\*\//g : /[\r\n]/g;
    end.lastIndex = this.#at + 2;
    this.#at = end.test(this.#text) ? end.lastIndex : this.#text.length;
  }

  #take(text: string, length: number): void {
    this.#word = (this.#word ?? '') + text;
    this.#last = text.slice(-1);
    this.#at += length;
  }

  #separate(): void {
    this.#endWord();
    this.#at += 1;
  }

  #endWord(): void {
    if (this.#word !== undefined) this.#words.push(this.#word);
    this.#word = undefined;
  }
}
