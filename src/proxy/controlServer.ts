import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ErrorCodes, type MessageConnection, ResponseError } from 'vscode-jsonrpc/node';
import type { ConfigurationDocument } from '../core/configuration.ts';
import { parseDocument } from '../core/configurationSchema.ts';
import { compareVersions } from '../core/versionOrder.ts';
import {
  type ChangeParams,
  type ChoiceParams,
  changeRequest,
  chooseRequest,
  claimNoticeRequest,
  controlProtocolVersion,
  documentRequest,
  type HelloParams,
  helloRequest,
  helloTimeoutMs,
  logNotification,
  movedRequest,
  type ProxySettings,
  parseHello,
  parseRetire,
  parseSettings,
  pingRequest,
  protocolOf,
  queueKeyRequest,
  resetEndpointRequest,
  retireRequest,
  type StopReason,
  settingsNotification,
  stateRequest,
  stopNotification,
  stoppingRequest,
  syncRequest,
} from '../protocol/control.ts';
import { converse } from '../protocol/conversation.ts';
import { ProofError, proveAsProxy } from '../protocol/proof.ts';
import type { LogEntry, ProxyState } from '../protocol/state.ts';
import { answerQueries, type ControlQueriesDeps } from './controlQueries.ts';
import type { DocumentHolder } from './documentHolder.ts';
import type { Log } from './log.ts';
import { Publisher } from './publisher.ts';

export interface ControlServerDeps extends ControlQueriesDeps {
  readonly installSecret: () => Buffer;
  readonly version: string;
  readonly port: () => number;
  /** Where the windows want the proxy to listen, each of them, after every change. */
  readonly portsWanted: (ports: readonly number[]) => void;
  /** A window has come by the address of a port that the proxy has left. @returns whether it is there again */
  readonly wantedBack: (port: number) => Promise<boolean>;
  readonly documents: DocumentHolder;
  readonly log: Log;
  readonly state: (windows: number) => ProxyState;
  readonly resetEndpoint: (endpointId: string) => boolean;
  /** What a window's secret storage holds for kept requests. @returns what it is to hold, where it holds nothing */
  readonly queueKeyOffered: (key: string | null) => string | undefined;
  readonly settingsChanged: (settings: ProxySettings) => void;
  readonly leasesChanged: (count: number) => void;
  /** @param version of the build of the window that asks */
  readonly stopRequested: (reason: 'user' | 'restart', version: string) => void;
  /** A newer build waits for the port. @param historySchema the one that it keeps its history in */
  readonly retireRequested: (historySchema: number) => void;
}

/** How long windows may take to hear that the process ends, in milliseconds. */
const announceLimitMs = 1_000;
/** The oldest are forgotten. */
const maxClaimedNotices = 1_000;
/** A window that lets so many log entries pile up does not read, and is given up. */
const maxPendingLogEntries = 1_000;

interface Window {
  readonly socket: Socket;
  readonly connection: MessageConnection;
  readonly state: Publisher;
  readonly document: Publisher;
  /** Where it wants the proxy to listen. */
  port: number;
  pendingLogEntries: number;
}

/** The windows' side of the process: proves, answers, publishes. */
export class ControlServer {
  readonly #deps: ControlServerDeps;
  readonly #windows = new Set<Window>();
  /** All connections, those that have not proved or synchronised anything yet too. */
  readonly #sockets = new Set<Socket>();
  /** Notices that a window has taken upon itself. */
  readonly #claimed = new Set<string>();
  #stopping = false;

  constructor(deps: ControlServerDeps) {
    this.#deps = deps;
  }

  /** Takes a new connection from the control socket of a port. */
  readonly accept = (socket: Socket, port: number): void => {
    socket.on('error', () => socket.destroy());
    // Whoever comes now has to talk to the successor.
    if (this.#stopping) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const options = {
      secret: this.#deps.installSecret(),
      port,
      timeoutMs: helloTimeoutMs,
    };
    proveAsProxy(socket, options).then(
      () => this.#converse(socket, port),
      (error: unknown) => {
        socket.destroy();
        const name = error instanceof ProofError ? error.name : 'Error';
        this.#deps.log.write({ level: 'warn', event: 'proofRefused', code: name });
      },
    );
  };

