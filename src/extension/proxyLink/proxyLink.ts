import { setTimeout as delay } from 'node:timers/promises';
import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import {
  type ConfigurationContents,
  type ConfigurationDocument,
  isPristine,
  kinshipOf,
  type RevisionCause,
  revisionIdOf,
} from '../../core/configuration.ts';
import type { ConfigurationEdit } from '../../core/configurationEdits.ts';
import {
  type ChangeResult,
  type ChoiceParams,
  claimNoticeRequest,
  controlProtocolVersion,
  type ProxySettings,
  resetEndpointRequest,
  type SyncResult,
} from '../../protocol/control.ts';
import { type Home, HomeError, processLogPath } from '../../protocol/home.ts';
import type { LogEntry, ProxyState } from '../../protocol/state.ts';
import type { EditOutcome, ResetOutcome } from '../actions.ts';
import type { QueueKey } from '../queueKey.ts';
import { Connection, SilentProxyError } from './connection.ts';
import { type ChoiceOutcome, DocumentChoice, type Rivals } from './documentChoice.ts';
import { DocumentMirror, type DocumentStore } from './documentMirror.ts';
import { type LinkStatus, needsChoice } from './linkStatus.ts';
import { ProcessStarter } from './processStarter.ts';
import { Succession } from './succession.ts';

/** What the link needs from its window. */
export interface LinkHost {
  /** The folder shared with the proxy. @throws HomeError */
  readonly openHome: () => Home;
  readonly port: () => number;
  /** Of the build that this window runs. */
  readonly version: string;
  readonly settings: () => ProxySettings;
  /** The bundled proxy. */
  readonly script: string;
  readonly store: DocumentStore;
  readonly queueKey: QueueKey;
  readonly onStatus: (status: LinkStatus) => void;
  /** The newest document that is known: what is stored at first, then what the proxy says. */
  readonly onDocument: (document: ConfigurationDocument) => void;
  /** Keeps a document in the history. @throws when it is not safe there with all its keys */
  readonly putAside: (document: ConfigurationDocument) => Promise<void>;
  /**
   * The user has decided for this document, which does not come from the one before; that one is in the history.
   * `isChosenHere` in the window where he did.
   */
  readonly onReplaced: (document: ConfigurationDocument, isChosenHere: boolean) => void;
  readonly onState: (state: ProxyState | null) => void;
  readonly onLog: (entry: LogEntry) => void;
  /** Something happened that should not; the link goes on. */
  readonly onError: (error: unknown) => void;
}

/** A process that ends within this time after we attached, without a word, counts as a crash; in milliseconds. */
const shortLifeMs = 5_000;
/** Pauses between starts of a process that keeps ending, and between looks at a port that somebody else holds. */
const firstBackoffMs = 200;
const lastBackoffMs = 5_000;
/** How often a stopped window looks whether another one has started the proxy. */
const stoppedLookMs = 2_000;
/** How often a window looks for the successor of a proxy that retires, in milliseconds. */
const successorLookMs = 30;
/** So many quick ends in a row are worth telling the user. */
const crashesToTell = 3;
/** How long the proxy may take to move to the port that this window wants, in milliseconds. Then it does not. */
const moveLimitMs = 2_000;
/** How long an edit is made again when the proxy goes away in the middle of it, in milliseconds. */
const editPatienceMs = 10_000;

/**
 * Keeps one window attached to the proxy process: finds it, starts it when there is none, and does so again when
 * it goes away. Every window does the same; that they do not end up with two is settled by the port.
 */
export class ProxyLink {
  readonly #host: LinkHost;
  readonly #mirror: DocumentMirror;
  readonly #choice: DocumentChoice;
  readonly #starter: ProcessStarter;
  readonly #succession: Succession;
  readonly #disposed = new AbortController();
  readonly #statusWaiters = new Set<() => void>();
  #status: LinkStatus = { kind: 'starting' };
  #wanted = false;
  #wake = new AbortController();
  #running: Promise<void> | undefined;
  #connection: Connection | undefined;
  #moveTimer: NodeJS.Timeout | undefined;
  #crashes = 0;
  #logSince = 0;
  #stopRequested = false;

