import { setTimeout as delay } from 'node:timers/promises';
import { hostOf, pathPrefixOf } from '../core/baseUrl.ts';
import { classify, type Fault, type Verdict } from '../core/classification.ts';
import type { ConfigurationContents, EndpointSecrets, RoutingOptions } from '../core/configuration.ts';
import type { ChoiceReason } from '../core/decision.ts';
import { availabilityOf } from '../core/endpointHealth.ts';
import type { EndpointMemory, Visit } from '../core/endpointMemory.ts';
import { type ErrorAnswer, readErrorAnswer, statusOfErrorType } from '../core/errorAnswer.ts';
import { maxRecoveryMs, mostUseful, shapeAnswer } from '../core/finalAnswer.ts';
import { modelClassOf } from '../core/modelClass.ts';
import type { RescueLimit } from '../core/rescueLimit.ts';
import type { RetryBudget } from '../core/retryBudget.ts';
import type { Choice, Considered, EndpointChoice, Router } from '../core/router.ts';
import type { Candidate, RouteQuery } from '../core/routing.ts';
import type { DecisionStep, DecisionTrace, LogEntry } from '../protocol/state.ts';
import { type AttemptResult, attempt } from './attempt.ts';
import { bodyFor, type ClientRequest, goesOnByItself, queryOf } from './clientRequest.ts';
import type { Decisions } from './decisions.ts';
import type { EndpointStats } from './endpointStats.ts';
import { headerValues, upstreamHeaders } from './headers.ts';
import { type OwnErrorCode, sendOwnError } from './ownErrors.ts';
import { type RefusedAnswer, readRefusal, sendRefusal } from './refusedAnswer.ts';
import type { UpstreamPool } from './upstreamPool.ts';
import type { Pass, WaitEnd, WaitingRoom } from './waitingRoom.ts';

/** What an exchange works with. */
export interface ExchangeDeps {
  readonly upstreams: UpstreamPool;
  readonly stats: EndpointStats;
  readonly memory: EndpointMemory;
  readonly router: Router;
  readonly budget: RetryBudget;
  readonly room: WaitingRoom;
  readonly rescues: RescueLimit;
  readonly decisions: Decisions;
  /** The configuration as it is now. A running attempt keeps the one that it began with. */
  readonly contents: () => ConfigurationContents;
  readonly routing: () => RoutingOptions;
  readonly log: (entry: Omit<LogEntry, 'time'>) => void;
  /** Called after something was learnt of an endpoint. */
  readonly changed: () => void;
  /** Milliseconds of the monotonic clock. */
  readonly clock: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** A pause before the same endpoint is asked again because there is no other, in milliseconds; half to one and a half. */
const retryPauseMs = 500;

const noSecrets: EndpointSecrets = { apiKey: '', headers: {} };

/** One try of the request at one endpoint. */
interface Plan {
  readonly candidate: Candidate;
  readonly contents: ConfigurationContents;
  readonly reason: ChoiceReason;
  readonly trial: Visit['trial'];
  readonly lone: boolean;
  readonly isDetour: boolean;
  readonly considered: Considered;
  readonly onFreshConnection: boolean;
}

/** What a try met that did not serve the request. */
interface Setback {
  readonly plan: Plan;
  readonly verdict: Verdict;
  readonly answer: ErrorAnswer | undefined;
  /** The endpoint's own words, to be passed on if nobody else serves the request. */
  readonly refused: RefusedAnswer | undefined;
  readonly own: OwnErrorCode;
}

/** How the request ended for the client. */
interface End {
  readonly outcome: DecisionTrace['outcome'];
  readonly status: number | null;
}

/** Serves one request: chooses endpoints, tries them in turn, passes the first usable answer on. */
export async function exchange(client: ClientRequest, deps: ExchangeDeps): Promise<void> {
  await new Exchange(client, deps).run();
}

class Exchange {
  readonly #client: ClientRequest;
  readonly #deps: ExchangeDeps;
  readonly #query: RouteQuery;
  readonly #gone = new AbortController();
  readonly #steps: DecisionStep[] = [];
  readonly #setbacks: Setback[] = [];
  /** Endpoints that this request has been to since it last waited. */
  readonly #tried = new Set<string>();
  /** Endpoints that were asked a second time. */
  readonly #askedTwice = new Set<string>();
  /** The refusal that another endpoint is asked about. */
  #doubted: Setback | undefined;
  /** Attempts that the endpoint may have worked on. */
  #processed = 0;
  #attempts = 0;
  #hasMoved = false;
  #hasRetried = false;
  #pass: Pass | undefined;
  #patienceEndsAt: number | undefined;
  #waitEnd: WaitEnd['kind'] | undefined;

