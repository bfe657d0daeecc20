/** A path through JSON: names of keys, and places in lists. */
export type PathKey = string | number;

/** What is longer is cut: a name in a file from outside can be the whole file. */
const maxKeyLength = 64;

/** A path as people write it, e.g. `$.profiles[0].endpoints[1].baseUrl`. */
export function jsonPath(keys: readonly PathKey[]): string {
  const parts = keys.map((name) => {
    if (typeof name === 'number') return `[${name}]`;
    const key = name.length > maxKeyLength ? `${name.slice(0, maxKeyLength)}…` : name;
    return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  });
  return `$${parts.join('')}`;
}

/** What keys a format knows, by object; what is below `true` is not looked at. */
export type KnownKeys = { readonly [key: string]: KnownKeys | true };

/** JSON, and what was found in it that its format does not know. */
export interface KeyFindings {
  /** The JSON without what may be a secret. */
  readonly json: unknown;
  /** The paths of all keys that are not known, of what is in them only what was left out; a typing error should not pass in silence. */
  readonly unknownKeys: readonly string[];
  /** Those among them that were left out. */
  readonly droppedKeys: readonly string[];
}

/** What a misspelt key for a secret is called. Unknown keys are kept in plain storage, where a secret must not get. */
const secretName = /(key|token|secret|passw(or)?d|credential|authorization|header|cookie)s?$/i;

/** In levels from the top. An import refuses files that are deeper; elsewhere what is below is of no use to anybody. */
const maxDepth = 50;

/** Looks for keys that a format does not know, and takes those out that may hold a secret. */
export function findUnknownKeys(json: unknown, known: KnownKeys): KeyFindings {
  const unknownKeys: string[] = [];
  const droppedKeys: string[] = [];
  const drop = (path: readonly PathKey[]): void => {
    droppedKeys.push(jsonPath(path));
    if (unknownKeys.at(-1) !== droppedKeys.at(-1)) unknownKeys.push(jsonPath(path));
  };
  /** What is not known, without what may be a secret, however deep in it. */
  const unknown = (value: unknown, path: readonly PathKey[]): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (path.length > maxDepth) return null;
    if (Array.isArray(value)) return value.map((item, index) => unknown(item, [...path, index]));
    const kept = Object.entries(value).flatMap(([key, child]): [string, unknown][] => {
      if (!secretName.test(key)) return [[key, unknown(child, [...path, key])]];
      drop([...path, key]);
      return [];
    });
    return Object.fromEntries(kept);
  };
  const walk = (value: unknown, below: KnownKeys, path: readonly PathKey[]): unknown => {
    if (Array.isArray(value)) {
      // No format has lists of lists, and those of somebody who means harm have no end.
      return value.map((item, index) => (Array.isArray(item) ? item : walk(item, below, [...path, index])));
    }
    if (typeof value !== 'object' || value === null) return value;
    const kept = Object.entries(value).flatMap(([key, child]): [string, unknown][] => {
      const next = Object.hasOwn(below, key) ? below[key] : undefined;
      if (next === true) return [[key, child]];
      if (next !== undefined) return [[key, walk(child, next, [...path, key])]];
      const at = jsonPath([...path, key]);
      unknownKeys.push(at);
      if (!secretName.test(key)) return [[key, unknown(child, [...path, key])]];
      drop([...path, key]);
      return [];
    });
    return Object.fromEntries(kept);
  };
  return { json: walk(json, known, []), unknownKeys, droppedKeys };
}