  /** The state has changed. */
  publishState(): void {
    for (const window of this.#windows) window.state.notify();
  }

  /** The document has changed. */
  publishDocument(): void {
    for (const window of this.#windows) window.document.notify();
  }

  /** Tells all windows that the proxy listens on another port from now on. */
  announceMove(port: number): void {
    // One that is leaving comes by the new address, or finds out there.
    for (const { connection } of this.#windows) {
      connection.sendRequest(movedRequest, port).catch(() => undefined);
    }
  }

  /** Tells all windows that the process ends, and ends the conversations; a window that does not read is left. */
  async announceStop(reason: StopReason): Promise<void> {
    this.#stopping = true;
    const told = [...this.#windows].map(async ({ connection }) => {
      await connection.sendRequest(stoppingRequest, reason).catch(() => undefined);
    });
    await Promise.race([Promise.all(told), delay(announceLimitMs)]);
    for (const socket of this.#sockets) socket.destroy();
  }

  #converse(socket: Socket, cameBy: number): void {
    const { documents, log, version, port, stopRequested, retireRequested } = this.#deps;
    const connection = converse(socket);
    const window: Window = {
      socket,
      port: cameBy,
      pendingLogEntries: 0,
      connection,
      state: new Publisher(() => connection.sendRequest(stateRequest, this.#deps.state(this.#windows.size))),
      document: new Publisher(async () => {
        const { current } = documents;
        if (current) await connection.sendRequest(documentRequest, current);
      }),
    };
    const impatience = setTimeout(() => socket.destroy(), helloTimeoutMs);
    let stopListening: (() => void) | undefined;
    socket.once('close', () => {
      clearTimeout(impatience);
      stopListening?.();
      window.state.stop();
      window.document.stop();
      connection.dispose();
      if (this.#windows.delete(window)) this.#leasesChanged('windowLeft');
    });

    /** Who comes by a port that was left wants that one, and gets it: with this process, or for one of its own. */
    const isAtHome = async () => cameBy === port() || (await this.#deps.wantedBack(cameBy));

    let greeted: HelloParams | undefined;
    connection.onRequest(helloRequest, async (params) => {
      // Of another build's hello nothing else may be understood; it is told all the same who is here.
      const hello = protocolOf(params) === controlProtocolVersion ? parseHello(params) : undefined;
      if (!(await isAtHome())) socket.destroy();
      if (hello) {
        greeted = hello;
        clearTimeout(impatience);
      }
      return { protocol: controlProtocolVersion, version, pid: process.pid, port: port() };
    });
    connection.onRequest(syncRequest, (offered) => {
      this.#requireToStay();
      if (!greeted) throw new Error('hello comes first');
      const own = offered === null ? null : checkedDocument(offered);
      const held = documents.sync(own);
      const standing = documents.standingOf(own);
      // A window whose document is not in force only came to look: it must neither keep this process alive nor change it.
      if (standing !== 'other' && !this.#windows.has(window)) {
        this.#applySettings(window, greeted);
        this.#offerQueueKey(connection, greeted.queueKey);
        this.#windows.add(window);
        this.#leasesChanged('windowAttached');
        stopListening = log.listen((entry) => this.#sendLog(window, entry), greeted.logSince);
      }
      return { document: held, standing };
    });
    connection.onRequest(pingRequest, () => null);
    connection.onRequest(chooseRequest, (params) => {
      // A window that the user has to decide for first has no lease.
      this.#requireToStay();
      if (!greeted) throw new Error('hello comes first');
      const result = documents.choose(checkedChoice(params));
      if (!result) throw new Error('no document yet');
      return result;
    });
    connection.onRequest(changeRequest, (params) => {
      this.#requireLease(window);
      const result = documents.change(checkedChange(params));
      if (!result) throw new Error('no document yet');
      return result;
    });
    connection.onRequest(resetEndpointRequest, (endpointId) => {
      this.#requireLease(window);
      return this.#deps.resetEndpoint(String(endpointId));
    });
    connection.onRequest(claimNoticeRequest, (key) => {
      this.#requireLease(window);
      return this.#claim(String(key));
    });
    connection.onRequest(retireRequest, async (params) => {
      const newer = parseRetire(params);
      if (compareVersions(newer.version, version) <= 0) return false;
      if (!(await isAtHome())) socket.destroy();
      else retireRequested(newer.historySchema);
      return true;
    });
    answerQueries(connection, this.#deps, () => this.#requireLease(window));
    connection.onNotification(settingsNotification, (settings) => {
      if (!this.#windows.has(window)) return;
      this.#applySettings(window, parseSettings(settings));
      this.#portsWanted();
    });
    connection.onNotification(stopNotification, (reason) => {
      if (!greeted || !this.#windows.has(window)) return;
      stopRequested(reason === 'restart' ? 'restart' : 'user', greeted.version);
    });
    connection.onError(() => socket.destroy());
    connection.listen();
  }

  #applySettings(window: Window, settings: ProxySettings): void {
    window.port = settings.port;
    this.#deps.settingsChanged(settings);
  }

  #portsWanted(): void {
    this.#deps.portsWanted([...this.#windows].map(({ port }) => port));
  }

  /** One key serves all windows, so that each can read what another one's requests were kept with. */
  #offerQueueKey(connection: MessageConnection, key: string | null): void {
    const toKeep = this.#deps.queueKeyOffered(key);
    // A window that cannot keep it does without; it gets the same one as long as this process lives.
    if (toKeep !== undefined) connection.sendRequest(queueKeyRequest, toKeep).catch(() => undefined);
  }

  #sendLog(window: Window, entry: LogEntry): void {
    const { connection, socket } = window;
    window.pendingLogEntries += 1;
    if (window.pendingLogEntries > maxPendingLogEntries) socket.destroy();
    connection.sendNotification(logNotification, entry).then(
      () => {
        window.pendingLogEntries -= 1;
      },
      () => socket.destroy(),
    );
  }

  /** True for the first window that asks. */
  #claim(key: string): boolean {
    if (this.#claimed.has(key)) return false;
    this.#claimed.add(key);
    const [oldest] = this.#claimed;
    if (this.#claimed.size > maxClaimedNotices && oldest !== undefined) this.#claimed.delete(oldest);
    return true;
  }

  /** Who asks while the process ends has made no mistake, and is to ask the successor. */
  #requireToStay(): void {
    if (this.#stopping) throw new ResponseError(ErrorCodes.PendingResponseRejected, 'the proxy ends');
  }

  #requireLease(window: Window): void {
    this.#requireToStay();
    if (!this.#windows.has(window)) throw new Error('sync comes first');
  }

  #leasesChanged(event: 'windowAttached' | 'windowLeft'): void {
    const windows = this.#windows.size;
    this.#deps.log.write({ level: 'info', event, windows });
    this.#deps.leasesChanged(windows);
    this.#portsWanted();
    this.publishState();
  }
}

/** What a window sent as a document, when it is one. */
function checkedDocument(input: unknown): ConfigurationDocument {
  const document = parseDocument(input);
  if (!document) throw new Error('not a document');
  return document;
}

function checkedChoice({ choice, inForce, brought }: ChoiceParams): ChoiceParams {
  if (choice !== 'inForce' && choice !== 'brought') throw new Error('not a choice');
  return { choice, inForce: String(inForce), brought: checkedDocument(brought) };
}

function checkedChange({ basedOn, contents, cause }: ChangeParams): ChangeParams {
  // A change has the shape of a document but for what makes it one.
  const { configuration, secrets, origin } = checkedDocument({
    ...contents,
    storeId: '-',
    revision: 0,
    lineage: ['-'],
    origin: { at: 0, cause },
  });
  return { basedOn, contents: { configuration, secrets }, cause: origin?.cause ?? 'edit' };
}
