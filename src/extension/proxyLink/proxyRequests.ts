import { checkRequest, returnToActiveRequest } from '../../protocol/control.ts';
import { checksRequest, switchesRequest, totalsRequest } from '../../protocol/history.ts';
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
/** The disk may be slow, and a proxy that waits for it does not hang; in milliseconds. */
const diskPatienceMs = 30_000;

/** How many checks of an endpoint are worth a look. */
const shownChecks = 100;

/** What can be asked of the proxy that a link is attached to. */
export function proxyRequests(link: ProxyLink): ProxyRequests {
  return {
    check: (endpointId) => link.ask((proxy) => proxy.ask(checkRequest, endpointId, checkPatienceMs)),
    returnToActive: () => link.ask((proxy) => proxy.askPlainly(returnToActiveRequest)),
    switches: () => link.ask((proxy) => proxy.ask(switchesRequest, null, diskPatienceMs)),
    checks: (endpointId) =>
      link.ask((proxy) => proxy.ask(checksRequest, { endpointId, limit: shownChecks }, diskPatienceMs)),
    totals: (range) => link.ask((proxy) => proxy.ask(totalsRequest, range, diskPatienceMs)),
    queue: () => link.ask((proxy) => proxy.askPlainly(queueListRequest, diskPatienceMs)),
    queueResult: (id) => link.ask((proxy) => proxy.ask(queueResultRequest, id, diskPatienceMs)),
    retry: (id) => link.ask((proxy) => proxy.ask(queueRetryRequest, id, diskPatienceMs)),
    retryAll: () => link.ask((proxy) => proxy.askPlainly(queueRetryAllRequest, diskPatienceMs)),
    removeQueued: (id) => link.ask((proxy) => proxy.ask(queueRemoveRequest, id, diskPatienceMs)),
    clearQueue: () => link.ask((proxy) => proxy.askPlainly(queueClearRequest, diskPatienceMs)),
  };
}
