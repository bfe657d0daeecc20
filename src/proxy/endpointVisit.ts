import { hostOf, pathPrefixOf } from '../core/baseUrl.ts';
import { classify, type Fault, type Verdict } from '../core/classification.ts';
import type { ConfigurationContents, EndpointSecrets, RoutingOptions } from '../core/configuration.ts';
import { placeKeyOf } from '../core/conversationPlaces.ts';
import type { ChoiceReason } from '../core/decision.ts';
import type { EndpointMemory, Visit } from '../core/endpointMemory.ts';
import { type ErrorAnswer, readErrorAnswer, statusOfErrorType } from '../core/errorAnswer.ts';
import { shortModelName } from '../core/modelName.ts';
import type { RescueLimit } from '../core/rescueLimit.ts';
import type { Considered } from '../core/router.ts';
import { type Candidate, mappedModel, type RouteQuery } from '../core/routing.ts';
import type { DecisionStep, LogEntry } from '../protocol/state.ts';
import type { AnswerRelay } from './answerRelay.ts';
import { type AttemptResult, attempt } from './attempt.ts';
import { bodyFor, type ClientRequest } from './clientRequest.ts';
import type { EndpointStats } from './endpointStats.ts';
import { upstreamHeaders } from './headers.ts';
import type { OwnFailure } from './ownErrors.ts';
import type { Quotas } from './quotas.ts';
import { type RefusedAnswer, readRefusal } from './refusedAnswer.ts';
import type { UpstreamPool } from './upstreamPool.ts';

