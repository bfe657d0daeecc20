import type { Socket } from 'node:net';
import {
  CancellationTokenSource,
  type MessageConnection,
  type RequestParam,
  type RequestType,
  type RequestType0,
} from 'vscode-jsonrpc/node';
import type { ConfigurationDocument } from '../../core/configuration.ts';
import {
  type ChangeParams,
  type ChangeResult,
  type ChoiceParams,
  changeRequest,
  chooseRequest,
  controlProtocolVersion,
  documentRequest,
  type HelloResult,
  helloRequest,
  helloTimeoutMs,
  logNotification,
  movedRequest,
  type ProxySettings,
  pingRequest,
  queueKeyRequest,
  type StopReason,
  type SyncResult,
  settingsNotification,
  stateRequest,
  stopNotification,
  stoppingRequest,
  syncRequest,
} from '../../protocol/control.ts';
import { converse } from '../../protocol/conversation.ts';
import { dialProxy } from '../../protocol/dial.ts';
import type { Home } from '../../protocol/home.ts';
import { ProofError } from '../../protocol/proof.ts';
import type { LogEntry, ProxyState } from '../../protocol/state.ts';
import { TimeLimit } from '../../protocol/timeLimit.ts';

/** What a window hears from the proxy. */
export interface ConnectionEvents {
  document(document: ConfigurationDocument): void;
  state(state: ProxyState): void;
  log(entry: LogEntry): void;
  /** What kept requests are encrypted with from now on. */
  queueKey(key: string): void;
  /** The proxy listens on another port from now on. */
  moved(port: number): void;
}

/** What a window brings to a proxy, apart from its settings. */
export interface Greeting {
  /** Of the build that this window runs. */
  readonly version: string;
  /** The time of the latest log entry that it has seen, in milliseconds since 1970, or 0. */
  readonly logSince: number;
  /** Gives what kept requests are encrypted with, or null when there is none; asked only once the proxy has proved itself. */
  queueKey(): Promise<string | null>;
}

/** How long the proxy may take to answer, in milliseconds; after that it hangs, and the connection is given up. */
const answerTimeoutMs = 5_000;
/** How often a proxy that has nothing to say is asked whether it is there, in milliseconds. */
const pingIntervalMs = 5_000;

/** What listens where our proxy should took the connection and did not say a word: it hangs. */
export class SilentProxyError extends Error {
  constructor() {
    super('no answer');
    this.name = 'SilentProxyError';
  }
}

/** A proven and greeted connection to the proxy; a lease once the document is synchronised. */
export class Connection {
  readonly hello: HelloResult;
  /** The state folder that it was reached through. */
  readonly folder: string;
  /** Resolves when the connection is over, with the reason if the proxy gave one. */
  readonly closed: Promise<StopReason | undefined>;
  #hung = false;
  #port: number;
  readonly #rpc: MessageConnection;
  readonly #socket: Socket;

  private constructor(
    folder: string,
    socket: Socket,
    rpc: MessageConnection,
    hello: HelloResult,
    closed: Promise<StopReason | undefined>,
  ) {
    this.folder = folder;
    this.#socket = socket;
    this.#rpc = rpc;
    this.hello = hello;
    this.#port = hello.port;
    this.closed = closed;
  }

  /**
   * Connects to the proxy of a port.
   *
   * @throws SilentProxyError when what listens does not answer in time; other errors when nothing listens, or what listens
   *   does not prove the install secret. It has then learnt nothing
   */
  static async open(
    home: Home,
    port: number,
    settings: ProxySettings,
    greeting: Greeting,
    events: ConnectionEvents,
  ): Promise<Connection> {
    const socket = await dialProxy(home, port).catch((error: unknown) => {
      throw error instanceof ProofError && error.isSilence ? new SilentProxyError() : error;
    });
    const rpc = converse(socket);
    let stopReason: StopReason | undefined;
    const closed = new Promise<StopReason | undefined>((resolve) => {
      socket.once('close', () => {
        rpc.dispose();
        resolve(stopReason);
      });
    });
    rpc.onRequest(documentRequest, (document) => {
      events.document(document);
      return null;
    });
    rpc.onRequest(stateRequest, (state) => {
      events.state(state);
      return null;
    });
    rpc.onNotification(logNotification, (entry) => events.log(entry));
    rpc.onRequest(queueKeyRequest, (key) => {
      events.queueKey(key);
      return null;
    });
    let opened: Connection | undefined;
    rpc.onRequest(movedRequest, (to) => {
      if (opened) opened.#port = to;
      events.moved(to);
      return null;
    });
    rpc.onRequest(stoppingRequest, (reason) => {
      // It closes the connection when it has this answer, and only finishes its streams from then on.
      stopReason = reason;
      return null;
    });
    rpc.onError(() => socket.destroy());
    rpc.listen();
    let isSilent = false;
    const limit = new TimeLimit();
    try {
      // The user may have to open the keyring first, which is no silence of the proxy.
      const queueKey = await greeting.queueKey();
      limit.set(helloTimeoutMs, () => {
        isSilent = true;
        socket.destroy();
      });
      const hello = await rpc.sendRequest(helloRequest, {
        protocol: controlProtocolVersion,
        version: greeting.version,
        ...settings,
        queueKey,
        logSince: greeting.logSince,
      });
      opened = new Connection(home.folder, socket, rpc, hello, closed);
      return opened;
    } catch (error) {
      socket.destroy();
      throw isSilent ? new SilentProxyError() : error;
    } finally {
      limit.clear();
    }
  }

