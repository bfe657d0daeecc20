import { type BaseUrlProblem, type BaseUrlResult, originOf, parseBaseUrl } from './baseUrl.ts';
import { type AuthStyle, checkName, isSendableHeaderValue } from './configuration.ts';
import { credentialFor } from './credentials.ts';
import { type Fact, type Family, factName, factsOf } from './pastedFacts.ts';
import { shellWords } from './shellWords.ts';

/** What a text that somebody pasted says of an endpoint. */
export interface PastedEndpoint {
  /** In the form that `parseBaseUrl` returns. */
  readonly baseUrl: string;
  /** A secret. */
  readonly apiKey?: string;
  /** How the key has to be sent; absent where nothing proves that it matters. */
  readonly auth?: AuthStyle;
  readonly name?: string;
  /** A model that clients ask this endpoint for. */
  readonly model?: string;
}

export type PastedProblem = BaseUrlProblem | 'tooLong' | 'noAddress';

export type PastedResult =
  | { readonly ok: true; readonly endpoint: PastedEndpoint }
  | {
      readonly ok: false;
      readonly problem: PastedProblem;
      /** There is a key in the text, so that it must not stay in sight. */
      readonly holdsKey: boolean;
    };

/** In characters. */
export const maxPastedLength = 65_536;
const maxAddressLength = 2_048;
const maxKeyLength = 4_096;
const maxModelLength = 128;

/** Where Anthropic's own clients go when nobody has said anything, and how its keys begin. */
const official = { baseUrl: 'https://api.anthropic.com', keys: /^sk-ant-/ };
/** Of several addresses, that of the first family is meant; one that merely stands there comes last. */
const familiesInOrder: readonly Family[] = ['anthropic', 'plain', 'openai', 'request'];
/** Claude Code prefers the token to the key, and a check asks for the smallest model. */
const holdersInOrder: readonly string[] = [
  ...['anthropicauthtoken', 'anthropicapikey', 'authtoken', 'apikey', 'xapikey', 'authorization'],
  ...['anthropicdefaulthaikumodel', 'anthropicsmallfastmodel', 'anthropicmodel'],
];
/** What stands where a key has to be put in, and what cannot be one. */
const placeholder = /[\s<>{}$%*…]|\.{3}|x{5}|^your[-_]|key[-_]?here$/i;
/** What can hardly be anything but a key, whoever's it is: long, without a dot or a slash, with letters and digits. */
const isSecret = (word: string): boolean =>
  /^[\w-]{20,}$/.test(word) && /\d/.test(word) && /[a-z]/i.test(word);
/** The route whose requests show how this endpoint wants its key. */
const messagesRoute = /\/v1\/messages\/*([?#]|$)/;
const hostWithoutScheme = /^([a-z\d-]+\.)+[a-z\d-]*[a-z][a-z\d-]*(:\d+)?(\/|$)/i;
const loopbackWithoutScheme = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?(\/|$)/i;

/**
 * Finds address and key of an endpoint in what people copy: a base URL in any spelling, a `curl` command, assignments of
 * `ANTHROPIC_BASE_URL` and the like in the notation of any shell, a snippet of a settings file, the call of an SDK. Line
 * breaks may have been lost to a box of one line.
 *
 * A key is joined only to an address that it was written for: one `.env` file may hold keys for several providers, and
 * none of them is to learn that of another. Takes time in proportion to the text and never throws.
 */
export function parsePastedEndpoint(text: string): PastedResult {
  if (text.length > maxPastedLength) return { ok: false, problem: 'tooLong', holdsKey: true };
  // A URL alone may hold marks that stand between words elsewhere.
  const words = /^\s*https?:\/\/\S+\s*$/i.test(text) ? [text.trim()] : shellWords(text);
  const facts = factsOf(words);
  const address = addressIn(facts) ?? officialIn(facts) ?? onlyWordOf(words, facts);
  const holdsKey =
    facts.some((fact) => keyOf(fact, facts) !== undefined) || (!address && words.some(isSecret));
  if (!address) return { ok: false, problem: holdsKey ? 'noAddress' : 'notAUrl', holdsKey };
  const parsed = parseAddress(address.value);
  if (!parsed.ok) return { ...parsed, holdsKey: holdsKey || parsed.problem === 'hasCredentials' };
  const { baseUrl } = parsed;
  const ofFamily = facts.filter(({ family }) => family === address.family);
  const [apiKey] = ranked(factsFor(address, ofFamily), 'key').flatMap((fact) => keyOf(fact, facts) ?? []);
  const auth = messagesRoute.test(address.value) ? provenAuth(ofFamily, baseUrl, apiKey ?? '') : undefined;
  const name = ranked(ofFamily, 'name').find(({ value }) => checkName(value, []) === undefined)?.value;
  const model = ranked(ofFamily, 'model').find(({ value }) => isModel(value))?.value;
  return {
    ok: true,
    endpoint: {
      baseUrl,
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(auth === undefined ? {} : { auth }),
      ...(name === undefined ? {} : { name: name.trim() }),
      ...(model === undefined ? {} : { model }),
    },
  };
}

type Address = Pick<Fact, 'family' | 'value'>;

/** The address that is meant. A command that shows a key names it more surely than any but Claude Code's own variables. */
function addressIn(facts: readonly Fact[]): Address | undefined {
  const isRequest = facts.some(
    ({ kind, family, holder }) => kind === 'key' && family === 'request' && holder !== '',
  );
  const [first, ...others] = familiesInOrder;
  const order = isRequest ? [first, 'request', ...others] : familiesInOrder;
  for (const family of order) {
    const ofFamily = facts.filter((fact) => fact.family === family);
    // In a shell the last assignment holds; a command goes to its first address.
    const found =
      family === 'request' ? ofFamily.find(isAddress) : ranked(ofFamily, 'address').find(isAddress);
    if (found) return found;
  }
  return undefined;
}

