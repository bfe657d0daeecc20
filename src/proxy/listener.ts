import http from 'node:http';
import net from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** More than the system lets wait. */
const maxCatchUpTurns = 1_000;

/** The address was taken by another process, or the system keeps it for itself. */
export class PortTakenError extends Error {}

/**
 * What the system says of a port that cannot be had. Windows sets ranges of ports aside for virtual machines, others those
 * below 1024, and both refuse them with EACCES.
 */
const takenCodes: ReadonlySet<string | undefined> = new Set(['EADDRINUSE', 'EACCES']);

/** Takes a request, with the listener that it came in by. */
export type Serve = (
  request: http.IncomingMessage,
  response: http.ServerResponse,
  listener: Listener,
) => void;

/** One port of the loopback interface, with the connections that were made to it. */
export class Listener {
  readonly port: number;
  /** Resolves when it listens no more and its last connection has ended. */
  readonly closed: Promise<void>;
  readonly #server: http.Server;
  #isOpen = true;
  #endsIdleConnections = false;
  #accepted = 0;

  private constructor(server: http.Server, port: number) {
    this.#server = server;
    this.port = port;
    this.closed = new Promise((resolve) => server.once('close', resolve));
  }

  /**
   * Binds a port.
   *
   * @param port 0 for any free one
   * @throws PortTakenError when it cannot be had
   */
  static open(port: number, serve: Serve): Promise<Listener> {
    return new Promise((resolve, reject) => {
      const server = http.createServer({
        headersTimeout: 10_000,
        requestTimeout: 120_000,
        connectionsCheckingInterval: 2_000,
        // Clients must be the ones who close idle connections: a request that crosses our close would be lost.
        keepAliveTimeout: 600_000,
        maxHeaderSize: 64 * 1024,
        // The front door says the same in the API's own shape.
        requireHostHeader: false,
      });
      // Stays: once it listens, errors such as too many open files pass by and must not end the process.
      server.on('error', (error: NodeJS.ErrnoException) => {
        reject(takenCodes.has(error.code) ? new PortTakenError(error.message) : error);
      });
      // The literal address: "localhost" may resolve to something else, and no other interface must answer.
      server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
        const listener = new Listener(server, (server.address() as { port: number }).port);
        server.on('connection', () => {
          listener.#accepted += 1;
        });
        server.on('request', (request, response) => {
          response.once('close', () => listener.#answered());
          serve(request, response, listener);
        });
        resolve(listener);
      });
    });
  }

  /** False once it accepts no more connections. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Takes in whom the system has let in already, and would turn away with the port. They come one in each turn of the event
   * loop at most, and a turn that has begun knows nothing of who came since.
   */
  async catchUp(): Promise<void> {
    for (let turns = 0; turns < maxCatchUpTurns; turns += 1) {
      const before = this.#accepted;
      await nextTurn();
      await nextTurn();
      if (this.#accepted === before) return;
    }
  }

  /** Lets go of the port. What runs on its connections goes on, and so do the connections. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    // What http.Server makes of it would close connections between two requests, while the next one is on its way.
    net.Server.prototype.close.call(this.#server);
  }

  /** Ends the connections on which nothing runs, now and after every answer. */
  endIdleConnections(): void {
    this.#endsIdleConnections = true;
    this.#server.closeIdleConnections();
  }

  closeAllConnections(): void {
    this.#server.closeAllConnections();
  }

  #answered(): void {
    if (this.#endsIdleConnections) setImmediate(() => this.#server.closeIdleConnections());
  }
}