  /** Where the proxy listens: what it said at first, until it moves. */
  get port(): number {
    return this.#port;
  }

  /** True when the connection was given up because no answer came: the process may be there and hang. */
  get hung(): boolean {
    return this.#hung;
  }

  /** From now on sees to it that the proxy is there, also while nobody asks it anything. */
  watch(): void {
    let isAsking = false;
    const timer = setInterval(async () => {
      if (isAsking) return;
      isAsking = true;
      // Whatever it says, it is there; and a connection that is over needs no more.
      await this.askPlainly(pingRequest).catch(() => undefined);
      isAsking = false;
    }, pingIntervalMs).unref();
    void this.closed.then(() => clearInterval(timer));
  }

  sync(document: ConfigurationDocument | null): Promise<SyncResult> {
    return this.#answered(this.#rpc.sendRequest(syncRequest, document));
  }

  change(params: ChangeParams): Promise<ChangeResult> {
    return this.#answered(this.#rpc.sendRequest(changeRequest, params));
  }

  /** Tells what the user has decided; no lease is needed for that. */
  choose(params: ChoiceParams): Promise<ChangeResult> {
    return this.#answered(this.#rpc.sendRequest(chooseRequest, params));
  }

  /** Tells the proxy of changed settings. If the connection is over, the next one begins with them. */
  async setSettings(settings: ProxySettings): Promise<void> {
    await this.#rpc.sendNotification(settingsNotification, settings).catch(() => undefined);
  }

  /**
   * Asks the proxy something.
   *
   * @param patienceMs after so many milliseconds without an answer the proxy hangs
   * @param signal takes the question back; the answer comes all the same
   */
  async ask<P, R>(
    request: RequestType<P, R, void>,
    params: RequestParam<P>,
    patienceMs = answerTimeoutMs,
    signal?: AbortSignal,
  ): Promise<R> {
    const cancellation = new CancellationTokenSource();
    const cancel = () => cancellation.cancel();
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted) cancel();
    try {
      return await this.#answered(this.#rpc.sendRequest(request, params, cancellation.token), patienceMs);
    } finally {
      signal?.removeEventListener('abort', cancel);
      cancellation.dispose();
    }
  }

  /** The same for what needs no more than its name. */
  askPlainly<R>(request: RequestType0<R, void>, patienceMs = answerTimeoutMs): Promise<R> {
    return this.#answered(this.#rpc.sendRequest(request), patienceMs);
  }

  /** Has the proxy end, for all windows; resolves when the connection is over. */
  async stop(reason: 'user' | 'restart'): Promise<void> {
    await this.#rpc.sendNotification(stopNotification, reason).catch(() => undefined);
    await this.#answered(this.closed);
  }

  /** Waits for the proxy, but not for one that hangs. */
  async #answered<T>(answer: Promise<T>, patienceMs = answerTimeoutMs): Promise<T> {
    // When this window was held up, or slept with the machine, the answer may be there and not read yet.
    const limit = new TimeLimit();
    limit.set(patienceMs, () => {
      this.#hung = true;
      this.#socket.destroy();
    });
    try {
      return await answer;
    } finally {
      limit.clear();
    }
  }

  /** Gives the lease back. */
  close(): void {
    this.#socket.destroy();
  }
}
