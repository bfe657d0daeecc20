import type { Eligibility } from '../../src/core/decision.ts';
import { sumOfUsage, type Usage } from '../../src/core/usage.ts';
import type { RequestRecord } from '../../src/protocol/history.ts';
import type { DecisionStep } from '../../src/protocol/state.ts';
import type { HistoryEntry } from '../../src/proxy/history/historyTypes.ts';

type Attempt = Extract<DecisionStep, { kind: 'attempt' }>;

export const pastEndpoints = ['endpoint-a', 'endpoint-b', 'endpoint-c', 'endpoint-d'] as const;
export const pastModels = ['claude-sonnet-4-5', 'claude-opus-4-6', 'claude-haiku-4-5'] as const;

/** An attempt that served, but for what a test says. */
export function pastAttempt(changes: Partial<Attempt> = {}): Attempt {
  return {
    kind: 'attempt',
    endpointId: 'endpoint-a',
    profileId: 'profile',
    reason: 'strategy',
    considered: { 'endpoint-a': 'ready', 'endpoint-b': 'coolDown', 'endpoint-c': 'ready' },
    outcome: 'served',
    status: 200,
    firstByteMs: 120.25,
    firstContentMs: 400.5,
    durationMs: 9_000.75,
    ...changes,
  };
}

/** A request that was served at the first attempt, but for what a test says. */
export function pastRequest(changes: Partial<RequestRecord> = {}): RequestRecord {
  return {
    requestId: 'req_1',
    at: 0,
    route: 'messages',
    model: 'claude-sonnet-4-5',
    conversation: 'a-hash',
    steps: [pastAttempt()],
    outcome: 'served',
    status: 200,
    durationMs: 9_001.5,
    usage: null,
    cost: null,
    ...changes,
  };
}

export function usageOf(input: number, output: number): Usage {
  return { input, output, cacheRead: input * 3, cacheWrite: input * 2, cacheWriteLong: input };
}

/** What an attempt used, as chance has it, and what that cost; some models have no price. */
function randomUsage(random: () => number): Pick<Attempt, 'usage' | 'cost'> {
  const usage = usageOf(Math.ceil(random() * 5_000), Math.ceil(random() * 2_000));
  return { usage, cost: random() < 0.8 ? random() / 10 : null };
}

const pick = <T>(random: () => number, from: readonly T[]): T =>
  from[Math.floor(random() * from.length)] as T;

/** A request of any kind, as chance has it. */
export function randomRequest(random: () => number, at: number, requestId: string): RequestRecord {
  const failures = random() < 0.2 ? Math.ceil(random() * 3) : 0;
  const reasons: readonly Eligibility[] = ['ready', 'open', 'coolDown', 'tried'];
  const considered = () =>
    Object.fromEntries(pastEndpoints.map((endpointId) => [endpointId, pick(random, reasons)]));
  const failed = Array.from({ length: failures }, (): DecisionStep[] => [
    pastAttempt({
      endpointId: pick(random, pastEndpoints),
      considered: considered(),
      outcome: 'failed',
      status: pick(random, [429, 500, 529]),
      failure: 'errorStatus',
      class: 'TRANSIENT',
      row: 'serverError',
      durationMs: Math.ceil(random() * 500),
      ...(random() < 0.3 && randomUsage(random)),
    }),
    { kind: 'wait', reason: 'noneReady', durationMs: Math.ceil(random() * 1_000) },
  ])
    .flat()
    .map((step) => {
      if (step.kind === 'wait') return step;
      const { firstContentMs: _, ...without } = step;
      return without;
    });
  const outcome = pick(random, ['served', 'served', 'served', 'rescued', 'broken', 'clientGone'] as const);
  const last = pastAttempt({
    endpointId: pick(random, pastEndpoints),
    considered: considered(),
    outcome,
    firstContentMs: Math.ceil(random() ** 3 * 30_000),
    ...(random() < 0.9 && randomUsage(random)),
  });
  const attempts = [...failed, last].filter((step) => step.kind === 'attempt');
  const costs = attempts.flatMap(({ cost }) => cost ?? []);
  return pastRequest({
    requestId,
    at,
    route: random() < 0.05 ? 'countTokens' : 'messages',
    model: pick(random, pastModels),
    conversation: random() < 0.1 ? null : `conversation-${Math.floor(random() * 50)}`,
    steps: [...failed, last],
    outcome,
    usage: sumOfUsage(attempts.flatMap(({ usage }) => usage ?? [])),
    cost: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost),
  });
}

/** Requests in the order of their times, evenly spread from one time to another. */
export function* randomRequests(
  random: () => number,
  count: number,
  { from, to }: { readonly from: number; readonly to: number },
): Generator<RequestRecord> {
  for (let index = 0; index < count; index += 1) {
    yield randomRequest(random, Math.floor(from + ((to - from) * index) / count), `req_${index}`);
  }
}

/** Requests as the thread of the history gets them. */
export function asEntries(requests: readonly RequestRecord[]): string[] {
  return requests.map((request) => JSON.stringify({ kind: 'request', request } satisfies HistoryEntry));
}
