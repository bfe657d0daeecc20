import { setTimeout as delay } from 'node:timers/promises';
import { type ConfigurationContents, isEnabled, placeOf } from '../core/configuration.ts';
import { maxRecoveryMs } from '../core/finalAnswer.ts';
import { modelClassOf } from '../core/modelClass.ts';
import { shortModelName } from '../core/modelName.ts';
import type { RetryBudget } from '../core/retryBudget.ts';
import type { Choice, ChoiceOptions, EndpointChoice, Router } from '../core/router.ts';
import type { RouteQuery } from '../core/routing.ts';
import type { DecisionStep, DecisionTrace } from '../protocol/state.ts';
import { type ClientRequest, goesOnByItself, queryOf } from './clientRequest.ts';
import { type Plan, type Setback, type VisitDeps, type VisitEnd, visitEndpoint } from './endpointVisit.ts';
import { type End, giveLastAnswer } from './lastAnswer.ts';
import { type HoldReason, opinionWaitMs, Patience } from './patience.ts';
import { Keeping } from './queue/keeping.ts';
import type { RequestQueue } from './queue/requestQueue.ts';
import { isPassing, mayRepeat, Setbacks } from './setbacks.ts';
import { Visited } from './visited.ts';
import type { Outlook, WaitingRoom } from './waitingRoom.ts';

/** What an exchange works with. */
export interface ExchangeDeps extends VisitDeps {
  readonly router: Router;
  readonly budget: RetryBudget;
  readonly room: WaitingRoom;
  /** Where requests are kept that could not be served. */
  readonly queue: RequestQueue;
  /** Takes down what became of a request. */
  readonly record: (trace: DecisionTrace) => void;
  /** The configuration as it is now. */
  readonly contents: () => ConfigurationContents;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** A pause before the same endpoint is asked again because there is no other, in milliseconds; half to one and a half. */
const retryPauseMs = 500;

const nothing: ReadonlySet<string> = new Set();

/** Serves one request: chooses endpoints, tries them in turn, passes the first usable answer on. */
export async function exchange(client: ClientRequest, deps: ExchangeDeps): Promise<void> {
  await new Exchange(client, deps).run();
}

class Exchange {
  readonly #client: ClientRequest;
  readonly #deps: ExchangeDeps;
  readonly #query: RouteQuery;
  readonly #goesOnByItself: boolean;
  readonly #gone = new AbortController();
  readonly #steps: DecisionStep[] = [];
  readonly #setbacks = new Setbacks();
  readonly #patience: Patience;
  readonly #keeping: Keeping;
  readonly #visited: Visited;
  /** Endpoints that were asked a second time. */
  readonly #askedTwice = new Set<string>();
  /** Attempts that the endpoint may have worked on. */
  #processed = 0;
  #attempts = 0;
  #hasMoved = false;
  #hasRetried = false;

  constructor(client: ClientRequest, deps: ExchangeDeps) {
    this.#client = client;
    this.#deps = deps;
    this.#query = queryOf(client);
    this.#goesOnByItself = goesOnByItself(client);
    this.#visited = new Visited(deps.clock);
    this.#keeping = new Keeping(client, this.#query, deps.queue);
    this.#patience = new Patience({
      room: deps.room,
      clock: deps.clock,
      signal: this.#gone.signal,
      bytes: client.body?.length ?? 0,
      models: modelClassOf(this.#query.model),
      limitMs: () => (this.#isMessage ? this.#keeping.patienceMs(deps.routing().patienceSeconds * 1_000) : 0),
      remainingMs: () => this.#remainingMs,
    });
  }

  async run(): Promise<void> {
    const { response, id, receivedAt } = this.#client;
    const { record, clock, now, budget } = this.#deps;
    const { route, model, conversation } = this.#query;
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
      this.#patience.settle(false);
      const { outcome, status } = end;
      record({
        requestId: id,
        at,
        route,
        model: model === undefined ? null : shortModelName(model),
        conversation: conversation ?? null,
        steps: this.#steps,
        outcome,
        status,
        durationMs: Math.round(clock() - receivedAt),
      });
    }
    // The client has its answer; nothing of this can delay it.
    if (end.isUnserved) void this.#keeping.unserved(end.status);
    else if (end.outcome === 'served' || end.outcome === 'rescued') void this.#keeping.served();
  }

