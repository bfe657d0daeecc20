import type { IncomingMessage, ServerResponse } from 'node:http';
import { pathPrefixOf } from '../core/baseUrl.ts';
import type { ConfigurationDocument, Endpoint, EndpointSecrets } from '../core/configuration.ts';
import { routeRequest } from '../core/routing.ts';
import type { LogEntry } from '../protocol/state.ts';
import { type AttemptResult, attempt } from './attempt.ts';
import type { EndpointStats } from './endpointStats.ts';
import type { Admitted } from './frontDoor.ts';
import { upstreamHeaders } from './headers.ts';
import { type OwnErrorCode, sendOwnError } from './ownErrors.ts';
import type { RequestBody } from './requestBody.ts';
import type { UpstreamPool } from './upstreamPool.ts';

/** What an exchange works with. */
export interface ExchangeDeps {
  readonly upstreams: UpstreamPool;
  readonly stats: EndpointStats;
  readonly log: (entry: Omit<LogEntry, 'time'>) => void;
  /** The port that the proxy listens on. */
  readonly port: number;
  /** Milliseconds of the monotonic clock. */
  readonly clock: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** One request of a client that passed the front door, with its whole body. */
export interface ClientRequest {
  readonly id: string;
  readonly admitted: Admitted;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: RequestBody | null;
}

const noSecrets: EndpointSecrets = { apiKey: '', headers: {} };

/**
 * Serves one request: chooses the endpoints, tries them in turn, passes the first answer on.
 *
 * The next endpoint is tried only when the one before cannot have processed the request (no connection, or a
 * redirect); everything else that an endpoint says goes to the client as it is.
 *
 * @param document the configuration at the moment of the request; later changes do not touch a running exchange
 */
export async function exchange(
  client: ClientRequest,
  document: ConfigurationDocument,
  deps: ExchangeDeps,
): Promise<void> {
  const gone = new AbortController();
  const { response } = client;
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  // It may have gone while its body was read or the configuration was waited for.
  if (response.destroyed) gone.abort();

  const route = routeRequest(document, deps.port);
  let lastError: OwnErrorCode = 'noEndpoint';
  for (const endpoint of route?.candidates ?? []) {
    const result = await tryEndpoint(
      client,
      document,
      endpoint,
      gone.signal,
      deps,
      route?.profile.name ?? '',
    );
    if (result.outcome !== 'failed') return;
    lastError = { endpoint: endpoint.name, failure: result.failure };
    if (result.processed) break;
  }
  if (lastError === 'noEndpoint') deps.log({ level: 'warn', event: 'noEndpoint', requestId: client.id });
  sendOwnError(response, lastError, client.id);
}

async function tryEndpoint(
  client: ClientRequest,
  document: ConfigurationDocument,
  endpoint: Endpoint,
  signal: AbortSignal,
  deps: ExchangeDeps,
  profile: string,
): Promise<AttemptResult> {
  const { admitted, request, response, body } = client;
  const { stats, clock, now } = deps;
  const startedAt = clock();
  let responseBytes = 0;
  const upstream = deps.upstreams.of(endpoint, document.configuration.routing.timeouts.connect);
  stats.began(endpoint.id);
  const result = await attempt({
    upstream,
    request: {
      method: admitted.method === 'POST' ? 'POST' : 'GET',
      path: pathPrefixOf(endpoint.baseUrl) + admitted.path + admitted.query,
      headers: upstreamHeaders(
        request.rawHeaders,
        endpoint,
        document.secrets[endpoint.id] ?? noSecrets,
        body?.length,
      ),
      body: body && (() => body.pieces),
    },
    response,
    signal,
    timeouts: document.configuration.routing.timeouts,
    isMessage: admitted.route === 'messages',
    committed: () => body?.release(),
    clock,
    passed: (bytes) => {
      responseBytes += bytes;
    },
  });

  const isErrorStatus = result.outcome === 'served' && isEndpointsFault(result.status);
  if (result.outcome === 'clientGone') stats.cancelled(endpoint.id);
  else if (result.outcome !== 'served') stats.failed(endpoint.id, result.failure, now(), statusOf(result));
  else if (isErrorStatus) stats.failed(endpoint.id, 'errorStatus', now(), result.status);
  else stats.served(endpoint.id, result.firstByteMs, now());

  deps.log({
    level: result.outcome === 'served' || result.outcome === 'clientGone' ? 'info' : 'warn',
    event: 'attempt',
    requestId: client.id,
    route: admitted.route,
    profile,
    endpoint: endpoint.name,
    ...logFields(result),
    durationMs: Math.round(clock() - startedAt),
    requestBytes: body?.length ?? 0,
    responseBytes,
  });
  return result;
}

function statusOf(result: AttemptResult): number | undefined {
  return result.outcome === 'failed' ? result.status : undefined;
}

/** Statuses that say something about the endpoint or its key; the other 4xx speak of the request. */
function isEndpointsFault(status: number): boolean {
  return status >= 500 || [401, 402, 403, 408, 429].includes(status);
}

function logFields(
  result: AttemptResult,
): Pick<LogEntry, 'outcome' | 'status' | 'firstByteMs' | 'failure' | 'code'> {
  switch (result.outcome) {
    case 'served':
      return { outcome: 'served', status: result.status, firstByteMs: result.firstByteMs };
    case 'clientGone':
      return { outcome: 'clientGone' };
    case 'failed':
    case 'broken':
      return { outcome: 'failed', failure: result.failure, code: result.code };
  }
}
