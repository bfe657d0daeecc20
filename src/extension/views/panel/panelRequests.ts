import type { RequestRecord, RequestsParams } from '../../../protocol/history.ts';
import type { PanelFilter, PanelRequest, PanelTone } from '../../../protocol/panel.ts';
import type { DecisionStep } from '../../../protocol/state.ts';

/** Which of the last requests are wanted. */
export interface RequestsQuestion {
  /** The page's number of the question. */
  readonly query: number;
  readonly filter: PanelFilter;
  readonly limit: number;
}

/** The texts of a list of requests. */
export interface RequestWords {
  /** The name of an endpoint, by id, be it removed. */
  endpoint(id: string): string;
  outcome(request: Pick<RequestRecord, 'route' | 'outcome'>): string;
}

/** Where a request was sent, and what came of it. */
export type Attempt = Extract<DecisionStep, { kind: 'attempt' }>;

export function attemptsOf({ steps }: Pick<RequestRecord, 'steps'>): readonly Attempt[] {
  return steps.filter((step) => step.kind === 'attempt');
}

/** What the proxy is asked for. */
export function requestsParamsOf({
  filter: { text, outcome, endpointId },
  limit,
}: Pick<RequestsQuestion, 'filter' | 'limit'>): RequestsParams {
  const part = text.trim();
  return {
    limit,
    ...(part === '' ? {} : { text: part }),
    ...(outcome === null ? {} : { outcome }),
    ...(endpointId === null ? {} : { endpointId }),
  };
}

/** A row of the list. */
export function requestRowOf(request: RequestRecord, words: RequestWords): PanelRequest {
  const { requestId, at, model, outcome, status, durationMs, usage, cost } = request;
  const attempts = attemptsOf(request);
  const last = attempts.at(-1);
  return {
    id: requestId,
    at,
    model: model ?? '',
    endpoint: last ? words.endpoint(last.endpointId) : '',
    outcome: { code: outcome, tone: outcomeTone(outcome), label: words.outcome(request) },
    status,
    attempts: attempts.length,
    durationMs,
    input: usage && usage.input + usage.cacheRead + usage.cacheWrite,
    output: usage?.output ?? null,
    cost,
  };
}

/** How good or bad the end of a request, or of an attempt, is. */
export function outcomeTone(outcome: RequestRecord['outcome']): PanelTone {
  switch (outcome) {
    case 'served':
      return 'good';
    case 'rescued':
      return 'warning';
    case 'broken':
    case 'failed':
      return 'bad';
    case 'clientGone':
      return 'neutral';
  }
}
