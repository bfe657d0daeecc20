import {
  type ConfigurationContents,
  type ConfigurationDocument,
  endpointIdsOf,
  hasKey,
} from '../core/configuration.ts';
import type { NetworkOptions } from '../protocol/control.ts';
import type { ProxyState } from '../protocol/state.ts';
import { DocumentHolder } from './documentHolder.ts';
import { EndpointStats } from './endpointStats.ts';
import { Gateway } from './gateway.ts';
import { Log } from './log.ts';
import { UpstreamPool } from './upstreamPool.ts';

export interface DataPlaneOptions {
  readonly version: string;
  readonly network: NetworkOptions;
  readonly token: () => string | null;
  /** Something that `state` shows has changed. */
  readonly stateChanged: () => void;
  /** See `DocumentHolder`. */
  readonly revisionId: (basedOn: string, contents: ConfigurationContents) => string;
  readonly documentChanged: (document: ConfigurationDocument) => void;
  readonly inFlightChanged: (count: number) => void;
}

/** Everything that serves requests, with or without an editor. */
export interface DataPlane {
  readonly gateway: Gateway;
  readonly documents: DocumentHolder;
  readonly log: Log;
  readonly upstreams: UpstreamPool;
  /** The published state. `windows`: how many are attached. */
  readonly state: (windows: number) => ProxyState;
}

/** Wires the data plane together. */
export function createDataPlane(options: DataPlaneOptions): DataPlane {
  const startedAt = Date.now();
  const log = new Log(Date.now);
  const upstreams = new UpstreamPool(options.network);
  const stats = new EndpointStats(options.stateChanged);
  const documents = new DocumentHolder((document) => {
    const ids = endpointIdsOf(document.configuration);
    upstreams.retain(ids);
    stats.retain(ids);
    log.write({ level: 'info', event: 'configured', revision: document.revision });
    options.documentChanged(document);
    options.stateChanged();
  }, options.revisionId);
  const gateway = new Gateway({
    documents,
    upstreams,
    stats,
    token: options.token,
    log: log.write,
    clock: () => performance.now(),
    now: Date.now,
    inFlightChanged: (count) => {
      options.inFlightChanged(count);
      options.stateChanged();
    },
  });

  const state = (windows: number): ProxyState => {
    const { current } = documents;
    const ids = current ? [...endpointIdsOf(current.configuration)] : [];
    return {
      version: options.version,
      pid: process.pid,
      port: gateway.port,
      startedAt,
      windows,
      inFlight: gateway.inFlight,
      insecureTls: !upstreams.network.strictSsl,
      endpoints: Object.fromEntries(
        ids.map((id) => [id, { ...stats.of(id), hasKey: current !== undefined && hasKey(current, id) }]),
      ),
    };
  };
  return { gateway, documents, log, upstreams, state };
}
