import type { ConfiguredEndpoint } from './scriptedUpstream.ts';

/**
 * Groups of endpoints that share a server and know nothing of each other: each group serves a model of its own, so
 * for its requests there are no other endpoints.
 */
export interface ModelGroups {
  /** All members of all groups, for a config file. */
  readonly endpoints: readonly ConfiguredEndpoint[];
  /** Adds a group and returns its model. Its members are used in the order given. */
  add(...members: readonly ConfiguredEndpoint[]): string;
}

export function modelGroups(): ModelGroups {
  const endpoints: ConfiguredEndpoint[] = [];
  let groups = 0;
  return {
    endpoints,
    add: (...members) => {
      groups += 1;
      const model = `group-${groups}`;
      endpoints.push(...members.map((member) => ({ ...member, models: [model] })));
      return model;
    },
  };
}
