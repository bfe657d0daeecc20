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

/** No model reads or writes more at once; a larger count is an error, and would spoil the sums of many answers. */
const maxTokens = 1_000_000_000;

/** What is told, in the words of whoever tells it. */
interface Counts {
  /** Input without what a cache is told to have read or written, as Anthropic counts. */
  input?: number;
  /** All input, as OpenAI counts. */
  prompt?: number;
  output?: number;
  cacheRead?: number;
  cacheWrite?: number;
  cacheWriteShort?: number;
  cacheWriteLong?: number;
}

/**
 * Collects what an endpoint tells of the tokens of one answer: at its start, again at its end, or all at once. It may
 * count as Anthropic does (https://platform.claude.com/docs/en/build-with-claude/streaming#event-types) or as OpenAI
 * does (https://platform.openai.com/docs/api-reference/chat/object), which relays mix. What is no count of tokens is
 * not taken.
 */
export class UsageTally {
  readonly #counts: Counts = {};

  /** Takes a `usage` object, or whatever stands in its place. Counts run on, so that a later one replaces an earlier one. */
  add(usage: unknown): void {
    const counts = this.#counts;
    for (const [name, tokens] of Object.entries(countsIn(usage)) as [keyof Counts, number | undefined][]) {
      if (tokens === undefined) continue;
      // What was read of the prompt stays read: relays that do not count it a second time say 0 at the end.
      if (name !== 'output' && tokens === 0 && counts[name] !== undefined) continue;
      counts[name] = tokens;
    }
  }

  /** The tokens so far, or undefined while nothing was told. */
  get usage(): Usage | undefined {
    const counts = this.#counts;
    if (Object.keys(counts).length === 0) return undefined;
    const { input, prompt = 0, output = 0, cacheRead = 0, cacheWriteShort = 0, cacheWriteLong = 0 } = counts;
    // Older APIs and many relays tell either the sum or its parts.
    const cacheWrite = Math.max(counts.cacheWrite ?? 0, cacheWriteShort + cacheWriteLong);
    return {
      input: input || Math.max(0, prompt - cacheRead - cacheWrite),
      output,
      cacheRead,
      cacheWrite,
      cacheWriteLong,
    };
  }
}

/** The tokens of several answers together, or null where none was counted. */
export function sumOfUsage(usages: readonly Usage[]): Usage | null {
  if (usages.length === 0) return null;
  return usages.reduce((sum, usage) => ({
    input: sum.input + usage.input,
    output: sum.output + usage.output,
    cacheRead: sum.cacheRead + usage.cacheRead,
    cacheWrite: sum.cacheWrite + usage.cacheWrite,
    cacheWriteLong: sum.cacheWriteLong + usage.cacheWriteLong,
  }));
}

function countsIn(usage: unknown): { readonly [Name in keyof Counts]: number | undefined } {
  const written = field(usage, 'cache_creation');
  return {
    input: count(usage, 'input_tokens'),
    prompt: count(usage, 'prompt_tokens'),
    output: told(count(usage, 'output_tokens'), count(usage, 'completion_tokens')),
    cacheRead: told(
      count(usage, 'cache_read_input_tokens'),
      count(field(usage, 'prompt_tokens_details'), 'cached_tokens'),
    ),
    cacheWrite: count(usage, 'cache_creation_input_tokens'),
    cacheWriteShort: count(written, 'ephemeral_5m_input_tokens'),
    cacheWriteLong: count(written, 'ephemeral_1h_input_tokens'),
  };
}

/** The one that says something: relays fill the fields of the other way of counting with zeros. */
function told(first: number | undefined, second: number | undefined): number | undefined {
  return first || (second ?? first);
}

function count(value: unknown, name: string): number | undefined {
  const found = field(value, name);
  return Number.isSafeInteger(found) && (found as number) >= 0 && (found as number) <= maxTokens
    ? (found as number)
    : undefined;
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Record<string, unknown>)[name];
}
