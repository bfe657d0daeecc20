import { isLoopbackHost } from './baseUrl.ts';
import type { HealthEffect } from './classification.ts';
import {
  type ConfigurationContents,
  type Endpoint,
  endpointIdsOf,
  findEndpoint,
  type HealthOptions,
  type RoutingOptions,
} from './configuration.ts';
import { ConversationPlaces } from './conversationPlaces.ts';
import { EffectiveWeights } from './effectiveWeights.ts';
import { EndpointGrievances, type Failure, type Subject } from './endpointGrievances.ts';
import type { Availability, EndpointHealth } from './endpointHealth.ts';
import * as endpointHealth from './endpointHealth.ts';
import { EndpointIdentities } from './endpointIdentities.ts';
import { EndpointProofs } from './endpointProofs.ts';
import type { EndpointStanding } from './failure.ts';
import type { CheckClass } from './healthCheck.ts';
import { LocalOutage } from './localOutage.ts';
import type { RefusedModel } from './refusedModels.ts';
import { ResponseTimes } from './responseTimes.ts';
import type { RouteQuery } from './routing.ts';
import { type Trial, Trials } from './trials.ts';

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

/** What a check of an endpoint found. */
export interface Finding {
  readonly class: CheckClass;
  /** As the check asked for it. */
  readonly model: string;
  /** What traffic would have concluded, unless it passed or the answer was merely wrong. */
  readonly failure?: Failure;
}

/**
 * What was learnt of the endpoints from the requests that they served or failed. It is told what happens and keeps no
 * time of its own: `now` is in milliseconds of a monotonic clock.
 *
 * Only messages teach: an endpoint may well have no other route.
 */
export class EndpointMemory {
  readonly places = new ConversationPlaces();
  readonly proofs = new EndpointProofs();
  readonly #grievances: EndpointGrievances;
  readonly #outage = new LocalOutage();
  readonly #responseTimes = new ResponseTimes();
  readonly #weights = new EffectiveWeights({ enabled: false, minSamples: 3 });
  readonly #identities = new EndpointIdentities();
  readonly #trials = new Trials<Visit>();
  readonly #sentAt = new WeakMap<Visit, number>();
  /** Visits that have had content, and after how many milliseconds. */
  readonly #firstContentMs = new WeakMap<Visit, number>();

  /** @param random from 0 up to 1 */
  constructor(random: () => number) {
    this.#grievances = new EndpointGrievances({ threshold: 3, openMs: 60_000, maxOpenMs }, random);
  }

