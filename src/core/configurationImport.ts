import { parseBaseUrl } from './baseUrl.ts';
import { type ConfigFileResult, type ConfigProblem, parseJson, readConfigFile } from './configFile.ts';
import { foldedName } from './configFileChecks.ts';
import {
  type ConfigFile,
  type ConfigFileEndpoint,
  type ConfigFileProfile,
  configFileOf,
} from './configFileText.ts';
import type { ConfigurationContents, EndpointSecrets } from './configuration.ts';
import { isOtherAddress } from './configurationEdits.ts';
import { isOriginalFormat, translateOriginal } from './originalFormat.ts';

/** What happens to what is there and not in the file: it goes, or it stays. */
export type ImportMode = 'replace' | 'merge';

/** A file that can be imported. */
export interface ReadImport {
  readonly format: 'own' | 'original';
  /** What the file says, in our format; what it leaves out is not in it. */
  readonly file: ConfigFile;
  /** Paths of keys that nobody knows, in the file as it stands. */
  readonly unknownKeys: readonly string[];
  /** Those among them that are not taken over, since they may be secrets or are of another format. */
  readonly droppedKeys: readonly string[];
}

export type ReadImportResult =
  | { ok: true; read: ReadImport }
  | { ok: false; problems: readonly ConfigProblem[] };

/** The formats have five levels; what is unknown may have some more, but all of it is walked through. */
const maxDepth = 50;

/** Reads a file of either format. Either it is good, or every problem is listed by its path in that file. */
export function readImport(text: string): ReadImportResult {
  const parsed = parseJson(text);
  if (!parsed.ok) return { ok: false, problems: [parsed.problem] };
  const { json } = parsed;
  if (isDeeperThan(json, maxDepth)) return { ok: false, problems: [{ path: '$', code: 'tooDeep' }] };
  if (!isOriginalFormat(json)) {
    const result = readConfigFile(json, anyId);
    if (!result.ok) return result;
    const { unknownKeys, droppedKeys } = result;
    return { ok: true, read: { format: 'own', file: json as ConfigFile, unknownKeys, droppedKeys } };
  }
  const { file, originalPath, unknownKeys } = translateOriginal(json);
  const result = readConfigFile(file, anyId);
  if (!result.ok) {
    const problems = result.problems.map((problem) => ({ ...problem, path: originalPath(problem.path) }));
    return { ok: false, problems };
  }
  return {
    ok: true,
    read: { format: 'original', file: file as unknown as ConfigFile, unknownKeys, droppedKeys: unknownKeys },
  };
}

const anyId = (): string => 'id';

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((child) => isDeeperThan(child, levels - 1));
}

/**
 * What an import makes of the present configuration. Profiles and the endpoints in them are found by their names: they
 * keep their ids, and their keys where the file has none and the address is the same.
 *
 * @param newId a fresh id for what is new
 */
export function imported(
  present: ConfigurationContents,
  file: ConfigFile,
  mode: ImportMode,
  newId: () => string,
): ConfigFileResult {
  const own = configFileOf(present.configuration, (id) => present.secrets[id]);
  const wanted = mode === 'replace' ? withKeptSecrets(own, file) : merged(own, file);
  const ids = idsByName(present);
  const result = readConfigFile(wanted, (names) => ids.get(keyOf(names)) ?? newId());
  if (!result.ok) return result;
  const { configuration, secrets } = result.contents;
  const used = new Map(present.configuration.profiles.map(({ id, lastUsedAt }) => [id, lastUsedAt]));
  return {
    ...result,
    contents: {
      configuration: {
        ...configuration,
        // Elsewhere a file that names none has the first profile serve; an editor may have none that does.
        activeProfile: wanted.activeProfile === null ? null : configuration.activeProfile,
        profiles: configuration.profiles.map((profile) => ({
          ...profile,
          lastUsedAt: used.get(profile.id) ?? null,
        })),
      },
      secrets: withoutBlanks(secrets, present),
    },
  };
}

/** The new contents alone: what is there only gives keys. */
function withKeptSecrets(own: ConfigFile, file: ConfigFile): ConfigFile {
  const profiles = byName(own.profiles);
  return {
    ...file,
    profiles: file.profiles.map((profile) => {
      const there = byName(endpointsOf(profiles.get(foldedName(profile.name))));
      const endpoints = endpointsOf(profile).map((endpoint) => ({
        ...keptSecrets(there.get(foldedName(endpoint.name)), endpoint),
        ...said(endpoint),
      }));
      return { ...profile, endpoints };
    }),
  };
}

