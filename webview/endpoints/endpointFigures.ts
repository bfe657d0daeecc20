import type { PanelEndpoint, PanelHistory, PanelSums } from '../../src/protocol/panel.ts';
import { successRateOf } from '../successRate.ts';

/** An endpoint as it is now, with its figures over the range, or since the proxy started where there is no history. */
export interface EndpointFigures {
  readonly endpoint: PanelEndpoint;
  readonly requests: number | null;
  readonly successRate: number | null;
  readonly firstContentP50Ms: number | null;
  readonly firstContentP95Ms: number | null;
  /** Tokens of all kinds. */
  readonly tokens: number | null;
  /** In US dollars, of what has a price. */
  readonly cost: number | null;
}

/** Joins both by the endpoint's id. @param history undefined until it is known, null when it cannot be. */
export function figuresOf(
  endpoints: readonly PanelEndpoint[],
  history: PanelHistory | null | undefined,
): EndpointFigures[] {
  const sums = new Map(history?.endpoints.map((found) => [found.id, found]));
  return endpoints.map((endpoint) => ({
    endpoint,
    ...(history ? overRange(sums.get(endpoint.id)) : sinceStart(endpoint)),
  }));
}

function overRange(sums: PanelSums | undefined): Omit<EndpointFigures, 'endpoint'> {
  return {
    requests: sums?.requests ?? 0,
    successRate: sums ? successRateOf(sums) : null,
    firstContentP50Ms: sums?.firstContentP50Ms ?? null,
    firstContentP95Ms: sums?.firstContentP95Ms ?? null,
    tokens: sums ? sums.input + sums.output + sums.cacheRead + sums.cacheWrite : 0,
    cost: sums?.cost ?? 0,
  };
}

function sinceStart({ requests, successRate }: PanelEndpoint): Omit<EndpointFigures, 'endpoint'> {
  return {
    requests,
    successRate,
    firstContentP50Ms: null,
    firstContentP95Ms: null,
    tokens: null,
    cost: null,
  };
}
