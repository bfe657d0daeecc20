import { hostOf, parseBaseUrl } from './baseUrl.ts';
import { priorityLevels } from './configuration.ts';
import { freeName } from './freeName.ts';
import { jsonPath, type PathKey } from './unknownKeys.ts';

/*
 * The file of the original QCC, a Python program: `~/.fastcc/cache.json`, versions 0.4 to 0.6, as its `ConfigManager`
 * writes it:
 *
 *   { "user_id", "settings": { "default_profile", … }, "profiles": { "<name>": {
 *       "name", "description", "priority": "primary" | "secondary" | "fallback", "enabled", "created_at", "last_used",
 *       "base_url", "api_key",
 *       "endpoints": [ { "id", "base_url", "api_key", "weight", "priority", "enabled", "max_failures", "timeout",
 *                        "source_profile", "metadata", "created_at", "health_status" } ] } } }
 *
 * Where a profile has endpoints, `base_url` and `api_key` repeat the first of them; where it has none they are the only
 * one. Every profile is `primary` unless somebody said otherwise, so that the level says something of one profile only:
 * the default one, else the first. Endpoints have no names. People edit the file by hand; numbers in quotes, weights with
 * a fraction, flags as 0 and 1, levels as 1 to 3 and the default under another name are taken for what they mean.
 */

/** A file of the original, as one of ours. */
export interface TranslatedFile {
  readonly file: Readonly<Record<string, unknown>>;
  /** The path in the original for a path in the translation. */
  originalPath(path: string): string;
  /** Paths of what is of no use here, and was not meant to be: keys that neither program knows. */
  readonly unknownKeys: readonly string[];
}

/** Whether JSON is a file of the original: ours has a list of profiles, the original has them by name. */
export function isOriginalFormat(json: unknown): boolean {
  return isObject(json) && isObject(json.profiles) && typeof json.version !== 'number';
}

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const known = {
  top: ['version', 'user_id', 'settings', 'profiles', 'last_sync', 'last_updated', 'endpoint_groups'],
  profile: ['name', 'description', 'priority', 'enabled', 'created_at', 'last_used', 'base_url', 'api_key'],
  endpoint: [
    ...['id', 'name', 'base_url', 'api_key', 'weight', 'priority', 'enabled', 'max_failures', 'timeout'],
    ...['source_profile', 'metadata', 'created_at', 'health_status'],
  ],
} as const;
/** What the default profile is called, by the program itself and by people. */
const defaultKeys = ['default_profile', 'active_profile', 'activeProfile', 'current_profile'] as const;
const defaultFlags = ['is_default', 'default', 'is_active', 'active'] as const;

/** Makes one of our files of one of the original. What is not what it should be is left for our schema to find. */
export function translateOriginal(json: unknown): TranslatedFile {
  const top = json as JsonObject;
  const places = new Map<string, string>();
  const unknownKeys: string[] = [];
  const look = (object: JsonObject, expected: readonly string[], path: readonly PathKey[]) => {
    for (const key of Object.keys(object)) {
      if (!expected.includes(key)) unknownKeys.push(jsonPath([...path, key]));
    }
  };
  /** Notes where a part of the translation comes from. */
  const from = (own: readonly PathKey[], original: readonly PathKey[]) =>
    places.set(jsonPath(own), jsonPath(original));

  look(top, [...known.top, ...defaultKeys], []);
  const entries = Object.entries(isObject(top.profiles) ? top.profiles : {});
  const byDefault = defaultOf(top, entries);
  const levels = new LevelsOnce(entries, byDefault);
  const profiles = entries.map(([key, profile], p) => {
    from(['profiles', p], ['profiles', key]);
    if (!isObject(profile)) return profile;
    look(profile, [...known.profile, 'endpoints', ...defaultFlags], ['profiles', key]);
    const listed = profile.endpoints ?? [];
    const isSingle = Array.isArray(listed) && listed.length === 0;
    const endpoints = isSingle ? singleEndpoint(profile) : listed;
    const taken: string[] = [];
    return {
      name: typeof profile.name === 'string' && profile.name.trim() !== '' ? profile.name : key,
      description: profile.description ?? '',
      priority: levels.of(key),
      enabled: flagOf(profile.enabled),
      endpoints: !Array.isArray(endpoints)
        ? endpoints
        : endpoints.map((endpoint: unknown, e) => {
            const path = ['profiles', key, ...(isSingle ? [] : ['endpoints', e])];
            from(['profiles', p, 'endpoints', e], path);
            if (!isObject(endpoint)) return endpoint;
            if (!isSingle) look(endpoint, known.endpoint, path);
            for (const [own, original] of [
              ['baseUrl', 'base_url'],
              ['apiKey', 'api_key'],
            ] as const) {
              from(['profiles', p, 'endpoints', e, own], [...path, original]);
            }
            const name = nameOf(endpoint, taken);
            taken.push(name);
            return { name, ...fieldsOf(endpoint) };
          }),
    };
  });
  return {
    file: { version: 1, ...(byDefault === undefined ? {} : { activeProfile: byDefault }), profiles },
    originalPath: (path) => {
      // The longest part of the path that is known, and what follows it as it is.
      for (let end = path.length; end > 0; end -= 1) {
        const place = places.get(path.slice(0, end));
        if (place !== undefined) return place + path.slice(end);
      }
      return path;
    },
    unknownKeys,
  };
}

