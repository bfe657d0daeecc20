import {
  type ConfigurationContents,
  type ConfigurationDocument,
  defaultHealth,
  defaultHistory,
  defaultPolicy,
  defaultQueue,
  defaultRouting,
  defaultUsage,
  type Endpoint,
  type EndpointSecrets,
  endpointDefaults,
  type Profile,
} from '../../src/core/configuration.ts';

/** What a test says of an endpoint; the rest does not matter to it. */
export type EndpointSketch = Partial<Endpoint & EndpointSecrets> & { readonly id: string };

/** What a test says of a profile. */
export type ProfileSketch = Partial<Omit<Profile, 'endpoints'>> & {
  readonly id: string;
  readonly endpoints?: readonly EndpointSketch[];
};

/** An endpoint with its id for a name. */
export function endpointOf(sketch: EndpointSketch): Endpoint {
  const { apiKey: _key, headers: _headers, ...fields } = sketch;
  return {
    ...endpointDefaults,
    name: sketch.id,
    baseUrl: 'https://relay.example',
    ...fields,
  };
}

/** Contents with the given profiles, the first of which is active; every endpoint has a key unless it says otherwise. */
export function contentsOf(profiles: readonly ProfileSketch[]): ConfigurationContents {
  const secrets: Record<string, EndpointSecrets> = {};
  for (const { id, apiKey = `key-of-${id}`, headers = {} } of profiles.flatMap((it) => it.endpoints ?? [])) {
    secrets[id] = { apiKey, headers };
  }
  return {
    configuration: {
      version: 1,
      activeProfile: profiles[0]?.id ?? null,
      policy: defaultPolicy,
      routing: defaultRouting,
      // No check comes between the requests that a test counts.
      health: { ...defaultHealth, enabled: false },
      queue: defaultQueue,
      history: defaultHistory,
      usage: defaultUsage,
      profiles: profiles.map((sketch) => ({
        name: sketch.id,
        description: '',
        priority: null,
        strategy: 'weighted',
        enabled: true,
        lastUsedAt: null,
        ...sketch,
        endpoints: (sketch.endpoints ?? []).map(endpointOf),
      })),
    },
    secrets,
  };
}

/** A document of the store `store` with the given profiles; it comes from those with lower revisions. */
export function documentOf(revision: number, profiles: readonly ProfileSketch[]): ConfigurationDocument {
  const lineage = Array.from({ length: revision + 1 }, (_, index) => `r${index}`);
  return { ...contentsOf(profiles), storeId: 'store', revision, lineage };
}