  constructor(host: LinkHost) {
    this.#host = host;
    this.#mirror = new DocumentMirror(host.store, {
      changed: host.onDocument,
      replaced: (document) => host.onReplaced(document, this.#choice.isBeingMade),
      apart: () => {
        if (this.#status.kind === 'attached') this.#setStatus(this.#attachedAt(this.#status.port));
      },
    });
    this.#choice = new DocumentChoice({
      mirror: this.#mirror,
      putAside: host.putAside,
      attached: () => this.#connection,
      connect: () => this.#connectOnce(),
      attach: () => this.attach(),
    });
    this.#starter = new ProcessStarter(host.script);
    this.#succession = new Succession(host.version);
  }

  /** Attaches and stays attached. @param wanted false to follow other windows only, and start no proxy */
  start(wanted: boolean): void {
    this.#wanted ||= wanted;
    if (wanted) this.#stopRequested = false;
    if (!this.#running) {
      // What is stored is shown until the proxy says what holds, and for as long as there is none.
      this.#mirror.latest().catch(this.#host.onError);
      this.#running = this.#loop();
    }
    this.#wake.abort();
  }

  /** Resolves when attached, or with false when that cannot be reached as things are. */
  async attach(): Promise<boolean> {
    if (this.#status.kind !== 'attached') {
      this.#setStatus({ kind: 'starting' });
      this.start(true);
      while (this.#status.kind === 'starting' && !this.#disposed.signal.aborted) await this.#nextStatus();
    }
    return this.#status.kind === 'attached';
  }

  /** Ends the proxy, for all windows; none of them starts it again by itself. */
  async stop(): Promise<void> {
    this.#wanted = false;
    const connection = this.#connection;
    if (connection) {
      await connection.stop('user');
    } else {
      // One that is still starting has no connection to be told through; one that we are just attaching to has soon.
      this.#stopRequested = true;
      this.#starter.cancel();
      this.#wake.abort();
    }
  }

  /** Ends the proxy and starts a new one. */
  async restart(): Promise<void> {
    await this.#connection?.stop('restart');
    await this.attach();
  }

  /** Acts on changed settings: tells the proxy, and leaves it if it does not move to the port that is wanted. */
  async settingsChanged(): Promise<void> {
    const connection = this.#connection;
    if (!connection) {
      this.#wake.abort();
      return;
    }
    let folder: string | undefined;
    try {
      folder = this.#host.openHome().folder;
    } catch (error) {
      // The next round says what is wrong with it.
      if (!(error instanceof HomeError)) throw error;
    }
    if (connection.folder !== folder) {
      await connection.stop('restart');
      return;
    }
    clearTimeout(this.#moveTimer);
    this.#moveTimer = setTimeout(() => {
      // Another program holds that port, or another editor wants the proxy to stay.
      if (connection.port !== this.#host.port()) connection.close();
    }, moveLimitMs);
    await connection.setSettings(this.#host.settings());
  }

  /** What holds, as far as this window knows: what the proxy said last, or what is stored. */
  contents(): ConfigurationContents | undefined {
    return this.#mirror.current;
  }

  /** Makes a change through the proxy, and again on what another window was faster with. */
  async edit(edit: ConfigurationEdit, cause: RevisionCause = 'edit'): Promise<EditOutcome> {
    const deadline = performance.now() + editPatienceMs;
    let meantFor: ConfigurationDocument | undefined;
    for (;;) {
      if (this.#status.kind === 'otherStore') return { ok: false, problem: 'otherStore' };
      if (!this.#connection && !(await this.attach())) break;
      const connection = this.#connection;
      const document = this.#mirror.current;
      if (!connection || !document) break;
      // What was meant for one editor's configuration is not done to another one's. An empty one gives way to any.
      meantFor ??= document;
      if (isReplaced(meantFor, document)) return { ok: false, problem: 'replaced' };
      const edited = edit(document);
      if (!edited.ok) return edited;
      let result: ChangeResult;
      try {
        result = await connection.change({
          basedOn: revisionIdOf(document),
          contents: edited.contents,
          cause,
        });
      } catch (error) {
        // What the proxy itself refuses is a bug of ours, and would be refused again.
        if (error instanceof ResponseError && error.code === ErrorCodes.InternalError) throw error;
        // The connection broke in the middle. An edit can be made twice, so it is simply made again.
        connection.close();
        await connection.closed;
        if (performance.now() > deadline) break;
        continue;
      }
      try {
        // When the answer is read, the proxy may have said that another document has taken its place since.
        const { current } = this.#mirror;
        if (current && isReplaced(document, current)) {
          if (result.accepted) await this.#host.putAside(result.document);
          return { ok: false, problem: 'replaced' };
        }
        await this.#mirror.adopt(result.document);
      } catch {
        return { ok: false, problem: 'notStored' };
      }
      if (result.accepted) return { ok: true };
    }
    return { ok: false, problem: 'notAttached' };
  }

  /** See `Actions.rivals`. */
  rivals(): Rivals | undefined {
    return needsChoice(this.#status) ? this.#choice.rivals : undefined;
  }

  /** See `Actions.choose`. */
  choose(choice: ChoiceParams['choice'], seen: Rivals): Promise<ChoiceOutcome> {
    return this.#choice.make(choice, seen);
  }

  /** Has the proxy forget what it holds against an endpoint. A process that is not there remembers nothing. */
  async resetEndpoint(endpointId: string): Promise<ResetOutcome> {
    const known = await this.ask((connection) => connection.ask(resetEndpointRequest, endpointId));
    if (known === undefined) return { ok: false, problem: 'notAttached' };
    return known ? { ok: true } : { ok: false, problem: 'endpointGone' };
  }

  /** True when this window is the one to tell the user of something; false also when no proxy can say so. */
  async claimNotice(key: string): Promise<boolean> {
    return (await this.ask((connection) => connection.ask(claimNoticeRequest, key))) ?? false;
  }

  /** Asks the proxy; undefined when none is attached or the connection breaks. Its own errors are bugs of ours. */
  async ask<T>(request: (connection: Connection) => Promise<T>): Promise<T | undefined> {
    if (!this.#connection) return undefined;
    try {
      return await request(this.#connection);
    } catch (error) {
      if (error instanceof ResponseError && error.code === ErrorCodes.InternalError) throw error;
      return undefined;
    }
  }

  /** Gives up the lease and starts nothing more. The proxy itself ends when no window is left. */
  async dispose(): Promise<void> {
    this.#disposed.abort();
    this.#wake.abort();
    for (const resolve of this.#statusWaiters) resolve();
    this.#connection?.close();
    await this.#running;
    await this.#mirror.idle();
  }

  async #loop(): Promise<void> {
    while (!this.#disposed.signal.aborted) {
      let home: Home | undefined;
      let pause = lastBackoffMs;
      try {
        home = this.#host.openHome();
        pause = await this.#round(home, this.#host.port());
      } catch (error) {
        if (error instanceof HomeError) {
          this.#setStatus({ kind: 'unusableHome', problem: error.problem, path: error.path });
        } else {
          this.#host.onError(error);
          const logPath = home ? processLogPath(home.folder, this.#host.port()) : '';
          this.#setStatus({ kind: 'crashing', logPath });
        }
      }
      if (pause > 0) await this.#sleep(pause);
    }
  }

  /** One try to be attached, for as long as it lasts. Returns how long to wait before the next, in milliseconds. */
  async #round(home: Home, port: number): Promise<number> {
    const running = await this.#connect(home, port);
    const older = running && this.#isToRetire(running) ? running : undefined;
    if (running && !older) return this.#stay(running);
    older?.close();
    if (!this.#wanted && !older) {
      this.#setStatus({ kind: 'stopped' });
      return stoppedLookMs;
    }
    if (this.#status.kind === 'stopped') this.#setStatus({ kind: 'starting' });
    if (!older && this.#succession.isExpected(performance.now())) return successorLookMs;
    const started = await this.#starter.start(home, port, {
      takesOver: older !== undefined,
      connect: () => this.#connectUnlessToRetire(home, port),
      isWanted: () => (this.#wanted || older !== undefined) && !this.#stopRequested && !this.#isDisposed,
      pause: (milliseconds) => this.#sleep(milliseconds),
    });
    if (started instanceof Connection) return this.#stay(started);
    // What could not be replaced is used as it is, where that is possible.
    if (older && started !== undefined) this.#succession.failed(older.hello);
    switch (started) {
      case undefined:
        return 0;
      case 'portTaken':
        if (older) return 0;
        this.#setStatus({ kind: 'portTaken', port });
        return lastBackoffMs;
      case 'crashed':
        return this.#crashed(home.folder);
    }
  }

  get #isDisposed(): boolean {
    return this.#disposed.signal.aborted;
  }

  /** Who has only come to stop the proxy does not replace it first. */
  #isToRetire({ hello }: Connection): boolean {
    return !this.#stopRequested && this.#succession.isDue(hello);
  }

  async #connectUnlessToRetire(home: Home, port: number): Promise<Connection | undefined> {
    const connection = await this.#connect(home, port);
    if (!connection || !this.#isToRetire(connection)) return connection;
    connection.close();
    return undefined;
  }

  async #connect(home: Home, port: number): Promise<Connection | undefined> {
    const { version, settings, queueKey } = this.#host;
    const greeting = { version, logSince: this.#logSince, queueKey: queueKey.read };
    try {
      return await Connection.open(home, port, settings(), greeting, {
        document: (document) => void this.#mirrorQuietly(document),
        state: (state) => this.#host.onState(state),
        log: (entry) => {
          this.#logSince = entry.time;
          this.#host.onLog(entry);
        },
        queueKey: (key) => void queueKey.store(key),
        moved: (to) => {
          if (this.#status.kind === 'attached') this.#setStatus({ kind: 'attached', port: to });
        },
      });
    } catch (error) {
      if (error instanceof HomeError) throw error;
      if (error instanceof ResponseError && error.code === ErrorCodes.InternalError) throw error;
      if (error instanceof SilentProxyError) this.#starter.metSilence(home.folder, port);
      // Nothing listens, or what listens is not ours, or it hangs: to us there is no proxy.
      return undefined;
    }
  }

  /** A connection for one question, or undefined when no proxy of this version is there to be asked. */
  async #connectOnce(): Promise<Connection | undefined> {
    try {
      const connection = await this.#connect(this.#host.openHome(), this.#host.port());
      if (connection?.hello.protocol === controlProtocolVersion) return connection;
      connection?.close();
      return undefined;
    } catch (error) {
      // The next round says what is wrong with it.
      if (error instanceof HomeError) return undefined;
      throw error;
    }
  }

  /** Keeps a connection until it ends. Returns how long to wait before the next try, in milliseconds. */
  async #stay(connection: Connection): Promise<number> {
    const { hello } = connection;
    const incompatible = {
      kind: 'incompatible',
      version: hello.version,
      isOlder: this.#succession.isOlder(hello),
    } as const;
    if (hello.protocol !== controlProtocolVersion) {
      connection.close();
      this.#setStatus(incompatible);
      this.#succession.tryAgain();
      return lastBackoffMs;
    }
    this.#starter.answered(hello.pid, connection.folder, hello.port);
    const own = await this.#mirror.latest();
    let synced: SyncResult;
    try {
      synced = await connection.sync(own);
    } catch (error) {
      connection.close();
      if (!(error instanceof ResponseError && error.code === ErrorCodes.InternalError)) return firstBackoffMs;
      // It does not understand what another version has stored.
      this.#setStatus(incompatible);
      return lastBackoffMs;
    }
    this.#choice.refused = undefined;
    if (synced.standing === 'other') {
      connection.close();
      if (own) this.#choice.refused = { inForce: synced.document, brought: own };
      this.#setStatus({ kind: 'otherStore', port: hello.port });
      return lastBackoffMs;
    }
    void this.#mirrorQuietly(synced.document);
    // A proxy that another window started is as good as our own: from now on it is wanted here too.
    this.#wanted = true;
    this.#connection = connection;
    connection.watch();
    const attachedAt = performance.now();
    this.#setStatus(this.#attachedAt(connection.port));
    // Settings, or the user's mind, may have changed since the connection was opened.
    if (this.#disposed.signal.aborted) connection.close();
    else if (this.#stopRequested) void connection.stop('user');
    else this.settingsChanged().catch((error: unknown) => this.#host.onError(error));
    const reason = await connection.closed;
    this.#connection = undefined;
    clearTimeout(this.#moveTimer);
    this.#host.onState(null);
    if (connection.hung) this.#starter.stoppedAnswering(hello.pid, connection.folder, connection.port);
    if (reason === 'user') this.#wanted = false;
    if (reason === 'retiring') this.#succession.announced(performance.now());
    this.#setStatus({ kind: this.#wanted ? 'starting' : 'stopped' });
    if (reason === undefined && performance.now() < attachedAt + shortLifeMs) {
      return this.#crashed(connection.folder);
    }
    this.#crashes = 0;
    return 0;
  }

  /** Counts a process that ended too soon. Returns how long to wait before the next, in milliseconds. */
  #crashed(folder: string): number {
    this.#crashes += 1;
    if (this.#crashes >= crashesToTell) {
      this.#setStatus({ kind: 'crashing', logPath: processLogPath(folder, this.#host.port()) });
    }
    return Math.min(firstBackoffMs * 2 ** (this.#crashes - 1), lastBackoffMs);
  }

  /** The proxy holds the document whether or not our stores take it; they report by themselves. */
  async #mirrorQuietly(document: ConfigurationDocument): Promise<void> {
    await this.#mirror.adopt(document).catch(() => undefined);
  }

  #attachedAt(port: number): LinkStatus {
    return { kind: 'attached', port, ...(this.#mirror.apart ? { storedApart: true } : {}) };
  }

  #setStatus(status: LinkStatus): void {
    if (JSON.stringify(status) === JSON.stringify(this.#status)) return;
    this.#status = status;
    this.#host.onStatus(status);
    for (const resolve of this.#statusWaiters) resolve();
    this.#statusWaiters.clear();
  }

  #nextStatus(): Promise<void> {
    return new Promise((resolve) => this.#statusWaiters.add(resolve));
  }

  /** A pause that every call from outside cuts short. */
  async #sleep(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.#wake.signal }).catch(() => undefined);
    if (this.#wake.signal.aborted && !this.#disposed.signal.aborted) this.#wake = new AbortController();
  }
}

/** True when `now` neither comes from `before` nor the other way round, and `before` was not merely empty. */
function isReplaced(before: ConfigurationDocument, now: ConfigurationDocument): boolean {
  return !isPristine(before) && kinshipOf(now, before) === 'unrelated';
}
