import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConfigurationDocument } from '../../core/configuration.ts';
import type { ConfigurationEdit } from '../../core/configurationEdits.ts';
import { controlProtocolVersion, portTakenExitCode } from '../../protocol/control.ts';
import { type Home, HomeError, processLogPath } from '../../protocol/home.ts';
import type { LogEntry, ProxyState } from '../../protocol/state.ts';
import type { EditOutcome } from '../actions.ts';
import { Connection, type ProxySettings } from './connection.ts';
import type { LinkStatus } from './linkStatus.ts';
import { spawnProxy } from './spawnProxy.ts';

/** What the link needs from its window. */
export interface LinkHost {
  /** The folder shared with the proxy. @throws HomeError */
  readonly openHome: () => Home;
  readonly port: () => number;
  readonly settings: () => ProxySettings;
  /** The bundled proxy. */
  readonly script: string;
  /** The document as this window stored it, or null when it has none. */
  readonly loadDocument: () => Promise<ConfigurationDocument | null>;
  /** Keeps a newer revision; resolves when it is in the window's stores. */
  readonly storeDocument: (document: ConfigurationDocument) => Promise<void>;
  readonly onStatus: (status: LinkStatus) => void;
  readonly onState: (state: ProxyState | null) => void;
  readonly onLog: (entry: LogEntry) => void;
}

/** Between two tries to reach a proxy that is starting, in milliseconds. */
const attachRetryMs = 30;
/** A port holder that has not answered for this long is a foreign program. */
const foreignAfterMs = 1_500;
/** Pauses between starts of a process that keeps ending, and between looks at a port that somebody else holds. */
const firstBackoffMs = 200;
const lastBackoffMs = 5_000;
/** How often a stopped window looks whether another one has started the proxy. */
const stoppedLookMs = 2_000;
/** So many quick ends in a row are worth telling the user. */
const crashesToTell = 3;
/** How long an edit waits for a proxy that went away in the middle of it. */
const editPatienceMs = 10_000;

type Ended = 'portTaken' | 'crashed';

/**
 * Keeps one window attached to the proxy process: finds it, starts it when there is none, and does so again when
 * it goes away. Every window does the same; that they do not start two is settled by the port.
 */
export class ProxyLink {
  readonly #host: LinkHost;
  readonly #disposed = new AbortController();
  readonly #statusWaiters = new Set<(status: LinkStatus) => void>();
  #status: LinkStatus = { kind: 'stopped' };
  #wanted = false;
  #wake = new AbortController();
  #running: Promise<void> | undefined;
  #connection: Connection | undefined;
  #document: ConfigurationDocument | undefined;
  #child: { process: ChildProcess; ended: Promise<Ended>; over: boolean } | undefined;
  #crashes = 0;
  #stored: Promise<void> = Promise.resolve();

  constructor(host: LinkHost) {
    this.#host = host;
  }

  get status(): LinkStatus {
    return this.#status;
  }

  /** Attaches and stays attached; the proxy is started when there is none. */
  start(): void {
    this.#wanted = true;
    this.#wake.abort();
    this.#run();
  }

  /** Attaches if another window has started the proxy, now or later, but does not start it. */
  watch(): void {
    this.#run();
  }

