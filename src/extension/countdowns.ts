import type { EndpointState, ProxyState } from '../protocol/state.ts';
import type { ModelValue } from './model.ts';
import { nextChange } from './timeLeft.ts';

/**
 * Milliseconds until a view has to be drawn again because of a time left that it shows, or null when nothing
 * counts down.
 */
export function nextCountdownStep({ state, now }: Pick<ModelValue, 'state' | 'now'>): number | null {
  if (state === null) return null;
  const steps = endsOf(state).flatMap((until) => nextChange(until, now) ?? []);
  return steps.length > 0 ? Math.min(...steps) : null;
}

/** Every moment, in milliseconds since 1970, that some view counts down to. */
function endsOf({ waiting, failover, endpoints }: ProxyState): number[] {
  return [
    waiting.until ?? [],
    failover.recoversAt ?? [],
    ...Object.values(endpoints).map(endsOfEndpoint),
  ].flat();
}

const endsOfEndpoint = ({ open, quarantine, coolDowns, refusedModels }: EndpointState): number[] =>
  [open ?? [], quarantine ?? [], coolDowns, refusedModels].flat().flatMap(({ until }) => until ?? []);
