import {
  type ConfigurationContents,
  type ConfigurationDocument,
  emptyContents,
  endpointIdsOf,
  isPristine,
  type RoutingOptions,
} from '../core/configuration.ts';
import { EndpointMemory } from '../core/endpointMemory.ts';
import { RescueLimit } from '../core/rescueLimit.ts';
import { RetryBudget } from '../core/retryBudget.ts';
import { Router } from '../core/router.ts';
import type { NetworkOptions, Overrides } from '../protocol/control.ts';
import type { ProxyState } from '../protocol/state.ts';
import { AffinityFile } from './affinityFile.ts';
import { DocumentHolder } from './documentHolder.ts';
import { endpointStates } from './endpointStates.ts';
import { EndpointStats } from './endpointStats.ts';
import { Gateway } from './gateway.ts';
import { Log } from './log.ts';
import { UpstreamPool } from './upstreamPool.ts';
import { WaitingRoom } from './waitingRoom.ts';

/** How often what is over is let go of, in milliseconds. */
const sweepIntervalMs = 300_000;
/** By more than this, in milliseconds, two clocks only come apart when one of them jumps. */
const clockJumpMs = 1_000;

export interface DataPlaneOptions {
  readonly version: string;
  readonly network: NetworkOptions;
  readonly token: () => string | null;
  /** Where bindings of conversations are kept, or undefined for nowhere. */
  readonly affinityFile: string | undefined;
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
  /** Settings that hold instead of those of the document. */
  readonly setOverrides: (settings: Overrides) => void;
  /** Forgets what speaks against an endpoint. @returns false when there is no such endpoint */
  readonly resetEndpoint: (endpointId: string) => boolean;
  /** Ends all requests within `limitMs`, and saves what is kept for the next run. */
  readonly drain: (limitMs: number) => Promise<void>;
}

/** Wires the data plane together. */
export function createDataPlane(options: DataPlaneOptions): DataPlane {
  const startedAt = Date.now();
  const clock = () => performance.now();
  const toWall = wallTime(clock);
  const log = new Log(Date.now);
  const upstreams = new UpstreamPool(options.network);
  const stats = new EndpointStats(options.stateChanged);
  const memory = new EndpointMemory(Math.random);
  const room = new WaitingRoom(clock, options.stateChanged);
  const affinityFile =
    options.affinityFile === undefined
      ? undefined
      : new AffinityFile({
          file: options.affinityFile,
          affinity: memory.places.affinity,
          clock,
          now: Date.now,
          failed: (code) => log.write({ level: 'warn', event: 'affinityNotSaved', code }),
        });
  affinityFile?.restore();
  const sweeper = setInterval(() => memory.sweep(clock()), sweepIntervalMs).unref();

  let overrides: Overrides | undefined;
  const contents = (): ConfigurationContents => documents.current ?? emptyContents;
  const routing = (): RoutingOptions => ({ ...contents().configuration.routing, ...overrides?.routing });
  const configure = () => {
    // As long as nobody has brought endpoints, none is gone, and nothing is forgotten.
    if (!documents.current || isPristine(documents.current)) return;
    memory.configure(contents(), routing());
    router.retain(contents());
    changed();
  };
  const changed = () => {
    affinityFile?.changed();
    room.look();
    options.stateChanged();
  };

  const documents = new DocumentHolder((document) => {
    const ids = endpointIdsOf(document.configuration);
    upstreams.retain(ids);
    stats.retain(ids);
    configure();
    log.write({ level: 'info', event: 'configured', revision: document.revision });
    options.documentChanged(document);
  }, options.revisionId);
  const router = new Router({
    memory,
    random: Math.random,
    inFlightOf: (id) => stats.of(id).inFlight,
    ownPort: () => gateway.port,
  });
  const gateway = new Gateway({
    documents,
    token: options.token,
    exchange: {
      upstreams,
      stats,
      memory,
      router,
      budget: new RetryBudget(),
      room,
      rescues: new RescueLimit(),
      relays: new Set(),
      record: () => undefined,
      contents,
      routing,
      log: log.write,
      changed,
      clock,
      now: Date.now,
      random: Math.random,
    },
    inFlightChanged: (count) => {
      options.inFlightChanged(count);
      options.stateChanged();
    },
  });

  return {
    gateway,
    documents,
    log,
    upstreams,
    state: (windows) => ({
      version: options.version,
      pid: process.pid,
      port: gateway.port,
      startedAt,
      windows,
      inFlight: gateway.inFlight,
      waiting: room.state(toWall),
      rescued: stats.rescuedCount,
      insecureTls: !upstreams.network.strictSsl,
      failover: {
        serving: contents().configuration.activeProfile,
        since: startedAt,
        reason: null,
        recoversTo: null,
        recoversAt: null,
      },
      checkTokens: 0,
      queue: { items: 0, bytes: 0, enqueued: 0, retried: 0, succeeded: 0, failed: 0 },
      history: { kept: 'memory' },
      endpoints: endpointStates({ contents: contents(), memory, stats, now: clock(), toWall }),
    }),
    setOverrides: (settings) => {
      overrides = settings;
      configure();
    },
    resetEndpoint: (endpointId) => {
      const isKnown = memory.reset(contents(), endpointId);
      if (isKnown) changed();
      return isKnown;
    },
    drain: async (limitMs) => {
      room.close();
      await gateway.drain(limitMs);
      clearInterval(sweeper);
      affinityFile?.close();
    },
  };
}

/**
 * Turns times of the monotonic clock into milliseconds since 1970, the same time always into the same number, unless
 * the clock was set or the machine was asleep.
 */
function wallTime(clock: () => number): (time: number) => number {
  let offset = Date.now() - clock();
  return (time) => {
    const current = Date.now() - clock();
    if (Math.abs(current - offset) > clockJumpMs) offset = current;
    return Math.round(time + offset);
  };
}
