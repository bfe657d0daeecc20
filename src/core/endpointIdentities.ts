import type { ConfigurationContents, Endpoint } from './configuration.ts';

/** What another configuration means for what was learnt of endpoints, by their ids. */
export interface IdentityChanges {
  /** They are reached by another address or key: what was learnt holds no longer. */
  readonly renewed: readonly string[];
  /** They are set up for other models: what they refused says nothing. */
  readonly remodelled: readonly string[];
  readonly gone: readonly string[];
}

interface Identity {
  /** What the endpoint is reached by. Kept in memory only, since it holds the key. */
  readonly access: string;
  readonly models: string;
  /** The endpoints of its profile, itself among them. */
  readonly siblings: readonly string[];
}

/** Which endpoint is the same as before: an id survives edits that make it another one. */
export class EndpointIdentities {
  readonly #byId = new Map<string, Identity>();

  /** Takes over a configuration. One that was not known is no change. */
  configure(contents: ConfigurationContents): IdentityChanges {
    const before = new Map(this.#byId);
    this.#byId.clear();
    const [renewed, remodelled]: [string[], string[]] = [[], []];
    for (const { endpoints } of contents.configuration.profiles) {
      const siblings = endpoints.map(({ id }) => id);
      for (const endpoint of endpoints) {
        const identity = {
          access: accessOf(contents, endpoint),
          models: JSON.stringify([endpoint.models, endpoint.modelMap]),
          siblings,
        };
        const known = before.get(endpoint.id);
        if (known && known.access !== identity.access) renewed.push(endpoint.id);
        if (known && known.models !== identity.models) remodelled.push(endpoint.id);
        this.#byId.set(endpoint.id, identity);
      }
    }
    const gone = [...before.keys()].filter((id) => !this.#byId.has(id));
    return { renewed, remodelled, gone };
  }

  /** True when an endpoint, as an earlier configuration had it, is the one that it is now. */
  isCurrent(contents: ConfigurationContents, endpoint: Endpoint): boolean {
    return this.#byId.get(endpoint.id)?.access === accessOf(contents, endpoint);
  }

  /** The endpoints of the same profile, by their ids. */
  siblingsOf(endpointId: string): readonly string[] {
    return this.#byId.get(endpointId)?.siblings ?? [];
  }
}

function accessOf({ secrets }: ConfigurationContents, { id, baseUrl, auth }: Endpoint): string {
  return JSON.stringify([baseUrl, auth, secrets[id]]);
}
