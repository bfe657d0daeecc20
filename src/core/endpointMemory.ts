import { isLoopbackHost, originOf } from './baseUrl.ts';
import type { BreakerRules } from './circuitBreaker.ts';
import type { HealthEffect, Verdict } from './classification.ts';
import {
  type Configuration,
  type ConfigurationContents,
  type Endpoint,
  endpointIdsOf,
  findEndpoint,
  type RoutingOptions,
} from './configuration.ts';
import { ConversationPlaces } from './conversationPlaces.ts';
import { CoolDowns } from './coolDowns.ts';
import * as endpointHealth from './endpointHealth.ts';
import { type EndpointHealth, unknownHealth } from './endpointHealth.ts';
import type { EndpointStanding, QuarantineReason } from './failure.ts';
import { LastResort } from './lastResort.ts';
import { LocalOutage } from './localOutage.ts';
import { modelClassOf } from './modelClass.ts';
import { type RefusedModel, RefusedModels } from './refusedModels.ts';
import { ResponseTimes } from './responseTimes.ts';
import type { RouteQuery } from './routing.ts';

/** From one trial to the next while this machine seems to be offline, in milliseconds. */
const outagePauseMs = 5_000;
/** A circuit never stays open longer than this without a trial, unless the user asked for more, in milliseconds. */
const maxOpenMs = 600_000;

/** How a request came to an endpoint, as far as it decides what its end says about the endpoint. */
export interface Visit {
  readonly endpoint: Endpoint;
  /** The configuration that holds for it. */
  readonly contents: ConfigurationContents;
  readonly query: RouteQuery;
  readonly trial: Trial;
  /** There is no other endpoint for this request: its circuit does not open. */
  readonly lone: boolean;
}

/** Whether a request is the single one that shows how an endpoint is that is out. */
export type Trial =
  | 'no'
  /** Its time out is over. */
  | 'trial'
  /** It is not, but there is nobody else. */
  | 'lastResort'
  /** An endpoint that failed without being out gets a request again. */
  | 'recheck';

/** What a visit met, as far as it says something about the endpoint. */
export interface Failure {
  readonly verdict: Verdict;
  readonly status?: number;
  /** Milliseconds after which the endpoint wants to be asked again. */
  readonly retryAfterMs?: number;
  /** The host name could not be resolved. */
  readonly isLookup: boolean;
  /** Milliseconds since 1970. */
  readonly wallNow: number;
}

/**
 * What was learnt of the endpoints from the requests that they served or failed. It is told what happens and keeps no
 * time of its own: `now` is in milliseconds of a monotonic clock.
 *
 * Only messages teach: an endpoint may well have no other route.
 */
export class EndpointMemory {
  readonly places = new ConversationPlaces();
  readonly #random: () => number;
  readonly #coolDowns = new CoolDowns();
  readonly #refusedModels = new RefusedModels();
  readonly #outage = new LocalOutage();
  readonly #health = new Map<string, EndpointHealth>();
  readonly #responseTimes = new ResponseTimes();
  /** When an endpoint failed last, or was last given a request to show that it is well again. */
  readonly #failedAt = new Map<string, number>();
  /** What each endpoint is reached by: when it changes, what was learnt of it holds no longer. */
  readonly #identities = new Map<string, string>();
  /** Which models each endpoint is set up for: when that changes, what it refused says nothing. */
  readonly #models = new Map<string, string>();
  /** When each endpoint that was out was last given a request. */
  readonly #triedAt = new Map<string, number>();
  readonly #sentAt = new WeakMap<Visit, number>();
  #activeProfile: string | null | undefined;
  /** The trial that runs at each endpoint: the end of any other visit says nothing about it. */
  readonly #trials = new Map<string, Visit>();
  /** Visits that have had content. */
  readonly #committed = new WeakSet<Visit>();
  readonly #lastResort = new LastResort<Visit>();
  #rules: BreakerRules = { threshold: 3, openMs: 60_000, maxOpenMs };

