import type { Eligibility } from '../../core/decision.ts';
import type { DecisionStep } from '../../protocol/state.ts';

type Attempt = Extract<DecisionStep, { kind: 'attempt' }>;
/** As it is stored: many endpoints share few reasons, and each reason is written once. */
type StoredStep =
  | Exclude<DecisionStep, Attempt>
  | (Omit<Attempt, 'considered'> & {
      readonly considered: readonly (readonly [reason: Eligibility, endpointIds: readonly string[]])[];
    });

/** A step of a request as text. */
export function stepText(step: DecisionStep): string {
  if (step.kind === 'wait') return JSON.stringify(step);
  const byReason = new Map<Eligibility, string[]>();
  for (const [endpointId, reason] of Object.entries(step.considered)) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), endpointId]);
  }
  const stored: StoredStep = { ...step, considered: [...byReason] };
  return JSON.stringify(stored);
}

/** The step that a text was made of. */
export function stepOfText(text: string): DecisionStep {
  const step = JSON.parse(text) as StoredStep;
  if (step.kind === 'wait') return step;
  const considered = step.considered.flatMap(([reason, ids]) => ids.map((id) => [id, reason] as const));
  return { ...step, considered: Object.fromEntries(considered) };
}
