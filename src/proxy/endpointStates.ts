import { type ConfigurationContents, type Endpoint, hasKey } from '../core/configuration.ts';
import type { EndpointMemory } from '../core/endpointMemory.ts';
import type { BreakerState, EndpointState } from '../protocol/state.ts';
import type { EndpointStats } from './endpointStats.ts';
import type { EndpointWatch } from './endpointWatch.ts';
import type { Quotas } from './quotas.ts';

/** Marks of refused models that are published of one endpoint at most. */
const maxRefusedModels = 20;

export interface EndpointStatesOptions {
  readonly contents: ConfigurationContents;
  readonly memory: EndpointMemory;
  readonly stats: EndpointStats;
  readonly quotas: Quotas;
  readonly watch: Pick<EndpointWatch, 'checkStateOf' | 'warmUpOf'>;
  /** Milliseconds of the monotonic clock. */
  readonly now: number;
  /** Turns a time of the monotonic clock into milliseconds since 1970. */
  readonly toWall: (time: number) => number;
}

/** How all endpoints of a configuration stand, by id, in the form that windows get. */
export function endpointStates(options: EndpointStatesOptions): Record<string, EndpointState> {
  const endpoints = options.contents.configuration.profiles.flatMap((profile) => profile.endpoints);
  return Object.fromEntries(endpoints.map((endpoint) => [endpoint.id, stateOf(endpoint, options)]));
}

function stateOf(
  endpoint: Endpoint,
  { contents, memory, stats, quotas, watch, now, toWall }: EndpointStatesOptions,
): EndpointState {
  const { breaker, quarantine } = memory.healthOf(endpoint.id);
  const check = watch.checkStateOf(endpoint.id);
  const availability = memory.availabilityOf(endpoint.id, now);
  const byCheck = availability.kind === 'quarantined' && availability.until === undefined;
  return {
    ...stats.of(endpoint.id),
    hasKey: hasKey(contents, endpoint.id),
    standing: memory.standingOf(endpoint.id, now),
    consecutiveFailures: breaker.failures,
    open: openState(breaker, toWall),
    quarantine: quarantine && {
      ...whyOf(quarantine),
      since: toWall(quarantine.since),
      byCheck,
      until: byCheck ? check.nextAt : toWall(quarantine.until),
    },
    coolDowns: memory
      .coolDownsOf(contents, endpoint, now)
      .map(({ models, until }) => ({ models, until: toWall(until) })),
    refusedModels: memory
      .refusedModelsOf(endpoint.id, now)
      .slice(0, maxRefusedModels)
      .map(({ model, until }) => ({ model, until: toWall(until) })),
    weightPercent: Math.round(100 * memory.weightFactorOf(endpoint.id, now)),
    check,
    quota: quotas.of(endpoint.id),
    warmUp: watch.warmUpOf(endpoint.id),
  };
}

type Health = ReturnType<EndpointMemory['healthOf']>;

function openState(breaker: Health['breaker'], toWall: (time: number) => number): BreakerState | null {
  switch (breaker.state) {
    case 'closed':
      return null;
    case 'open':
      return { until: toWall(breaker.until), trial: false };
    case 'halfOpen':
      return { until: toWall(breaker.since), trial: true };
  }
}

function whyOf({ reason, status }: NonNullable<Health['quarantine']>) {
  return status === undefined ? { reason } : { reason, status };
}
