import { classify, type Fault, type Verdict } from '../../src/core/classification.ts';
import {
  type ConfigurationContents,
  type FailoverPolicy,
  findEndpoint,
  type HealthOptions,
  type RoutingOptions,
} from '../../src/core/configuration.ts';
import { EndpointMemory, type Finding, type Visit } from '../../src/core/endpointMemory.ts';
import type { ErrorAnswer } from '../../src/core/errorAnswer.ts';
import type { ObservedStep } from '../../src/core/failoverFacts.ts';
import type { EndpointStanding, FailureCode } from '../../src/core/failure.ts';
import { type Choice, type EndpointChoice, Router } from '../../src/core/router.ts';
import type { RouteQuery } from '../../src/core/routing.ts';
import { Steering } from '../../src/core/steering.ts';
import type { ProfileSwitch } from '../../src/core/switches.ts';
import { contentsOf, type ProfileSketch } from './contents.ts';
import { seededRandom } from './seededRandom.ts';

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;

/** How long a circuit stays open the first time, and when a quarantined endpoint is tried, by default. */
export const openMs = minute;
export const quarantineMs = 10 * minute;

export const opus = 'claude-opus-5-5';
export const haiku = 'claude-haiku-5-5';

/** What a test says of a request: one message for a model of the largest class, without a conversation, unless told. */
export type QuerySketch = Partial<RouteQuery>;

/** How endpoints meet a request, by id; one that is not named serves it. */
export type Faults = Readonly<Record<string, Fault>>;

/** An endpoint's error. */
export function answers(status: number, details: Partial<ErrorAnswer> = {}): Fault {
  return { kind: 'answer', answer: { status, form: 'json', ...details } };
}

/** No answer. */
export function transport(failure: FailureCode): Fault {
  return { kind: 'transport', failure };
}

export const refuses = transport('connectRefused');

export interface FleetOptions {
  readonly policy?: Partial<FailoverPolicy>;
  readonly health?: Partial<HealthOptions>;
  readonly routing?: Partial<Omit<RoutingOptions, 'timeouts'>>;
  readonly seed?: number;
}

/** What became of a request. */
export interface Served {
  /** The endpoints that it was sent to, in order. */
  readonly visited: readonly string[];
  readonly outcome: 'served' | 'failed' | 'waits';
  /** For one that waits: until when, as far as is known. */
  readonly until?: number | undefined;
}

/** Endpoints with the router, the memory and the steering of the proxy, on a clock that only the test moves. */
export class Fleet {
  /** Of the monotonic clock, in milliseconds. */
  now = 1_000_000;
  /** Of the wall clock, in milliseconds since 1970. */
  wallNow = Date.UTC(2026, 0, 15);
  contents: ConfigurationContents;
  readonly memory: EndpointMemory;
  readonly router: Router;
  readonly steering: Steering;
  /** All switches from profile to profile, oldest first. */
  readonly switches: ProfileSwitch[] = [];
  readonly #options: FleetOptions;
  readonly #inFlight = new Map<string, number>();

  /** @param profiles as for `contentsOf`, but that each endpoint has a host of its own unless it says otherwise */
  constructor(profiles: readonly ProfileSketch[], options: FleetOptions = {}) {
    const random = seededRandom(options.seed ?? 1);
    this.#options = options;
    this.memory = new EndpointMemory(random);
    this.steering = new Steering(this.memory, () => [7860]);
    this.router = new Router({
      memory: this.memory,
      random,
      inFlightOf: (id) => this.#inFlight.get(id) ?? 0,
      ownPorts: () => [7860],
      serving: () => this.steering.serving,
    });
    this.contents = this.configure(profiles);
  }

