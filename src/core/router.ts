import { type ConfigurationContents, endpointIdsOf } from './configuration.ts';
import type { ChoiceReason, Eligibility } from './decision.ts';
import type { Availability, EndpointHealth } from './endpointHealth.ts';
import type { EndpointMemory } from './endpointMemory.ts';
import type { EndpointStanding } from './failure.ts';
import { LoadBalancer } from './loadBalancer.ts';
import { type Candidate, configuredFor, profilesInOrder, type RouteQuery } from './routing.ts';
import type { Trial } from './trials.ts';

/** A conversation rather waits this long for its endpoint, in milliseconds, than to lose its prompt cache elsewhere. */
const boundWaitMs = 5_000;

export interface RouterDeps {
  readonly memory: EndpointMemory;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** How many requests an endpoint is serving. */
  readonly inFlightOf: (endpointId: string) => number;
  /** The ports that the proxy listens on. */
  readonly ownPorts: () => readonly number[];
  /** Id of the profile that requests go to first, or null when none is active. */
  readonly serving: () => string | null;
}

/** What was found of each endpoint that was looked at, by its id. */
export type Considered = Readonly<Record<string, Eligibility>>;

/** The endpoint that a request goes to. */
export interface EndpointChoice {
  readonly kind: 'endpoint';
  readonly candidate: Candidate;
  readonly reason: ChoiceReason;
  readonly trial: Trial;
  /** There is no other endpoint for this request. */
  readonly lone: boolean;
  readonly considered: Considered;
}

/** Where a request is to go now, if anywhere. */
export type Choice =
  | EndpointChoice
  | {
      readonly kind: 'wait';
      readonly reason: 'noneReady' | 'bound';
      /** When an endpoint may be ready, as far as is known. */
      readonly until: number | undefined;
      /** An endpoint is on trial, which may be ready any moment. */
      readonly trialRuns: boolean;
      readonly considered: Considered;
    }
  /** Nowhere, and waiting does not help. */
  | { readonly kind: 'none'; readonly considered: Considered };

export interface ChoiceOptions {
  /** Endpoints, by id, that the request is not to go to (again). */
  readonly tried: ReadonlySet<string>;
  /** The request may be held. */
  readonly patient: boolean;
  /** It may be held for the endpoint of its conversation, though another one is ready. */
  readonly waitsForHome: boolean;
}

/** A candidate with all that speaks for and against it. */
interface Look {
  readonly candidate: Candidate;
  readonly id: string;
  readonly health: EndpointHealth;
  readonly availability: Availability;
  /** When its cool-down for the model is over, or undefined when it has none. */
  readonly coolUntil: number | undefined;
}

/** Chooses where requests go, from the configuration and what is remembered of the endpoints. */
export class Router {
  readonly #deps: RouterDeps;
  /** By profile id. */
  readonly #balancers = new Map<string, LoadBalancer>();

  constructor(deps: RouterDeps) {
    this.#deps = deps;
  }

  /** Lets go of what belongs to profiles and endpoints that no longer exist. */
  retain({ configuration }: ConfigurationContents): void {
    const endpointIds = endpointIdsOf(configuration);
    const profileIds = new Set(configuration.profiles.map(({ id }) => id));
    for (const [id, balancer] of this.#balancers) {
      if (profileIds.has(id)) balancer.retain(endpointIds);
      else this.#balancers.delete(id);
    }
  }

  /**
   * Chooses where a request goes, which takes a turn of the profile's balancer.
   *
   * @param now milliseconds of the monotonic clock of the memory
   */
  choose(contents: ConfigurationContents, query: RouteQuery, options: ChoiceOptions, now: number): Choice {
    return this.#choose(contents, query, options, now, (steady) => this.#balance(steady, now));
  }

  /** What `choose` would say, but for which one of several steady endpoints; takes no turn. */
  outlook(contents: ConfigurationContents, query: RouteQuery, options: ChoiceOptions, now: number): Choice {
    return this.#choose(contents, query, options, now, ([first]) => first);
  }