  /** Resolves when attached, or with false when that cannot be reached as things are. */
  async attach(): Promise<boolean> {
    if (this.#status.kind === 'attached') return true;
    this.#wanted = true;
    this.#setStatus({ kind: 'starting' });
    this.#wake.abort();
    this.#run();
    const status = await this.#settledStatus();
    return status.kind === 'attached';
  }

  /** Ends the proxy, for all windows; none of them starts it again by itself. */
  async stop(): Promise<void> {
    this.#wanted = false;
    const connection = this.#connection;
    if (!connection) {
      this.#wake.abort();
      return;
    }
    await connection.stop('user');
    await connection.closed;
  }

  /** Ends the proxy and starts a new one. */
  async restart(): Promise<void> {
    const connection = this.#connection;
    if (connection) {
      await connection.stop('restart');
      await connection.closed;
    }
    await this.attach();
  }

  /** Tells the proxy of changed settings; a changed port is taken up by a restart of the link. */
  async settingsChanged(): Promise<void> {
    const connection = this.#connection;
    if (!connection) return;
    if (connection.hello.port !== this.#host.port()) connection.close();
    else await connection.setSettings(this.#host.settings());
  }

  /** Makes a change through the proxy, and again on what another window was faster with. */
  async edit(edit: ConfigurationEdit): Promise<EditOutcome> {
    const deadline = performance.now() + editPatienceMs;
    for (;;) {
      const connection = this.#connection;
      const document = this.#document;
      if (this.#status.kind === 'otherStore') return { ok: false, problem: 'otherStore' };
      if (!connection || !document) {
        if (performance.now() > deadline || !(await this.attach())) {
          return { ok: false, problem: 'notAttached' };
        }
        continue;
      }
      const edited = edit(document);
      if (!edited.ok) return edited;
      try {
        const { storeId, revision } = document;
        const result = await connection.change({ storeId, revision, contents: edited.contents });
        await this.#adopt(result.document);
        if (result.accepted) return { ok: true };
      } catch (error) {
        if (error instanceof StoreError) return { ok: false, problem: 'notStored' };
        // The connection broke in the middle. Edits can be made twice, so it is simply made again.
        if (performance.now() > deadline) return { ok: false, problem: 'notAttached' };
        await connection.closed;
      }
    }
  }

  /** Gives up the lease and starts nothing more. The proxy itself ends when no window is left. */
  async dispose(): Promise<void> {
    this.#disposed.abort();
    this.#wake.abort();
    this.#connection?.close();
    await this.#running;
    await this.#stored;
  }

  #run(): void {
    this.#running ??= this.#loop().finally(() => {
      this.#running = undefined;
    });
  }

  async #loop(): Promise<void> {
    while (!this.#disposed.signal.aborted) {
      const pause = await this.#round();
      if (pause > 0) await this.#sleep(pause);
    }
  }

