import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultRouting } from '../../src/core/configuration.ts';
import { EndpointMemory } from '../../src/core/endpointMemory.ts';
import { RescueLimit } from '../../src/core/rescueLimit.ts';
import type { DecisionStep } from '../../src/protocol/state.ts';
import { goesOnByItself, queryOf } from '../../src/proxy/clientRequest.ts';
import { EndpointStats } from '../../src/proxy/endpointStats.ts';
import { type VisitDeps, visitEndpoint } from '../../src/proxy/endpointVisit.ts';
import { Quotas } from '../../src/proxy/quotas.ts';
import { readBody } from '../../src/proxy/requestBody.ts';
import { UpstreamPool } from '../../src/proxy/upstreamPool.ts';
import { contentsOf, type EndpointSketch } from './contents.ts';
import type { Target } from './proxyClient.ts';
import { onEnd, type Scope } from './scope.ts';
import type { ScriptedUpstream } from './scriptedUpstream.ts';
import { seededRandom } from './seededRandom.ts';

export type AttemptStep = Extract<DecisionStep, { kind: 'attempt' }>;

export interface Visits extends Target {
  readonly quotas: Quotas;
  /** Every visit so far, oldest first, once it has ended. */
  readonly steps: readonly AttemptStep[];
}

/**
 * A proxy in this process that gives every request to one endpoint, once, and does nothing else.
 *
 * @param clock in milliseconds
 */
export async function startVisits(
  scope: Scope,
  upstream: ScriptedUpstream,
  sketch: Partial<EndpointSketch> = {},
  clock: () => number = () => performance.now(),
): Promise<Visits> {
  const endpoints = [{ id: 'a', baseUrl: upstream.url, apiKey: upstream.key, ...sketch }];
  const contents = contentsOf([{ id: 'p', endpoints }]);
  const [profile] = contents.configuration.profiles;
  const [endpoint] = profile?.endpoints ?? [];
  if (profile === undefined || endpoint === undefined) throw new Error('there is an endpoint');
  const steps: AttemptStep[] = [];
  const quotas = new Quotas();
  const upstreams = new UpstreamPool({
    proxyUrl: null,
    noProxy: [],
    strictSsl: true,
    systemCertificates: false,
  });
  const deps: VisitDeps = {
    upstreams,
    stats: new EndpointStats(() => undefined),
    memory: new EndpointMemory(seededRandom(1)),
    rescues: new RescueLimit(),
    quotas,
    relays: new Set(),
    routing: () => defaultRouting,
    log: () => undefined,
    changed: () => undefined,
    clock,
    now: Date.now,
  };

  const visit = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const gone = new AbortController();
    response.on('error', () => undefined);
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    const path = request.url ?? '';
    const route = path.endsWith('/count_tokens') ? ('countTokens' as const) : ('messages' as const);
    const read = await readBody(request);
    if (!read.ok) throw new Error(read.problem);
    const client = {
      id: 'req_test',
      receivedAt: deps.clock(),
      admitted: { route, method: 'POST' as const, path, query: '' },
      request,
      response,
      body: read.body,
      isReplay: false,
    };
    const { step } = await visitEndpoint(
      {
        client,
        query: queryOf(client),
        plan: {
          candidate: { profile, endpoint, level: 0 },
          contents,
          reason: 'strategy',
          trial: 'no',
          lone: true,
          considered: { [endpoint.id]: 'ready' },
          onFreshConnection: false,
        },
        goesOnByItself: goesOnByItself(client),
        number: 1,
        signal: gone.signal,
        remainingMs: 20_000,
        isOtherReady: () => false,
        committed: () => undefined,
      },
      deps,
    );
    if (!response.headersSent) response.writeHead(502).end();
    steps.push(step as AttemptStep);
  };

  const server = http.createServer((request, response) => {
    visit(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  onEnd(scope, async () => {
    upstreams.retain(new Set());
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port, token: 'none', quotas, steps };
}