  #choose(
    contents: ConfigurationContents,
    query: RouteQuery,
    { tried, patient, waitsForHome }: ChoiceOptions,
    now: number,
    pick: (steady: readonly Look[]) => Look | undefined,
  ): Choice {
    const { memory } = this.#deps;
    memory.settle(now);
    const { looks, isUseless, considered } = this.#look(contents, query, tried, now);
    const homeId = memory.places.homeOf(query, now);
    const neighbourId = homeId ?? memory.places.neighbourOf(query, now);
    const choice = (look: Look, reason: ChoiceReason, trial: Trial): EndpointChoice => ({
      kind: 'endpoint',
      candidate: look.candidate,
      reason,
      trial,
      lone: looks.length === 1,
      considered,
    });
    const untried = looks.filter(({ id }) => !tried.has(id));
    // Only messages show whether an endpoint is well again. Others take what is left.
    const isTeaching = query.route === 'messages';
    const open = untried.filter(({ id }) => considered[id] === 'ready');
    const steadyFirst = open.filter((look) => isTeaching || !isTrialDue(look));
    const ready = steadyFirst.length > 0 ? steadyFirst : open;

    const bound = ready.find(
      ({ id }) => id === neighbourId && (id === homeId || !memory.places.isAvoided(query, id, now)),
    );
    if (bound) return choice(bound, 'bound', isTrialDue(bound) ? 'trial' : 'no');
    const home = isUseless ? undefined : untried.find(({ id }) => id === homeId);
    const homeAt = home && readyAt(home);
    if (waitsForHome && homeAt !== undefined && homeAt - now <= boundWaitMs) {
      return { kind: 'wait', reason: 'bound', until: homeAt, trialRuns: false, considered };
    }

    const level = ready.filter(({ candidate }) => candidate.level === ready[0]?.candidate.level);
    const liked = level.filter(({ id }) => !memory.places.isAvoided(query, id, now));
    const best = liked.length > 0 ? liked : level;
    const due = best.find((look) => isTrialDue(look) || memory.isRecheckDue(look.id, now));
    if (due && isTeaching) return choice(due, 'trial', isTrialDue(due) ? 'trial' : 'recheck');
    const steady = best.filter((look) => !isTrialDue(look));
    const chosen = pick(steady) ?? best[0];
    if (chosen) return choice(chosen, 'strategy', 'no');

    const lastTriedAt = (look: Look) => Math.max(outSince(look), memory.triedAt(look.id) ?? 0);
    const out = untried
      .filter(({ coolUntil }) => isUseless || coolUntil === undefined)
      .sort((a, b) => lastTriedAt(a) - lastTriedAt(b));
    // A lone endpoint, or one of which nothing is expected, is not kept from serving: what it says is of more use
    // than anything we could say.
    if (out[0] && (looks.length === 1 || isUseless)) {
      return choice(out[0], 'lastResort', isTeaching && !isOnTrial(out[0]) ? 'trial' : 'no');
    }
    const { lastResortAt } = memory;
    const mayTry = !isTeaching || (lastResortAt !== undefined && (!patient || now >= lastResortAt));
    const resort = out.find((look) => !isOnTrial(look));
    if (resort && mayTry) return choice(resort, 'lastResort', isTeaching ? 'lastResort' : 'no');

    if (isUseless || looks.every(isReady)) return { kind: 'none', considered };
    const times = looks.flatMap((look) => readyAt(look) ?? []);
    if (resort && lastResortAt !== undefined) times.push(lastResortAt);
    const until = times.length > 0 ? Math.min(...times) : undefined;
    const trialRuns = looks.some((look) => isOnTrial(look) && look.coolUntil === undefined);
    return { kind: 'wait', reason: 'noneReady', until, trialRuns, considered };
  }

  /** The endpoints that a request may go to, those of the first profile first, and what was found of all of them. */
  #look(
    contents: ConfigurationContents,
    query: RouteQuery,
    tried: ReadonlySet<string>,
    now: number,
  ): { looks: readonly Look[]; isUseless: boolean; considered: Considered } {
    const { memory, ownPorts, serving } = this.#deps;
    const considered: Record<string, Eligibility> = {};
    const all: Look[] = [];
    profilesInOrder(contents.configuration, serving()).forEach((profile, level) => {
      for (const endpoint of profile.endpoints) {
        const { id } = endpoint;
        const eligibility = configuredFor(contents, { profile, endpoint }, query, ownPorts());
        considered[id] = eligibility;
        if (eligibility !== 'ready') continue;
        const health = memory.healthOf(id);
        const availability = memory.availabilityOf(id, now);
        const coolUntil = memory.coolUntil(contents, endpoint, query.model, now);
        all.push({ candidate: { profile, endpoint, level }, id, health, availability, coolUntil });
        if (tried.has(id)) considered[id] = 'tried';
        else if (coolUntil !== undefined) considered[id] = 'coolDown';
        else if (availability.kind !== 'ready') considered[id] = availability.kind;
      }
    });
    // Better to ask for what was refused than to ask nobody.
    const served = all.filter(({ id }) => !memory.isRefused(id, query, now));
    const looks = served.length > 0 ? served : all;
    for (const look of all) if (!looks.includes(look)) considered[look.id] = 'refusedModel';
    const usable = looks.filter((look) => !isUselessNow(look));
    return usable.length > 0
      ? { looks: usable, isUseless: false, considered }
      : { looks, isUseless: true, considered };
  }

  #balance(among: readonly Look[], now: number): Look | undefined {
    const [first] = among;
    if (!first) return undefined;
    const { profile } = first.candidate;
    const balancer = this.#balancers.get(profile.id) ?? new LoadBalancer();
    this.#balancers.set(profile.id, balancer);
    const { memory } = this.#deps;
    const ranks = among.map(({ id }) => tierRank[memory.standingOf(id, now)]);
    const tier = among
      .filter((_, index) => ranks[index] === Math.min(...ranks))
      .map((look) => {
        const { priority } = look.candidate.endpoint;
        const weight = look.candidate.endpoint.weight * memory.weightFactorOf(look.id, now);
        const inFlight = this.#deps.inFlightOf(look.id);
        const measured = memory.responseMsOf(look.id, now);
        // One request is enough to measure with.
        const responseMs = measured ?? (inFlight > 0 ? Number.MAX_VALUE : undefined);
        return { id: look.id, weight, priority, inFlight, responseMs, look };
      });
    return balancer.pick(profile.strategy, tier, this.#deps.random).look;
  }
}

