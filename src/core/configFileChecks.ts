import type { ConfigProblem, ConfigProblemCode } from './configFile.ts';
import { checkName, priorityLevels } from './configuration.ts';
import { jsonPath, type PathKey } from './unknownKeys.ts';

const field = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/**
 * What a schema cannot say of a config file: names that repeat, levels held twice, references that lead nowhere. Looks at
 * whatever was read, so that a wrong type somewhere hides none of it.
 */
export function crossChecks(json: unknown): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const report = (code: ConfigProblemCode, ...keys: PathKey[]) =>
    problems.push({ path: jsonPath(keys), code });
  /** @param taken the names of those before, folded; a file can have so many that each must be looked at once */
  const checkNameOf = (item: unknown, taken: Set<string>, path: readonly PathKey[]) => {
    const name = field(item, 'name');
    if (typeof name !== 'string') return;
    const folded = foldedName(name);
    const problem = checkName(name, taken.has(folded) ? [name] : []);
    if (problem) report(problem, ...path, 'name');
    taken.add(folded);
  };

  const profiles = list(field(json, 'profiles'));
  const profileNames = new Set<string>();
  const levels = new Set<unknown>();
  profiles.forEach((profile, p) => {
    checkNameOf(profile, profileNames, ['profiles', p]);
    const level = priorityLevels.find((candidate) => candidate === field(profile, 'priority'));
    if (level !== undefined && levels.has(level)) report('duplicateLevel', 'profiles', p, 'priority');
    levels.add(level);
    const endpointNames = new Set<string>();
    list(field(profile, 'endpoints')).forEach((endpoint, e) => {
      checkNameOf(endpoint, endpointNames, ['profiles', p, 'endpoints', e]);
      if (field(endpoint, 'protocol') === 'openai') {
        report('protocolNotSupported', 'profiles', p, 'endpoints', e, 'protocol');
      }
    });
  });
  const active = field(json, 'activeProfile');
  const isThere = profiles.some((profile) => {
    const name = field(profile, 'name');
    return typeof name === 'string' && typeof active === 'string' && name.trim() === active.trim();
  });
  if (typeof active === 'string' && !isThere) report('unknownProfile', 'activeProfile');
  return problems;
}

/** A name as it is compared: those that differ only in case or outer spaces are the same name, see `checkName`. */
export const foldedName = (name: string): string => name.trim().toLowerCase();
