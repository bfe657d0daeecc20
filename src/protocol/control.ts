import * as v from 'valibot';
import { NotificationType, RequestType, RequestType0 } from 'vscode-jsonrpc/node';
import type {
  ConfigurationContents,
  ConfigurationDocument,
  Endpoint,
  EndpointSecrets,
  HealthOptions,
  HistoryOptions,
  QueueOptions,
  RevisionCause,
  RoutingOptions,
  UsageOptions,
} from '../core/configuration.ts';
import {
  endpointFields,
  healthSchema,
  historySchema,
  queueSchema,
  routingSchema,
  secretFields,
  usageSchema,
} from '../core/configurationSchema.ts';
import type { CheckRecord } from '../core/healthCheck.ts';
import type { LogEntry, ProxyState } from './state.ts';

/*
 * The control connection between a window and the proxy: JSON-RPC over the local socket, after both ends have
 * proved the install secret. A connection that has said hello and brought its document, or none, is a lease: the
 * proxy lives while one exists. One that brought a document of another store is not.
 *
 * Builds of different versions meet here during an upgrade. What they say to each other then must never change: the
 * proof, the `protocol` of a hello, its result, and the whole of `retire`.
 */

/** Raised when the two ends would no longer understand each other. */
export const controlProtocolVersion = 5;

/** How long either end waits for proof and hello, in milliseconds: a hung proxy still accepts connections. */
export const helloTimeoutMs = 3_000;

/** Exit code of a proxy process that found its port taken; by another proxy or a foreign program. */
export const portTakenExitCode = 3;

/** How upstream servers are reached, from VS Code's own `http.*` settings. */
export interface NetworkOptions {
  /** URL of an HTTP proxy, or null for none. May hold credentials: it is treated as a secret. */
  readonly proxyUrl: string | null;
  readonly noProxy: readonly string[];
  readonly strictSsl: boolean;
  readonly systemCertificates: boolean;
}

/** `qcc.routing.*`. */
export type RoutingSettings = Omit<RoutingOptions, 'timeouts'>;

/** Settings that, where an editor is attached, hold instead of what the document says. */
export interface Overrides {
  readonly routing: RoutingSettings;
  /** `qcc.health.*` */
  readonly health: HealthOptions;
  /** `qcc.queue.*` */
  readonly queue: QueueOptions;
  /** `qcc.history.*` */
  readonly history: HistoryOptions;
  /** `qcc.usage.*` */
  readonly usage: UsageOptions;
}

/** Settings of a window that the proxy acts on. */
export interface ProxySettings extends Overrides {
  readonly network: NetworkOptions;
  /** Whether clients must show the local token (`qcc.proxy.requireToken`). */
  readonly requireToken: boolean;
  /** Where the proxy is to listen (`qcc.proxy.port`). It moves there when all attached windows want that. */
  readonly port: number;
}

export interface HelloParams extends ProxySettings {
  readonly protocol: number;
  readonly version: string;
  /**
   * What kept requests are encrypted with: 256 bits, base64url, from the window's secret storage; null when there is
   * none yet. A secret.
   */
  readonly queueKey: string | null;
  /** The time of the latest log entry that the window has seen, in milliseconds since 1970, or 0. */
  readonly logSince: number;
}

/** What the proxy says of itself, whichever protocol it is asked in. The form of this never changes. */
export interface HelloResult {
  readonly protocol: number;
  readonly version: string;
  readonly pid: number;
  readonly port: number;
}

export interface ChangeParams {
  /** Id of the revision that the change was made from. */
  readonly basedOn: string;
  readonly contents: ConfigurationContents;
  /** What makes it; what windows tell of the revision later. */
  readonly cause: RevisionCause;
}

export interface ChangeResult {
  /** False when another change came first; `document` is then what it left, to apply the change to again. */
  readonly accepted: boolean;
  readonly document: ConfigurationDocument;
}

/** What became of the document that a window brought. */
export interface SyncResult {
  /** What holds now. */
  readonly document: ConfigurationDocument;
  /**
   * `inForce`: the window's document is what holds, or an earlier revision of it, or it had none. `givenUp`: it is of
   * another store, and the user has decided for what holds already. `other`: it is of another store, and the user has to
   * decide; the connection is no lease.
   */
  readonly standing: 'inForce' | 'givenUp' | 'other';
}

/** A decision between what holds and what a window brought. Both are named, so that nobody decides about what he did not see. */
export interface ChoiceParams {
  readonly choice: 'inForce' | 'brought';
  /** Id of the revision that was in force when the user was asked. */
  readonly inForce: string;
  /** What the window brought. */
  readonly brought: ConfigurationDocument;
}

/** A newer build asks the proxy to make way. The form of this never changes. */
export interface RetireParams {
  /** Of the build that asks. */
  readonly version: string;
  /** The schema of the history that it keeps. A process that keeps another one lets go of the file before the port. */
  readonly historySchema: number;
}

/**
 * Why the proxy ends. `user`: somebody stopped it, no window starts it again by itself. `retiring`: a newer build takes
 * over and is there already, so that windows only look for it at first.
 */
export type StopReason = 'user' | 'restart' | 'signal' | 'retiring';

/** Window → proxy: who is speaking. */
export const helloRequest = new RequestType<HelloParams, HelloResult, void>('hello');

/**
 * Window → proxy: brings the window's document, or null when it has none, and returns the one that holds. The proxy
 * takes over the window's if it has none itself, or an older revision of the same store. Unless the user has to decide
 * between the two, this opens the lease.
 */
export const syncRequest = new RequestType<ConfigurationDocument | null, SyncResult, void>('sync');

