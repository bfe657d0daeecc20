import { coversLoopback, exclusionVariables, proxyVariables } from '../../core/claudeEntries.ts';
import type { ClaudeCodeProblem } from '../../protocol/clients.ts';
import type { SettingsRead } from './claudeCodeFiles.ts';

/*
 * What Claude Code really uses, and what stands in the way of the proxy. Of the layers that can set a variable the first one
 * counts that does, even if it sets it to nothing.
 */

/** Where a value comes from. */
export type Source =
  | { readonly kind: SettingsRead['kind']; readonly file: string }
  /** What new terminals of this window get. */
  | { readonly kind: 'terminals' }
  /** The setting `claudeCode.environmentVariables` of the editor. */
  | { readonly kind: 'editor' }
  /** The environment that the editor was started in. */
  | { readonly kind: 'environment' };

export interface Layer {
  readonly source: Source;
  readonly variables: ReadonlyMap<string, string>;
}

/** A value and where it comes from. */
export interface Sourced {
  readonly value: string;
  readonly source: Source;
}

/** Something that the user may want to do something about. */
export type Finding =
  /** Nothing leads it to any address: it goes to Anthropic itself. */
  | { readonly code: 'notPointed' }
  /** The address is another one; for `otherPort` it is another port of this machine. */
  | { readonly code: 'otherAddress' | 'otherPort'; readonly address: string; readonly source: Source }
  | { readonly code: 'cloudProvider'; readonly name: string; readonly source: Source }
  /** It is pointed at the proxy, and there is none. */
  | { readonly code: 'noProxyRuns' }
  | { readonly code: 'noToken' }
  | { readonly code: 'wrongToken'; readonly ending: string; readonly source: Source }
  /** Another key is sent along, which the proxy takes no notice of. */
  | { readonly code: 'keyBeside'; readonly ending: string; readonly source: Source }
  | { readonly code: 'keyHelper'; readonly file: string }
  /** Requests to this machine go to a corporate proxy, which cannot pass them on. */
  | { readonly code: 'corporateProxy'; readonly name: string; readonly source: Source }
  | { readonly code: 'unreadable'; readonly file: string; readonly problem: ClaudeCodeProblem }
  /** A file with comments or trailing commas. */
  | { readonly code: 'notPlainJson'; readonly file: string };

/** Where requests go. */
export type Route = 'proxy' | 'anthropic' | 'cloudProvider' | 'elsewhere';

export interface ClientVerdict {
  readonly route: Route;
  /** True when requests that go to the proxy get there and are let in. */
  readonly works: boolean;
  readonly address: Sourced | undefined;
  /** What it shows to be let in: the end of it at most. */
  readonly credential:
    | { readonly name: string; readonly ending: string; readonly source: Source }
    | undefined;
  readonly findings: readonly Finding[];
}

export interface ClientFacts {
  /** The settings files that are there, the strongest first. */
  readonly files: readonly SettingsRead[];
  /** What else sets variables: weaker than all files, the strongest first. */
  readonly others: readonly Layer[];
  /** Where the proxy would be, and what opens it; the token is undefined where it is not known. */
  readonly proxy: { readonly port: number; readonly token: string | undefined };
  readonly isRunning: boolean;
  /** Whether the proxy asks for the token. */
  readonly requiresToken: boolean;
}

const cloudProviders = ['CLAUDE_CODE_USE_BEDROCK', 'CLAUDE_CODE_USE_VERTEX', 'CLAUDE_CODE_USE_FOUNDRY'];
/** Both let a client in, one as a bearer token and one as a key. */
const credentials = ['ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_API_KEY'] as const;

/** Judges one way of starting Claude Code. */
export function judgeClient(facts: ClientFacts): ClientVerdict {
  const layers = [...facts.files.flatMap(layerOf), ...facts.others];
  const find = (name: string): Sourced | undefined => {
    const layer = layers.find(({ variables }) => variables.has(name));
    const value = layer?.variables.get(name);
    return layer && value ? { value, source: layer.source } : undefined;
  };
  const address = find('ANTHROPIC_BASE_URL');
  const [cloud] = cloudProviders.flatMap((name) => {
    const found = find(name);
    return found && isOn(found.value) ? [{ name, source: found.source }] : [];
  });
  const route = cloud ? 'cloudProvider' : routeOf(address, facts.proxy.port);
  const credential = credentials.map((name) => ({ name, found: find(name) })).find(({ found }) => found);
  const obstacles = [
    ...wrongRoute(route, cloud, address),
    ...(route === 'proxy' ? obstaclesTo(facts, find) : []),
  ];
  return {
    route,
    works: route === 'proxy' && obstacles.length === 0,
    address,
    credential: credential?.found && {
      name: credential.name,
      ending: endingOf(credential.found.value),
      source: credential.found.source,
    },
    findings: [...brokenFiles(facts.files), ...obstacles, ...(route === 'proxy' ? remarks(facts, find) : [])],
  };
}