  /** One try to be attached, for as long as it lasts. Returns how long to wait before the next, in milliseconds. */
  async #round(): Promise<number> {
    let home: Home;
    try {
      home = this.#host.openHome();
      const attached = await this.#attachOrSpawn(home);
      if (attached !== undefined) return attached;
    } catch (error) {
      if (!(error instanceof HomeError)) throw error;
      this.#setStatus({ kind: 'unusableHome', problem: error.problem, path: error.path });
      return lastBackoffMs;
    }
    return this.#wanted ? 0 : stoppedLookMs;
  }

  async #attachOrSpawn(home: Home): Promise<number | undefined> {
    const port = this.#host.port();
    let connection = await this.#tryConnect(home, port);
    if (!connection) {
      if (!this.#wanted) {
        this.#setStatus({ kind: 'stopped' });
        return stoppedLookMs;
      }
      if (this.#status.kind === 'stopped') this.#setStatus({ kind: 'starting' });
      const ended = await this.#startChild(home, port, (found) => {
        connection = found;
      });
      if (ended === 'portTaken') {
        this.#setStatus({ kind: 'portTaken', port });
        return lastBackoffMs;
      }
      if (ended === 'crashed') return this.#crashed(home, port);
    }
    if (!connection) return 0;
    return this.#stay(connection);
  }

  #crashed(home: Home, port: number): number {
    this.#crashes += 1;
    if (this.#crashes >= crashesToTell) {
      this.#setStatus({ kind: 'crashing', logPath: processLogPath(home, port) });
    }
    return Math.min(firstBackoffMs * 2 ** (this.#crashes - 1), lastBackoffMs);
  }

  /**
   * Starts a process, unless one of ours is still there, and connects to whichever process wins the port. Returns
   * why that did not work, or undefined.
   */
  async #startChild(
    home: Home,
    port: number,
    found: (connection: Connection) => void,
  ): Promise<Ended | undefined> {
    if (!this.#child || this.#child.over) this.#child = this.#spawn(home, port);
    const child = this.#child;
    let giveUpAt = Number.POSITIVE_INFINITY;
    while (!this.#disposed.signal.aborted && this.#wanted) {
      const connection = await this.#tryConnect(home, port);
      if (connection) {
        found(connection);
        return undefined;
      }
      if (child.over) {
        const ended = await child.ended;
        if (ended === 'crashed') return 'crashed';
        // Somebody holds the port: a proxy that has not opened its socket yet, or a foreign program.
        giveUpAt = Math.min(giveUpAt, performance.now() + foreignAfterMs);
      }
      if (performance.now() > giveUpAt) return 'portTaken';
      await this.#sleep(attachRetryMs);
    }
    return undefined;
  }

  #spawn(home: Home, port: number): NonNullable<ProxyLink['#child']> {
    const process = spawnProxy(this.#host.script, home, port);
    const ended = new Promise<Ended>((resolve) => {
      process.once('exit', (code) => resolve(code === portTakenExitCode ? 'portTaken' : 'crashed'));
      process.once('error', () => resolve('crashed'));
    });
    const child = { process, ended, over: false };
    void ended.then(() => {
      child.over = true;
    });
    return child;
  }

  async #tryConnect(home: Home, port: number): Promise<Connection | undefined> {
    try {
      return await Connection.open(home, port, this.#host.settings(), {
        document: (document) => void this.#adopt(document).catch(() => undefined),
        state: (state) => this.#host.onState(state),
        log: (entry) => this.#host.onLog(entry),
      });
    } catch (error) {
      if (error instanceof HomeError) throw error;
      // Nothing listens, or what listens is not ours, or it hangs: to us there is no proxy.
      return undefined;
    }
  }

  /** Keeps a connection until it ends. Returns how long to wait before the next try. */
  async #stay(connection: Connection): Promise<number> {
    const { hello } = connection;
    if (hello.protocol !== controlProtocolVersion) {
      connection.close();
      this.#setStatus({ kind: 'incompatible', version: hello.version });
      return lastBackoffMs;
    }
    try {
      const own = await this.#host.loadDocument();
      const held = await connection.sync(own);
      if (own !== null && held.storeId !== own.storeId) {
        // The lease would keep the other editor's configuration alive when that editor is long closed.
        connection.close();
        this.#setStatus({ kind: 'otherStore', port: hello.port });
        return lastBackoffMs;
      }
      this.#document = undefined;
      await this.#adopt(held);
    } catch (error) {
      connection.close();
      if (error instanceof StoreError) throw error;
      return firstBackoffMs;
    }
    if (this.#disposed.signal.aborted) connection.close();
    this.#crashes = 0;
    // A proxy that another window started is as good as our own: from now on it is wanted here too.
    this.#wanted = true;
    this.#connection = connection;
    this.#setStatus({ kind: 'attached', port: hello.port });
    const reason = await connection.closed;
    this.#connection = undefined;
    this.#host.onState(null);
    if (reason === 'user') this.#wanted = false;
    this.#setStatus({ kind: this.#wanted ? 'starting' : 'stopped' });
    return 0;
  }

  /** Takes note of a document that the proxy holds and mirrors it into this window's stores, in order. */
  #adopt(document: ConfigurationDocument): Promise<void> {
    const known = this.#document;
    if (known && known.storeId === document.storeId && known.revision >= document.revision)
      return this.#stored;
    this.#document = document;
    const stored = this.#stored
      .catch(() => undefined)
      // Revisions that were overtaken meanwhile need not be written.
      .then(() => (this.#document === document ? this.#host.storeDocument(document) : undefined))
      .catch((cause: unknown) => {
        throw new StoreError('the document could not be stored', { cause });
      });
    this.#stored = stored;
    return stored;
  }

  /** The status once it is no longer `starting`. */
  #settledStatus(): Promise<LinkStatus> {
    if (this.#status.kind !== 'starting') return Promise.resolve(this.#status);
    return new Promise((resolve) => {
      const look = (status: LinkStatus) => {
        if (status.kind === 'starting') return;
        this.#statusWaiters.delete(look);
        resolve(status);
      };
      this.#statusWaiters.add(look);
    });
  }

  #setStatus(status: LinkStatus): void {
    this.#status = status;
    this.#host.onStatus(status);
    for (const look of [...this.#statusWaiters]) look(status);
  }

  /** A pause that `start`, `stop` and `dispose` cut short. */
  async #sleep(milliseconds: number): Promise<void> {
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
    await delay(milliseconds, undefined, { signal: this.#wake.signal }).catch(() => undefined);
  }
}

/** The window's stores did not take a document. */
class StoreError extends Error {}
