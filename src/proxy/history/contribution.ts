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
  /** In US dollars, or null where there is no price. */
  readonly cost: number | null;
  /** Milliseconds to the first content, or null when there was none. */
  readonly firstContentMs: number | null;
}

type Attempt = Extract<DecisionStep, { kind: 'attempt' }>;

function attemptsOf(request: RequestRecord): readonly Attempt[] {
  return request.steps.filter((step) => step.kind === 'attempt');
}

/** The endpoint that served a request or failed it last, by id, or null when none was tried. */
export function lastEndpointOf(request: RequestRecord): string | null {
  return attemptsOf(request).at(-1)?.endpointId ?? null;
}

/** What a request adds, as its client sees it: its first content took all attempts and waits before it as well. */
export function contributionOf(request: RequestRecord): Contribution {
  const { outcome, usage, cost } = request;
  const retries = Math.max(0, attemptsOf(request).length - 1);
  return { outcome, retries, usage, cost, firstContentMs: firstContentOf(request) };
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

/**
 * What each attempt of a request adds to the sums of its endpoint. The cost is known of the request alone; of several
 * attempts with usage, each is taken to have cost its share of the tokens.
 */
export function attemptContributionsOf(
  request: RequestRecord,
): readonly (Contribution & { readonly endpointId: string })[] {
  const attempts = attemptsOf(request);
  const all = attempts.reduce((sum, { usage }) => sum + (usage ? tokensOf(usage) : 0), 0);
  return attempts.map(({ endpointId, outcome, usage, firstContentMs }, index) => ({
    endpointId,
    outcome,
    retries: index === 0 ? 0 : 1,
    usage: usage ?? null,
    cost: request.cost === null || !usage ? null : request.cost * (all > 0 ? tokensOf(usage) / all : 0),
    firstContentMs: firstContentMs ?? null,
  }));
}

/** All tokens of an answer; those that were written to a cache for long are part of those that were written. */
export function tokensOf({ input, output, cacheRead, cacheWrite }: Usage): number {
  return input + output + cacheRead + cacheWrite;
}