/** What a visit works with. */
export interface VisitDeps {
  readonly upstreams: UpstreamPool;
  readonly stats: EndpointStats;
  readonly memory: EndpointMemory;
  readonly rescues: RescueLimit;
  readonly quotas: Quotas;
  /** The answers that are being passed on. */
  readonly relays: Set<AnswerRelay>;
  readonly routing: () => RoutingOptions;
  readonly log: (entry: Omit<LogEntry, 'time'>) => void;
  /** Called after something was learnt of an endpoint. */
  readonly changed: () => void;
  /** Milliseconds of the monotonic clock. */
  readonly clock: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Where a request goes next, and why. */
export interface Plan {
  readonly candidate: Candidate;
  /** The configuration that it was chosen from; later changes do not touch it. */
  readonly contents: ConfigurationContents;
  readonly reason: ChoiceReason;
  readonly trial: Visit['trial'];
  readonly lone: boolean;
  readonly considered: Considered;
  readonly onFreshConnection: boolean;
}

/** What a visit met that did not serve the request. */
export interface Setback {
  readonly plan: Plan;
  readonly verdict: Verdict;
  readonly answer: ErrorAnswer | undefined;
  /** The endpoint's own words, to be passed on if nobody else serves the request. */
  readonly refused: RefusedAnswer | undefined;
  readonly own: OwnFailure;
}

/** How a visit ended: the client has its answer, or its beginning; or it is gone; or there was a setback. */
export type VisitEnd =
  | { readonly outcome: 'served' | 'rescued' | 'broken'; readonly status: number }
  | { readonly outcome: 'clientGone' }
  | { readonly outcome: 'setback'; readonly setback: Setback };

export interface VisitOptions {
  readonly client: ClientRequest;
  readonly query: RouteQuery;
  readonly plan: Plan;
  /** The client goes on by itself after a message that ends early. */
  readonly goesOnByItself: boolean;
  /** Which attempt of the request this is, from 1. */
  readonly number: number;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  /** Milliseconds until the client has to have an answer. */
  readonly remainingMs: number;
  /** Whether another endpoint could take over now. */
  readonly isOtherReady: () => boolean;
  /** Called when the answer begins to go to the client. */
  readonly committed: () => void;
}

type AttemptStep = Extract<DecisionStep, { kind: 'attempt' }>;

const noSecrets: EndpointSecrets = { apiKey: '', headers: {} };

/** Tries a request at one endpoint, and has everybody learn from it who should. */
export async function visitEndpoint(
  options: VisitOptions,
  deps: VisitDeps,
): Promise<{ readonly end: VisitEnd; readonly step: DecisionStep }> {
  const { client, query, plan, number } = options;
  const { memory, stats, clock, log } = deps;
  const { endpoint, profile } = plan.candidate;
  const visit: Visit = { ...plan, endpoint, query };
  const startedAt = clock();
  let responseBytes = 0;
  memory.began(visit, startedAt);
  stats.began(endpoint.id);
  const sent = bodyFor(client, plan.candidate);
  let result: AttemptResult = { outcome: 'clientGone' };
  try {
    result = await send(options, deps, visit, sent, (bytes) => {
      responseBytes += bytes;
    });
  } catch (error) {
    // A bug of ours says nothing about the endpoint, and must not leave it on trial.
    memory.abandoned(visit, clock());
    stats.cancelled(endpoint.id);
    throw error;
  }
  const setback = learn(visit, options, result, clock() - startedAt, deps);
  deps.changed();

  const durationMs = Math.round(clock() - startedAt);
  const facts = {
    reason: plan.reason,
    outcome: result.outcome === 'refused' ? ('failed' as const) : result.outcome,
    ...factsOf(result),
    ...(setback ? { class: setback.verdict.class, row: setback.verdict.row } : {}),
  };
  log({
    level: result.outcome === 'served' || result.outcome === 'clientGone' ? 'info' : 'warn',
    event: 'attempt',
    requestId: client.id,
    route: query.route,
    profile: profile.name,
    endpoint: endpoint.name,
    attempt: number,
    ...facts,
    standing: memory.standingOf(endpoint.id, clock()),
    durationMs,
    requestBytes: sent?.length ?? 0,
    responseBytes,
  });
  const step: DecisionStep = {
    kind: 'attempt',
    endpointId: endpoint.id,
    profileId: profile.id,
    considered: plan.considered,
    ...facts,
    durationMs,
    ...askedOf(plan.candidate, query),
    ...(result.firstContentMs === undefined ? {} : { firstContentMs: result.firstContentMs }),
    ...(result.usage === undefined ? {} : { usage: result.usage }),
  };
  return { end: endOf(result, setback), step };
}

/** Sends the request and passes a usable answer on. */
function send(
  { client, query, plan, goesOnByItself, signal, remainingMs, isOtherReady, committed }: VisitOptions,
  { upstreams, memory, rescues, quotas, relays, routing, clock, now, changed }: VisitDeps,
  visit: Visit,
  sent: ReturnType<typeof bodyFor>,
  passed: (bytes: number) => void,
): Promise<AttemptResult> {
  const { admitted, request, response, body } = client;
  const { endpoint, contents } = visit;
  const { timeouts, rescueTurns } = routing();
  const isMessage = query.route === 'messages';
  return attempt({
    upstream: upstreams.of(endpoint, timeouts.connect),
    request: {
      method: admitted.method === 'POST' ? 'POST' : 'GET',
      path: pathPrefixOf(endpoint.baseUrl) + admitted.path + admitted.query,
      headers: upstreamHeaders(
        request.rawHeaders,
        endpoint,
        contents.secrets[endpoint.id] ?? noSecrets,
        sent?.length,
      ),
      body: sent?.pieces ?? null,
      onFreshConnection: plan.onFreshConnection,
    },
    response,
    signal,
    timeouts: { ...timeouts, messageStart: slowAfterMs(timeouts) },
    remainingMs,
    isMessage,
    isStreamed: body?.facts.stream === true,
    isRescuable: rescueTurns && isMessage && goesOnByItself,
    mayRescue: rescues.allows(placeKeyOf(query)),
    isTrial: plan.trial === 'trial' || plan.trial === 'recheck',
    relays,
    isOtherReady,
    clock,
    reached: (headers) => {
      memory.reached(visit, clock());
      // Counting tokens has limits of its own, of which some have the same names.
      if (isMessage) quotas.learn(endpoint.id, headers, now());
    },
    committed: (firstContentMs) => {
      body?.release();
      memory.committed(visit, firstContentMs, clock());
      committed();
      changed();
    },
    passed,
  });
}

/** Draws the conclusions of an attempt. @returns what it met, unless all was well or the client left */
function learn(
  visit: Visit,
  { goesOnByItself, plan }: VisitOptions,
  result: AttemptResult,
  elapsedMs: number,
  { memory, stats, rescues, routing, clock, now }: VisitDeps,
): Setback | undefined {
  const { endpoint, query } = visit;
  if (result.outcome === 'clientGone') {
    memory.abandoned(visit, clock());
    stats.cancelled(endpoint.id);
    return undefined;
  }
  if (result.outcome === 'served') {
    memory.succeeded(visit, clock());
    stats.served(endpoint.id, result.firstByteMs, now());
    if (query.route === 'messages' && goesOnByItself) rescues.completed(placeKeyOf(query));
    return undefined;
  }
  if (result.outcome === 'rescued') {
    rescues.rescued(placeKeyOf(query));
    stats.rescued();
  }
  const refused = result.outcome === 'refused' ? result.answer : undefined;
  const answer = errorIn(result, now());
  const failure = 'failure' in result ? result.failure : 'errorStatus';
  const fault: Fault = answer ? { kind: 'answer', answer } : { kind: 'transport', failure };
  const verdict = classify(fault);
  const status = answer?.status ?? (result.outcome === 'failed' ? result.status : undefined);
  const facts = {
    verdict,
    isLookup: failure === 'dnsFailed',
    wallNow: now(),
    ...(status === undefined ? {} : { status }),
    ...(answer?.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs }),
  };
  // What was left of the request's time was too little for anybody.
  const isTooSoon = failure === 'firstByteTimeout' && elapsedMs < slowAfterMs(routing().timeouts);
  if (isTooSoon) memory.abandoned(visit, clock());
  else memory.failed(visit, facts, clock());
  if (isTooSoon || failure === 'staleConnection') stats.cancelled(endpoint.id);
  // It has answered what is wrong with the request.
  else if (result.outcome === 'refused' && verdict.class === 'PERMANENT') {
    stats.served(endpoint.id, result.firstByteMs, now());
  } else stats.failed(endpoint.id, failure, now(), status);
  const code = 'code' in result ? result.code : '';
  const own = { endpoint: endpoint.name, host: hostOf(endpoint.baseUrl), failure, code };
  return { plan, verdict, answer, refused, own };
}