/** A host that only a shell can tell is none. */
const isAddress = ({ kind, value }: Fact): boolean =>
  kind === 'address' && value !== '' && !/^(https?:\/\/)?[^/]*[$%]/i.test(value);

/** What all clients of Anthropic's do with one of its keys and nothing else: not with one beside keys of others. */
function officialIn(facts: readonly Fact[]): Address | undefined {
  const isOfficial = (fact: Fact) => official.keys.test(keyOf(fact, facts) ?? '');
  const family = facts.find(isOfficial)?.family;
  const beside = facts.filter((fact) => fact.family === family && keyOf(fact, facts) !== undefined);
  return family && beside.every(isOfficial) ? { family, value: official.baseUrl } : undefined;
}

/**
 * The facts of a family that are about an address. Where the text names several hosts and each with one key, that is
 * its own pair; where it does not say so plainly whose key is whose, it has none: a key is better asked for than sent
 * to another host.
 */
function factsFor(address: Address, ofFamily: readonly Fact[]): readonly Fact[] {
  const isNamed = ({ kind, value }: Fact) => kind === 'address' && value !== '';
  if (new Set(ofFamily.filter(isNamed).map(({ value }) => hostIn(value))).size < 2) return ofFamily;
  const told = ofFamily.filter((fact) => isNamed(fact) || keyOf(fact, ofFamily) !== undefined);
  const isPaired = told.length % 2 === 0 && told.every(({ kind }, at) => kind === told[at % 2]?.kind);
  const at = (told as readonly Address[]).indexOf(address);
  const pair =
    isPaired && told[0]?.kind !== told[1]?.kind ? told.slice(at - (at % 2), at - (at % 2) + 2) : [];
  return ofFamily.filter((fact) => fact.kind !== 'key' || pair.includes(fact));
}

/** The origin of an address, or the text where it is none: that is another one than any other. */
function hostIn(text: string): string {
  const parsed = parseAddress(text);
  return parsed.ok ? originOf(parsed.baseUrl) : text;
}

/** A text of one word that says nothing else can only be meant as an address. */
function onlyWordOf(words: readonly string[], facts: readonly Fact[]): Address | undefined {
  const [word = ''] = words;
  const isOnly = words.length === 1 && facts.length === 0 && !isSecret(word);
  return isOnly ? { family: 'request', value: word } : undefined;
}

/** The facts of a kind: the strongest name first, and of one name the last. */
function ranked(facts: readonly Fact[], kind: Fact['kind']): Fact[] {
  const rank = ({ holder }: Fact) => {
    const index = holdersInOrder.indexOf(holder);
    return index < 0 ? holdersInOrder.length : index;
  };
  return facts
    .filter((fact) => fact.kind === kind)
    .reverse()
    .sort((a, b) => rank(a) - rank(b));
}

/** The key that a fact tells, if it is one; the name of a variable stands for what the text gives it. */
function keyOf(fact: Fact, facts: readonly Fact[]): string | undefined {
  if (fact.kind !== 'key') return undefined;
  const variable = /^(?:\$(?:env:)?\{?|%)(\w+)[}%]?$/i.exec(fact.value)?.[1];
  const holder = variable === undefined ? undefined : factName(variable);
  const value = holder === undefined ? fact.value : facts.findLast((other) => other.holder === holder)?.value;
  return value !== undefined && isKey(value) ? value : undefined;
}

const isKey = (value: string): boolean =>
  value !== '' && value.length <= maxKeyLength && isSendableHeaderValue(value) && !placeholder.test(value);

const isModel = (value: string): boolean => value.length <= maxModelLength && /^[\w.:@/[\]-]+$/.test(value);

/**
 * How a command sends the key, if that is not what `auto` does. Only a request for messages proves it: what an endpoint
 * takes on the routes of another API says nothing. Variables prove nothing either, since `auto` sends what clients would
 * make of them.
 */
function provenAuth(facts: readonly Fact[], baseUrl: string, apiKey: string): AuthStyle | undefined {
  const sent = (holder: string) => facts.find((fact) => fact.holder === holder)?.value;
  const [xApiKey, bearer] = [sent('xapikey'), sent('authorization')];
  if (xApiKey === undefined && bearer === undefined) return undefined;
  const style = bearer === undefined ? 'x-api-key' : xApiKey === undefined ? 'bearer' : 'both';
  // Two keys cannot be kept; the one that was taken goes where it belongs.
  const used = style === 'both' && xApiKey !== bearer ? 'x-api-key' : style;
  const { hostname } = new URL(baseUrl);
  const headers = (auth: AuthStyle) => Object.keys(credentialFor(hostname, auth, apiKey).headers).join();
  return headers(used) === headers('auto') ? undefined : used;
}

/** An address in any spelling. What follows `?` or `#` belongs to a page or a request, not to the endpoint. */
function parseAddress(text: string): BaseUrlResult {
  const bare = text.trim().replace(/[?#].*$/s, '');
  if (bare.length > maxAddressLength) return { ok: false, problem: 'notAUrl' };
  if (loopbackWithoutScheme.test(bare)) return parseBaseUrl(`http://${bare}`);
  return parseBaseUrl(hostWithoutScheme.test(bare) ? `https://${bare}` : bare);
}
