import * as v from 'valibot';
import type { BaseUrlProblem } from './baseUrl.ts';
import { crossChecks } from './configFileChecks.ts';
import {
  type Configuration,
  type ConfigurationContents,
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
import { findUnknownKeys, jsonPath, type KnownKeys, type PathKey } from './unknownKeys.ts';

/** What can be wrong with a config file. */
export type ConfigProblemCode =
  | 'notJson'
  | 'tooDeep'
  | 'tooMany'
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
  /** For `notJson`: the line where it stops being it, from 1, as far as that is known. */
  readonly line?: number;
}

export type ConfigFileResult =
  | {
      ok: true;
      contents: ConfigurationContents;
      /** Paths of keys that the format does not know. They are kept, */
      unknownKeys: readonly string[];
      /** except for these, whose names say that they may be secrets. */
      droppedKeys: readonly string[];
    }
  | { ok: false; problems: readonly ConfigProblem[] };

/** The newest version of the file format that this code reads. */
export const configFileVersion = 1;

/** More profiles, or endpoints in one of them, are a mistake. */
const maxItems = 500;

const atMost = <const Item extends v.GenericSchema>(list: v.ArraySchema<Item, undefined>) =>
  v.pipe(list, v.maxLength(maxItems, 'tooMany'));
const fileEndpoint = v.looseObject({ ...endpointFields, ...secretFields });
const fileProfile = v.looseObject({
  ...profileFields,
  endpoints: v.optional(atMost(v.array(fileEndpoint)), []),
});
const fileSchema = v.looseObject({
  version: v.pipe(v.number(), v.integer('outOfRange'), v.minValue(1, 'outOfRange')),
  activeProfile: v.optional(v.nullable(v.string()), null),
  policy: v.optional(strictly(policySchema), {}),
  profiles: atMost(v.array(fileProfile)),
  routing: v.optional(strictly(routingSchema), {}),
  health: v.optional(strictly(healthSchema), {}),
  queue: v.optional(strictly(queueSchema), {}),
  history: v.optional(strictly(historySchema), {}),
  usage: v.optional(strictly(usageSchema), {}),
});

function toProblem(issue: v.BaseIssue<unknown>): ConfigProblem {
  const path = jsonPath((issue.path ?? []).map((item) => item.key as PathKey));
  if (issue.kind !== 'schema') return { path, code: issue.message as ConfigProblemCode };
  const code = issue.input === undefined ? 'missing' : 'wrongType';
  const expected = issue.type === 'custom' ? 'Object' : issue.expected;
  return expected === null ? { path, code } : { path, code, expected };
}

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

/** The profile that serves when the file names none: the first of the highest level, else the first. */
function defaultActive(profiles: readonly Profile[]): Profile | undefined {
  for (const level of priorityLevels) {
    const profile = profiles.find((candidate) => candidate.priority === level);
    if (profile) return profile;
  }
  return profiles[0];
}

/** What a file says of the groups of options for which an editor has settings, as far as it says anything. */
export function configFileSections(file: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { routing, health, queue, history, usage } = file;
  return { routing, health, queue, history, usage };
}

/** Whether the text is JSON, and if not, where it stops being it. */
export function parseJson(text: string): { ok: true; json: unknown } | { ok: false; problem: ConfigProblem } {
  const content = text.replace(/^\uFEFF/, '');
  try {
    return { ok: true, json: JSON.parse(content) };
  } catch (error) {
    // Of the message only the place is used: what else it quotes may be a key.
    const [, place] = / at position (\d+)/.exec(String(error)) ?? [];
    const line = place === undefined ? undefined : content.slice(0, Number(place)).split('\n').length;
    return {
      ok: false,
      problem: { path: '$', code: 'notJson', ...(line === undefined ? {} : { line }) },
    };
  }
}

/**
 * Reads a config file. Either the whole file is good and the result holds all of it, or every problem is listed
 * and the result holds nothing.
 *
 * @param text the file's content
 * @param idOf gives the id of a profile, or of an endpoint in it, by their names
 */
export function parseConfigFile(text: string, idOf: (names: readonly string[]) => string): ConfigFileResult {
  const parsed = parseJson(text);
  return parsed.ok ? readConfigFile(parsed.json, idOf) : { ok: false, problems: [parsed.problem] };
}

/** Reads what a config file holds, once it is known to be JSON. */
export function readConfigFile(file: unknown, idOf: (names: readonly string[]) => string): ConfigFileResult {
  const version = (file as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version > configFileVersion) {
    // A newer format may mean other things by the same words: no use in listing more.
    return { ok: false, problems: [{ path: '$.version', code: 'newerVersion' }] };
  }
  const { json, unknownKeys, droppedKeys } = findUnknownKeys(file, knownKeys);
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
  return { ok: true, contents: { configuration, secrets }, unknownKeys, droppedKeys };
}
