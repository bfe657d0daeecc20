import { originOf } from './baseUrl.ts';
import type { BreakerRules, FailedAttempt } from './circuitBreaker.ts';
import type { HealthEffect, Verdict } from './classification.ts';
import type { ConfigurationContents, Endpoint } from './configuration.ts';
import { CoolDowns } from './coolDowns.ts';
import * as endpointHealth from './endpointHealth.ts';
import { type EndpointHealth, unknownHealth } from './endpointHealth.ts';
import type { QuarantineReason } from './failure.ts';
import { modelClassOf } from './modelClass.ts';
import { type RefusedModel, RefusedModels } from './refusedModels.ts';
import type { RouteQuery } from './routing.ts';

/** What a request or a check met, as far as it says something about the endpoint. */
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

/** What a failure is held against, and in which circumstances it was met. */
export interface Subject {
  readonly endpoint: Endpoint;
  /** The configuration that holds for it. */
  readonly contents: ConfigurationContents;
  readonly query: RouteQuery;
  readonly of: FailedAttempt;
  /** There is no other endpoint for this request: its circuit does not open. */
  readonly lone: boolean;
}

/** What is held against each endpoint. Times are milliseconds of a monotonic clock. */
export class EndpointGrievances {
  rules: BreakerRules;
  readonly #random: () => number;
  readonly #coolDowns = new CoolDowns();
  readonly #refusedModels = new RefusedModels();
  readonly #health = new Map<string, EndpointHealth>();
  /** When an endpoint failed last, or was last given a request to show that it is well again. */
  readonly #failedAt = new Map<string, number>();

  /** @param random from 0 up to 1 */
  constructor(rules: BreakerRules, random: () => number) {
    this.rules = rules;
    this.#random = random;
  }

  healthOf(endpointId: string): EndpointHealth {
    return this.#health.get(endpointId) ?? unknownHealth;
  }

  change(endpointId: string, event: (health: EndpointHealth) => EndpointHealth): void {
    this.#health.set(endpointId, event(this.healthOf(endpointId)));
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

  /** When the endpoint failed last, or undefined when it has served since. */
  failedAt(endpointId: string): number | undefined {
    return this.#failedAt.get(endpointId);
  }

  /** An endpoint that failed gets a request to show that it is well again. */
  rechecked(endpointId: string, now: number): void {
    this.#failedAt.set(endpointId, now);
  }

  /** Content came: its limit is over. @param sentAt when it was asked for */
  answered(
    contents: ConfigurationContents,
    endpoint: Endpoint,
    model: string | undefined,
    sentAt: number,
  ): void {
    this.#coolDowns.succeeded(accountOf(contents, endpoint), modelClassOf(model), sentAt);
  }

  /** A whole answer came. @param sentAt when it was asked for */
  succeeded(endpointId: string, sentAt: number): void {
    this.change(endpointId, (health) => endpointHealth.succeeded(health, sentAt));
    this.#failedAt.delete(endpointId);
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
    if (effect === 'markRouteModel') this.#refusedModels.mark(endpointId, query, now);
    if (effect === 'markAfterThree') {
      this.#refusedModels.suspect(endpointId, query, query.conversation ?? requestId, now);
    }
  }

  /** Something went wrong. @returns false when that proves nothing about an endpoint on trial */
  apply({ endpoint, contents, query, of, lone }: Subject, failure: Failure, now: number): boolean {
    const { status, retryAfterMs, wallNow, verdict } = failure;
    const { id } = endpoint;
    const account = accountOf(contents, endpoint);
    const models = modelClassOf(query.model);
    const quarantine = (reason: QuarantineReason, untilMs?: number) =>
      this.change(id, (health) =>
        endpointHealth.quarantined(health, now, reason, {
          ...(status === undefined ? {} : { status }),
          ...(untilMs === undefined ? {} : { untilMs }),
        }),
      );
    switch (verdict.effect) {
      case 'failure':
        this.#failedAt.set(id, now);
        this.change(id, (health) => endpointHealth.failed(health, now, this.rules, of, !lone));
        return true;
      case 'open':
        this.#failedAt.set(id, now);
        this.change(id, (health) =>
          lone
            ? endpointHealth.failed(health, now, this.rules, of, false)
            : endpointHealth.openedAtOnce(health, now, this.rules, of),
        );
        return true;
      case 'quarantineKeyRefused':
        quarantine('keyRefused');
        return true;
      case 'quarantineKeySpent':
        quarantine('keySpent');
        return true;
      case 'quarantineKeySpentThisMonth':
        quarantine('keySpent', untilNextMonth(wallNow));
        return true;
      case 'quarantineMisconfigured':
        quarantine('misconfigured');
        return true;
      case 'markModel':
        this.#refusedModels.mark(id, query, now, 'forbidden');
        if (this.#refusedModels.forbiddenCount(id, now) <= 1) return false;
        quarantine('keyRefused');
        return true;
      case 'coolDownAsTold':
        this.#coolDowns.asTold(account, models, now, retryAfterMs ?? 0);
        this.change(id, (health) => endpointHealth.rateLimited(health, now));
        return false;
      case 'coolDownGrowing':
        this.#coolDowns.growing(account, models, now);
        this.change(id, (health) => endpointHealth.rateLimited(health, now));
        return false;
      case 'coolDownOverloaded':
        this.#coolDowns.overloaded(account, models, now, this.#random);
        return false;
      case 'markRouteModel':
      case 'markAfterThree':
      case 'none':
        return false;
    }
  }

  /** The models of the endpoint have changed: what it refused says nothing any more. */
  forgetModels(endpointId: string): void {
    this.#refusedModels.forget(endpointId);
  }

  forget(endpointId: string): void {
    this.#health.delete(endpointId);
    this.#refusedModels.forget(endpointId);
    this.#failedAt.delete(endpointId);
  }

  /** The limits of an endpoint's key count as over. */
  forgetLimits(contents: ConfigurationContents, endpoint: Endpoint): void {
    this.#coolDowns.forget(accountOf(contents, endpoint));
  }

  /** Lets go of what is over. */
  sweep(now: number): void {
    this.#coolDowns.sweep(now);
    this.#refusedModels.sweep(now);
  }
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
