import { setTimeout as delay } from 'node:timers/promises';
import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import type { ConfigurationDocument } from '../../core/configuration.ts';
import { controlProtocolVersion, type SyncResult } from '../../protocol/control.ts';
import { type Home, HomeError, processLogPath } from '../../protocol/home.ts';
import { Connection } from './connection.ts';
import { Connector } from './connector.ts';
import type { Rivals } from './documentChoice.ts';
import type { DocumentMirror } from './documentMirror.ts';
import type { LinkHost } from './linkHost.ts';
import type { LinkStatus } from './linkStatus.ts';
import { ProcessStarter } from './processStarter.ts';
import { firstBackoffMs, lastBackoffMs, QuickEnds } from './quickEnds.ts';
import { SettingsFollower } from './settingsFollower.ts';
import { Succession } from './succession.ts';

/** A process that ends within this time after we attached, without a word, counts as a crash; in milliseconds. */
const shortLifeMs = 5_000;
/** How often a stopped window looks whether another one has started the proxy. */
const stoppedLookMs = 2_000;
/** How often a window looks for the successor of a proxy that retires, in milliseconds. */
const successorLookMs = 30;

/** What a lease tells, apart from what its window hears anyway. */
export interface LeaseEvents {
  readonly status: (status: LinkStatus) => void;
  /** The proxy has refused this window's document for another one; undefined once it has not. */
  readonly refused: (rivals: Rivals | undefined) => void;
}

/**
 * The hold of one window on the proxy process: finds it, starts it when there is none, and does so again when it goes
 * away. A proxy lives for as long as somebody has one.
 */
export class Lease {
  readonly #host: LinkHost;
  readonly #mirror: DocumentMirror;
  readonly #events: LeaseEvents;
  readonly #connector: Connector;
  readonly #starter: ProcessStarter;
  readonly #succession: Succession;
  readonly #settings: SettingsFollower;
  readonly #quickEnds = new QuickEnds();
  readonly #disposed = new AbortController();
  readonly #statusWaiters = new Set<() => void>();
  #status: LinkStatus = { kind: 'starting' };
  #wanted = false;
  #wake = new AbortController();
  #running: Promise<void> | undefined;
  #connection: Connection | undefined;
  #stopRequested = false;

  constructor(host: LinkHost, mirror: DocumentMirror, events: LeaseEvents) {
    this.#host = host;
    this.#mirror = mirror;
    this.#events = events;
    this.#connector = new Connector(host, {
      document: (document) => void this.#mirrorQuietly(document),
      moved: (to) => {
        if (this.#status.kind === 'attached') this.#setStatus(this.#attachedAt(to));
      },
      silence: (folder, port) => this.#starter.metSilence(folder, port),
    });
    this.#starter = new ProcessStarter(host.script);
    this.#succession = new Succession(host.version);
    this.#settings = new SettingsFollower(host);
  }

  get status(): LinkStatus {
    return this.#status;
  }

  /** The connection while it is the lease. */
  get connection(): Connection | undefined {
    return this.#connection;
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

  /** See `Connector.connectOnce`. */
  connectOnce(): Promise<Connection | undefined> {
    return this.#connector.connectOnce();
  }

  /** Acts on changed settings. */
  async settingsChanged(): Promise<void> {
    if (this.#connection) await this.#settings.tell(this.#connection);
    else this.#wake.abort();
  }

  /** What the stores hold apart from the document is other than before. */
  storedApartChanged(): void {
    if (this.#status.kind === 'attached') this.#setStatus(this.#attachedAt(this.#status.port));
  }

  /** Gives the lease up and starts nothing more. The proxy itself ends when no window is left. */
  async end(): Promise<void> {
    this.#disposed.abort();
    this.#wake.abort();
    for (const resolve of this.#statusWaiters) resolve();
    this.#connection?.close();
    await this.#running;
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
    const running = await this.#connector.connect(home, port);
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
    const connection = await this.#connector.connect(home, port);
    if (!connection || !this.#isToRetire(connection)) return connection;
    connection.close();
    return undefined;
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
    this.#events.refused(undefined);
    if (synced.standing === 'other') {
      connection.close();
      if (own) this.#events.refused({ inForce: synced.document, brought: own });
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
    this.#settings.ended();
    this.#host.onState(null);
    if (connection.hung) this.#starter.stoppedAnswering(hello.pid, connection.folder, connection.port);
    if (reason === 'user') this.#wanted = false;
    if (reason === 'retiring') this.#succession.announced(performance.now());
    this.#setStatus({ kind: this.#wanted ? 'starting' : 'stopped' });
    if (reason === undefined && performance.now() < attachedAt + shortLifeMs) {
      return this.#crashed(connection.folder);
    }
    this.#quickEnds.reset();
    return 0;
  }

  /** A process ended too soon. Returns how long to wait before the next, in milliseconds. */
  #crashed(folder: string): number {
    const pause = this.#quickEnds.add();
    if (this.#quickEnds.isWorthTelling) {
      this.#setStatus({ kind: 'crashing', logPath: processLogPath(folder, this.#host.port()) });
    }
    return pause;
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
    this.#events.status(status);
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
