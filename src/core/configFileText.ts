import {
  type Configuration,
  defaultHealth,
  defaultPolicy,
  defaultQueue,
  defaultRouting,
  type EndpointSecrets,
  endpointDefaults,
} from './configuration.ts';

/** What stands in a file for the secrets of an endpoint; undefined for nothing at all. */
export type SecretsOf = (endpointId: string) => EndpointSecrets | undefined;

/** A config file as JSON, of the form that `readConfigFile` reads; in one from outside most of it can be missing. */
export interface ConfigFile {
  readonly activeProfile?: string | null | undefined;
  readonly profiles: readonly ConfigFileProfile[];
  readonly [key: string]: unknown;
}

/** A profile in a config file. */
export interface ConfigFileProfile {
  readonly name: string;
  readonly endpoints?: readonly ConfigFileEndpoint[];
  readonly [key: string]: unknown;
}

/** An endpoint in a config file. */
export interface ConfigFileEndpoint {
  readonly name: string;
  readonly baseUrl: string;
  readonly [key: string]: unknown;
}

/**
 * A configuration as a config file: all of it, in one order, also what this version does not know. Ids and times of use
 * belong to one editor and are left out.
 */
export function configFileOf(configuration: Configuration, secretsOf: SecretsOf): ConfigFile {
  const { activeProfile, profiles } = configuration;
  return {
    ...inOrder(order.top, {
      ...configuration,
      activeProfile: profiles.find(({ id }) => id === activeProfile)?.name ?? null,
      policy: inOrder(Object.keys(defaultPolicy), configuration.policy),
      routing: inOrder(Object.keys(defaultRouting), {
        ...configuration.routing,
        timeouts: inOrder(Object.keys(defaultRouting.timeouts), configuration.routing.timeouts),
      }),
      health: inOrder(Object.keys(defaultHealth), configuration.health),
      queue: inOrder(Object.keys(defaultQueue), configuration.queue),
    }),
    profiles: profiles.map(({ id: _id, lastUsedAt: _lastUsedAt, endpoints, ...profile }) => ({
      ...inOrder(order.profile, profile),
      name: profile.name,
      endpoints: endpoints.map(({ id, ...endpoint }) => ({
        ...inOrder(order.endpoint, { ...endpoint, ...secretsOf(id) }),
        name: endpoint.name,
        baseUrl: endpoint.baseUrl,
      })),
    })),
  };
}

/** What people look for first comes first. */
const order = {
  top: ['version', 'activeProfile', 'policy', 'profiles', 'routing', 'health', 'queue', 'history', 'usage'],
  profile: ['name', 'description', 'priority', 'strategy', 'enabled'],
  endpoint: ['name', 'baseUrl', 'apiKey', 'headers', ...Object.keys(endpointDefaults)],
};

/** An object with its keys in an order: those that are named, then others as they are. */
function inOrder(keys: readonly string[], object: object): Record<string, unknown> {
  const all: Record<string, unknown> = { ...object };
  const named = keys.filter((key) => Object.hasOwn(all, key)).map((key) => [key, all[key]]);
  return { ...Object.fromEntries(named), ...all };
}

/** The text of a config file. */
export function configFileText(file: ConfigFile): string {
  return `${JSON.stringify(file, undefined, 2)}\n`;
}
