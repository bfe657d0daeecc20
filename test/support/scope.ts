/** Whoever uses something that has to be ended: a test's context, or `node:test` itself for a whole file. */
export interface Scope {
  after(end: () => unknown): void;
}

const endings = new WeakMap<Scope, (() => unknown)[]>();

/**
 * Ends something with a scope, the last that was begun first. All of it is ended even if one ending fails, which
 * hooks of `node:test` do not do: a process that is left behind would keep the tests from ending.
 */
export function onEnd(scope: Scope, end: () => unknown): void {
  const known = endings.get(scope);
  if (known) {
    known.push(end);
    return;
  }
  const all = [end];
  endings.set(scope, all);
  scope.after(async () => {
    const errors: unknown[] = [];
    for (const each of all.toReversed()) {
      try {
        await each();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  });
}
