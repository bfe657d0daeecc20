import { activeProfileOf, enabledEndpointsOf, type Profile } from '../../core/configuration.ts';
import type { ModelValue } from '../model.ts';
import { type TimeLeft, timeLeft } from '../timeLeft.ts';

/** Which profile serves, and which one the user chose. */
export interface Serving {
  /** Requests go to it first; undefined when no profile is active. */
  readonly profile: Profile | undefined;
  readonly chosen: Profile | undefined;
  /** Another profile serves instead of the chosen one, which had failed. */
  readonly isStandIn: boolean;
  /** The next step back to the chosen one; null when there is none, or nobody but the user makes it. */
  readonly recovery: Recovery | null;
}

export interface Recovery {
  readonly profile: Profile;
  /** It does not serve again before this time is over; null when that is so. */
  readonly left: TimeLeft | null;
  /** A check has to pass before; where none is made of its endpoints by itself, time alone brings it back. */
  readonly isAfterCheck: boolean;
}

/** Without a proxy, or before it knows of a profile, the chosen one counts as the one that serves. */
export function servingOf(
  { configuration, state, now }: Pick<ModelValue, 'configuration' | 'state' | 'now'>,
  left: (until: number) => TimeLeft | null = (until) => timeLeft(until, now),
): Serving {
  const chosen = activeProfileOf(configuration);
  const find = (id: string | null | undefined) => configuration.profiles.find((profile) => profile.id === id);
  const failover = state?.failover;
  const profile = find(failover?.serving) ?? chosen;
  const isStandIn = profile !== chosen && chosen !== undefined;
  const back = isStandIn ? find(failover?.recoversTo) : undefined;
  const at = failover?.recoversAt ?? null;
  return {
    profile: isStandIn ? profile : chosen,
    chosen,
    isStandIn,
    recovery: back
      ? { profile: back, left: at === null ? null : left(at), isAfterCheck: isChecked(back, state) }
      : null,
  };
}

/** As the proxy has it: one endpoint that no check can speak for is enough. */
function isChecked(profile: Profile, state: ModelValue['state']): boolean {
  return enabledEndpointsOf(profile).every(({ id }) => {
    const seen = state?.endpoints[id];
    if (!seen?.hasKey) return true;
    const { isRefused, isRunning, nextAt } = seen.check;
    return !isRefused && (isRunning || nextAt !== null);
  });
}