  get #isMessage(): boolean {
    return this.#query.route === 'messages';
  }

  get #isGone(): boolean {
    return this.#gone.signal.aborted;
  }

  /** Milliseconds until the client has to have an answer. */
  get #remainingMs(): number {
    const { routing, clock } = this.#deps;
    return this.#client.receivedAt + this.#keeping.deadlineMs(routing().timeouts.firstByte) - clock();
  }

  async #serve(): Promise<End> {
    let plan = await this.#choose();
    while (plan) {
      const end = await this.#visit(plan);
      if (end.outcome === 'clientGone') return { outcome: 'clientGone', status: null };
      if (end.outcome !== 'setback') return end;
      this.#setbacks.add(end.setback);
      plan = await this.#after(end.setback);
    }
    return this.#isGone ? { outcome: 'clientGone', status: null } : this.#giveUp();
  }

  /**
   * Where the request goes first, or after it was held.
   *
   * @param maxWaitMs it is not held when nothing will be ready so soon
   */
  async #choose(maxWaitMs = maxRecoveryMs): Promise<Plan | undefined> {
    const { router, contents, clock } = this.#deps;
    while (!this.#isGone && this.#remainingMs > 0) {
      const isPatient = this.#patience.leftMs > 0;
      let reason: HoldReason = 'noneReady';
      if (!this.#patience.isBehindOthers) {
        const held = contents();
        const choice = router.choose(held, this.#query, this.#options(this.#visited.ids), clock());
        if (choice.kind === 'endpoint') return planOf(choice, held);
        if (!isPatient || this.#readyIn(choice) > maxWaitMs) return undefined;
        if (choice.kind === 'wait') reason = choice.reason;
      }
      if (!(await this.#wait(reason))) return undefined;
    }
    return undefined;
  }

  /** Milliseconds until something may be ready for the request: 0 when nobody knows, infinity for never. */
  #readyIn(choice: Choice): number {
    const now = this.#deps.clock();
    // A trial that runs may be over at any moment.
    if (choice.kind === 'wait' && choice.trialRuns) return 0;
    const until = choice.kind === 'wait' ? (choice.until ?? now) : Number.POSITIVE_INFINITY;
    return Math.max(0, Math.min(until, this.#visited.nextAt) - now);
  }

  /** Holds the request. @returns whether it may go on */
  async #wait(reason: HoldReason): Promise<boolean> {
    const { considered } = this.#outlook(nothing);
    // An endpoint that is out for what this request met there is as good as any other once it is back.
    this.#visited.forgetUnless((id) => considered[id] === 'ready');
    const { mayGoOn, step } = await this.#patience.hold(reason, () => this.#waitingOutlook());
    this.#steps.push(step);
    return mayGoOn;
  }

  /** What the request would meet now if it were held no longer. */
  #waitingOutlook(): Outlook {
    const choice = this.#outlook(this.#visited.ids);
    if (choice.kind === 'endpoint') return { kind: 'go' };
    const readyAt =
      choice.kind === 'wait' ? (choice.until ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
    const until = Math.min(readyAt, this.#visited.nextAt);
    if (choice.kind === 'none' && !Number.isFinite(until)) return { kind: 'go' };
    return { kind: 'wait', until: Number.isFinite(until) ? until : undefined };
  }

  /** Where the request goes after a setback, or undefined when that was all. */
  async #after(setback: Setback): Promise<Plan | undefined> {
    const { verdict, plan } = setback;
    const { budget, clock, routing } = this.#deps;
    const { id } = plan.candidate.endpoint;
    if (this.#isGone || verdict.next === 'nowhere' || this.#remainingMs <= 0) return undefined;
    if (verdict.next === 'sameOnFreshConnection' && !plan.onFreshConnection) {
      return this.#again(plan, 'freshConnection');
    }
    // Who was waited for may be asked as often as patience allows.
    if (verdict.processed && !this.#patience.hasWaited) this.#processed += 1;
    // The first move to another endpoint is always free.
    const isSpent = this.#processed >= routing().maxAttempts;
    if (isSpent && this.#hasMoved) return undefined;
    if (!isSpent && verdict.next === 'sameThenOther' && !this.#askedTwice.has(id) && mayRepeat(setback)) {
      this.#askedTwice.add(id);
      if (budget.tryRetry(clock())) return this.#again(plan, 'retry');
    }
    const { hasWaited, leftMs } = this.#patience;
    this.#visited.add(setback, { mayWait: leftMs > 0, hasReturned: hasWaited || this.#hasRetried });
    if (!this.#isMessage) return this.#visited.count < 2 ? this.#chooseOther() : undefined;
    if (this.#setbacks.doubted || verdict.next === 'secondOpinion') return this.#chooseOpinion(setback);
    if (!this.#isOtherReady(plan)) {
      if (isSpent) return undefined;
      if (this.#isWorthARetry(setback) && budget.tryRetry(clock())) {
        this.#hasRetried = true;
        return this.#retry(plan);
      }
      if (this.#patience.leftMs <= 0 && this.#outlook(this.#visited.ids).kind === 'none') return undefined;
    }
    if (verdict.processed && this.#hasMoved && !this.#patience.hasWaited && !budget.tryRetry(clock()))
      return undefined;
    this.#hasMoved = true;
    return this.#choose();
  }

  /** Another endpoint that is ready at once. */
  #chooseOther(): Plan | undefined {
    const { router, contents, clock } = this.#deps;
    const held = contents();
    const choice = router.choose(held, this.#query, impatient(this.#visited.ids), clock());
    if (choice.kind !== 'endpoint' || choice.reason === 'lastResort') return undefined;
    return planOf(choice, held);
  }

  /** Another endpoint, to hear whether it refuses the request as well; one that cannot say is no opinion. */
  async #chooseOpinion(setback: Setback): Promise<Plan | undefined> {
    if (this.#setbacks.doubted && setback.verdict.class === 'PERMANENT') return undefined;
    this.#setbacks.doubt(setback);
    this.#hasMoved = true;
    this.#patience.hurry();
    const plan = await this.#choose(opinionWaitMs);
    return plan && plan.reason !== 'lastResort' ? { ...plan, reason: 'secondOpinion' } : undefined;
  }

  #isOtherReady({ candidate: { endpoint } }: Plan): boolean {
    const { router, contents, clock } = this.#deps;
    const tried = new Set([...this.#visited.ids, endpoint.id]);
    const choice = router.outlook(contents(), this.#query, impatient(tried), clock());
    return choice.kind === 'endpoint' && choice.reason !== 'lastResort';
  }

  /** A trouble in passing, at an endpoint that is not out: with no other one, it is asked again. */
  #isWorthARetry(setback: Setback): boolean {
    const { memory, clock } = this.#deps;
    const { lone, candidate } = setback.plan;
    const isUsable = lone || memory.availabilityOf(candidate.endpoint.id, clock()).kind === 'ready';
    return isUsable && !this.#hasRetried && !this.#patience.hasWaited && isPassing(setback);
  }

  async #retry(plan: Plan): Promise<Plan | undefined> {
    const { clock, random } = this.#deps;
    const startedAt = clock();
    const pauseMs = Math.min(retryPauseMs * (0.5 + random()), this.#remainingMs);
    await delay(pauseMs, undefined, { signal: this.#gone.signal }).catch(() => undefined);
    this.#steps.push({ kind: 'wait', reason: 'retry', durationMs: Math.round(clock() - startedAt) });
    return this.#isGone || this.#remainingMs <= 0 ? undefined : this.#again(plan, 'retry');
  }

  /** The same endpoint once more, as it is now: meanwhile its key may have been changed, or it may have been removed. */
  #again(plan: Plan, reason: 'retry' | 'freshConnection'): Plan | Promise<Plan | undefined> {
    const contents = this.#deps.contents();
    const place = placeOf(contents.configuration, plan.candidate.endpoint.id);
    if (!place || !isEnabled(place.profile, place.endpoint)) return this.#choose();
    return {
      ...plan,
      candidate: { ...plan.candidate, ...place },
      contents,
      trial: 'no',
      reason: this.#setbacks.doubted ? 'secondOpinion' : reason,
      onFreshConnection: reason === 'freshConnection',
    };
  }

  /** Whether one more attempt would be allowed if this one came to nothing. */
  get #mayMoveAgain(): boolean {
    const { routing, budget, clock } = this.#deps;
    if (!this.#hasMoved || this.#patience.hasWaited) return true;
    return this.#processed + 1 < routing().maxAttempts && budget.canRetry(clock());
  }

  /** Tries the request at an endpoint. */
  async #visit(plan: Plan): Promise<VisitEnd> {
    const { memory, clock, changed } = this.#deps;
    this.#attempts += 1;
    const { end, step } = await visitEndpoint(
      {
        client: this.#client,
        query: this.#query,
        plan,
        goesOnByItself: this.#goesOnByItself,
        number: this.#attempts,
        signal: this.#gone.signal,
        remainingMs: Math.max(0, this.#remainingMs),
        isOtherReady: () => this.#mayMoveAgain && this.#isOtherReady(plan),
        committed: () => {
          const { doubted } = this.#setbacks;
          if (doubted) {
            const { plan: first, verdict } = doubted;
            const { id } = first.candidate.endpoint;
            memory.contradicted(id, verdict.effect, this.#query, this.#client.id, clock());
          }
          this.#patience.settle(true);
          changed();
        },
      },
      this.#deps,
    );
    this.#steps.push(step);
    return end;
  }

  /** Nobody could serve the request. */
  #giveUp(): Promise<End> {
    const { memory, clock, now, log } = this.#deps;
    const setback = this.#setbacks.toTell(this.#query.route);
    if (!setback) log({ level: 'warn', event: 'noEndpoint', requestId: this.#client.id });
    return giveLastAnswer({
      client: this.#client,
      keeping: this.#keeping,
      setback,
      waitEnd: this.#patience.lastEnd,
      outlook: this.#outlook(nothing),
      memory,
      now: clock(),
      wallNow: now(),
    });
  }

  #options(tried: ReadonlySet<string>): ChoiceOptions {
    const patient = this.#patience.leftMs > 0;
    return { tried, patient, waitsForHome: patient && !this.#patience.hasWaitedForHome };
  }

  #outlook(tried: ReadonlySet<string>): Choice {
    const { router, contents, clock } = this.#deps;
    return router.outlook(contents(), this.#query, this.#options(tried), clock());
  }
}

function planOf(choice: EndpointChoice, contents: ConfigurationContents): Plan {
  const { candidate, reason, trial, lone, considered } = choice;
  return { candidate, contents, reason, trial, lone, considered, onFreshConnection: false };
}

const impatient = (tried: ReadonlySet<string>): ChoiceOptions => ({
  tried,
  patient: false,
  waitsForHome: false,
});