  /** @param random from 0 up to 1 */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Takes over a configuration. What is known of endpoints whose address and key are the same is kept. */
  configure(contents: ConfigurationContents, routing: Omit<RoutingOptions, 'timeouts'>): void {
    const openMs = routing.breakerSeconds * 1_000;
    this.#rules = { threshold: routing.breakerThreshold, openMs, maxOpenMs: Math.max(openMs, maxOpenMs) };
    this.places.affinity.ttlMs = routing.affinityHours * 3_600_000;
    const { configuration } = contents;
    const ids = endpointIdsOf(configuration);
    for (const endpoint of configuration.profiles.flatMap(({ endpoints }) => endpoints)) {
      const identity = identityOf(contents, endpoint);
      const known = this.#identities.get(endpoint.id);
      if (known !== undefined && known !== identity) this.#forget(endpoint.id);
      this.#identities.set(endpoint.id, identity);
      const models = JSON.stringify([endpoint.models, endpoint.modelMap]);
      if (this.#models.get(endpoint.id) !== models) this.#refusedModels.forget(endpoint.id);
      this.#models.set(endpoint.id, models);
    }
    for (const id of [...this.#identities.keys()]) {
      if (ids.has(id)) continue;
      this.#forget(id);
      this.#identities.delete(id);
      this.#models.delete(id);
    }
    this.places.affinity.retain(ids);
    this.#followProfile(configuration);
  }

  /**
   * The user, or a check that it passed, vouches for an endpoint: nothing that spoke against it is kept.
   *
   * @returns false when there is no such endpoint
   */
  reset(contents: ConfigurationContents, endpointId: string): boolean {
    const endpoint = findEndpoint(contents.configuration, endpointId);
    if (!endpoint) return false;
    this.#forget(endpointId);
    this.#coolDowns.forget(accountOf(contents, endpoint));
    return true;
  }

  /** Lets go of what is over. To be called every few minutes. */
  sweep(now: number): void {
    this.places.sweep(now);
    this.#coolDowns.sweep(now);
    this.#refusedModels.sweep(now);
  }

  /** A request goes to an endpoint. */
  began(visit: Visit, now: number): void {
    const { endpoint, trial } = visit;
    this.#sentAt.set(visit, now);
    if (!this.#teaches(visit)) return;
    this.#responseTimes.began(endpoint.id, now);
    if (trial === 'no') return;
    if (trial === 'recheck') {
      this.#failedAt.set(endpoint.id, now);
      return;
    }
    this.#triedAt.set(endpoint.id, now);
    this.#trials.set(endpoint.id, visit);
    this.#change(endpoint.id, (health) => endpointHealth.trialStarted(health, now));
    if (trial === 'lastResort') this.#lastResort.began(visit);
  }

  /** The endpoint answered something, if only an error. */
  reached({ endpoint }: Visit, now: number): void {
    const host = new URL(endpoint.baseUrl).hostname;
    // A relay on this machine answers something whether the machine is online or not.
    if (!isLoopbackHost(host)) this.#outage.reached(host, now);
  }

  /** The first content came and goes to the client. @param firstContentMs since the attempt began */
  committed(visit: Visit, firstContentMs: number, now: number): void {
    const { endpoint, contents, query } = visit;
    this.#lastResort.served(visit);
    this.#committed.add(visit);
    this.#outage.reached(new URL(endpoint.baseUrl).hostname, now);
    if (!this.#teaches(visit)) return;
    if (this.#isTrial(visit)) {
      this.#change(endpoint.id, (health) => endpointHealth.committed(health, this.#rules));
      this.#trials.delete(endpoint.id);
    }
    const sentAt = now - firstContentMs;
    this.#coolDowns.succeeded(accountOf(contents, endpoint), modelClassOf(query.model), sentAt);
    this.#responseTimes.measured(endpoint.id, firstContentMs, now);
    this.places.settle(query, endpoint.id, now);
  }

  /** The whole answer came. */
  succeeded(visit: Visit, now: number): void {
    const { endpoint } = visit;
    if (!this.#teaches(visit)) return;
    const sentAt = this.#sentAt.get(visit) ?? now;
    this.#change(endpoint.id, (health) => endpointHealth.succeeded(health, sentAt));
    this.#failedAt.delete(endpoint.id);
    this.#lastResort.allIsWell();
  }

  /** The attempt failed, before or after the commit. */
  failed(visit: Visit, failure: Failure, now: number): void {
    const { endpoint } = visit;
    this.#lastResort.failed(visit, now);
    if (!this.#teaches(visit)) return;
    const { effect } = failure.verdict;
    if (this.#committed.has(visit)) this.places.leave(visit.query, endpoint.id, now);
    if (!failure.isLookup) {
      this.#apply(effect, visit, failure, now);
      this.#endTrial(visit);
      return;
    }
    const host = new URL(endpoint.baseUrl).hostname;
    const isOutage = this.#outage.isSuspected(host, now);
    this.#outage.lookupFailed(host, endpoint.id, now, () => {
      if (this.#teaches(visit)) this.#apply(effect, visit, failure, now);
    });
    if (!this.#isTrial(visit)) return;
    // A trial has to end now in any case; in an outage the next one can do without haste.
    if (isOutage) this.#abandonTrial(visit, now + outagePauseMs);
    else this.#apply(effect, visit, failure, now);
    this.#endTrial(visit);
  }

  /** The client left: nothing is learnt. */
  abandoned(visit: Visit, now: number): void {
    this.#lastResort.abandoned(visit);
    if (this.#teaches(visit)) this.#abandonTrial(visit, now);
    this.#endTrial(visit);
  }

  /**
   * Another endpoint served what this one refused.
   *
   * @param requestId stands for the conversation where the request names none
   */
  contradicted(
    endpointId: string,
    effect: HealthEffect,
    query: RouteQuery,
    requestId: string,
    now: number,
  ): void {
    if (query.route !== 'messages') return;
    if (effect === 'markRouteModel') this.#refusedModels.mark(endpointId, query, now);
    if (effect === 'markAfterThree') {
      this.#refusedModels.suspect(endpointId, query, query.conversation ?? requestId, now);
    }
  }

  /** Judges look-ups that failed and that nothing has contradicted meanwhile. */
  settle(now: number): void {
    this.#outage.settle(now);
  }

  standingOf(endpointId: string, now: number): EndpointStanding {
    return endpointHealth.standingOf(this.healthOf(endpointId), now);
  }

  healthOf(endpointId: string): EndpointHealth {
    return this.#health.get(endpointId) ?? unknownHealth;
  }

  /** When the endpoint's cool-down for a model is over, or undefined when it has none. */
  coolUntil(
    contents: ConfigurationContents,
    endpoint: Endpoint,
    model: string | undefined,
    now: number,
  ): number | undefined {
    return this.#coolDowns.until(accountOf(contents, endpoint), modelClassOf(model), now);
  }

  coolDownsOf(contents: ConfigurationContents, endpoint: Endpoint, now: number) {
    return this.#coolDowns.of(accountOf(contents, endpoint), now);
  }

  /** True while the endpoint is known not to serve the model on the route. */
  isRefused(endpointId: string, query: RouteQuery, now: number): boolean {
    return this.#refusedModels.isMarked(endpointId, query, now);
  }

  refusedModelsOf(endpointId: string, now: number): readonly RefusedModel[] {
    return this.#refusedModels.of(endpointId, now);
  }

  /** The endpoint's usual time to the first content, in milliseconds, or undefined when it has to be measured. */
  responseMsOf(endpointId: string, now: number): number | undefined {
    return this.#responseTimes.of(endpointId, now);
  }

  /** When an endpoint that is out was last given a request, or undefined. */
  triedAt(endpointId: string): number | undefined {
    return this.#triedAt.get(endpointId);
  }

  /** When an endpoint that is out may be tried all the same if there is nobody else; undefined while one is. */
  get lastResortAt(): number | undefined {
    return this.#lastResort.nextAt;
  }

  /** Without a request now and then, an endpoint that failed once would stay behind the others for ever. */
  isRecheckDue(endpointId: string, now: number): boolean {
    if (this.standingOf(endpointId, now) !== 'unhealthy') return false;
    const failedAt = this.#failedAt.get(endpointId);
    return failedAt === undefined || now - failedAt >= this.#rules.openMs;
  }

  #apply(effect: HealthEffect, visit: Visit, failure: Failure, now: number): void {
    const { endpoint, contents, query, trial, lone } = visit;
    const { status, retryAfterMs, wallNow } = failure;
    const account = accountOf(contents, endpoint);
    const models = modelClassOf(query.model);
    const change = (event: (health: EndpointHealth) => EndpointHealth) => this.#change(endpoint.id, event);
    const kindOfTrial = trial === 'lastResort' ? trial : 'trial';
    const of = this.#isTrial(visit) ? kindOfTrial : 'request';
    const quarantine = (reason: QuarantineReason, untilMs?: number) =>
      change((health) =>
        endpointHealth.quarantined(health, now, reason, {
          ...(status === undefined ? {} : { status }),
          ...(untilMs === undefined ? {} : { untilMs }),
        }),
      );
    switch (effect) {
      case 'failure':
        this.#failedAt.set(endpoint.id, now);
        change((health) => endpointHealth.failed(health, now, this.#rules, of, !lone));
        return;
      case 'open':
        this.#failedAt.set(endpoint.id, now);
        change((health) =>
          lone
            ? endpointHealth.failed(health, now, this.#rules, of, false)
            : endpointHealth.openedAtOnce(health, now, this.#rules, of),
        );
        return;
      case 'quarantineKeyRefused':
        quarantine('keyRefused');
        return;
      case 'quarantineKeySpent':
        quarantine('keySpent');
        return;
      case 'quarantineKeySpentThisMonth':
        quarantine('keySpent', untilNextMonth(wallNow));
        return;
      case 'quarantineMisconfigured':
        quarantine('misconfigured');
        return;
      case 'markModel':
        this.#refusedModels.mark(endpoint.id, query, now, 'forbidden');
        if (this.#refusedModels.forbiddenCount(endpoint.id, now) > 1) quarantine('keyRefused');
        else this.#abandonTrial(visit, now);
        return;
      case 'coolDownAsTold':
        this.#coolDowns.asTold(account, models, now, retryAfterMs ?? 0);
        change((health) => endpointHealth.rateLimited(health, now));
        this.#abandonTrial(visit, now);
        return;
      case 'coolDownGrowing':
        this.#coolDowns.growing(account, models, now);
        change((health) => endpointHealth.rateLimited(health, now));
        this.#abandonTrial(visit, now);
        return;
      case 'coolDownOverloaded':
        this.#coolDowns.overloaded(account, models, now, this.#random);
        this.#abandonTrial(visit, now);
        return;
      case 'markRouteModel':
      case 'markAfterThree':
      case 'none':
        this.#abandonTrial(visit, now);
        return;
    }
  }

  /** A trial that met something else than what opened the circuit proves nothing; the next one is free from `now` on. */
  #abandonTrial(visit: Visit, now: number): void {
    if (!this.#isTrial(visit)) return;
    this.#change(visit.endpoint.id, (health) => endpointHealth.trialAbandoned(health, now));
  }

  /** Whatever it met, the trial is over. */
  #endTrial(visit: Visit): void {
    if (this.#isTrial(visit)) this.#trials.delete(visit.endpoint.id);
  }

  #isTrial(visit: Visit): boolean {
    return this.#trials.get(visit.endpoint.id) === visit;
  }

  /** With another profile the user wants other endpoints, for the conversations that run too. */
  #followProfile({ activeProfile, profiles }: Configuration): void {
    if (this.#activeProfile !== undefined && this.#activeProfile !== activeProfile) {
      const endpoints = profiles.find(({ id }) => id === activeProfile)?.endpoints ?? [];
      this.places.affinity.retain(new Set(endpoints.map(({ id }) => id)));
    }
    this.#activeProfile = activeProfile;
  }

  /** Only messages teach, and only what holds for the endpoint as it is now. */
  #teaches({ endpoint, contents, query }: Visit): boolean {
    return query.route === 'messages' && this.#identities.get(endpoint.id) === identityOf(contents, endpoint);
  }

  #change(endpointId: string, event: (health: EndpointHealth) => EndpointHealth): void {
    this.#health.set(endpointId, event(this.healthOf(endpointId)));
  }

  #forget(endpointId: string): void {
    this.places.affinity.forgetEndpoint(endpointId);
    this.#outage.forget(endpointId);
    this.#triedAt.delete(endpointId);
    this.#trials.delete(endpointId);
    this.#health.delete(endpointId);
    this.#refusedModels.forget(endpointId);
    this.#responseTimes.forget(endpointId);
    this.#failedAt.delete(endpointId);
  }
}

/** What an endpoint is reached by. Kept in memory only, since it holds the key. */
function identityOf({ secrets }: ConfigurationContents, { id, baseUrl, auth }: Endpoint): string {
  return JSON.stringify([baseUrl, auth, secrets[id]]);
}

/** What shares a rate limit: everything that uses one key at one place. Kept in memory only, since it holds the key. */
function accountOf({ secrets }: ConfigurationContents, { id, baseUrl }: Endpoint): string {
  return `${originOf(baseUrl)} ${secrets[id]?.apiKey ?? ''}`;
}

/** Milliseconds until the first day of the next month, UTC. */
function untilNextMonth(wallNow: number): number {
  const date = new Date(wallNow);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) - wallNow;
}
