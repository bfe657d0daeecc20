import {
  type ParsedSettings,
  parseSettingsText,
  type SettingsTextProblem,
  withoutEmptyEnvironment,
  withoutVariable,
  withVariable,
} from './claudeSettings.ts';
import { isReachedWithoutProxy } from './corporateProxy.ts';

/*
 * What is put into the settings of Claude Code so that it goes through the proxy, and how it is taken out again. Ours
 * is what we wrote and nobody has changed since; everything else is the user's.
 */

/** The variables that lead through a corporate proxy, as programs spell them. */
export const proxyVariables: readonly string[] = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'http_proxy',
  'https_proxy',
  'all_proxy',
];

/** The variable with hosts to reach without one. Most programs read one of the spellings and then not the other. */
export const exclusionVariables = ['NO_PROXY', 'no_proxy'] as const;

/** What a program that talks to the proxy must reach directly. */
export const loopbackHosts: readonly string[] = ['127.0.0.1', 'localhost'];

/** Where the proxy is and what opens it. */
export interface ProxyAccess {
  readonly port: number;
  /** The local token. */
  readonly token: string;
}

/** What of a window's environment matters for Claude Code. */
export interface ClientEnvironment {
  /** A corporate proxy is set. */
  readonly hasProxy: boolean;
  /** Hosts to reach without one, by the spellings of the variable that are in use. */
  readonly exclusions: Readonly<Record<string, string>>;
}

export function clientEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): ClientEnvironment {
  const exclusions = exclusionVariables.flatMap((name): [string, string][] => {
    const value = environment[name];
    return value ? [[name, value]] : [];
  });
  return {
    hasProxy: proxyVariables.some((name) => Boolean(environment[name])),
    exclusions: Object.fromEntries(exclusions),
  };
}

/** The base URL that clients on this machine use. */
export const baseUrlOf = (port: number): string => `http://127.0.0.1:${port}`;

/** What any client needs to go through the proxy. */
export function accessVariables({ port, token }: ProxyAccess): Record<string, string> {
  return {
    ANTHROPIC_BASE_URL: baseUrlOf(port),
    ANTHROPIC_AUTH_TOKEN: token,
    // Has Claude Code say what a request is for.
    CLAUDE_CODE_GATEWAY_HINT_HEADERS: '1',
  };
}

/** Hosts to reach without a corporate proxy, with those of this machine. */
export const withLoopback = (hosts: string): string =>
  [...(hosts === '' ? [] : [hosts]), ...loopbackHosts].join(',');

/** True when a list of such hosts has this machine in it. */
export const coversLoopback = (hosts: string): boolean =>
  isReachedWithoutProxy('127.0.0.1', 0, hosts.split(','));

/** What we have put into a file. */
export interface OwnEntries {
  /** By name, every value that we may have written: the newest first, and older ones until it is sure that it is there. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  /** Names of those that the user had a value for. It is in the copy of the file that was made before. */
  readonly replaced: readonly string[];
}

export const noEntries: OwnEntries = { values: {}, replaced: [] };

export type EntriesResult<T> =
  | ({ readonly ok: true } & T)
  | { readonly ok: false; readonly problem: SettingsTextProblem };

/**
 * Puts our variables into a settings file, or brings them up to date.
 *
 * @param text the file, which may have our entries of another time
 * @param own those entries
 * @param copy the file as it was before them
 * @returns `text` with them; `original`, the file as it is without any of them, which is what to keep a copy of; and
 *   what is ours in it, with the values that may still be there from before
 */
export function putEntriesIn(
  text: string,
  access: ProxyAccess,
  environment: ClientEnvironment,
  own: OwnEntries,
  copy: string | undefined,
): EntriesResult<{ text: string; original: string; own: OwnEntries }> {
  const taken = takeEntriesOut(text, own, copy);
  if (!taken.ok) return taken;
  const original = taken.text;
  const before = variablesOf(original);
  const wanted = wantedVariables(access, environment, before);
  let next = text;
  // What was needed once and is no longer.
  for (const name of Object.keys(own.values)) if (!(name in wanted)) next = withOriginal(next, name, before);
  for (const [name, value] of Object.entries(wanted)) {
    if (variablesOf(next).get(name)?.value !== value) next = withVariable(next, name, JSON.stringify(value));
  }
  const ours = Object.entries(wanted).filter(([name, value]) => before.get(name)?.value !== value);
  return {
    ok: true,
    text: next,
    original,
    own: {
      values: Object.fromEntries(
        ours.map(([name, value]) => [name, [...new Set([value, ...(own.values[name] ?? [])])]]),
      ),
      replaced: ours.map(([name]) => name).filter((name) => before.has(name)),
    },
  };
}

/**
 * Takes our entries out of a settings file, if nobody has changed them, and puts back what was there before.
 *
 * @param copy the file as it was before, or undefined when there was none
 */
