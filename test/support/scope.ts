/** Whoever uses something that has to be ended: a test's context, or `node:test` itself for a whole file. */
export interface Scope {
  after(end: () => unknown): void;
}
