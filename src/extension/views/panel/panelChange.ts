import type { ModelValue } from '../../model.ts';

/**
 * A text that is another one when something has happened that the panel's history may tell of: a request began or ended,
 * an endpoint stands otherwise, another profile serves, another proxy is there, something has another name.
 */
export function changeMark({ link, configuration, state }: ModelValue): string {
  const names = configuration.profiles.map(({ name, endpoints }) => [
    name,
    endpoints.map((each) => each.name),
  ]);
  if (state === null) return JSON.stringify([link.kind, names]);
  const { pid, inFlight, ended, failover, endpoints } = state;
  const seen = Object.values(endpoints).map((each) => [each.requests, each.inFlight, each.standing]);
  return JSON.stringify([link.kind, names, pid, inFlight, ended, failover.serving, failover.since, seen]);
}
