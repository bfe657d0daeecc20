import type { UsageOptions } from '../core/configuration.ts';
import { costOf } from '../core/cost.ts';
import { sumOfUsage } from '../core/usage.ts';
import type { RequestRecord } from '../protocol/history.ts';
import type { DecisionStep, DecisionTrace } from '../protocol/state.ts';

/**
 * What became of a request, with what it used and cost in all: an attempt that broke off was paid for too. What an
 * attempt costs is decided by the prices of the day that it was made, and by the model that it was sent.
 */
export function recordOf(trace: DecisionTrace, prices: UsageOptions['prices']): RequestRecord {
  const steps = trace.steps.map(
    (step): DecisionStep =>
      step.kind === 'attempt' && step.usage
        ? { ...step, cost: costOf(step.usage, step.sentModel ?? trace.model, prices) }
        : step,
  );
  const attempts = steps.filter((step) => step.kind === 'attempt');
  const costs = attempts.flatMap(({ cost }) => cost ?? []);
  return {
    ...trace,
    steps,
    usage: sumOfUsage(attempts.flatMap(({ usage }) => usage ?? [])),
    cost: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost),
  };
}
