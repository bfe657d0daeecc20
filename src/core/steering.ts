import type { CheckNeed } from './checkSchedule.ts';
import {
  type ConfigurationContents,
  type Endpoint,
  type EndpointPlace,
  emptyContents,
  type HealthOptions,
  type Profile,
} from './configuration.ts';
import type { EndpointMemory } from './endpointMemory.ts';
import { Failover, type Serving } from './failover.ts';
import { failoverFacts, type ObservedRequest } from './failoverFacts.ts';
import { checkLimitMs } from './healthCheck.ts';
import { configuredFor, profilesInOrder } from './routing.ts';
import type { ProfileSwitch } from './switches.ts';

/** An endpoint that may have to be checked, and how urgently. */
export interface Watched {
  readonly endpoint: Endpoint;
  readonly need: CheckNeed;
}

/**
 * Steers the traffic from profile to profile by what requests and checks show, and says what is worth checking for it.
 * Times are those of a monotonic clock (`now`) and milliseconds since 1970 (`wallNow`).
 */
export class Steering {
  readonly #memory: EndpointMemory;
  readonly #ownPorts: () => readonly number[];
  readonly #failover = new Failover((profile) =>
    profile.endpoints.some((endpoint) => this.#isUsable({ profile, endpoint })),
  );
  #contents = emptyContents;
  #health: HealthOptions = emptyContents.configuration.health;

  /** @param ownPorts the ports that the proxy listens on */
  constructor(memory: EndpointMemory, ownPorts: () => readonly number[]) {
    this.#memory = memory;
    this.#ownPorts = ownPorts;
  }

  /** Id of the profile that requests go to first, or null when none is active. */
  get serving(): string | null {
    return this.#failover.serving;
  }

  get state(): Serving {
    return this.#failover.state;
  }

  /** Takes over a configuration. @returns the switch that follows from it, as below */
  configure(
    contents: ConfigurationContents,
    health: HealthOptions,
    now: number,
    wallNow: number,
  ): ProfileSwitch | undefined {
    this.#contents = contents;
    this.#health = health;
    return this.#followed(this.#failover.configure(contents.configuration, now, wallNow), now);
  }

  /** A request has ended. */
  observed(request: ObservedRequest, now: number, wallNow: number): ProfileSwitch | undefined {
    const serving = this.#profile(this.serving);
    const facts = serving && failoverFacts(request, serving);
    const change = facts && this.#failover.observed(facts, now, wallNow);
    return change ?? this.recover(now, wallNow);
  }

  /** Something may have been proved: goes back a step towards the chosen profile if that has become possible. */
  recover(now: number, wallNow: number): ProfileSwitch | undefined {
    const isProved = (profile: Profile, since: number) => this.#isProved(profile, since, now);
    return this.#followed(this.#failover.recover(now, wallNow, isProved), now);
  }

  /** The user wants the chosen profile to serve again at once. */
  returnToChosen(now: number, wallNow: number): ProfileSwitch | undefined {
    return this.#followed(this.#failover.returnToChosen(now, wallNow), now);
  }

  /** The endpoints that requests can come to, each with how urgently it is to be checked. */
  watched(now: number): readonly Watched[] {
    const above = new Set(this.#failover.above);
    return profilesInOrder(this.#contents.configuration, this.serving).flatMap((profile) =>
      profile.endpoints
        .filter((endpoint) => this.#isUsable({ profile, endpoint }))
        .map((endpoint) => ({ endpoint, need: this.#needOf(endpoint, above.has(profile), now) })),
    );
  }

  #needOf({ id }: Endpoint, isRecovering: boolean, now: number): CheckNeed {
    const { quarantine } = this.#memory.healthOf(id);
    if (quarantine) {
      const { reason } = quarantine;
      return reason === 'failing' || reason === 'wrongAnswer' ? 'out' : 'outForKey';
    }
    if (this.#memory.standingOf(id, now) === 'open') return 'out';
    return isRecovering ? 'recovering' : 'idle';
  }

  /**
   * A check or a request has shown lately that one of the endpoints is good; where checks cannot show it, a request has
   * to, so that nothing may speak against one.
   */
  #isProved(profile: Profile, since: number, now: number): boolean {
    const freshMs = 2_000 * this.#health.intervalSeconds + checkLimitMs;
    const { proofs } = this.#memory;
    return profile.endpoints.some((endpoint) => {
      const { id } = endpoint;
      if (!this.#isUsable({ profile, endpoint }) || this.#memory.availabilityOf(id, now).kind !== 'ready')
        return false;
      return !proofs.isChecked(id) || proofs.isProvedSince(id, Math.max(since, now - freshMs));
    });
  }

  #isUsable(place: EndpointPlace): boolean {
    const anything = { route: 'messages', model: undefined, conversation: undefined } as const;
    return configuredFor(this.#contents, place, anything, this.#ownPorts()) === 'ready';
  }

  /** Conversations went elsewhere while another profile served; those of the one that serves again come back. */
  #followed(change: ProfileSwitch | undefined, now: number): ProfileSwitch | undefined {
    const endpoints = this.#profile(change?.to ?? null)?.endpoints ?? [];
    if (change && change.reason !== 'failover') {
      this.#memory.places.recall(new Set(endpoints.map(({ id }) => id)), now);
    }
    return change;
  }

  #profile(id: string | null): Profile | undefined {
    return this.#contents.configuration.profiles.find((profile) => profile.id === id);
  }
}
