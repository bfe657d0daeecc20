/** Tokens of one answer, as its endpoint counted them. */
export interface Usage {
  /** Input that was neither read from a prompt cache nor written to one. */
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  /** Written to a prompt cache, with any lifetime. */
  readonly cacheWrite: number;
  /** The part of `cacheWrite` that lives for an hour. */
  readonly cacheWriteLong: number;
}
