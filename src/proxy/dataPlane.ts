import {
  type ConfigurationContents,
  type ConfigurationDocument,
  emptyContents,
  endpointIdsOf,
  isPristine,
  type RoutingOptions,
} from '../core/configuration.ts';
import { EndpointMemory } from '../core/endpointMemory.ts';
import { traceOf } from '../core/errorTrace.ts';
import type { CheckRecord } from '../core/healthCheck.ts';
import { RescueLimit } from '../core/rescueLimit.ts';
import { RetryBudget } from '../core/retryBudget.ts';
import { Router } from '../core/router.ts';
import { Steering } from '../core/steering.ts';
import type { NetworkOptions, Overrides, TrialParams, TrialResult } from '../protocol/control.ts';
import type { DecisionTrace, ProxyState } from '../protocol/state.ts';
import { AffinityFile } from './affinityFile.ts';
import { DocumentHolder } from './documentHolder.ts';
import { endpointStates } from './endpointStates.ts';
import { EndpointStats } from './endpointStats.ts';
import { EndpointTrials } from './endpointTrials.ts';
import { EndpointWatch } from './endpointWatch.ts';
import { Gateway } from './gateway.ts';
import { prepareHistory } from './history/history.ts';
import type { History } from './history/historyTypes.ts';
import { Log } from './log.ts';
import { KeyRing } from './queue/keyRing.ts';
import { Replays } from './queue/replays.ts';
import { RequestQueue } from './queue/requestQueue.ts';
import { Quotas } from './quotas.ts';
import { recordOf } from './requestRecord.ts';
import { unforeseeable } from './unforeseeable.ts';
import { UpstreamPool } from './upstreamPool.ts';
import { WaitingRoom } from './waitingRoom.ts';

/** How often what is over is let go of, in milliseconds. */
const sweepIntervalMs = 300_000;
/** By more than this, in milliseconds, two clocks only come apart when one of them jumps. */
const clockJumpMs = 1_000;

export interface DataPlaneOptions {
  readonly version: string;
  readonly network: NetworkOptions;
  /** What clients must show now, or null when they need not show anything. */
  readonly token: () => string | null;
  /** Tokens that have been replaced and are as good; none when undefined. */
  readonly formerTokens?: () => readonly string[];
  /** Where bindings of conversations are kept, or undefined for nowhere. */
  readonly affinityFile: string | undefined;
  /** Where the history and kept requests are kept, or undefined for nowhere. */
  readonly historyFile: string | undefined;
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
  readonly state: (windows: number) => Omit<ProxyState, 'claudeCode'>;
  /** Settings that hold instead of those of the document. */
  readonly setOverrides: (settings: Overrides) => void;
  readonly history: History;
  readonly queue: RequestQueue;
  /** What kept requests are encrypted with. */
  readonly queueKeys: KeyRing;
  /** Checks an endpoint now. @returns null when it cannot be asked */
  readonly check: (endpointId: string) => Promise<CheckRecord | null>;
  /** Checks an endpoint that need not be configured. @returns null when it cannot be asked, or `signal` was aborted */
  readonly tryEndpoint: (params: TrialParams, signal: AbortSignal) => Promise<TrialResult | null>;
  /** The profile that the user chose serves again. @returns false when it does already */
  readonly returnToActive: () => boolean;
  /** Forgets what speaks against an endpoint. @returns false when there is no such endpoint */
  readonly resetEndpoint: (endpointId: string) => boolean;
  /**
   * Binds the port, and opens its files only then: a process that does not get it must leave no trace in them.
   *
   * @throws PortTakenError; it can be tried again
   */
  readonly listen: (port: number) => Promise<void>;
  /** Keeps in other files from now on what is kept for the next run. */
  readonly moveTo: (files: { readonly affinityFile: string; readonly historyFile: string }) => Promise<void>;
  /**
   * Lets go of what a successor begins with, which is there before this process has ended: kept requests, and which
   * conversation is where. Requests are served all the same.
   *
   * @param closesHistory the history too; what is recorded afterwards is dropped
   */
  readonly letGo: (closesHistory: boolean) => Promise<void>;
  /** Lets go of the port and ends all requests, see `Gateway.drain`; saves what is kept for the next run. */
  readonly drain: (limitMs: number, quietMs?: number) => Promise<void>;
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
  const steering = new Steering(memory, () => gateway.ports);
  const room = new WaitingRoom(clock, options.stateChanged);
  const quotas = new Quotas();
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
  const sweeper = setInterval(() => memory.sweep(clock()), sweepIntervalMs).unref();
  const history = prepareHistory({
    file: options.historyFile,
    now: Date.now,
    report: ({ event, code, setAside }) =>
      log.write({
        level: 'warn',
        event,
        ...(code === undefined ? {} : { code }),
        ...(setAside === undefined ? {} : { setAside }),
      }),
    stateChanged: options.stateChanged,
  });

