import { classification, type HealthEffect } from './classification.ts';
import type { Profile } from './configuration.ts';
import type { Eligibility } from './decision.ts';
import type { RouteQuery } from './routing.ts';

/** As much of an attempt, or of a wait, as shows how the profile that serves does. */
export type ObservedStep =
  | {
      readonly kind: 'attempt';
      readonly endpointId: string;
      readonly profileId: string;
      readonly considered: Readonly<Record<string, Eligibility>>;
      readonly outcome: 'served' | 'rescued' | 'failed' | 'broken' | 'clientGone';
      /** The row of the classification table, of an attempt that failed. */
      readonly row?: string;
    }
  | { readonly kind: 'wait' };

/** As much of a request as shows how the profile that serves does. */
export interface ObservedRequest {
  readonly route: RouteQuery['route'];
  readonly outcome: 'served' | 'rescued' | 'broken' | 'failed' | 'clientGone';
  readonly steps: readonly ObservedStep[];
  /** From its arrival to its end, in milliseconds. */
  readonly durationMs: number;
}

/** What a request says about the profile that requests go to first. */
export interface FailoverFacts {
  /** Id of the profile that gave a whole answer, or null. */
  readonly servedBy: string | null;
  /** That profile had no endpoint left for the request, and one of them is out or has failed it. */
  readonly servingFailed: boolean;
  /** How long ago the request came, in milliseconds. */
  readonly durationMs: number;
}

/** Effects of a failure that is the endpoint's own. A limit that was reached, or a model that is missing, is not. */
const ownFailures: ReadonlySet<HealthEffect> = new Set<HealthEffect>([
  'failure',
  'open',
  'quarantineKeyRefused',
  'quarantineKeySpent',
  'quarantineKeySpentThisMonth',
  'quarantineMisconfigured',
  'coolDownOverloaded',
]);

const ownFailureRows: ReadonlySet<string> = new Set(
  classification.filter(({ effect }) => ownFailures.has(effect)).map(({ row }) => row),
);

/**
 * What a request that has ended says about the profile that serves, or undefined when it says nothing: only messages
 * teach, and nobody knows how one would have ended whose client left.
 *
 * A profile has not failed when one of its endpoints was still ready, for a conversation that is bound elsewhere
 * passes by it; nor when all of them merely cool down, are switched off, have no key or lack the model.
 */
export function failoverFacts(request: ObservedRequest, serving: Profile): FailoverFacts | undefined {
  const { route, outcome, steps, durationMs } = request;
  if (route !== 'messages' || outcome === 'clientGone') return undefined;
  const attempts = steps.filter((step) => step.kind === 'attempt');
  const servedBy = attempts.find((step) => step.outcome === 'served')?.profileId ?? null;
  const considered = attempts.at(-1)?.considered ?? {};
  const ends = serving.endpoints.map(({ id }): 'failed' | 'ready' | 'silent' => {
    const last = attempts.findLast(({ endpointId }) => endpointId === id);
    if (last) return ownFailureRows.has(last.row ?? '') ? 'failed' : 'silent';
    const eligibility = considered[id];
    if (eligibility === 'open' || eligibility === 'quarantined') return 'failed';
    return eligibility === 'ready' ? 'ready' : 'silent';
  });
  const servingFailed = ends.includes('failed') && !ends.includes('ready') && servedBy !== serving.id;
  return { servedBy, servingFailed, durationMs };
}