  /** Applies another configuration to the running fleet. */
  configure(profiles: readonly ProfileSketch[]): ConfigurationContents {
    const { policy, routing, health } = this.#options;
    const contents = contentsOf(
      profiles.map((profile) => ({
        ...profile,
        endpoints: (profile.endpoints ?? []).map((it) => ({ baseUrl: `https://${it.id}.example`, ...it })),
      })),
    );
    const { configuration } = contents;
    this.contents = {
      ...contents,
      configuration: {
        ...configuration,
        policy: { ...configuration.policy, ...policy },
        routing: { ...configuration.routing, ...routing },
        health: { ...configuration.health, ...health },
      },
    };
    const { routing: rules, health: checks } = this.contents.configuration;
    this.memory.configure(this.contents, rules, checks);
    this.note(this.steering.configure(this.contents, checks, this.now, this.wallNow));
    this.router.retain(this.contents);
    return this.contents;
  }

  /** Keeps a switch that something has led to. */
  note(change: ProfileSwitch | undefined): void {
    if (change) this.switches.push(change);
  }

  /** A check of an endpoint has ended. */
  check(id: string, finding: Partial<Finding> & Pick<Finding, 'class'>): void {
    const endpoint = findEndpoint(this.contents.configuration, id);
    if (!endpoint) throw new Error(`there is no ${id}`);
    this.memory.checked(this.contents, endpoint, { model: haiku, ...finding }, this.now);
    this.note(this.steering.recover(this.now, this.wallNow));
  }

  /** Lets time go by, on both clocks. */
  advance(milliseconds: number): void {
    this.now += milliseconds;
    this.wallNow += milliseconds;
  }

  /** Where a request would be sent now. */
  choose(
    sketch: QuerySketch = {},
    options: { tried?: readonly string[]; patient?: boolean; waitsForHome?: boolean } = {},
  ): Choice {
    const { tried = [], patient = true, waitsForHome = patient } = options;
    const all = { tried: new Set(tried), patient, waitsForHome };
    return this.router.choose(this.contents, queryOf(sketch), all, this.now);
  }

  /** Sends a request where it belongs. @throws when that is nowhere */
  send(sketch: QuerySketch = {}, options: { tried?: readonly string[]; patient?: boolean } = {}): Sent {
    const choice = this.choose(sketch, options);
    if (choice.kind !== 'endpoint') throw new Error(`sent nowhere: ${JSON.stringify(choice)}`);
    return this.sendTo(choice, sketch);
  }

  /** Sends a request where it was chosen to go. */
  sendTo(choice: EndpointChoice, sketch: QuerySketch = {}): Sent {
    return new Sent(this, choice, queryOf(sketch), (id, by) =>
      this.#inFlight.set(id, (this.#inFlight.get(id) ?? 0) + by),
    );
  }

  /** Serves a request in no time, with the moves to other endpoints that the proxy makes for it. */
  serve(sketch: QuerySketch = {}, faults: Faults = {}, patient = true): Served {
    const steps: ObservedStep[] = [];
    const served = this.#serve(sketch, faults, patient, steps);
    const { route } = queryOf(sketch);
    const outcome = served.outcome === 'served' ? 'served' : 'failed';
    if (served.outcome !== 'waits') {
      this.note(this.steering.observed({ route, outcome, steps, durationMs: 0 }, this.now, this.wallNow));
    }
    return served;
  }

