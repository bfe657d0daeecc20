import { hostOf } from '../core/baseUrl.ts';
import { CheckModels } from '../core/checkModels.ts';
import {
  type ConfigurationContents,
  type Endpoint,
  type EndpointSecrets,
  endpointIdsOf,
  findEndpoint,
  type HealthOptions,
  placeOf,
  type RoutingOptions,
} from '../core/configuration.ts';
import type { EndpointMemory } from '../core/endpointMemory.ts';
import type { CheckRecord } from '../core/healthCheck.ts';
import { configuredFor } from '../core/routing.ts';
import type { Steering } from '../core/steering.ts';
import type { ProfileSwitch } from '../core/switches.ts';
import type { CheckState, DecisionTrace, LogEntry, WarmUpState } from '../protocol/state.ts';
import { type CheckSubject, HealthMonitor } from './healthMonitor.ts';
import type { History } from './history/historyTypes.ts';
import { type ProbeResult, probe } from './probe.ts';
import type { Quotas } from './quotas.ts';
import { StandingWatch } from './standingWatch.ts';
import { unforeseeable } from './unforeseeable.ts';
import type { UpstreamPool } from './upstreamPool.ts';
import { WarmUp } from './warmUp.ts';

export interface EndpointWatchDeps {
  readonly version: string;
  readonly memory: EndpointMemory;
  readonly steering: Steering;
  readonly upstreams: UpstreamPool;
  readonly quotas: Quotas;
  readonly history: Pick<History, 'record' | 'checkHistories'>;
  readonly contents: () => ConfigurationContents;
  readonly routing: () => RoutingOptions;
  readonly health: () => HealthOptions;
  /** The port that the proxy listens on. */
  readonly ownPorts: () => readonly number[];
  readonly log: (entry: Omit<LogEntry, 'time'>) => void;
  /** A bug of ours. */
  readonly failed: (error: unknown) => void;
  /** Called after something was learnt. */
  readonly changed: () => void;
  /** Milliseconds of the monotonic clock. */
  readonly clock: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Turns a time of the monotonic clock into milliseconds since 1970. */
  readonly toWall: (time: number) => number;
}

const noSecrets: EndpointSecrets = { apiKey: '', headers: {} };
const anything = { route: 'messages', model: undefined, conversation: undefined } as const;

/**
 * Keeps watch over the endpoints: opens connections in advance, checks who has to be checked, has the memory and the
 * steering learn from it, and takes down what changes.
 */
export class EndpointWatch {
  readonly #deps: EndpointWatchDeps;
  readonly #monitor: HealthMonitor;
  readonly #warmUp: WarmUp;
  readonly #standings: StandingWatch;
  readonly #models = new CheckModels();
  /** The model of the last request that each endpoint served, by endpoint id. */
  readonly #servedModels = new Map<string, string>();
  /** When each endpoint last got another address or key, in milliseconds since 1970. */
  readonly #renewedAt = new Map<string, number>();

