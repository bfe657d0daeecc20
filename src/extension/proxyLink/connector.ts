import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import type { ConfigurationDocument } from '../../core/configuration.ts';
import { controlProtocolVersion } from '../../protocol/control.ts';
import { type Home, HomeError } from '../../protocol/home.ts';
import { Connection, SilentProxyError } from './connection.ts';
import type { LinkHost } from './linkHost.ts';

/** What a connector tells, apart from what its window hears anyway. */
export interface ConnectorEvents {
  readonly document: (document: ConfigurationDocument) => void;
  /** See `ConnectionEvents`. */
  readonly moved: (port: number) => void;
  /** What listens where the proxy of a folder and port should took a connection and then said nothing. */
  readonly silence: (folder: string, port: number) => void;
}

/** Connects a window to whichever proxy there is. */
export class Connector {
  readonly #host: LinkHost;
  readonly #events: ConnectorEvents;
  #logSince = 0;

  constructor(host: LinkHost, events: ConnectorEvents) {
    this.#host = host;
    this.#events = events;
  }

  /**
   * A proven and greeted connection, or undefined where there is no proxy.
   *
   * @throws HomeError when the folder cannot be used
   */
  async connect(home: Home, port: number): Promise<Connection | undefined> {
    const { version, settings, queueKey, onState, onLog } = this.#host;
    const { document, moved, silence } = this.#events;
    const greeting = { version, logSince: this.#logSince, queueKey: queueKey.read };
    try {
      return await Connection.open(home, port, settings(), greeting, {
        document,
        moved,
        state: onState,
        log: (entry) => {
          this.#logSince = entry.time;
          onLog(entry);
        },
        queueKey: (key) => void queueKey.store(key),
      });
    } catch (error) {
      if (error instanceof HomeError) throw error;
      if (error instanceof ResponseError && error.code === ErrorCodes.InternalError) throw error;
      if (error instanceof SilentProxyError) silence(home.folder, port);
      // Nothing listens, or what listens is not ours, or it hangs: to us there is no proxy.
      return undefined;
    }
  }

  /** A connection for one question, or undefined when no proxy of this version is there to be asked. */
  async connectOnce(): Promise<Connection | undefined> {
    try {
      const connection = await this.connect(this.#host.openHome(), this.#host.port());
      if (connection?.hello.protocol === controlProtocolVersion) return connection;
      connection?.close();
      return undefined;
    } catch (error) {
      // The next round says what is wrong with it.
      if (error instanceof HomeError) return undefined;
      throw error;
    }
  }
}