  #serve(sketch: QuerySketch, faults: Faults, patient: boolean, steps: ObservedStep[]): Served {
    const visited: string[] = [];
    let doubted: { readonly id: string; readonly verdict: Verdict } | undefined;
    for (;;) {
      const choice = this.choose(sketch, { tried: visited, patient: patient && !doubted });
      if (choice.kind !== 'endpoint' || (doubted && choice.reason === 'lastResort')) {
        if (choice.kind !== 'wait' || doubted || !patient) return { visited, outcome: 'failed' };
        return { visited, outcome: 'waits', until: choice.until };
      }
      const sent = this.sendTo(choice, sketch);
      visited.push(sent.id);
      const fault = faults[sent.id];
      const verdict = fault && sent.fail(fault);
      steps.push({
        kind: 'attempt',
        endpointId: sent.id,
        profileId: choice.candidate.profile.id,
        considered: choice.considered,
        outcome: verdict ? 'failed' : 'served',
        ...(verdict ? { row: verdict.row } : {}),
      });
      if (!verdict) {
        sent.content();
        if (doubted) {
          const { id, verdict: refusal } = doubted;
          this.memory.contradicted(id, refusal.effect, sent.query, `request-at-${this.now}`, this.now);
        }
        sent.end();
        return { visited, outcome: 'served' };
      }
      if (doubted || verdict.next === 'nowhere') return { visited, outcome: 'failed' };
      if (sent.query.route !== 'messages' && visited.length === 2) return { visited, outcome: 'failed' };
      if (verdict.next === 'secondOpinion') doubted = { id: sent.id, verdict };
    }
  }

  standingOf(id: string): EndpointStanding {
    return this.memory.standingOf(id, this.now);
  }

  /** Makes an endpoint fail until its circuit is open, with requests that go nowhere else. */
  open(id: string): void {
    const others = this.contents.configuration.profiles.flatMap((profile) =>
      profile.endpoints.flatMap((endpoint) => (endpoint.id === id ? [] : [endpoint.id])),
    );
    for (let i = 0; i < this.contents.configuration.routing.breakerThreshold; i += 1) {
      if (this.standingOf(id) !== 'open') this.send({}, { tried: others }).fail(refuses);
    }
    if (this.standingOf(id) !== 'open') throw new Error(`it is not open: ${this.standingOf(id)}`);
  }
}

/** A request on its way at an endpoint. It ends in `end`, `fail` or `leave`. */
export class Sent {
  readonly choice: EndpointChoice;
  readonly query: RouteQuery;
  readonly #fleet: Fleet;
  readonly #visit: Visit;
  readonly #startedAt: number;
  readonly #count: (id: string, by: number) => void;
  #hasContent = false;

  constructor(
    fleet: Fleet,
    choice: EndpointChoice,
    query: RouteQuery,
    count: (id: string, by: number) => void,
  ) {
    const { candidate, trial, lone } = choice;
    this.choice = choice;
    this.query = query;
    this.#fleet = fleet;
    this.#visit = {
      endpoint: candidate.endpoint,
      contents: fleet.contents,
      query,
      trial,
      lone,
    };
    this.#startedAt = fleet.now;
    this.#count = count;
    fleet.memory.began(this.#visit, fleet.now);
    count(this.id, 1);
  }

  get id(): string {
    return this.choice.candidate.endpoint.id;
  }

  /** Milliseconds since it was sent. */
  get age(): number {
    return this.#fleet.now - this.#startedAt;
  }

  /** True once its first content came. */
  get hasContent(): boolean {
    return this.#hasContent;
  }

  /** The first content comes. */
  content(): void {
    const { memory, now } = this.#fleet;
    this.#hasContent = true;
    memory.reached(this.#visit, now);
    memory.committed(this.#visit, now - this.#startedAt, now);
  }

  /** The answer ends well, after its first content. */
  end(): void {
    if (!this.#hasContent) this.content();
    this.#count(this.id, -1);
    this.#fleet.memory.succeeded(this.#visit, this.#fleet.now);
  }

  /** The endpoint fails, before or after its first content. @returns what follows */
  fail(fault: Fault): Verdict {
    const { memory, now, wallNow } = this.#fleet;
    const verdict = classify(fault);
    const answer = fault.kind === 'answer' ? fault.answer : undefined;
    const isLookup = fault.kind === 'transport' && fault.failure === 'dnsFailed';
    this.#count(this.id, -1);
    if (answer) memory.reached(this.#visit, now);
    const { status, retryAfterMs } = answer ?? {};
    memory.failed(
      this.#visit,
      {
        verdict,
        isLookup,
        wallNow,
        ...(status === undefined ? {} : { status }),
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      },
      now,
    );
    return verdict;
  }

  /** The client leaves. */
  leave(): void {
    this.#count(this.id, -1);
    this.#fleet.memory.abandoned(this.#visit, this.#fleet.now);
  }
}

function queryOf(sketch: QuerySketch): RouteQuery {
  return { route: 'messages', model: opus, conversation: undefined, ...sketch };
}