  constructor(deps: EndpointWatchDeps) {
    const { upstreams, history, ownPorts, health, changed, failed, clock, now, toWall } = deps;
    this.#deps = deps;
    this.#standings = new StandingWatch((event) => history.record({ kind: 'standing', event }));
    this.#warmUp = new WarmUp({ upstreams, ownPorts, now, changed });
    this.#monitor = new HealthMonitor({
      subjects: () => this.#subjects(),
      probe: (id, signal) => this.#probe(id, signal),
      concluded: (id, result) => this.#concluded(id, result),
      record: (check) => this.#recorded(check),
      changed,
      failed,
      options: health,
      clock,
      now,
      toWall,
      random: Math.random,
      setTimer: (callback, ms) => {
        const timer = setTimeout(callback, ms).unref();
        return () => clearTimeout(timer);
      },
    });
    history.checkHistories().then(
      (histories) => {
        this.#monitor.restore(histories);
        // Who is asked seldom because it refuses cannot be waited for to pass either.
        for (const { endpointId } of histories) {
          if (this.#monitor.stateOf(endpointId).isRefused) deps.memory.proofs.refused(endpointId);
        }
        this.look();
      },
      // Without them the metrics begin anew.
      () => undefined,
    );
  }

  /** Tokens that checks have used since the process started. */
  get checkTokens(): number {
    return this.#monitor.tokens;
  }

  /**
   * Another configuration holds, or other settings do.
   *
   * @param renewed endpoints, by id, that have another address or key now
   */
  configured(renewed: readonly string[]): void {
    const { contents, health, routing, steering, quotas, clock, now } = this.#deps;
    const held = contents();
    const ids = endpointIdsOf(held.configuration);
    for (const id of renewed) {
      this.#monitor.forget(id);
      this.#servedModels.delete(id);
      this.#renewedAt.set(id, now());
      quotas.forget(id);
    }
    this.#monitor.retain(ids);
    this.#models.retain(ids);
    quotas.retain(ids);
    for (const known of [this.#servedModels, this.#renewedAt]) {
      for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
    }
    this.#switched(steering.configure(held, health(), clock(), now()));
    if (health().enabled) this.#warmUp.begin(held, routing().timeouts.connect);
  }

  /** A request has ended. */
  traced(trace: DecisionTrace): void {
    const { steering, clock, now } = this.#deps;
    const served = trace.steps.find((step) => step.kind === 'attempt' && step.outcome === 'served');
    if (served?.kind === 'attempt' && trace.model !== null && trace.route === 'messages') {
      // What clients ask for at one address is not told to another.
      const renewedAt = this.#renewedAt.get(served.endpointId) ?? Number.NEGATIVE_INFINITY;
      if (trace.at > renewedAt) this.#servedModels.set(served.endpointId, trace.model);
    }
    this.#switched(steering.observed(trace, clock(), now()));
  }

  /** Something was learnt of endpoints: what follows from it, and what of it is news? */
  look(): void {
    const { contents, memory, clock, now } = this.#deps;
    const time = clock();
    const endpoints = contents().configuration.profiles.flatMap((profile) => profile.endpoints);
    const seen = endpoints.map(({ id }) => {
      const reason = memory.healthOf(id).quarantine?.reason;
      return [id, { standing: memory.standingOf(id, time), reason }] as const;
    });
    this.#standings.look(new Map(seen), now());
    this.#monitor.look();
  }

  /** Checks an endpoint now. @returns null when it cannot be asked */
  check(endpointId: string): Promise<CheckRecord | null> {
    return this.#monitor.checkNow(endpointId);
  }

  /** The profile that the user chose serves again. @returns false when it does already */
  returnToActive(): boolean {
    const { steering, clock, now } = this.#deps;
    return this.#switched(steering.returnToChosen(clock(), now()));
  }

  checkStateOf(endpointId: string): CheckState {
    return this.#monitor.stateOf(endpointId);
  }

  warmUpOf(endpointId: string): WarmUpState | null {
    return this.#warmUp.of(endpointId);
  }

  /** Ends all checks and opens no more connections. */
  stop(): void {
    this.#monitor.stop();
    this.#warmUp.stop();
  }

  /** Every endpoint can be checked by hand; by itself only who requests can come to. */
  #subjects(): CheckSubject[] {
    const { contents, steering, memory, clock } = this.#deps;
    const needs = new Map(steering.watched(clock()).map(({ endpoint, need }) => [endpoint.id, need]));
    return contents()
      .configuration.profiles.flatMap((profile) => profile.endpoints)
      .map(({ id, baseUrl }) => ({
        id,
        host: hostOf(baseUrl),
        need: needs.get(id) ?? 'none',
        lastProvedAt: memory.proofs.servedAt(id),
      }));
  }

  async #probe(endpointId: string, signal: AbortSignal): Promise<ProbeResult | null> {
    const { contents, upstreams, routing, health, version, clock, now } = this.#deps;
    const held = contents();
    const endpoint = this.#askable(held, endpointId);
    if (!endpoint) return null;
    const options = {
      endpoint,
      secrets: held.secrets[endpointId] ?? noSecrets,
      model: health().model,
      servedModel: this.#servedModels.get(endpointId),
      connectMs: routing().timeouts.connect,
      signal,
    };
    return probe(options, { upstreams, models: this.#models, version, random: unforeseeable, clock, now });
  }

  /** The endpoint, if there is a way to ask it; that it is switched off does not matter to who asks by hand. */
  #askable(held: ConfigurationContents, endpointId: string): Endpoint | undefined {
    const place = placeOf(held.configuration, endpointId);
    if (!place) return undefined;
    const { profile, endpoint } = place;
    const on = { profile: { ...profile, enabled: true }, endpoint: { ...endpoint, enabled: true } };
    return configuredFor(held, on, anything, this.#deps.ownPorts()) === 'ready' ? endpoint : undefined;
  }

  #concluded(endpointId: string, result: ProbeResult): void {
    const { contents, memory, steering, quotas, changed, clock, now } = this.#deps;
    const held = contents();
    const endpoint = findEndpoint(held.configuration, endpointId);
    if (!endpoint) return;
    const { verdict, status, retryAfterMs, isLookup, model } = result;
    const failure = verdict && {
      verdict,
      isLookup,
      wallNow: now(),
      ...(status === undefined ? {} : { status }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
    const finding = { class: result.class, model, ...(failure ? { failure } : {}) };
    quotas.learn(endpointId, result.headers, now());
    memory.checked(held, endpoint, finding, clock());
    if (!this.#switched(steering.recover(clock(), now()))) changed();
  }

  #recorded(check: CheckRecord): void {
    const { history, log, contents } = this.#deps;
    history.record({ kind: 'check', check });
    const { class: kind, score, status, failure, tokens, durationMs, endpointId } = check;
    log({
      level: kind === 'passed' || kind === 'refused' ? 'info' : 'warn',
      event: 'check',
      endpoint: findEndpoint(contents().configuration, endpointId)?.name ?? endpointId,
      check: kind,
      ...(score === null ? {} : { score }),
      ...(status === undefined ? {} : { status }),
      ...(failure === undefined ? {} : { failure }),
      tokens,
      durationMs,
    });
  }

  /** Takes down a switch from profile to profile. @returns whether there was one */
  #switched(change: ProfileSwitch | undefined): boolean {
    if (!change) return false;
    const { history, log, changed } = this.#deps;
    history.record({ kind: 'switch', change });
    log({
      level: change.reason === 'failover' ? 'warn' : 'info',
      event: 'switched',
      ...(change.toName === null ? {} : { profile: change.toName }),
      ...(change.fromName === null ? {} : { from: change.fromName }),
      switch: change.reason,
    });
    changed();
    return true;
  }
}
