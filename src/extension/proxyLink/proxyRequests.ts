import { configureClaudeCodeRequest, restoreClaudeCodeRequest } from '../../protocol/clients.ts';
import { checkRequest, returnToActiveRequest, tryEndpointRequest } from '../../protocol/control.ts';
import {
  checksRequest,
  requestsRequest,
  seriesRequest,
  switchesRequest,
  timelineRequest,
  totalsRequest,
  traceRequest,
} from '../../protocol/history.ts';
import {
  queueClearRequest,
  queueListRequest,
  queueRemoveRequest,
  queueResultRequest,
  queueRetryAllRequest,
  queueRetryRequest,
} from '../../protocol/queue.ts';
import type { ProxyRequests } from '../actions.ts';
import type { ProxyLink } from './proxyLink.ts';

/** A check asks several models one after the other, waits for others on its host, and each may take its time; in milliseconds. */
const checkPatienceMs = 180_000;
/**
 * The disk may be slow, and a proxy that waits for it does not hang; in milliseconds. The proxy itself gives up after
 * 30 seconds and says so, which is to come first.
 */
const diskPatienceMs = 40_000;

/** How many checks of an endpoint are worth a look. */
const shownChecks = 100;

/** What can be asked of the proxy that a link is attached to. */
export function proxyRequests(link: ProxyLink): ProxyRequests {
  return {
    check: (endpointId) => link.ask((proxy) => proxy.ask(checkRequest, endpointId, checkPatienceMs)),
    tryEndpoint: (params, signal) =>
      link.ask((proxy) => proxy.ask(tryEndpointRequest, params, checkPatienceMs, signal)),
    returnToActive: () => link.ask((proxy) => proxy.askPlainly(returnToActiveRequest)),
    switches: () => link.ask((proxy) => proxy.ask(switchesRequest, null, diskPatienceMs)),
    checks: (endpointId) =>
      link.ask((proxy) => proxy.ask(checksRequest, { endpointId, limit: shownChecks }, diskPatienceMs)),
    totals: (range) => link.ask((proxy) => proxy.ask(totalsRequest, range, diskPatienceMs)),
    series: (params) => link.ask((proxy) => proxy.ask(seriesRequest, params, diskPatienceMs)),
    timeline: (range) => link.ask((proxy) => proxy.ask(timelineRequest, range, diskPatienceMs)),
    requests: (params) => link.ask((proxy) => proxy.ask(requestsRequest, params, diskPatienceMs)),
    trace: (requestId) => link.ask((proxy) => proxy.ask(traceRequest, requestId, diskPatienceMs)),
    queue: () => link.ask((proxy) => proxy.askPlainly(queueListRequest, diskPatienceMs)),
    queueResult: (id) => link.ask((proxy) => proxy.ask(queueResultRequest, id, diskPatienceMs)),
    retry: (id) => link.ask((proxy) => proxy.ask(queueRetryRequest, id, diskPatienceMs)),
    retryAll: () => link.ask((proxy) => proxy.askPlainly(queueRetryAllRequest, diskPatienceMs)),
    removeQueued: (id) => link.ask((proxy) => proxy.ask(queueRemoveRequest, id, diskPatienceMs)),
    clearQueue: () => link.ask((proxy) => proxy.askPlainly(queueClearRequest, diskPatienceMs)),
    configureClaudeCode: (target) =>
      link.ask((proxy) => proxy.ask(configureClaudeCodeRequest, target, diskPatienceMs)),
    restoreClaudeCode: () => link.ask((proxy) => proxy.askPlainly(restoreClaudeCodeRequest, diskPatienceMs)),
  };
}
