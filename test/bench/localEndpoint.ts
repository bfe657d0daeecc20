import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { messageStart, textDelta, wholeMessage } from '../support/wire.ts';

/** An endpoint in the process of the benchmark, so that both ends of a measurement read the same clock. */
export class LocalEndpoint {
  readonly port: number;
  readonly #server: http.Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: http.Server, port: number) {
    this.#server = server;
    this.port = port;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /**
   * @param endless begins a message and never ends it, instead of sending it whole
   * @param closed called when the connection of an endless message is closed
   */
  static async start(endless: boolean, closed: () => void = () => undefined): Promise<LocalEndpoint> {
    const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      request.resume().once('end', () => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        if (!endless) return void response.end(wholeMessage('Hello'));
        request.socket.once('close', closed);
        response.write(messageStart + textDelta('Once'));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new LocalEndpoint(server, (server.address() as AddressInfo).port);
  }

  /** Refuses connections until it listens again. */
  async refuse(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async listen(): Promise<void> {
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }
}
