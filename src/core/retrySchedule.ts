import type { QueueOptions, RetryStrategy } from './configuration.ts';

/** Exponential: the first pause, which doubles up to the longest. In milliseconds, as below. */
const growth = { firstMs: 5_000, maxMs: 300_000 };
/** No strategy pauses for longer, in milliseconds. */
export const longestPauseMs = growth.maxMs;
const fixedMs = 30_000;

/**
 * The pause before a kept request is tried again by itself, in milliseconds: `exponential` 5 s, 10 s, 20 s and so on up
 * to 5 min; `fixed` 30 s; `immediate` none. A try is itself held for as long as any request is while no endpoint is
 * ready, so that even tries without a pause do not chase each other.
 *
 * @param tries that have failed so far
 */
export function retryPauseMs(strategy: RetryStrategy, tries: number): number {
  switch (strategy) {
    case 'exponential':
      return Math.min(growth.firstMs * 2 ** tries, growth.maxMs);
    case 'fixed':
      return fixedMs;
    case 'immediate':
      return 0;
  }
}

/**
 * When a kept request is tried again by itself, or null when it was tried often enough.
 *
 * @param tries that have failed so far
 * @param now milliseconds since 1970, and so is the result
 */
export function nextTryAt(
  { strategy, maxRetries }: Pick<QueueOptions, 'strategy' | 'maxRetries'>,
  tries: number,
  now: number,
): number | null {
  return tries < maxRetries ? now + retryPauseMs(strategy, tries) : null;
}
