import { shellWords } from './shellWords.ts';

/** Where a name comes from. What is of one family was written to be used together. */
export type Family = 'anthropic' | 'openai' | 'request' | 'plain';

/** One thing that a text says of an endpoint. */
export interface Fact {
  readonly kind: 'address' | 'key' | 'model' | 'name';
  readonly family: Family;
  /** The variable, argument or header that it was said with, as `factName` writes it; empty for none. */
  readonly holder: string;
  /** Of a key maybe the name of the variable that holds it, or something to put one into. */
  readonly value: string;
}

/** What is known by its name, as `factName` writes it: variables of clients, arguments of SDKs, headers. */
const known: ReadonlyMap<string, Pick<Fact, 'kind' | 'family'>> = new Map([
  ['anthropicbaseurl', { kind: 'address', family: 'anthropic' }],
  ['anthropicauthtoken', { kind: 'key', family: 'anthropic' }],
  ['anthropicapikey', { kind: 'key', family: 'anthropic' }],
  ['anthropicsmallfastmodel', { kind: 'model', family: 'anthropic' }],
  ['anthropicdefaulthaikumodel', { kind: 'model', family: 'anthropic' }],
  ['anthropicmodel', { kind: 'model', family: 'anthropic' }],
  ['openaibaseurl', { kind: 'address', family: 'openai' }],
  ['openaiapibase', { kind: 'address', family: 'openai' }],
  ['openaiapikey', { kind: 'key', family: 'openai' }],
  ['xapikey', { kind: 'key', family: 'request' }],
  ['authorization', { kind: 'key', family: 'request' }],
  ['baseurl', { kind: 'address', family: 'plain' }],
  ['apibase', { kind: 'address', family: 'plain' }],
  ['authtoken', { kind: 'key', family: 'plain' }],
  ['apikey', { kind: 'key', family: 'plain' }],
  ['name', { kind: 'name', family: 'plain' }],
]);

/** How often a word is looked at for the end of a name; and how long a name can be, with what stands before it. */
const maxMarks = 4;
const maxNameLength = 64;
/** Commands that take name and value as two words (cmd, fish, csh, .NET). */
const assigns = /^(setx?|setenv|.*SetEnvironmentVariable)$/i;
/** Options of curl whose value is an address that is not the endpoint's. */
const otherAddress = /^(-x|--proxy|--preproxy|-e|--referer|--socks.*)$/;
const url = /^https?:\/\//i;
/** Keys of most providers and relays begin so. */
const bareKey = /^sk-[\w-]{16,}$/;

/** All that a text says of an endpoint, in its order. @param words of `shellWords` */
export function factsOf(words: readonly string[]): Fact[] {
  const facts: Fact[] = [];
  const entry = new ListEntry();
  const add = (name: string, value: string) => {
    const sort = known.get(name);
    if (sort)
      facts.push({ ...sort, holder: name, value: sort.kind === 'key' ? withoutScheme(value) : value });
  };
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? '';
    // JSON that was quoted as a whole, for a shell.
    if (word.startsWith('{')) {
      facts.push(...namedFacts(word));
      continue;
    }
    const pair = pairOf(words, i);
    if (pair) {
      const listed = entry.add(pair.name, pair.value);
      if (listed) add(listed.name, listed.value);
      else add(pair.name, pair.value);
      i += pair.extraWords;
    } else if (isAddress(words, i)) {
      facts.push({ kind: 'address', family: 'request', holder: '', value: word.replace(/^--url=/, '') });
    } else if (bareKey.test(word)) {
      facts.push({ kind: 'key', family: 'request', holder: '', value: word });
    }
  }
  return facts;
}

/** Of a text within a text only what has a name counts: addresses in it may be of anything. */
const namedFacts = (text: string): Fact[] =>
  factsOf(shellWords(text.slice(1))).filter(({ family }) => family !== 'request');

interface Pair {
  /** As `factName` writes it. */
  readonly name: string;
  readonly value: string;
  /** How many words after the first belong to it. */
  readonly extraWords: number;
}