/** What is there, with what the file says laid over it. */
function merged(own: ConfigFile, file: ConfigFile): ConfigFile {
  const overlaid = laidOver({ ...own, activeProfile: undefined }, file) as Record<string, unknown>;
  const profiles = laidOverByName(own.profiles, file.profiles, mergedProfile);
  // Importing what somebody else uses does not change what serves here, unless nothing does. Nothing at all may serve
  // where there are profiles, and was so chosen.
  const active = own.activeProfile ?? file.activeProfile ?? (own.profiles.length > 0 ? null : undefined);
  return {
    ...overlaid,
    // The file may spell the name in another way.
    activeProfile: active ? byName(profiles).get(foldedName(active))?.name : active,
    profiles: withLevelsOf(profiles, file.profiles),
  };
}

function mergedProfile(own: ConfigFileProfile, over: ConfigFileProfile): ConfigFileProfile {
  const endpoints = laidOverByName(endpointsOf(own), endpointsOf(over), (endpoint, update) => {
    const { apiKey: _key, headers: _headers, ...rest } = endpoint;
    return { ...rest, ...keptSecrets(endpoint, update), ...said(update) };
  });
  return { ...own, ...over, endpoints };
}

/** Those that are there, in their order, those of the file laid over them, and then what is new. */
function laidOverByName<T extends { readonly name: string }>(
  own: readonly T[],
  over: readonly T[],
  lay: (item: T, update: T) => T,
): T[] {
  const [there, updates] = [byName(own), byName(over)];
  return [
    ...own.map((item) => {
      const update = updates.get(foldedName(item.name));
      return update ? lay(item, update) : item;
    }),
    ...over.filter(({ name }) => !there.has(foldedName(name))),
  ];
}

/** A level belongs to one profile: those that the file gives it to take it from those that are not in the file. */
function withLevelsOf(
  profiles: readonly ConfigFileProfile[],
  fromFile: readonly ConfigFileProfile[],
): ConfigFileProfile[] {
  const holders = new Map(
    fromFile.filter(({ priority }) => priority).map(({ priority, name }) => [priority, foldedName(name)]),
  );
  return profiles.map((profile) => {
    const holder = holders.get(profile.priority);
    return holder === undefined || holder === foldedName(profile.name)
      ? profile
      : { ...profile, priority: null };
  });
}

/** One group of options laid over another, value by value; anything else in its place. */
function laidOver(own: unknown, over: unknown): unknown {
  if (!isGroup(own) || !isGroup(over)) return over;
  const entries = Object.entries(over).map(([key, value]) => [key, laidOver(own[key], value)]);
  return { ...own, ...Object.fromEntries(entries) };
}

const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What an endpoint's secrets are if the file says nothing of them. A key never goes along to another address. */
function keptSecrets(
  own: ConfigFileEndpoint | undefined,
  update: ConfigFileEndpoint,
): Partial<EndpointSecrets> {
  const address = parseBaseUrl(update.baseUrl);
  if (!own || !address.ok || isOtherAddress(own.baseUrl, address.baseUrl)) return {};
  const { apiKey, headers } = own as Partial<EndpointSecrets>;
  return { ...(apiKey === undefined ? {} : { apiKey }), ...(headers === undefined ? {} : { headers }) };
}

/** What the file says of an endpoint. An empty key, as in a template, says nothing. */
function said({ apiKey, ...others }: ConfigFileEndpoint): ConfigFileEndpoint {
  return { ...others, ...(apiKey === undefined || apiKey === '' ? {} : { apiKey }) } as ConfigFileEndpoint;
}

/** Secrets that could not be read must not become none: nothing is not stored over them. */
function withoutBlanks(
  secrets: Readonly<Record<string, EndpointSecrets>>,
  present: ConfigurationContents,
): Record<string, EndpointSecrets> {
  const unread = new Set(
    present.configuration.profiles
      .flatMap(({ endpoints }) => endpoints.map(({ id }) => id))
      .filter((id) => present.secrets[id] === undefined),
  );
  const isBlank = ({ apiKey, headers }: EndpointSecrets) =>
    apiKey === '' && Object.keys(headers).length === 0;
  return Object.fromEntries(
    Object.entries(secrets).filter(([id, secret]) => !(unread.has(id) && isBlank(secret))),
  );
}

const byName = <T extends { readonly name: string }>(items: readonly T[]): Map<string, T> =>
  new Map(items.map((item) => [foldedName(item.name), item]));

const endpointsOf = (profile: ConfigFileProfile | undefined): readonly ConfigFileEndpoint[] =>
  profile?.endpoints ?? [];

const keyOf = (names: readonly string[]): string => JSON.stringify(names.map(foldedName));

function idsByName({ configuration }: ConfigurationContents): Map<string, string> {
  return new Map(
    configuration.profiles.flatMap((profile): [string, string][] => [
      [keyOf([profile.name]), profile.id],
      ...profile.endpoints.map(({ id, name }): [string, string] => [keyOf([profile.name, name]), id]),
    ]),
  );
}
