import type { ConfigurationContents, Endpoint } from '../core/configuration.ts';
import { configuredFor, profilesInOrder } from '../core/routing.ts';
import type { WarmUpState } from '../protocol/state.ts';
import type { Upstream } from './upstream.ts';
import type { UpstreamPool } from './upstreamPool.ts';

/** So many connections are opened at once: the network has a first request to carry as well. */
const atOnce = 4;

export interface WarmUpDeps {
  readonly upstreams: UpstreamPool;
  /** The port that the proxy listens on; it does not warm itself up. */
  readonly ownPorts: () => readonly number[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called after each connection that was opened, or was not. */
  readonly changed: () => void;
}

/** What became of one endpoint. */
interface Entry {
  /** For which connections; others belong to another address, or go another way. */
  readonly upstream: Upstream;
  /** Null while it is being opened. */
  state: WarmUpState | null;
}

/**
 * Opens one connection to each endpoint before a request needs it, so that the first one does not wait for TCP, a
 * tunnel and TLS. Nothing is sent, no key is shown.
 */
export class WarmUp {
  readonly #deps: WarmUpDeps;
  readonly #entries = new Map<string, Entry>();
  #queue: readonly Endpoint[] = [];
  #connectTimeoutMs = 0;
  #running = 0;

  constructor(deps: WarmUpDeps) {
    this.#deps = deps;
  }

  /**
   * Goes through the endpoints that may serve, first choice first. Those that were reached before, at the same address and
   * on the same way, are left out, so that it may be called after every change; what was still to be done is done as
   * the configuration is now.
   */
  begin(contents: ConfigurationContents, connectTimeoutMs: number): void {
    const query = { route: 'messages', model: undefined, conversation: undefined } as const;
    this.#queue = profilesInOrder(contents.configuration)
      .flatMap((profile) => profile.endpoints.map((endpoint) => ({ profile, endpoint })))
      .filter((place) => configuredFor(contents, place, query, this.#deps.ownPorts()) === 'ready')
      .map(({ endpoint }) => endpoint);
    const wanted = new Set(this.#queue.map(({ id }) => id));
    for (const id of this.#entries.keys()) if (!wanted.has(id)) this.#entries.delete(id);
    this.#connectTimeoutMs = connectTimeoutMs;
    while (this.#running < atOnce && this.#queue.length > 0) void this.#next();
  }

  /** How it went with an endpoint, or null when there was nothing to do, or it is not done. */
  of(endpointId: string): WarmUpState | null {
    return this.#entries.get(endpointId)?.state ?? null;
  }

  /** Opens no further connections. Those that stand are closed with the others of their endpoint. */
  stop(): void {
    this.#queue = [];
  }

  async #next(): Promise<void> {
    const [endpoint, ...rest] = this.#queue;
    if (!endpoint) return;
    this.#queue = rest;
    const upstream = this.#deps.upstreams.of(endpoint, this.#connectTimeoutMs);
    const known = this.#entries.get(endpoint.id);
    if (known?.upstream === upstream && known.state?.failure === undefined) return;
    const entry: Entry = { upstream, state: null };
    this.#entries.set(endpoint.id, entry);
    this.#running += 1;
    const result = await upstream.warmUp();
    this.#running -= 1;
    if (this.#entries.get(endpoint.id) === entry) {
      entry.state = { at: this.#deps.now(), ...result };
      this.#deps.changed();
    }
    while (this.#running < atOnce && this.#queue.length > 0) void this.#next();
  }
}
