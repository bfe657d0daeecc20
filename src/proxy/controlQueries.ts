import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { CheckRecord } from '../core/healthCheck.ts';
import {
  configureClaudeCodeRequest,
  parseClaudeCodeTarget,
  restoreClaudeCodeRequest,
} from '../protocol/clients.ts';
import {
  checkRequest,
  parseTrialParams,
  returnToActiveRequest,
  type TrialParams,
  type TrialResult,
  tryEndpointRequest,
} from '../protocol/control.ts';
import {
  checksRequest,
  parseChecksParams,
  parseRequestId,
  parseRequestsParams,
  parseSeriesParams,
  parseTimeRange,
  requestsRequest,
  seriesRequest,
  switchesRequest,
  timelineRequest,
  totalsRequest,
  traceRequest,
} from '../protocol/history.ts';
import {
  parseQueueId,
  queueClearRequest,
  queueListRequest,
  queueRemoveRequest,
  queueResultRequest,
  queueRetryAllRequest,
  queueRetryRequest,
} from '../protocol/queue.ts';
import type { ClaudeCode } from './claudeCode/claudeCode.ts';
import type { History } from './history/historyTypes.ts';
import type { RequestQueue } from './queue/requestQueue.ts';

/** What windows ask of, beside the state that is published anyway. */
export interface ControlQueriesDeps {
  readonly history: History;
  readonly queue: RequestQueue;
  /** Checks an endpoint now; null when it cannot be asked. */
  readonly check: (endpointId: string) => Promise<CheckRecord | null>;
  /** Checks an endpoint that need not be configured; null when it cannot be asked, or the signal was aborted. */
  readonly tryEndpoint: (params: TrialParams, signal: AbortSignal) => Promise<TrialResult | null>;
  /** The profile that the user chose serves again. @returns false when it does already */
  readonly returnToActive: () => boolean;
  readonly claudeCode: Pick<ClaudeCode, 'configure' | 'restore'>;
}

/**
 * Answers what a window asks about the past and about kept requests, and does what it wants of them.
 *
 * @param requireLease throws while the window has none
 */
export function answerQueries(
  connection: MessageConnection,
  { history, queue, check, tryEndpoint, returnToActive, claudeCode }: ControlQueriesDeps,
  requireLease: () => void,
): void {
  const leased =
    <P, R>(answer: (params: P) => R) =>
    (params: P): R => {
      requireLease();
      return answer(params);
    };
  connection.onRequest(
    seriesRequest,
    leased((params) => history.series(parseSeriesParams(params))),
  );
  connection.onRequest(
    totalsRequest,
    leased((range) => history.totals(parseTimeRange(range))),
  );
  connection.onRequest(
    requestsRequest,
    leased((params) => history.requests(parseRequestsParams(params))),
  );
  connection.onRequest(
    traceRequest,
    leased((id) => history.trace(parseRequestId(id))),
  );
  connection.onRequest(
    timelineRequest,
    leased((range) => history.timeline(parseTimeRange(range))),
  );
  connection.onRequest(
    checksRequest,
    leased((params) => history.checks(parseChecksParams(params))),
  );
  connection.onRequest(
    switchesRequest,
    leased(() => history.switches()),
  );
  connection.onRequest(
    queueListRequest,
    leased(() => queue.list()),
  );
  connection.onRequest(
    queueRetryRequest,
    leased((id) => queue.retry(parseQueueId(id))),
  );
  connection.onRequest(
    queueRetryAllRequest,
    leased(() => queue.retryAll()),
  );
  connection.onRequest(
    queueRemoveRequest,
    leased((id) => queue.remove(parseQueueId(id))),
  );
  connection.onRequest(
    queueClearRequest,
    leased(() => queue.clear()),
  );
  connection.onRequest(
    queueResultRequest,
    leased((id) => queue.result(parseQueueId(id))),
  );
  connection.onRequest(
    checkRequest,
    leased((endpointId) => check(String(endpointId))),
  );
  connection.onRequest(tryEndpointRequest, async (params, cancellation) => {
    requireLease();
    const trial = parseTrialParams(params);
    const abandoned = new AbortController();
    const abort = () => abandoned.abort();
    const subscriptions = [cancellation.onCancellationRequested(abort), connection.onDispose(abort)];
    try {
      return await tryEndpoint(trial, abandoned.signal);
    } finally {
      for (const subscription of subscriptions) subscription.dispose();
    }
  });
  connection.onRequest(
    returnToActiveRequest,
    leased(() => returnToActive()),
  );
  connection.onRequest(
    configureClaudeCodeRequest,
    leased((target) => claudeCode.configure(parseClaudeCodeTarget(target))),
  );
  connection.onRequest(
    restoreClaudeCodeRequest,
    leased(() => claudeCode.restore()),
  );
}
