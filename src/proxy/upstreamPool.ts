import type { SecureContext } from 'node:tls';
import type { Endpoint } from '../core/configuration.ts';
import type { NetworkOptions } from '../protocol/control.ts';
import { systemTrust } from './trust.ts';
import { Upstream } from './upstream.ts';

interface Entry {
  /** What the connections were opened for; when it changes they are of no more use. */
  readonly key: string;
  readonly upstream: Upstream;
}

/** Keeps one set of connections per endpoint and replaces it when its address or the network settings change. */
export class UpstreamPool {
  readonly #entries = new Map<string, Entry>();
  #trust: { readonly context: SecureContext | undefined } | undefined;
  /** How connections are made from now on; running requests finish on the old ones. */
  network: NetworkOptions;

  constructor(network: NetworkOptions) {
    this.network = network;
  }

  of(endpoint: Endpoint, connectTimeoutMs: number): Upstream {
    const key = JSON.stringify([endpoint.baseUrl, connectTimeoutMs, this.network]);
    const known = this.#entries.get(endpoint.id);
    if (known?.key === key) return known.upstream;
    const upstream = new Upstream({
      baseUrl: endpoint.baseUrl,
      connectTimeoutMs,
      network: this.network,
      trust: this.network.systemCertificates ? this.#systemTrust() : undefined,
    });
    this.#entries.set(endpoint.id, { key, upstream });
    if (known) void known.upstream.close();
    return upstream;
  }

  #systemTrust(): SecureContext | undefined {
    this.#trust ??= { context: systemTrust() };
    return this.#trust.context;
  }

  /** Closes the connections to endpoints that no longer exist, once their requests are done. */
  retain(endpointIds: ReadonlySet<string>): void {
    for (const id of this.#entries.keys()) if (!endpointIds.has(id)) this.release(id);
  }

  /** Closes the connections to one endpoint, once its requests are done. */
  release(endpointId: string): void {
    const entry = this.#entries.get(endpointId);
    this.#entries.delete(endpointId);
    void entry?.upstream.close();
  }
}