  /**
   * Takes over a configuration. What is known of endpoints whose address and key are the same is kept.
   *
   * @returns the ids of the others, as far as they were known
   */
  configure(
    contents: ConfigurationContents,
    routing: Omit<RoutingOptions, 'timeouts'>,
    health: HealthOptions,
  ): readonly string[] {
    const openMs = routing.breakerSeconds * 1_000;
    this.#grievances.rules = {
      threshold: routing.breakerThreshold,
      openMs,
      maxOpenMs: Math.max(openMs, maxOpenMs),
    };
    this.places.affinity.ttlMs = routing.affinityHours * 3_600_000;
    // Who was found lying waits for a check to tell otherwise, which nobody makes any more.
    const nobodyTells = this.proofs.isEnabled && !health.enabled;
    this.proofs.isEnabled = health.enabled;
    this.#weights.rules = { enabled: health.dynamicWeights, minSamples: health.minSamples };
    const { renewed, remodelled, gone } = this.#identities.configure(contents);
    for (const id of [...renewed, ...gone]) this.#forgetAll(id);
    for (const id of remodelled) this.#grievances.forgetModels(id);
    const ids = endpointIdsOf(contents.configuration);
    for (const id of ids) if (nobodyTells && this.healthOf(id).quarantine?.hasLied) this.#forget(id);
    this.places.affinity.retain(ids);
    return renewed;
  }

  /**
   * The user vouches for an endpoint: nothing that spoke against it is kept.
   *
   * @returns false when there is no such endpoint
   */
  reset(contents: ConfigurationContents, endpointId: string): boolean {
    const endpoint = findEndpoint(contents.configuration, endpointId);
    if (!endpoint) return false;
    this.#forget(endpointId);
    this.proofs.trust(endpointId);
    this.#grievances.forgetLimits(contents, endpoint);
    return true;
  }

  /**
   * A check of an endpoint has ended; it says nothing if the endpoint is another one by now. One that passed
   * ends whatever kept the endpoint out, with all that was held against it; one that failed never takes out what real requests were just served by.
   */
  checked(contents: ConfigurationContents, endpoint: Endpoint, finding: Finding, now: number): void {
    const { id } = endpoint;
    if (!this.#identities.isCurrent(contents, endpoint)) return;
    if (finding.class === 'passed') {
      if (this.proofs.isContradicted(id)) return;
      this.proofs.passed(id, now);
      // How soon a few tokens come says nothing of how soon a long prompt is answered.
      this.#weights.sample(id, { ok: true, firstContentMs: null }, now);
      const standing = this.standingOf(id, now);
      if (isOut(standing)) {
        this.#forget(id);
        this.proofs.broughtBack(id);
      } else this.#grievances.succeeded(id, now);
      return;
    }
    if (finding.class === 'refused') {
      if (this.proofs.refused(id))
        this.#grievances.change(id, (health) => endpointHealth.trialDue(health, now));
      return;
    }
    this.proofs.answered(id);
    if (finding.class !== 'rateLimited') this.proofs.failed(id, now);
    const isServing = this.proofs.isServing(id, now);
    if (finding.class === 'wrongAnswer') {
      this.#grievances.change(id, (health) =>
        isServing
          ? endpointHealth.doubted(health, now)
          : endpointHealth.quarantined(health, now, 'wrongAnswer'),
      );
    } else if (finding.failure && !isServing) {
      const query = { route: 'messages', model: finding.model, conversation: undefined } as const;
      const subject = { endpoint, contents, query, of: 'request', lone: false } as const;
      const { failure } = finding;
      if (!failure.isLookup) this.#hold(subject, failure, now);
      else this.#outage.lookupFailed(hostnameOf(endpoint), id, now, () => this.#hold(subject, failure, now));
    }
  }

  /** Lets go of what is over. To be called every few minutes. */
  sweep(now: number): void {
    this.places.sweep(now);
    this.#grievances.sweep(now);
  }

  /** A request goes to an endpoint. */
  began(visit: Visit, now: number): void {
    const { endpoint, trial } = visit;
    this.#sentAt.set(visit, now);
    if (!this.#teaches(visit)) return;
    this.#responseTimes.began(endpoint.id, now);
    if (trial === 'no') return;
    if (trial === 'recheck') {
      this.#grievances.rechecked(endpoint.id, now);
      return;
    }
    this.#trials.began(visit, now);
    this.#grievances.change(endpoint.id, (health) => endpointHealth.trialStarted(health, now));
  }

  /** The endpoint answered something, if only an error. */
  reached({ endpoint }: Visit, now: number): void {
    const host = hostnameOf(endpoint);
    // A relay on this machine answers something whether the machine is online or not.
    if (!isLoopbackHost(host)) this.#outage.reached(host, now);
  }

  /** The first content came and goes to the client. @param firstContentMs since the attempt began */
  committed(visit: Visit, firstContentMs: number, now: number): void {
    const { endpoint, contents, query } = visit;
    this.#trials.lastResort.served(visit);
    this.#outage.reached(hostnameOf(endpoint), now);
    if (!this.#teaches(visit)) return;
    if (this.#trials.isRunning(visit)) {
      const { rules } = this.#grievances;
      this.#grievances.change(endpoint.id, (health) => endpointHealth.committed(health, rules));
      this.#trials.end(visit);
    }
    this.#grievances.answered(contents, endpoint, query.model, now - firstContentMs);
    this.#responseTimes.measured(endpoint.id, firstContentMs, now);
    this.#firstContentMs.set(visit, firstContentMs);
    this.places.settle(query, endpoint.id, now, now - firstContentMs);
  }

  /** The whole answer came. */
  succeeded(visit: Visit, now: number): void {
    const { endpoint } = visit;
    if (!this.#teaches(visit)) return;
    const sentAt = this.#sentAt.get(visit) ?? now;
    this.#grievances.succeeded(endpoint.id, sentAt);
    this.#trials.lastResort.allIsWell();
    this.proofs.served(endpoint.id, now, sentAt);
    const firstContentMs = this.#firstContentMs.get(visit);
    if (firstContentMs !== undefined) this.#weights.sample(endpoint.id, { ok: true, firstContentMs }, now);
  }

  /** The attempt failed, before or after the commit. */
  failed(visit: Visit, failure: Failure, now: number): void {
    const { endpoint } = visit;
    this.#trials.lastResort.failed(visit, now);
    if (!this.#teaches(visit)) return;
    if (this.#firstContentMs.has(visit)) this.places.leave(visit.query, endpoint.id, now);
    if (!failure.isLookup) {
      this.#apply(visit, failure, now);
      this.#trials.end(visit);
      return;
    }
    const host = hostnameOf(endpoint);
    const isOutage = this.#outage.isSuspected(host, now);
    this.#outage.lookupFailed(host, endpoint.id, now, () => {
      if (this.#teaches(visit)) this.#apply(visit, failure, now);
    });
    if (!this.#trials.isRunning(visit)) return;
    // A trial has to end now in any case; in an outage the next one can do without haste.
    if (isOutage) this.#abandonTrial(visit, now + outagePauseMs);
    else this.#apply(visit, failure, now);
    this.#trials.end(visit);
  }

  /** The client left: nothing is learnt. */
  abandoned(visit: Visit, now: number): void {
    this.#trials.lastResort.abandoned(visit);
    if (this.#teaches(visit)) this.#abandonTrial(visit, now);
    this.#trials.end(visit);
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
    if (query.route === 'messages') this.#grievances.contradicted(endpointId, effect, query, requestId, now);
  }

  /** Judges look-ups that failed and that nothing has contradicted meanwhile. */
  settle(now: number): void {
    this.#outage.settle(now);
  }

  standingOf(endpointId: string, now: number): EndpointStanding {
    const standing = endpointHealth.standingOf(this.healthOf(endpointId), now);
    const isSlowed =
      standing === 'healthy' &&
      this.#weights.isDegraded(endpointId, this.#identities.siblingsOf(endpointId), now);
    return isSlowed ? 'degraded' : standing;
  }

  /** Whether health lets a request through to the endpoint. */
  availabilityOf(endpointId: string, now: number): Availability {
    return endpointHealth.availabilityOf(this.healthOf(endpointId), now, this.proofs.isChecked(endpointId));
  }

  /** What the endpoint's configured weight is multiplied by. */
  weightFactorOf(endpointId: string, now: number): number {
    return this.#weights.factorOf(endpointId, this.#identities.siblingsOf(endpointId), now);
  }

  healthOf(endpointId: string): EndpointHealth {
    return this.#grievances.healthOf(endpointId);
  }

  /** When the endpoint's cool-down for a model is over, or undefined when it has none. */
  coolUntil(
    contents: ConfigurationContents,
    endpoint: Endpoint,
    model: string | undefined,
    now: number,
  ): number | undefined {
    return this.#grievances.coolUntil(contents, endpoint, model, now);
  }

  coolDownsOf(contents: ConfigurationContents, endpoint: Endpoint, now: number) {
    return this.#grievances.coolDownsOf(contents, endpoint, now);
  }

  /** True while the endpoint is known not to serve the model on the route. */
  isRefused(endpointId: string, query: RouteQuery, now: number): boolean {
    return this.#grievances.isRefused(endpointId, query, now);
  }

  refusedModelsOf(endpointId: string, now: number): readonly RefusedModel[] {
    return this.#grievances.refusedModelsOf(endpointId, now);
  }

  /** The endpoint's usual time to the first content, in milliseconds, or undefined when it has to be measured. */
  responseMsOf(endpointId: string, now: number): number | undefined {
    return this.#responseTimes.of(endpointId, now);
  }

  /** When an endpoint that is out was last given a request, or undefined. */
  triedAt(endpointId: string): number | undefined {
    return this.#trials.triedAt(endpointId);
  }

  /** When an endpoint that is out may be tried all the same if there is nobody else; undefined while one is. */
  get lastResortAt(): number | undefined {
    return this.#trials.lastResort.nextAt;
  }

  /** Without a request now and then, an endpoint that failed once would stay behind the others for ever. */
  isRecheckDue(endpointId: string, now: number): boolean {
    if (this.standingOf(endpointId, now) !== 'unhealthy') return false;
    const failedAt = this.#grievances.failedAt(endpointId);
    return failedAt === undefined || now - failedAt >= this.#grievances.rules.openMs;
  }

  #apply(visit: Visit, failure: Failure, now: number): void {
    const kindOfTrial = visit.trial === 'lastResort' ? visit.trial : 'trial';
    const of = this.#trials.isRunning(visit) ? kindOfTrial : 'request';
    // A trial that met something else than what opened the circuit proves nothing; the next one is free at once.
    const { id } = visit.endpoint;
    const wasOut = isOut(this.standingOf(id, now));
    if (!this.#hold({ ...visit, of }, failure, now)) this.#abandonTrial(visit, now);
    if (!wasOut && isOut(this.standingOf(id, now))) this.proofs.takenOut(id);
  }

  /** Holds a failure against an endpoint. @returns false when it proves nothing about one on trial */
  #hold(subject: Subject, failure: Failure, now: number): boolean {
    const { effect } = failure.verdict;
    if (worsensWeight(effect)) this.#weights.sample(subject.endpoint.id, { ok: false }, now);
    return this.#grievances.apply(subject, failure, now);
  }

  /** A trial that met something else than what opened the circuit proves nothing; the next one is free from `now` on. */
  #abandonTrial(visit: Visit, now: number): void {
    if (!this.#trials.isRunning(visit)) return;
    this.#grievances.change(visit.endpoint.id, (health) => endpointHealth.trialAbandoned(health, now));
  }

  /** Only messages teach, and only what holds for the endpoint as it is now. */
  #teaches({ endpoint, contents, query }: Visit): boolean {
    return query.route === 'messages' && this.#identities.isCurrent(contents, endpoint);
  }

  /** Lets go of everything that was learnt of an endpoint that is another one now, or gone. */
  #forgetAll(endpointId: string): void {
    this.#forget(endpointId);
    this.proofs.forget(endpointId);
  }

  /** Lets go of all that kept an endpoint out, and of the conversations that were bound to it before. */
  #forget(endpointId: string): void {
    this.places.affinity.forgetEndpoint(endpointId);
    this.#outage.forget(endpointId);
    this.#trials.forget(endpointId);
    this.#grievances.forget(endpointId);
    this.#responseTimes.forget(endpointId);
    this.#weights.forget(endpointId);
  }
}

function isOut(standing: EndpointStanding): boolean {
  return standing === 'open' || standing === 'quarantined';
}

/** Limits and failures make an endpoint worth less; what is wrong with a request or a key says nothing of that. */
function worsensWeight(effect: HealthEffect): boolean {
  return effect === 'failure' || effect === 'open' || effect.startsWith('coolDown');
}

function hostnameOf({ baseUrl }: Endpoint): string {
  return new URL(baseUrl).hostname;
}