/** The profile of the days before there were endpoints. */
function singleEndpoint(profile: JsonObject): JsonObject[] {
  const { base_url, api_key } = profile;
  return base_url === undefined || base_url === null || base_url === '' ? [] : [{ base_url, api_key }];
}

/** The name of the profile that serves, or undefined when the file names none that is there. */
function defaultOf(top: JsonObject, entries: readonly [string, unknown][]): string | undefined {
  const settings = isObject(top.settings) ? top.settings : {};
  const named = [settings, top].flatMap((place) => defaultKeys.map((key) => place[key]));
  const flagged = entries.filter(
    ([, profile]) => isObject(profile) && defaultFlags.some((flag) => flagOf(profile[flag]) === true),
  );
  const candidates = [...named, ...flagged.map(([key]) => key)];
  const entry = entries.find(
    ([key]) => key === candidates.find((name) => entries.some(([it]) => it === name)),
  );
  if (!entry) return undefined;
  const [key, profile] = entry;
  return isObject(profile) && typeof profile.name === 'string' && profile.name.trim() !== ''
    ? profile.name
    : key;
}

/** Gives each level to one profile: the default one first, then in order. */
class LevelsOnce {
  readonly #levels = new Map<string, unknown>();

  constructor(entries: readonly [string, unknown][], byDefault: string | undefined) {
    const held = new Set<unknown>();
    const first = entries.filter(([key, profile]) => key === byDefault || nameIn(profile) === byDefault);
    for (const [key, profile] of [...first, ...entries]) {
      if (this.#levels.has(key) || !isObject(profile)) continue;
      const level = levelOf(profile.priority);
      this.#levels.set(key, held.has(level) ? null : level);
      held.add(level);
    }
  }

  of(key: string): unknown {
    return this.#levels.get(key) ?? null;
  }
}

const nameIn = (profile: unknown): unknown => (isObject(profile) ? profile.name : undefined);

/** A level as a word, or as its number; what is neither stays what it is, to be found wrong. */
function levelOf(value: unknown): unknown {
  if (value === undefined || value === null || value === '') return 'primary';
  if (typeof value === 'string' && !/^\d+$/.test(value.trim())) return value.trim().toLowerCase();
  return priorityLevels[Number(value) - 1] ?? value;
}

const levelsAsWords: readonly string[] = priorityLevels;

/** The name that somebody gave it, else its host. */
function nameOf({ name, metadata, base_url }: JsonObject, taken: readonly string[]): string {
  const given = [name, isObject(metadata) ? metadata.name : undefined].find(
    (text) => typeof text === 'string' && text.trim() !== '',
  );
  const url = typeof base_url === 'string' ? parseBaseUrl(base_url) : undefined;
  return freeName(typeof given === 'string' ? given : url?.ok ? hostOf(url.baseUrl) : 'endpoint', taken);
}

function fieldsOf(endpoint: JsonObject): JsonObject {
  const { base_url, api_key, weight, priority, enabled } = endpoint;
  const level = typeof priority === 'string' ? levelsAsWords.indexOf(priority) + 1 : 0;
  const fields = {
    baseUrl: base_url,
    apiKey: api_key ?? '',
    weight: countOf(weight),
    priority: level > 0 ? level : countOf(priority),
    enabled: flagOf(enabled),
  };
  // What is missing has its default.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** A whole number from 1 to 1000 near the one that is meant. */
function countOf(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return value;
  return Math.min(1000, Math.max(1, Math.round(number)));
}

function flagOf(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  return value === 0 || value === 1 ? value === 1 : value;
}
