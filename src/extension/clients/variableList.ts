/*
 * Lists of variables as they stand in the setting `claudeCode.environmentVariables`. Settings files hold anything: what is no
 * variable stays where it is.
 */

export interface NamedVariable {
  readonly name: string;
  readonly value: string;
}

/** The list with variables set; those of the same name give way. */
export function withVariables(list: readonly unknown[], wanted: readonly NamedVariable[]): unknown[] {
  const isReplaced = (entry: unknown) => wanted.some(({ name }) => name === nameOf(entry));
  return [...list.filter((entry) => !isReplaced(entry)), ...wanted];
}

/** The list with what is still ours brought up to date. */
export function withRenewed(
  list: readonly unknown[],
  ours: readonly NamedVariable[],
  wanted: readonly NamedVariable[],
): unknown[] {
  return list.map((entry) =>
    isAmong(entry, ours) ? (wanted.find(({ name }) => name === nameOf(entry)) ?? entry) : entry,
  );
}

/** The list without what is still ours; what that replaced comes back in its place. */
export function withoutVariables(
  list: readonly unknown[],
  ours: readonly NamedVariable[],
  before: readonly unknown[],
): unknown[] {
  return list.flatMap((entry) =>
    isAmong(entry, ours) ? before.filter((old) => nameOf(old) === nameOf(entry)) : [entry],
  );
}

/** The variables of a list. */
export function variablesIn(value: unknown): NamedVariable[] {
  return entriesOf(value).flatMap((entry): NamedVariable[] => {
    const name = nameOf(entry);
    const text = (entry as { value?: unknown } | null)?.value;
    return name !== undefined && typeof text === 'string' ? [{ name, value: text }] : [];
  });
}

/** The entries of a list; none where it is no list. */
export const entriesOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function nameOf(entry: unknown): string | undefined {
  const name = (entry as { name?: unknown } | null)?.name;
  return typeof name === 'string' ? name : undefined;
}

const isAmong = (entry: unknown, variables: readonly NamedVariable[]): boolean =>
  variables.some(
    ({ name, value }) => name === nameOf(entry) && value === (entry as { value?: unknown }).value,
  );
