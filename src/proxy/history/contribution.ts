import type { Usage } from '../../core/usage.ts';
import type { RequestRecord } from '../../protocol/history.ts';
import type { DecisionStep } from '../../protocol/state.ts';

/** What one request, or one attempt, adds to sums. */
export interface Contribution {
  readonly outcome: RequestRecord['outcome'];
  /** Attempts beyond the first. */
  readonly retries: number;
  /** Null where no endpoint told. */
  readonly usage: Usage | null;
  /** In US dollars, of what has a price. */
  readonly cost: number;
  /** Tokens for which there is no price. */
  readonly unpricedTokens: number;
  /** Milliseconds to the first content, or null when there was none. */
  readonly firstContentMs: number | null;
}

type Attempt = Extract<DecisionStep, { kind: 'attempt' }>;

function attemptsOf(request: RequestRecord): readonly Attempt[] {
  return request.steps.filter((step) => step.kind === 'attempt');
}

/** What a request adds, as its client sees it: its first content took all attempts and waits before it as well. */
export function contributionOf(request: RequestRecord): Contribution {
  const attempts = attemptsOf(request);
  return {
    outcome: request.outcome,
    retries: Math.max(0, attempts.length - 1),
    usage: request.usage,
    cost: request.cost ?? 0,
    unpricedTokens: attempts.reduce((sum, attempt) => sum + unpricedTokensOf(attempt), 0),
    firstContentMs: firstContentOf(request),
  };
}

function firstContentOf({ steps }: RequestRecord): number | null {
  let passedMs = 0;
  let firstContentMs: number | null = null;
  for (const step of steps) {
    if (step.kind === 'attempt' && step.firstContentMs !== undefined)
      firstContentMs = passedMs + step.firstContentMs;
    passedMs += step.durationMs;
  }
  return firstContentMs;
}

/** What each attempt of a request adds to the sums of its endpoint. */
export function attemptContributionsOf(
  request: RequestRecord,
): readonly (Contribution & { readonly endpointId: string })[] {
  return attemptsOf(request).map((attempt, index) => ({
    endpointId: attempt.endpointId,
    ...attemptContributionOf(attempt, index > 0),
  }));
}

/** What one attempt adds to the sums of its endpoint. @param isRetry another one came before it */
export function attemptContributionOf(attempt: Attempt, isRetry: boolean): Contribution {
  return {
    outcome: attempt.outcome,
    retries: isRetry ? 1 : 0,
    usage: attempt.usage ?? null,
    cost: attempt.cost ?? 0,
    unpricedTokens: unpricedTokensOf(attempt),
    firstContentMs: attempt.firstContentMs ?? null,
  };
}

function unpricedTokensOf({ usage, cost }: Attempt): number {
  return usage && typeof cost !== 'number' ? tokensOf(usage) : 0;
}

/** All tokens of an answer; those that were written to a cache for long are part of those that were written. */
function tokensOf({ input, output, cacheRead, cacheWrite }: Usage): number {
  return input + output + cacheRead + cacheWrite;
}