/** The model that an endpoint was asked for, where that is not the client's. */
function askedOf({ endpoint }: Candidate, { model }: RouteQuery): Pick<AttemptStep, 'sentModel'> {
  const sent = model === undefined ? undefined : mappedModel(endpoint, model);
  return sent === undefined || sent === model ? {} : { sentModel: shortModelName(sent) };
}

function endOf(result: AttemptResult, setback: Setback | undefined): VisitEnd {
  switch (result.outcome) {
    case 'served':
    case 'rescued':
    case 'broken':
      return { outcome: result.outcome, status: result.status };
    case 'clientGone':
      return { outcome: 'clientGone' };
    case 'refused':
    case 'failed':
      return { outcome: 'setback', setback: setback as Setback };
  }
}

/** The limit keeps its proportion to the whole time of a request when that is set to less. */
function slowAfterMs({ messageStart, firstByte }: RoutingOptions['timeouts']): number {
  return Math.min(messageStart, (firstByte * 4) / 9);
}

/** The error that an endpoint reported, by a status or by an event. */
function errorIn(result: AttemptResult, wallNow: number): ErrorAnswer | undefined {
  if (result.outcome === 'refused') return readRefusal(result.answer, wallNow);
  if (!('errorData' in result) || result.errorData === undefined) return undefined;
  const read = readErrorAnswer(500, undefined, result.errorData, undefined);
  return { ...read, status: statusOfErrorType(read.errorType) };
}

/** What the log and the trace tell of an attempt. */
function factsOf(result: AttemptResult): Pick<LogEntry, 'status' | 'firstByteMs' | 'failure' | 'code'> {
  switch (result.outcome) {
    case 'served': {
      const { status, firstByteMs } = result;
      return { status, firstByteMs, ...(result.isUnfinished ? { code: 'NO_MESSAGE_STOP' } : {}) };
    }
    case 'clientGone':
      return {};
    case 'refused':
      return { status: result.answer.status, firstByteMs: result.firstByteMs, failure: 'errorStatus' };
    case 'failed':
      return {
        failure: result.failure,
        code: result.code,
        ...(result.status === undefined ? {} : { status: result.status }),
      };
    case 'rescued':
    case 'broken': {
      const { failure, code, status, firstByteMs } = result;
      return { failure, code, status, firstByteMs };
    }
  }
}
