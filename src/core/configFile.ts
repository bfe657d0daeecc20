import * as v from 'valibot';
import type { BaseUrlProblem } from './baseUrl.ts';
import {
  type Configuration,
  type ConfigurationContents,
  checkName,
  type Endpoint,
  type EndpointSecrets,
  type NameProblem,
  type Profile,
  priorityLevels,
} from './configuration.ts';
import {
  endpointFields,
  healthSchema,
  historySchema,
  policySchema,
  profileFields,
  queueSchema,
  routingSchema,
  secretFields,
  strictly,
  timeoutsSchema,
  usageSchema,
} from './configurationSchema.ts';

/** What can be wrong with a config file. */
export type ConfigProblemCode =
  | 'notJson'
  | 'missing'
  | 'wrongType'
  | 'outOfRange'
  | 'newerVersion'
  | 'unknownProfile'
  | 'duplicateLevel'
  | 'badHeaderName'
  | 'unsendableText'
  | 'protocolNotSupported'
  | BaseUrlProblem
  | NameProblem;

/** One finding. It never carries the value that was found, which may be a key. */
export interface ConfigProblem {
  /** JSON path, e.g. `$.profiles[0].endpoints[1].baseUrl`. */
  readonly path: string;
  readonly code: ConfigProblemCode;
  /** For `wrongType` and `missing`: what belongs there. */
  readonly expected?: string;
}

export type ConfigFileResult =
  | { ok: true; contents: ConfigurationContents; unknownKeys: readonly string[] }
  | { ok: false; problems: readonly ConfigProblem[] };

/** The newest version of the file format that this code reads. */
export const configFileVersion = 1;

const fileEndpoint = v.looseObject({ ...endpointFields, ...secretFields });
const fileProfile = v.looseObject({ ...profileFields, endpoints: v.optional(v.array(fileEndpoint), []) });
const fileSchema = v.looseObject({
  version: v.pipe(v.number(), v.integer('outOfRange'), v.minValue(1, 'outOfRange')),
  activeProfile: v.optional(v.nullable(v.string()), null),
  policy: v.optional(strictly(policySchema), {}),
  profiles: v.array(fileProfile),
  routing: v.optional(strictly(routingSchema), {}),
  health: v.optional(strictly(healthSchema), {}),
  queue: v.optional(strictly(queueSchema), {}),
  history: v.optional(strictly(historySchema), {}),
  usage: v.optional(strictly(usageSchema), {}),
});

type PathKey = string | number;

function jsonPath(keys: readonly PathKey[]): string {
  const parts = keys.map((key) => {
    if (typeof key === 'number') return `[${key}]`;
    return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  });
  return `$${parts.join('')}`;
}

function toProblem(issue: v.BaseIssue<unknown>): ConfigProblem {
  const path = jsonPath((issue.path ?? []).map((item) => item.key as PathKey));
  if (issue.kind !== 'schema') return { path, code: issue.message as ConfigProblemCode };
  const code = issue.input === undefined ? 'missing' : 'wrongType';
  const expected = issue.type === 'custom' ? 'Object' : issue.expected;
  return expected === null ? { path, code } : { path, code, expected };
}

const field = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const namesOf = (items: readonly unknown[]): string[] =>
  items.map((item) => field(item, 'name')).filter((name) => typeof name === 'string');

/**
 * What a schema cannot say: names that repeat, levels held twice, references that lead nowhere. Looks at whatever
 * was read, so that a wrong type somewhere hides none of it.
 */