  constructor(client: ClientRequest, deps: ExchangeDeps) {
    this.#client = client;
    this.#deps = deps;
    this.#query = queryOf(client);
  }

  async run(): Promise<void> {
    const { response, id, receivedAt } = this.#client;
    const { decisions, clock, now, budget } = this.#deps;
    response.once('close', () => {
      if (!response.writableFinished) this.#gone.abort();
    });
    // It may have gone while its body was read or the configuration was waited for.
    if (response.destroyed) this.#gone.abort();
    if (this.#isMessage) budget.request(clock());
    const at = now() - Math.round(clock() - receivedAt);
    let end: End = { outcome: 'failed', status: null };
    try {
      end = await this.#serve();
    } finally {
      this.#pass?.settle(false);
      decisions.add({
        requestId: id,
        at,
        route: this.#query.route,
        model: this.#query.model?.slice(0, 128) ?? null,
        conversation: this.#query.conversation ?? null,
        steps: this.#steps,
        ...end,
        durationMs: Math.round(clock() - receivedAt),
      });
    }
  }

  get #isMessage(): boolean {
    return this.#query.route === 'messages';
  }

  get #isGone(): boolean {
    return this.#gone.signal.aborted;
  }

  /** Milliseconds until the client has to have an answer. */
  get #remainingMs(): number {
    return this.#client.receivedAt + this.#deps.routing().timeouts.firstByte - this.#deps.clock();
  }

  async #serve(): Promise<End> {
    let plan = await this.#choose();
    while (plan) {
      const met = await this.#attempt(plan);
      if (!('verdict' in met)) return met;
      this.#setbacks.push(met);
      plan = await this.#after(met);
    }
    return this.#isGone ? { outcome: 'clientGone', status: null } : this.#giveUp();
  }

  /** Where the request goes first, or after it was held. */
  async #choose(): Promise<Plan | undefined> {
    const { router, contents, clock, room } = this.#deps;
    while (!this.#isGone && this.#remainingMs > 0) {
      const held = contents();
      const patient = this.#patienceMs > 0;
      const queues = patient && !this.#pass && room.isQueue(modelClassOf(this.#query.model));
      let choice: Choice | undefined;
      if (!queues) {
        choice = router.choose(held, this.#query, { tried: this.#tried, patient }, clock());
        if (choice.kind === 'endpoint') return planOf(choice, held);
        const recoversIn = choice.kind === 'wait' ? (choice.until ?? 0) - clock() : 0;
        if (choice.kind === 'none' || !patient || recoversIn > maxRecoveryMs) return undefined;
      }
      if (!(await this.#wait(choice?.kind === 'wait' ? choice.reason : 'noneReady'))) return undefined;
    }
    return undefined;
  }

  /** How long the request may still be held, in milliseconds. */
  get #patienceMs(): number {
    if (!this.#isMessage) return 0;
    const { clock, routing } = this.#deps;
    const endsAt = this.#patienceEndsAt ?? clock() + routing().patienceSeconds * 1_000;
    return Math.min(endsAt - clock(), this.#remainingMs);
  }

  /** Holds the request. @returns whether it may go on */
  async #wait(reason: 'noneReady' | 'bound'): Promise<boolean> {
    const { room, router, contents, clock } = this.#deps;
    const startedAt = clock();
    this.#patienceEndsAt ??= startedAt + this.#patienceMs;
    this.#pass?.settle(false);
    this.#pass = undefined;
    const end = await room.enter({
      bytes: this.#client.body?.length ?? 0,
      models: modelClassOf(this.#query.model),
      givesUpAt: startedAt + this.#patienceMs,
      signal: this.#gone.signal,
      outlook: () => {
        const options = { tried: new Set<string>(), patient: true };
        const choice = router.outlook(contents(), this.#query, options, clock());
        return choice.kind === 'wait' ? choice : { kind: 'go' };
      },
    });
    this.#steps.push({ kind: 'wait', reason, durationMs: Math.round(clock() - startedAt) });
    if (end.kind !== 'released') {
      this.#waitEnd = end.kind;
      return false;
    }
    this.#pass = end.pass;
    this.#tried.clear();
    return true;
  }

  /** Where the request goes after a setback, or undefined when that was all. */
  async #after(setback: Setback): Promise<Plan | undefined> {
    const { verdict, plan } = setback;
    const { budget, clock, routing } = this.#deps;
    const { id } = plan.candidate.endpoint;
    if (this.#isGone || this.#doubted || verdict.next === 'nowhere' || this.#remainingMs <= 0)
      return undefined;
    if (verdict.next === 'sameOnFreshConnection' && !plan.onFreshConnection) {
      return { ...plan, trial: 'no', reason: 'freshConnection', onFreshConnection: true };
    }
    if (verdict.processed) this.#processed += 1;
    if (this.#processed >= routing().maxAttempts) return undefined;
    if (verdict.next === 'sameThenOther' && !this.#askedTwice.has(id) && mayRepeat(setback)) {
      this.#askedTwice.add(id);
      if (budget.tryRetry(clock())) return { ...plan, trial: 'no', reason: 'retry' };
    }
    this.#tried.add(id);
    if (!this.#isMessage) return this.#attempts < 2 ? this.#chooseOther() : undefined;
    if (verdict.next === 'secondOpinion') {
      this.#doubted = setback;
      return this.#chooseOther();
    }
    if (this.#isOtherReady(plan)) {
      if (verdict.processed && this.#hasMoved && !budget.tryRetry(clock())) return undefined;
      this.#hasMoved = true;
      return this.#choose();
    }
    if (this.#isWorthARetry(setback) && budget.tryRetry(clock())) {
      this.#hasRetried = true;
      return this.#retry(plan);
    }
    return this.#choose();
  }

  /** Another endpoint that is ready at once. */
  #chooseOther(): Plan | undefined {
    const { router, contents, clock } = this.#deps;
    const held = contents();
    const choice = router.choose(held, this.#query, { tried: this.#tried, patient: false }, clock());
    if (choice.kind !== 'endpoint' || choice.reason === 'lastResort') return undefined;
    const plan = planOf(choice, held);
    return this.#doubted ? { ...plan, reason: 'secondOpinion' } : plan;
  }

  #isOtherReady({ candidate: { endpoint } }: Plan): boolean {
    const { router, contents, clock } = this.#deps;
    const tried = new Set([...this.#tried, endpoint.id]);
    const choice = router.outlook(contents(), this.#query, { tried, patient: false }, clock());
    return choice.kind === 'endpoint' && choice.reason !== 'lastResort';
  }

  /** A trouble that may be over in a moment, at an endpoint that is not out: with no other one, it is asked again. */
  #isWorthARetry(setback: Setback): boolean {
    const { verdict, plan } = setback;
    const { memory, clock } = this.#deps;
    const health = memory.healthOf(plan.candidate.endpoint.id);
    const isUsable = plan.lone || availabilityOf(health, clock()).kind === 'ready';
    if (!isUsable || this.#hasRetried || !mayRepeat(setback)) return false;
    return verdict.class === 'TRANSIENT' && verdict.effect === 'failure';
  }

  async #retry(plan: Plan): Promise<Plan | undefined> {
    const { clock, random, contents } = this.#deps;
    const startedAt = clock();
    const pauseMs = Math.min(retryPauseMs * (0.5 + random()), this.#remainingMs);
    await delay(pauseMs, undefined, { signal: this.#gone.signal }).catch(() => undefined);
    this.#steps.push({ kind: 'wait', reason: 'retry', durationMs: Math.round(clock() - startedAt) });
    if (this.#isGone || this.#remainingMs <= 0) return undefined;
    // Meanwhile its key may have been changed, or it may have been removed.
    const held = contents();
    const current = held.configuration.profiles
      .find(({ id }) => id === plan.candidate.profile.id)
      ?.endpoints.find(({ id }) => id === plan.candidate.endpoint.id);
    if (!current?.enabled) return this.#choose();
    const candidate = { ...plan.candidate, endpoint: current };
    return { ...plan, candidate, contents: held, trial: 'no', reason: 'retry' };
  }

  /** Tries the request at an endpoint. */
  async #attempt(plan: Plan): Promise<End | Setback> {
    const { admitted, request, response, body, id } = this.#client;
    const { deps, query } = { deps: this.#deps, query: this.#query };
    const { memory, stats, clock, rescues } = deps;
    const { endpoint, profile } = plan.candidate;
    const { timeouts, rescueTurns } = deps.routing();
    const visit: Visit = { ...plan, endpoint, query };
    const startedAt = clock();
    const sent = bodyFor(this.#client, plan.candidate);
    let responseBytes = 0;
    this.#attempts += 1;
    const upstream = deps.upstreams.of(endpoint, timeouts.connect);
    memory.began(visit, startedAt);
    stats.began(endpoint.id);
    const result = await attempt({
      upstream,
      request: {
        method: admitted.method === 'POST' ? 'POST' : 'GET',
        path: pathPrefixOf(endpoint.baseUrl) + admitted.path + admitted.query,
        headers: upstreamHeaders(
          request.rawHeaders,
          endpoint,
          plan.contents.secrets[endpoint.id] ?? noSecrets,
          sent?.length,
        ),
        body: sent?.pieces ?? null,
        onFreshConnection: plan.onFreshConnection,
      },
      response,
      signal: this.#gone.signal,
      timeouts: { ...timeouts, messageStart: slowAfterMs(timeouts) },
      remainingMs: Math.max(0, this.#remainingMs),
      isMessage: this.#isMessage,
      isStreamed: body?.facts.stream === true,
      isRescuable: rescueTurns && this.#isMessage && goesOnByItself(this.#client),
      mayRescue: rescues.allows(query.conversation),
      isOtherReady: () => !this.#doubted && this.#isOtherReady(plan),
      clock,
      reached: () => memory.reached(visit, clock()),
      committed: (firstContentMs) => {
        body?.release();
        memory.committed(visit, firstContentMs, clock());
        if (this.#doubted) {
          const { plan: first, verdict } = this.#doubted;
          memory.contradicted(first.candidate.endpoint.id, verdict.effect, query, id, clock());
        }
        this.#pass?.settle(true);
        deps.changed();
      },
      passed: (bytes) => {
        responseBytes += bytes;
      },
    });
    const setback = this.#learn(visit, plan, result, clock() - startedAt);
    deps.changed();
    const durationMs = Math.round(clock() - startedAt);
    const met = {
      outcome: result.outcome === 'refused' ? ('failed' as const) : result.outcome,
      reason: plan.reason,
      ...factsOf(result),
      ...(setback ? { class: setback.verdict.class, row: setback.verdict.row } : {}),
    };
    this.#steps.push({
      kind: 'attempt',
      endpointId: endpoint.id,
      profileId: profile.id,
      considered: plan.considered,
      durationMs,
      ...met,
    });
    deps.log({
      level: result.outcome === 'served' || result.outcome === 'clientGone' ? 'info' : 'warn',
      event: 'attempt',
      requestId: id,
      route: admitted.route,
      profile: profile.name,
      endpoint: endpoint.name,
      attempt: this.#attempts,
      ...met,
      standing: memory.standingOf(endpoint.id, clock()),
      durationMs,
      requestBytes: sent?.length ?? 0,
      responseBytes,
    });
    switch (result.outcome) {
      case 'served':
      case 'rescued':
      case 'broken':
        return { outcome: result.outcome, status: result.status };
      case 'clientGone':
        return { outcome: 'clientGone', status: null };
      case 'refused':
      case 'failed':
        return setback as Setback;
    }
  }

  /** Draws the conclusions of an attempt. @returns what it met, unless the client has its answer or is gone */
  #learn(visit: Visit, plan: Plan, result: AttemptResult, elapsedMs: number): Setback | undefined {
    const { memory, stats, clock, now, rescues } = this.#deps;
    const { endpoint, query } = visit;
    switch (result.outcome) {
      case 'clientGone':
        memory.abandoned(visit, clock());
        stats.cancelled(endpoint.id);
        return undefined;
      case 'served':
        memory.succeeded(visit, clock());
        stats.served(endpoint.id, result.firstByteMs, now());
        rescues.completed(query.conversation);
        return undefined;
      case 'rescued':
        rescues.rescued(query.conversation);
        stats.rescued();
        break;
      case 'broken':
      case 'refused':
      case 'failed':
        break;
    }
    const { answer, refused } = errorIn(result, now());
    const failure = 'failure' in result ? result.failure : 'errorStatus';
    const fault: Fault = answer ? { kind: 'answer', answer } : { kind: 'transport', failure };
    const verdict = classify(fault);
    const status = answer?.status ?? (result.outcome === 'failed' ? result.status : undefined);
    memory.failed(
      visit,
      {
        verdict,
        isLookup: failure === 'dnsFailed',
        wallNow: now(),
        ...(status === undefined ? {} : { status }),
        ...(answer?.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs }),
      },
      clock(),
    );
    if (failure === 'staleConnection') stats.cancelled(endpoint.id);
    else if (verdict.class === 'PERMANENT' && answer) stats.served(endpoint.id, elapsedMs, now());
    else stats.failed(endpoint.id, failure, now(), status);
    const code = 'code' in result ? result.code : '';
    const own = { endpoint: endpoint.name, host: hostOf(endpoint.baseUrl), failure, code };
    return { plan, verdict, answer, refused, own };
  }

  /** Answers with what is of most use to the client. */
  #giveUp(): End {
    const { response, id } = this.#client;
    const { log } = this.#deps;
    const chosen = this.#doubted ?? this.#mostUseful();
    const failed = (status: number): End => ({ outcome: 'failed', status });
    if (chosen?.refused && chosen.answer && chosen.verdict.last === 'verbatim') {
      const { refused, answer } = chosen;
      const shape = shapeAnswer(refused.status, answer.retryAfterMs, this.#soonestMs());
      if (sendRefusal(response, refused, shape)) return failed(shape.status);
    }
    if (chosen) return failed(sendOwnError(response, chosen.own, id));
    const code = this.#ownReason();
    log({ level: 'warn', event: 'noEndpoint', requestId: id });
    return failed(sendOwnError(response, code, id));
  }

  #mostUseful(): Setback | undefined {
    const last = this.#setbacks.at(-1);
    if (last?.verdict.next === 'nowhere') return last;
    // Clients estimate when a gateway does not count.
    if (this.#query.route === 'countTokens') return undefined;
    return this.#setbacks[mostUseful(this.#setbacks)];
  }

  /** Why no endpoint was asked. */
  #ownReason(): OwnErrorCode {
    if (this.#query.route === 'countTokens') return 'countNotServed';
    if (this.#waitEnd === 'full') return 'tooManyWaiting';
    if (this.#waitEnd === 'closed') return 'stopping';
    const choice = this.#outlook();
    if (choice.kind !== 'none') {
      const recoveryMs = this.#soonestMs();
      return { recoveryMs, shape: shapeAnswer(503, undefined, recoveryMs) };
    }
    const found = Object.values(choice.considered);
    return found.includes('wrongModel') ? 'noEndpointForModel' : 'noEndpoint';
  }

  /** Milliseconds until an endpoint may be ready, as far as is known. */
  #soonestMs(): number | undefined {
    const choice = this.#outlook();
    if (choice.kind !== 'wait' || choice.until === undefined) return undefined;
    return Math.max(0, choice.until - this.#deps.clock());
  }

  #outlook(): Choice {
    const { router, contents, clock } = this.#deps;
    return router.outlook(contents(), this.#query, { tried: new Set(), patient: true }, clock());
  }
}

function planOf(choice: EndpointChoice, contents: ConfigurationContents): Plan {
  const { candidate, reason, trial, lone, isDetour, considered } = choice;
  return { candidate, contents, reason, trial, lone, isDetour, considered, onFreshConnection: false };
}

/** False when the endpoint has said that the same again is of no use. */
function mayRepeat({ refused }: Setback): boolean {
  return !refused || headerValues(refused.headers, 'x-should-retry')[0] !== 'false';
}

/** The limit keeps its proportion to the whole time of a request when that is set to less. */
function slowAfterMs({ messageStart, firstByte }: RoutingOptions['timeouts']): number {
  return Math.min(messageStart, (firstByte * 4) / 9);
}

/** The error that an endpoint reported, by a status or by an event. */
function errorIn(
  result: AttemptResult,
  wallNow: number,
): { answer: ErrorAnswer | undefined; refused: RefusedAnswer | undefined } {
  if (result.outcome === 'refused') {
    return { answer: readRefusal(result.answer, wallNow), refused: result.answer };
  }
  if (!('errorData' in result) || result.errorData === undefined) {
    return { answer: undefined, refused: undefined };
  }
  const read = readErrorAnswer(500, undefined, result.errorData, undefined);
  return { answer: { ...read, status: statusOfErrorType(read.errorType) }, refused: undefined };
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
