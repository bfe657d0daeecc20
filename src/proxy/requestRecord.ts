import type { UsageOptions } from '../core/configuration.ts';
import { costOf } from '../core/cost.ts';
import { sumOfUsage } from '../core/usage.ts';
import type { RequestRecord } from '../protocol/history.ts';
import type { DecisionTrace } from '../protocol/state.ts';

/**
 * What became of a request, with what it used and cost in all: an attempt that broke off was paid for too. What an
 * attempt costs is decided by the prices of the day that it was made.
 */
export function recordOf(trace: DecisionTrace, prices: UsageOptions['prices']): RequestRecord {
  const used = trace.steps.flatMap((step) =>
    step.kind === 'attempt' && step.usage
      ? [{ usage: step.usage, model: step.sentModel ?? trace.model }]
      : [],
  );
  const costs = used.map(({ usage, model }) => costOf(usage, model, prices)).filter((cost) => cost !== null);
  return {
    ...trace,
    usage: sumOfUsage(used.map(({ usage }) => usage)),
    cost: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost),
  };
}