/** The last characters of a secret, of which a short one shows none. */
export const endingOf = (secret: string): string => (secret.length >= 12 ? secret.slice(-4) : '');

type Find = (name: string) => Sourced | undefined;

/** A file that Claude Code does not load sets nothing. */
function layerOf({ kind, file, settings }: SettingsRead): Layer[] {
  if (!settings?.isPlainJson) return [];
  const variables = [...settings.variables].map(([name, { value }]): [string, string] => [
    name,
    String(value),
  ]);
  return [{ source: { kind, file }, variables: new Map(variables) }];
}

const isOn = (value: string): boolean => !['', '0', 'false', 'no', 'off'].includes(value.toLowerCase());

function routeOf(address: Sourced | undefined, port: number): Exclude<Route, 'cloudProvider'> {
  if (!address) return 'anthropic';
  const place = placeOf(address.value);
  return place?.isLoopback && place.port === port ? 'proxy' : 'elsewhere';
}

/** The host and port of an address, without what else may be in it. */
function placeOf(address: string): { origin: string; isLoopback: boolean; port: number } | undefined {
  try {
    const { protocol, hostname, port, origin, pathname } = new URL(address);
    // With a path, such as the `/v1` of other clients, it would ask for what the proxy does not have.
    const isPlain = protocol === 'http:' && pathname === '/';
    const isLoopback = isPlain && ['127.0.0.1', 'localhost'].includes(hostname);
    return { origin, isLoopback, port: Number(port) || 80 };
  } catch {
    return undefined;
  }
}

function wrongRoute(
  route: Route,
  cloud: { readonly name: string; readonly source: Source } | undefined,
  address: Sourced | undefined,
): Finding[] {
  if (cloud) return [{ code: 'cloudProvider', ...cloud }];
  if (route === 'anthropic') return [{ code: 'notPointed' }];
  if (route !== 'elsewhere' || !address) return [];
  const place = placeOf(address.value);
  const code = place?.isLoopback ? 'otherPort' : 'otherAddress';
  return [{ code, address: place?.origin ?? '', source: address.source }];
}

function obstaclesTo({ proxy, isRunning, requiresToken }: ClientFacts, find: Find): Finding[] {
  const findings: Finding[] = [];
  if (!isRunning) findings.push({ code: 'noProxyRuns' });
  const shown = credentials.flatMap((name) => find(name) ?? []);
  const isLetIn = shown.some(({ value }) => value === proxy.token);
  if (requiresToken && proxy.token !== undefined && !isLetIn) {
    const [first] = shown;
    findings.push(
      first
        ? { code: 'wrongToken', ending: endingOf(first.value), source: first.source }
        : { code: 'noToken' },
    );
  }
  const corporate = proxyVariables.find((name) => find(name));
  // Claude Code asks the one in small letters first (measured).
  const exclusions = [...exclusionVariables].reverse().flatMap((name) => find(name) ?? [])[0];
  const source = corporate === undefined ? undefined : find(corporate)?.source;
  if (corporate !== undefined && source && !coversLoopback(exclusions?.value ?? '')) {
    findings.push({ code: 'corporateProxy', name: corporate, source });
  }
  return findings;
}

/** What does no harm and is worth knowing. */
function remarks({ files, proxy }: ClientFacts, find: Find): Finding[] {
  const key = find('ANTHROPIC_API_KEY');
  const helper = files.find(({ settings }) => settings?.isPlainJson && settings.property('apiKeyHelper'));
  const isBeside =
    key !== undefined && key.value !== proxy.token && find('ANTHROPIC_AUTH_TOKEN') !== undefined;
  return [
    ...(isBeside ? [{ code: 'keyBeside' as const, ending: endingOf(key.value), source: key.source }] : []),
    ...(helper ? [{ code: 'keyHelper' as const, file: helper.file }] : []),
  ];
}

function brokenFiles(files: readonly SettingsRead[]): Finding[] {
  return files.flatMap(({ file, settings, problem }): Finding[] => {
    if (problem) return [{ code: 'unreadable', file, problem }];
    return settings?.isPlainJson === false ? [{ code: 'notPlainJson', file }] : [];
  });
}