function crossChecks(json: unknown): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const report = (code: ConfigProblemCode, ...keys: PathKey[]) =>
    problems.push({ path: jsonPath(keys), code });
  const checkNameOf = (item: unknown, earlier: readonly unknown[], path: readonly PathKey[]) => {
    const name = field(item, 'name');
    const problem = typeof name === 'string' ? checkName(name, namesOf(earlier)) : undefined;
    if (problem) report(problem, ...path, 'name');
  };

  const profiles = list(field(json, 'profiles'));
  profiles.forEach((profile, p) => {
    const earlierProfiles = profiles.slice(0, p);
    checkNameOf(profile, earlierProfiles, ['profiles', p]);
    const level = priorityLevels.find((candidate) => candidate === field(profile, 'priority'));
    if (level !== undefined && earlierProfiles.some((other) => field(other, 'priority') === level)) {
      report('duplicateLevel', 'profiles', p, 'priority');
    }
    const endpoints = list(field(profile, 'endpoints'));
    endpoints.forEach((endpoint, e) => {
      checkNameOf(endpoint, endpoints.slice(0, e), ['profiles', p, 'endpoints', e]);
      if (field(endpoint, 'protocol') === 'openai') {
        report('protocolNotSupported', 'profiles', p, 'endpoints', e, 'protocol');
      }
    });
  });
  const active = field(json, 'activeProfile');
  if (typeof active === 'string' && !namesOf(profiles).some((name) => name.trim() === active.trim())) {
    report('unknownProfile', 'activeProfile');
  }
  return problems;
}

type KnownKeys = { readonly [key: string]: KnownKeys | true };

const leaves = (entries: Record<string, unknown>): KnownKeys =>
  Object.fromEntries(Object.keys(entries).map((key) => [key, true]));

const knownKeys: KnownKeys = {
  ...leaves(fileSchema.entries),
  policy: leaves(policySchema.entries),
  routing: { ...leaves(routingSchema.entries), timeouts: leaves(timeoutsSchema.entries) },
  health: leaves(healthSchema.entries),
  queue: leaves(queueSchema.entries),
  history: leaves(historySchema.entries),
  usage: leaves(usageSchema.entries),
  profiles: { ...leaves(fileProfile.entries), endpoints: leaves(fileEndpoint.entries) },
};

/** The paths of keys that the format does not know; a typing error should not pass in silence. */
function findUnknownKeys(value: unknown, known: KnownKeys, path: readonly PathKey[] = []): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => findUnknownKeys(item, known, [...path, index]));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const below = Object.hasOwn(known, key) ? known[key] : undefined;
    if (below === undefined) return [jsonPath([...path, key])];
    return below === true ? [] : findUnknownKeys(child, below, [...path, key]);
  });
}

/** The profile that serves when the file names none: the first of the highest level, else the first. */
function defaultActive(profiles: readonly Profile[]): Profile | undefined {
  for (const level of priorityLevels) {
    const profile = profiles.find((candidate) => candidate.priority === level);
    if (profile) return profile;
  }
  return profiles[0];
}

/**
 * Reads a config file. Either the whole file is good and the result holds all of it, or every problem is listed
 * and the result holds nothing.
 *
 * @param text the file's content
 * @param idOf gives the id of a profile, or of an endpoint in it, by their names
 */
export function parseConfigFile(text: string, idOf: (names: readonly string[]) => string): ConfigFileResult {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return { ok: false, problems: [{ path: '$', code: 'notJson' }] };
  }
  const version = (json as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version > configFileVersion) {
    // A newer format may mean other things by the same words: no use in listing more.
    return { ok: false, problems: [{ path: '$.version', code: 'newerVersion' }] };
  }
  // One finding per value is enough: 0.5 is not also too small.
  const result = v.safeParse(fileSchema, json, { abortPipeEarly: true });
  const problems = [...(result.issues?.map(toProblem) ?? []), ...crossChecks(json)];
  if (!result.success || problems.length > 0) return { ok: false, problems };

  const secrets: Record<string, EndpointSecrets> = {};
  const profiles = result.output.profiles.map((fileProfile): Profile => {
    const endpoints = fileProfile.endpoints.map(({ apiKey, headers, ...rest }): Endpoint => {
      const name = rest.name.trim();
      const id = idOf([fileProfile.name.trim(), name]);
      secrets[id] = { apiKey, headers };
      return { ...rest, name, id };
    });
    const name = fileProfile.name.trim();
    return { ...fileProfile, name, endpoints, id: idOf([name]), lastUsedAt: null };
  });
  const named = profiles.find((profile) => profile.name === result.output.activeProfile?.trim());
  const configuration: Configuration = {
    ...result.output,
    version: configFileVersion,
    activeProfile: (named ?? defaultActive(profiles))?.id ?? null,
    profiles,
  };
  return { ok: true, contents: { configuration, secrets }, unknownKeys: findUnknownKeys(json, knownKeys) };
}