/** A known name with its value, in one word or in several. */
function pairOf(words: readonly string[], at: number): Pair | undefined {
  const word = words[at] ?? '';
  const next = words[at + 1] ?? '';
  const joined = splitWord(word);
  if (joined) {
    const { name, value, mark } = joined;
    if (/^bearer$/i.test(value)) return { name, value: next, extraWords: 1 };
    if (value !== '' || mark === '=') return { name, value, extraWords: 0 };
    if (/^bearer$/i.test(next)) return { name, value: words[at + 2] ?? '', extraWords: 2 };
    return splitWord(next) ? undefined : { name, value: next, extraWords: 1 };
  }
  const name = factName(word);
  if (name === undefined) return undefined;
  if (/^(:?=|:|=>)$/.test(next)) return { name, value: words[at + 2] ?? '', extraWords: 2 };
  return isAssigned(words, at) ? { name, value: next, extraWords: 1 } : undefined;
}

/** A word such as `NAME=value`, `"NAME": ` or `x-api-key: value`. */
function splitWord(word: string): { name: string; value: string; mark: string } | undefined {
  let mark = word.search(/[=:]/);
  for (let count = 0; mark >= 0 && count < maxMarks; count += 1) {
    const left = word.slice(Math.max(0, mark - maxNameLength), mark);
    // Behind the beginning of an address nothing is a name.
    if (left.includes('/') || left.includes('?')) return undefined;
    const name = factName(left);
    if (name !== undefined) return { name, value: word.slice(mark + 1).trim(), mark: word.charAt(mark) };
    const rest = word.slice(mark + 1, mark + 1 + maxNameLength).search(/[=:]/);
    mark = rest < 0 ? -1 : mark + 1 + rest;
  }
  return undefined;
}

/** The known name that a text ends with, whatever language it is: `$env:X`, `baseUrl`, `environ['X']`, `-Hx-api-key`. */
export function factName(text: string): string | undefined {
  const bare = text.slice(-maxNameLength).replace(/^-[eH](?=\w)/, '');
  const [end] = /[A-Za-z][\w-]*(?=['"\]]?\s*$)/.exec(bare) ?? [''];
  const name = end.replace(/[_-]/g, '').toLowerCase();
  return known.has(name) || name === 'value' ? name : undefined;
}

/** Whether the word before, or the one before its options, is a command that sets variables, and does not erase one. */
function isAssigned(words: readonly string[], at: number): boolean {
  let before = at - 1;
  while (before > at - 4 && words[before]?.startsWith('-')) {
    if (/^(-\w*e\w*|--erase)$/.test(words[before] ?? '')) return false;
    before -= 1;
  }
  return assigns.test(words[before] ?? '');
}

/** An address that a command goes to, or that simply stands there. */
function isAddress(words: readonly string[], at: number): boolean {
  const before = words[at - 1] ?? '';
  const word = words[at] ?? '';
  if (otherAddress.test(before)) return false;
  return (
    url.test(word) ||
    word.startsWith('--url=') ||
    (/^(.*[\\/])?curl(\.exe)?$|^--url$/i.test(before) && /^[\w[]/.test(word))
  );
}

/** `Bearer`, which says how a key is sent, is no part of it. */
const withoutScheme = (value: string): string => value.replace(/^\s*bearer\s+/i, '').trim();

/** Puts together entries of a list, `{"name": …, "value": …}`, whichever comes first. */
class ListEntry {
  #name: string | undefined;
  #value: string | undefined;

  /** @returns the entry that is complete now */
  add(name: string, value: string): { name: string; value: string } | undefined {
    if (name === 'value') this.#value = value;
    else if (name === 'name' && factName(value) !== undefined) this.#name = factName(value);
    else return undefined;
    if (this.#name === undefined || this.#value === undefined) return undefined;
    const entry = { name: this.#name, value: this.#value };
    this.#name = undefined;
    this.#value = undefined;
    return entry;
  }
}