/** The better tier serves first. */
const tierRank: Record<EndpointStanding, number> = {
  healthy: 0,
  degraded: 1,
  unhealthy: 2,
  open: 3,
  quarantined: 4,
};

const isReady = ({ coolUntil, availability }: Look): boolean =>
  coolUntil === undefined && availability.kind === 'ready';

const isTrialDue = ({ availability }: Look): boolean => availability.kind === 'ready' && availability.trial;

const isOnTrial = ({ availability }: Look): boolean =>
  availability.kind !== 'ready' && availability.trialRuns;

/** An endpoint whose key or address is of no use: nobody waits for it. */
function isUselessNow({ availability, health }: Look): boolean {
  return availability.kind === 'quarantined' && health.quarantine?.reason !== 'failing';
}

/** When an endpoint that is out or cooling down may be asked again, or undefined when it is ready or nobody knows. */
function readyAt(look: Look): number | undefined {
  const { availability, coolUntil } = look;
  if (isReady(look)) return undefined;
  if (availability.kind === 'ready') return coolUntil;
  if (availability.trialRuns || availability.until === undefined) return undefined;
  return Math.max(coolUntil ?? 0, availability.until);
}

function outSince({ availability, health }: Look): number {
  return availability.kind === 'open' ? availability.since : (health.quarantine?.since ?? 0);
}
