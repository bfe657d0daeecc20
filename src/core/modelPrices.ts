import type { ModelPrice } from './configuration.ts';

/*
 * What Anthropic charges for tokens: https://platform.claude.com/docs/en/about-claude/pricing and the pages of the
 * models there. Without what is not in a count of tokens: batches, fast mode, a region, searches.
 */

/** The day that the prices are of, `YYYY-MM-DD`. */
export const pricesDate = '2026-11-10';

/** A price that may be another one for long prompts. */
export interface ListPrice extends ModelPrice {
  /** What all tokens of a request cost whose prompt, with all that is cached of it, has more tokens than `above`. */
  readonly longPrompt?: { readonly above: number } & ModelPrice;
}

const fable: ListPrice = { input: 10, output: 50 };
const opus: ListPrice = { input: 5, output: 25 };
const earlyOpus: ListPrice = { input: 15, output: 75 };
const sonnet: ListPrice = { input: 3, output: 15 };

/** By the beginning of the model's name. */
export const modelPrices: Readonly<Record<string, ListPrice>> = {
  'claude-fable-5-2': { input: 8, output: 40, cacheRead: 0.2 },
  'claude-mythos-5-2': { input: 8, output: 40, cacheRead: 0.2 },
  'claude-fable-5-1': { ...fable, cacheRead: 0.25 },
  'claude-mythos-5-1': { ...fable, cacheRead: 0.25 },
  'claude-fable-5': fable,
  'claude-mythos-5': fable,

  'claude-opus-5-5': { input: 4, output: 20, cacheRead: 0.2 },
  'claude-opus-5': opus,
  'claude-opus-4-8': opus,
  'claude-opus-4-7': opus,
  'claude-opus-4-6': opus,
  'claude-opus-4-5': opus,
  'claude-opus-4-1': earlyOpus,
  'claude-opus-4-0': earlyOpus,
  'claude-opus-4': earlyOpus,
  'claude-3-opus': earlyOpus,

  'claude-sonnet-5-5': { input: 2, output: 10, cacheRead: 0.1 },
  'claude-sonnet-5': { input: 2, output: 10 },
  'claude-sonnet-4-6': sonnet,
  'claude-sonnet-4-5': sonnet,
  'claude-sonnet-4-0': sonnet,
  'claude-sonnet-4': sonnet,
  'claude-3-7-sonnet': sonnet,
  'claude-3-5-sonnet': sonnet,
  'claude-3-sonnet': sonnet,

  'claude-haiku-5-5': { input: 0.1, output: 0.5, longPrompt: { above: 100_000, input: 0.5, output: 2.5 } },
  'claude-haiku-4-5': { input: 1, output: 5 },
  'claude-3-5-haiku': { input: 0.8, output: 4 },
  'claude-3-haiku': { input: 0.25, output: 1.25, cacheRead: 0.03, cacheWrite: 0.3 },
};