export function takeEntriesOut(
  text: string,
  own: OwnEntries,
  copy: string | undefined,
): EntriesResult<{ text: string }> {
  const parsed = parseSettingsText(text);
  if (!parsed.ok) return parsed;
  const ours = Object.entries(own.values)
    .filter(([name, values]) => values.some((value) => parsed.variables.get(name)?.value === value))
    .map(([name]) => name);
  if (ours.length === 0) return { ok: true, text };
  const before = copy === undefined ? undefined : parseSettingsText(copy);
  const had = before?.ok ? before : undefined;
  const replaced = new Map([...(had?.variables ?? [])].filter(([name]) => own.replaced.includes(name)));
  const next = ours.reduce((rest, name) => withOriginal(rest, name, replaced), text);
  return { ok: true, text: had?.hasEnvironment ? next : withoutEmptyEnvironment(next) };
}

/** A local token: 256 bits as the proxy writes them. */
const tokenForm = /^[\w-]{43}$/;

/**
 * What is ours in a file of which nothing is recorded: the record goes with the state folder, and a container that shares the
 * file has a folder of its own. Without the three together nothing is, since a user may have each of them for another reason.
 *
 * @param copy the file as it was before, or undefined when there was none
 */
export function entriesWithoutRecord(text: string, copy: string | undefined): OwnEntries {
  const now = variablesOf(text);
  const before = copy === undefined ? new Map() : variablesOf(copy);
  const is = (name: string, form: RegExp) => form.test(String(now.get(name)?.value ?? ''));
  const isPointed =
    is('ANTHROPIC_BASE_URL', /^http:\/\/127\.0\.0\.1:\d+$/) &&
    is('ANTHROPIC_AUTH_TOKEN', tokenForm) &&
    is('CLAUDE_CODE_GATEWAY_HINT_HEADERS', /^1$/);
  if (!isPointed) return noEntries;
  const isOurs = (name: string): boolean => {
    const had = before.get(name);
    if (had?.raw === now.get(name)?.raw) return false;
    const value = now.get(name)?.value;
    if (name === 'ANTHROPIC_API_KEY') return value === '' && had !== undefined;
    return !isExclusion(name) || value === withLoopback(typeof had?.value === 'string' ? had.value : '');
  };
  const names = [...Object.keys(accessVariables({ port: 0, token: '' })), 'ANTHROPIC_API_KEY'];
  const ours = [...names, ...exclusionVariables].filter(isOurs);
  return {
    values: Object.fromEntries(ours.map((name) => [name, [String(now.get(name)?.value)]])),
    replaced: ours.filter((name) => before.has(name)),
  };
}

const isExclusion = (name: string): boolean => exclusionVariables.some((it) => it === name);

/** What the user had is not in the file, since somebody has changed what we had put in its place. */
export function onlyInCopy(text: string, own: OwnEntries, copy: string): boolean {
  const now = variablesOf(text);
  const before = variablesOf(copy);
  return own.replaced.some((name) => before.get(name)?.raw !== now.get(name)?.raw);
}

type Variables = ParsedSettings['variables'];

/** The variables of a text that has been parsed before. */
function variablesOf(text: string): Variables {
  const parsed = parseSettingsText(text);
  return parsed.ok ? parsed.variables : new Map();
}

function withOriginal(text: string, name: string, before: Variables): string {
  const variable = before.get(name);
  return variable ? withVariable(text, name, variable.raw) : withoutVariable(text, name);
}

/** @param before the user's own variables */
function wantedVariables(
  access: ProxyAccess,
  environment: ClientEnvironment,
  before: Variables,
): Record<string, string> {
  return {
    ...accessVariables(access),
    // Beside a token, Claude Code would send the key too, and ask about it. An empty one counts as none.
    ...(before.get('ANTHROPIC_API_KEY')?.value ? { ANTHROPIC_API_KEY: '' } : {}),
    ...exclusions(environment, before),
  };
}

/**
 * Claude Code asks a corporate proxy for addresses of this machine too. A list in the file hides the one of the
 * environment, so there is one only where a proxy is set, and with what the environment has in it.
 */
function exclusions(environment: ClientEnvironment, before: Variables): Record<string, string> {
  const text = (name: string): string => {
    const value = before.get(name)?.value;
    return typeof value === 'string' ? value : '';
  };
  const inFile = exclusionVariables.filter((name) => text(name) !== '');
  const hasProxy = environment.hasProxy || proxyVariables.some((name) => text(name) !== '');
  const inEnvironment = exclusionVariables.filter((name) => environment.exclusions[name]);
  const spelled = [...new Set([...inFile, ...(hasProxy ? inEnvironment : [])])];
  const names = spelled.length > 0 ? spelled : hasProxy ? exclusionVariables : [];
  const lists = names.map((name) => [name, text(name) || (environment.exclusions[name] ?? '')] as const);
  return Object.fromEntries(
    lists.filter(([, hosts]) => !coversLoopback(hosts)).map(([name, hosts]) => [name, withLoopback(hosts)]),
  );
}
