import { type PriorityLevel, priorityLevels } from '../../../core/configuration.ts';
import type { ModelValue } from '../../model.ts';
import { type EndpointRow, type ProfileRow, rowsOf } from '../endpointRows.ts';

/** A priority level, or what has none. It is there before any profile has it, so that one can be dropped on it. */
export interface LevelRow {
  readonly kind: 'level';
  readonly id: string;
  /** Null for the profiles without a level. */
  readonly level: PriorityLevel | null;
  readonly contextValue: string;
  readonly profiles: readonly ProfileRow[];
}

/** Stands in a profile without endpoints and adds the first one. */
export interface FirstEndpointRow {
  readonly kind: 'firstEndpoint';
  readonly id: string;
  readonly profileId: string;
  readonly profileName: string;
  readonly contextValue: string;
}

/** A row of the tree. */
export type TreeRow = LevelRow | ProfileRow | EndpointRow | FirstEndpointRow;

/**
 * The topmost rows of the tree. A single profile without a level needs no levels around it.
 *
 * @param secondsStep the steps in which seconds count down
 */
export function treeOf(value: ModelValue, secondsStep: number): readonly TreeRow[] {
  const profiles = rowsOf(value, secondsStep);
  const hasLevels = profiles.length > 1 || profiles.some(({ level }) => level !== null);
  return hasLevels ? levelsOf(profiles) : profiles;
}

function levelsOf(profiles: readonly ProfileRow[]): LevelRow[] {
  const rowOf = (level: PriorityLevel | null): LevelRow => {
    const own = profiles.filter((profile) => profile.level === level);
    const contextValue = level === null ? 'level' : 'level ranked';
    // Another id with something in it: the editor would leave a row collapsed that could not be expanded before.
    const id = `level:${level ?? 'none'}${own.length > 0 ? '' : ':empty'}`;
    return { kind: 'level', id, level, contextValue, profiles: own };
  };
  const rest = rowOf(null);
  return [...priorityLevels.map(rowOf), ...(rest.profiles.length > 0 ? [rest] : [])];
}

/** The rows below a row. */
export function childrenOf(row: TreeRow): readonly TreeRow[] {
  switch (row.kind) {
    case 'level':
      return row.profiles;
    case 'profile':
      return row.endpoints.length > 0 ? row.endpoints : [firstEndpointOf(row)];
    case 'endpoint':
    case 'firstEndpoint':
      return [];
  }
}

function firstEndpointOf({ id, name }: ProfileRow): FirstEndpointRow {
  return {
    kind: 'firstEndpoint',
    id: `first:${id}`,
    profileId: id,
    profileName: name,
    contextValue: 'firstEndpoint',
  };
}

/** These rows with all that are below them, each before what is below it. */
export function withDescendants(rows: readonly TreeRow[]): TreeRow[] {
  return rows.flatMap((row) => [row, ...withDescendants(childrenOf(row))]);
}

/**
 * What has to be drawn again: the ids of the rows that changed, of the upper row alone where its list of rows changed,
 * or `all` when the topmost rows did or a row has come to another upper one, which the editor cannot take in parts.
 */
export function changedRows(before: readonly TreeRow[], after: readonly TreeRow[]): 'all' | string[] {
  if (!sameIds(before, after)) return 'all';
  const parents = parentsOf(before);
  for (const [id, parent] of parentsOf(after)) if ((parents.get(id) ?? parent) !== parent) return 'all';
  return changesAmong(before, after);
}

function changesAmong(before: readonly TreeRow[], after: readonly TreeRow[]): string[] {
  return after.flatMap((row, place) => {
    const earlier = before[place];
    if (!earlier) return [row.id];
    const [then, now] = [childrenOf(earlier), childrenOf(row)];
    return sameIds(then, now) && !differs(head(earlier), head(row)) ? changesAmong(then, now) : [row.id];
  });
}

/** Of every row below another one, by its id, the id of that one. */
function parentsOf(rows: readonly TreeRow[]): Map<string, string> {
  return new Map(
    withDescendants(rows).flatMap((row) => childrenOf(row).map(({ id }) => [id, row.id] as const)),
  );
}

/** A row without those below it. */
const head = (row: TreeRow): object => ({ ...row, profiles: null, endpoints: null });

const differs = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);

const sameIds = (a: readonly TreeRow[], b: readonly TreeRow[]): boolean =>
  a.length === b.length && a.every((row, index) => row.id === b[index]?.id);