/**
 * Window → proxy: the user has decided between what holds and what this window brought. Returns what holds now;
 * `accepted` is false when something else held by then, or one comes from the other, and nothing was decided. What was
 * brought holds as a revision of its own, made by the choice. From then on all windows that bring what was decided
 * against follow without being asked. Needs a hello, and no lease.
 */
export const chooseRequest = new RequestType<ChoiceParams, ChangeResult, void>('choose');

/**
 * Newer build → proxy: end, since a newer build has started and waits for the port. True when it does; false to a build
 * that is not newer.
 */
export const retireRequest = new RequestType<RetireParams, boolean, void>('retire');

/** Window → proxy: are you there? */
export const pingRequest = new RequestType0<null, void>('ping');

/** Proxy → window: it listens on another port from now on, as all windows wanted. */
export const movedRequest = new RequestType<number, null, void>('moved');

/** Window → proxy: asks for a change. */
export const changeRequest = new RequestType<ChangeParams, ChangeResult, void>('change');

/** Window → proxy: settings of this window that the proxy acts on have changed. */
export const settingsNotification = new NotificationType<ProxySettings>('settings');

/**
 * Window → proxy: the user vouches for an endpoint, by id. Its breaker, quarantine, cool-downs and refused models are
 * forgotten together. Returns false when there is no such endpoint.
 */
export const resetEndpointRequest = new RequestType<string, boolean, void>('resetEndpoint');

/**
 * Window → proxy: may this window tell the user of something? True for the first one that asks, so that one trouble
 * makes one notice however many windows are open. The key names the trouble and its episode.
 */
export const claimNoticeRequest = new RequestType<string, boolean, void>('claimNotice');

/**
 * Window → proxy: the profile that the user chose serves again at once, if another one does since it failed. Returns
 * false when it does already.
 */
export const returnToActiveRequest = new RequestType0<boolean, void>('returnToActive');

/**
 * Window → proxy: checks an endpoint now, by its id, whatever its state. Returns when the check is over; null when there
 * is no such endpoint or it cannot be asked (no key, a protocol that is not spoken). One that runs already is waited for.
 */
export const checkRequest = new RequestType<string, CheckRecord | null, void>('check');

/** An endpoint as somebody has entered it: how it is reached, and what it is asked for. It need not be configured. */
export interface TrialParams
  extends Pick<Endpoint, 'baseUrl' | 'auth' | 'protocol' | 'models' | 'modelMap'>,
    EndpointSecrets {
  /** The model to check with where `models` is empty; empty for the one of the settings. */
  readonly model: string;
}

/** What a check has shown of an endpoint that nothing is kept of. */
export type TrialResult = Omit<CheckRecord, 'endpointId' | 'manual'>;

/**
 * Window → proxy: checks an endpoint that need not be configured, on the way that traffic goes. Nothing is learnt from it
 * and nothing kept. Null when it cannot be asked (no key, a protocol that is not spoken, the proxy's own address) or
 * too many are being asked. Who takes the request back, or leaves, ends the conversation with the endpoint.
 */
export const tryEndpointRequest = new RequestType<TrialParams, TrialResult | null, void>('tryEndpoint');

/**
 * Proxy → window: what kept requests are encrypted with from now on, for the secret storage. Sent to windows that came
 * without a key.
 */
export const queueKeyRequest = new RequestType<string, null, void>('queueKey');

/** Window → proxy: end, for all windows. */
export const stopNotification = new NotificationType<'user' | 'restart'>('stop');

/** Proxy → window: a new revision of the document. */
export const documentRequest = new RequestType<ConfigurationDocument, null, void>('document');

/** Proxy → window: the state. A request, so that a slow window has at most one on its way. */
export const stateRequest = new RequestType<ProxyState, null, void>('state');

/** Proxy → window: a log line. */
export const logNotification = new NotificationType<LogEntry>('log');

/**
 * Proxy → window: the proxy ends. A request, since a message that nobody waits for can be lost when the connection
 * closes right behind it, and with it the reason.
 */
export const stoppingRequest = new RequestType<StopReason, null, void>('stopping');

const networkSchema = v.object({
  proxyUrl: v.nullable(v.string()),
  noProxy: v.array(v.string()),
  strictSsl: v.boolean(),
  systemCertificates: v.boolean(),
});

const settingsEntries = {
  network: networkSchema,
  requireToken: v.boolean(),
  port: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)),
  routing: v.omit(routingSchema, ['timeouts']),
  health: healthSchema,
  queue: queueSchema,
  history: historySchema,
  usage: usageSchema,
};

/** Checks what a window wants to be tried. @throws ValiError */
export const parseTrialParams = v.parser(
  v.object({
    baseUrl: endpointFields.baseUrl,
    auth: endpointFields.auth,
    protocol: endpointFields.protocol,
    models: endpointFields.models,
    modelMap: endpointFields.modelMap,
    ...secretFields,
    model: healthSchema.entries.model,
  }),
);

/** Checks what a window says of its settings. @throws ValiError */
export const parseSettings = v.parser(v.object(settingsEntries));

/** The protocol that a hello speaks; nothing else of it need be understood. @throws ValiError when it says none */
export const protocolOf = (hello: unknown): number =>
  v.parse(v.object({ protocol: v.number() }), hello).protocol;

/** Checks what a newer build says of itself. @throws ValiError */
export const parseRetire = v.parser(v.object({ version: v.string(), historySchema: v.number() }));

/** Checks a hello. @throws ValiError */
export const parseHello = v.parser(
  v.object({
    ...settingsEntries,
    protocol: v.number(),
    version: v.string(),
    queueKey: v.nullable(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/))),
    logSince: v.number(),
  }),
);
