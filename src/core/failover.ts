import { activeProfileOf, type Configuration, type Profile } from './configuration.ts';
import type { FailoverFacts } from './failoverFacts.ts';
import { profilesInOrder } from './routing.ts';
import type { ProfileSwitch, SwitchReason } from './switches.ts';

/** Which profile serves, in the form in which it is published. */
export interface Serving {
  /** Id of the profile that requests go to first, or null when none is active. */
  readonly serving: string | null;
  /** Since when, in milliseconds since 1970. */
  readonly since: number;
  /** Why; null when there was no switch yet. */
  readonly reason: SwitchReason | null;
  /** The profile that is to serve again, one step back towards the chosen one, or null. */
  readonly recoversTo: string | null;
  /** Before this time it does not, in milliseconds since 1970. */
  readonly recoversAt: number | null;
}

/**
 * Which profile requests go to first. The user chooses one (`activeProfile`); where it fails request after request, one
 * of those below it serves in its place, until the way back has been proved step by step. Requests that fail at it
 * find another profile in any case; what is decided here is where the next ones begin.
 *
 * It keeps no time of its own: `now` is in milliseconds of a monotonic clock, `wallNow` in milliseconds since 1970.
 * Each event returns the switch that follows from it, if one does.
 */
export class Failover {
  readonly #isUsable: (profile: Profile) => boolean;
  #configuration: Configuration | undefined;
  #serving: string | null = null;
  #reason: SwitchReason | null = null;
  #since = { now: 0, wall: 0 };
  /** Requests in a row that the profile which serves has failed. */
  #failures = 0;

  /** @param isUsable whether a profile is set up to serve at all: nobody waits for proof of one that is not */
  constructor(isUsable: (profile: Profile) => boolean = () => true) {
    this.#isUsable = isUsable;
  }

  /** Id of the profile that requests go to first, or null when none is active. */
  get serving(): string | null {
    return this.#serving;
  }

  get state(): Serving {
    const [above] = this.above;
    return {
      serving: this.#serving,
      since: this.#since.wall,
      reason: this.#reason,
      recoversTo: above?.id ?? null,
      recoversAt: above ? this.#since.wall + this.#cooldownMs : null,
    };
  }

  /**
   * Takes over a configuration. Whatever it moves is moved by hand: the user has chosen another profile, or has taken
   * away what let the one that serves stand in for the chosen one (its level, itself, the failover).
   */
  configure(configuration: Configuration, now: number, wallNow: number): ProfileSwitch | undefined {
    const before = this.#configuration;
    this.#configuration = configuration;
    const chosen = activeProfileOf(configuration);
    if (!before) {
      this.#serving = chosen?.id ?? null;
      this.#since = { now, wall: wallNow };
      return undefined;
    }
    const isChosenAnew = configuration.activeProfile !== before.activeProfile;
    const mayServe = profilesInOrder(configuration).some(({ id }) => id === this.#serving);
    if (!isChosenAnew && mayServe) return undefined;
    return this.#switchTo(chosen, 'manual', now, wallNow, before);
  }

  /** The user wants the chosen profile to serve again, whatever is known of it. */
  returnToChosen(now: number, wallNow: number): ProfileSwitch | undefined {
    const chosen = this.#configuration && activeProfileOf(this.#configuration);
    return chosen && this.#switchTo(chosen, 'manual', now, wallNow);
  }

  /**
   * A request has ended. So many in a row that the profile which serves has failed make the next ones begin at the one
   * below it that served the last of them. Requests from before the last switch say nothing about what it led to.
   */
  observed(facts: FailoverFacts, now: number, wallNow: number): ProfileSwitch | undefined {
    if (!this.#configuration || now - facts.durationMs < this.#since.now) return undefined;
    if (facts.servedBy !== null && facts.servedBy === this.#serving) this.#failures = 0;
    else if (facts.servingFailed) this.#failures += 1;
    else return undefined;
    if (this.#failures < Math.max(1, this.#configuration.policy.failureThreshold)) return undefined;
    const ladder = profilesInOrder(this.#configuration);
    const below = ladder.slice(this.#place(ladder) + 1).find(({ id }) => id === facts.servedBy);
    return below && this.#switchTo(below, 'failover', now, wallNow);
  }

  /** The profiles that are set up to serve between the one that serves and the chosen one, the nearest first. */
  get above(): readonly Profile[] {
    if (!this.#configuration?.policy.autoRecovery) return [];
    const ladder = profilesInOrder(this.#configuration);
    return ladder
      .slice(0, Math.max(0, this.#place(ladder)))
      .filter(this.#isUsable)
      .reverse();
  }

  /**
   * Goes back towards the chosen profile, when that is allowed and its time has come: step by step, each step after a
   * cool-down. A step that is not proved is left out when it and the next one could have been made one after the other,
   * so that a backup that is dead as well keeps nobody from the way back. To be called whenever something was proved and
   * now and then.
   *
   * @param isProved whether a profile has shown that it can serve, later than `since` of the monotonic clock
   */
  recover(
    now: number,
    wallNow: number,
    isProved: (profile: Profile, since: number) => boolean,
  ): ProfileSwitch | undefined {
    const since = this.#since.now;
    const to = this.above.find(
      (profile, index) => now - since >= (index + 1) * this.#cooldownMs && isProved(profile, since),
    );
    return to && this.#switchTo(to, 'recovery', now, wallNow);
  }

  get #cooldownMs(): number {
    return (this.#configuration?.policy.cooldownSeconds ?? 0) * 1_000;
  }

  #place(ladder: readonly Profile[]): number {
    return ladder.findIndex(({ id }) => id === this.#serving);
  }

  /** @param before the configuration in which the profile that has served until now still has its name */
  #switchTo(
    profile: Profile | undefined,
    reason: SwitchReason,
    now: number,
    wallNow: number,
    before = this.#configuration,
  ): ProfileSwitch | undefined {
    this.#failures = 0;
    const to = profile?.id ?? null;
    const from = this.#serving;
    if (to === from) {
      // The user wants what a switch has led to already.
      if (this.#reason !== null) this.#reason = reason;
      return undefined;
    }
    const fromName = before?.profiles.find(({ id }) => id === from)?.name ?? null;
    this.#serving = to;
    this.#reason = reason;
    this.#since = { now, wall: wallNow };
    return { at: wallNow, from, to, fromName, toName: profile?.name ?? null, reason };
  }
}