  let overrides: Overrides | undefined;
  const contents = (): ConfigurationContents => documents.current ?? emptyContents;
  const routing = (): RoutingOptions => ({ ...contents().configuration.routing, ...overrides?.routing });
  const settings = () => overrides ?? contents().configuration;
  const configure = () => {
    // As long as nobody has brought endpoints, none is gone, and nothing is forgotten.
    if (!documents.current || isPristine(documents.current)) return;
    const renewed = memory.configure(contents(), routing(), settings().health);
    router.retain(contents());
    watch.configured(renewed);
    history.setRetention(settings().history.retentionDays);
    queue.look();
    changed();
  };
  const changed = () => {
    affinityFile?.changed();
    room.look();
    watch.look();
    options.stateChanged();
  };
  let ended = 0;
  const record = (trace: DecisionTrace) => {
    history.record({ kind: 'request', request: recordOf(trace, settings().usage.prices) });
    watch.traced(trace);
    ended += 1;
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
    ownPorts: () => gateway.ports,
    serving: () => steering.serving,
  });
  const queueKeys = new KeyRing();
  const queue = new RequestQueue({
    items: history.items,
    keys: queueKeys,
    replays: new Replays({ port: () => gateway.port, token: options.token }),
    options: () => settings().queue,
    log: log.write,
    changed: options.stateChanged,
    now: Date.now,
    after: (ms, callback) => {
      const timer = setTimeout(callback, ms).unref();
      return () => clearTimeout(timer);
    },
  });
  const gateway = new Gateway({
    documents,
    token: options.token,
    formerTokens: options.formerTokens ?? (() => []),
    exchange: {
      upstreams,
      stats,
      memory,
      quotas,
      router,
      budget: new RetryBudget(),
      room,
      queue,
      rescues: new RescueLimit(),
      relays: new Set(),
      record,
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
  const watch = new EndpointWatch({
    version: options.version,
    memory,
    steering,
    upstreams,
    quotas,
    history,
    contents,
    routing,
    health: () => settings().health,
    ownPorts: () => gateway.ports,
    log: log.write,
    failed: (error) => log.write({ level: 'error', event: 'internalError', ...traceOf(error) }),
    changed,
    clock,
    now: Date.now,
    toWall,
  });
  const trials = new EndpointTrials({
    version: options.version,
    upstreams,
    ownPorts: () => gateway.ports,
    model: () => settings().health.model,
    connectMs: () => routing().timeouts.connect,
    random: unforeseeable,
    clock,
    now: Date.now,
  });

  return {
    gateway,
    documents,
    log,
    upstreams,
    history,
    queue,
    queueKeys,
    state: (windows) => ({
      version: options.version,
      pid: process.pid,
      port: gateway.port,
      startedAt,
      windows,
      inFlight: gateway.inFlight,
      ended,
      waiting: room.state(toWall),
      rescued: stats.rescuedCount,
      insecureTls: !upstreams.network.strictSsl,
      failover: steering.state,
      checkTokens: watch.checkTokens,
      queue: queue.statistics,
      history: history.state,
      endpoints: endpointStates({ contents: contents(), memory, stats, quotas, watch, now: clock(), toWall }),
    }),
    setOverrides: (to) => {
      overrides = to;
      configure();
    },
    check: (endpointId) => watch.check(endpointId),
    tryEndpoint: (params, signal) => trials.try(params, signal),
    returnToActive: () => watch.returnToActive(),
    resetEndpoint: (endpointId) => {
      const isKnown = memory.reset(contents(), endpointId);
      if (isKnown) changed();
      return isKnown;
    },
    listen: async (port) => {
      await gateway.listen(port);
      // In the same turn: no request has come yet.
      affinityFile?.restore();
      history.open();
    },
    moveTo: async (files) => {
      affinityFile?.moveTo(files.affinityFile);
      // Which endpoints lead back to the proxy goes by its ports.
      changed();
      await history.moveTo(files.historyFile);
    },
    letGo: async (closesHistory) => {
      await queue.close();
      affinityFile?.close();
      await (closesHistory ? history.close() : history.settle());
    },
    drain: async (limitMs, quietMs = 0) => {
      const drained = gateway.drain(limitMs, quietMs);
      room.close();
      watch.stop();
      await Promise.all([queue.close(), drained]);
      clearInterval(sweeper);
      affinityFile?.close();
      await history.close();
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
