import type { ControlSocket } from './controlSocket.ts';
import { errorCodeOf } from './errorCode.ts';
import type { Gateway } from './gateway.ts';
import { PortTakenError } from './listener.ts';
import type { Log } from './log.ts';

/** How long a former address says where the proxy is, in milliseconds. */
const defaultForwardingMs = 60_000;
/** So many former addresses at most; the oldest is let go of. */
const maxFormer = 4;

export interface AddressesDeps {
  readonly gateway: Pick<Gateway, 'port' | 'listen' | 'leave'>;
  /** The control socket of a port, not open yet. */
  readonly socketOf: (port: number) => ControlSocket;
  /** The proxy listens on another port. Resolves when everything that goes by its number has followed. */
  readonly moved: (port: number) => Promise<void>;
  readonly log: Log['write'];
  readonly forwardingMs?: number;
}

/** A port that is held no longer than it takes to tell where the proxy is. */
interface Former {
  readonly socket: ControlSocket;
  readonly timer: NodeJS.Timeout;
}

/**
 * Where the process can be reached: the port that clients use, and the control socket that belongs to it. It moves to another
 * port when all windows want that, and where windows want different ones it stays; whoever wants another one then has a
 * process of its own. A port that was left is still held for a while, with its control socket, since both belong to the
 * holder of the port: clients are told there where the proxy is, and a window that wants the port gets it.
 */
export class Addresses {
  readonly #deps: AddressesDeps;
  readonly #former = new Map<number, Former>();
  #socket: ControlSocket | undefined;
  #wanted: readonly number[] = [];
  /** One thing is done at a time. */
  #last: Promise<unknown> = Promise.resolve();
  #mayMove = true;
  #isOver = false;

  constructor(deps: AddressesDeps) {
    this.#deps = deps;
  }

  /** Opens the control socket of the port that the gateway has bound. */
  async open(): Promise<void> {
    this.#socket = this.#deps.socketOf(this.#deps.gateway.port);
    await this.#socket.open();
  }

  /** Opens control sockets again whose files were lost. */
  look(): void {
    for (const socket of [this.#socket, ...[...this.#former.values()].map((former) => former.socket)]) {
      void socket?.look();
    }
  }

  /** Where the windows want the proxy to listen, each of them; 0 leaves that to the proxy. */
  wanted(ports: readonly number[]): void {
    this.#wanted = ports;
    const [port = 0] = ports;
    if (port > 0 && this.#isUnanimous(port)) void this.#inTurn(() => this.#moveTo(port));
  }

  /**
   * A window has come by the address of a port that the proxy has left. If nobody wants anything else the proxy moves back,
   * and otherwise it lets go of the port, so that the window can have a process of its own there.
   *
   * @returns whether the proxy listens there
   */
  wantedBack(port: number): Promise<boolean> {
    return this.#inTurn(async () => {
      if (this.#isUnanimous(port)) await this.#moveTo(port);
      else this.#leave(port);
      return this.#deps.gateway.port === port;
    });
  }

  /** Moves no more. Resolves when a move that is under way is over. */
  async stay(): Promise<void> {
    this.#mayMove = false;
    await this.#last;
  }

  /** Accepts no more windows at any address, and moves no more. The ports themselves belong to the gateway. */
  close(): void {
    this.#mayMove = false;
    this.#isOver = true;
    this.#socket?.close();
    for (const { socket, timer } of this.#former.values()) {
      clearTimeout(timer);
      socket.close();
    }
    this.#former.clear();
  }

  /** True when nobody wants another one. */
  #isUnanimous(port: number): boolean {
    return this.#wanted.every((other) => other === port);
  }

  async #moveTo(port: number): Promise<void> {
    const { gateway, log, moved } = this.#deps;
    const from = gateway.port;
    // By the time that it is this move's turn, somebody may want something else.
    if (port === from || !this.#mayMove || !this.#isUnanimous(port)) return;
    const former = this.#former.get(port);
    let socket: ControlSocket;
    try {
      socket = former?.socket ?? this.#deps.socketOf(port);
      // The port first: only who holds it touches the control socket.
      await gateway.listen(port);
      if (!former) await this.#openSocket(socket, from);
    } catch (error) {
      const code = error instanceof PortTakenError ? 'EADDRINUSE' : errorCodeOf(error);
      log({ level: 'warn', event: 'notMoved', port, code });
      return;
    }
    if (this.#isOver) {
      socket.close();
      return;
    }
    clearTimeout(former?.timer);
    this.#former.delete(port);
    this.#remember(from);
    this.#socket = socket;
    log({ level: 'info', event: 'moved', port, pid: process.pid });
    await moved(port);
  }

  /** Opens the control socket of the port that was bound; where that fails the proxy stays where it was. */
  async #openSocket(socket: ControlSocket, from: number): Promise<void> {
    const { gateway } = this.#deps;
    try {
      await socket.open();
    } catch (error) {
      const { port } = gateway;
      await gateway.listen(from);
      gateway.leave(port);
      throw error;
    }
  }

  /** Goes on holding a port that the proxy has left, for a while. */
  #remember(port: number): void {
    if (!this.#socket) return;
    const { forwardingMs = defaultForwardingMs } = this.#deps;
    const timer = setTimeout(() => this.#leave(port), forwardingMs).unref();
    this.#former.set(port, { socket: this.#socket, timer });
    const [oldest] = this.#former.keys();
    if (this.#former.size > maxFormer && oldest !== undefined) this.#leave(oldest);
  }

  /** Lets go of a port that the proxy has left: of the control socket first, while it is ours to close. */
  #leave(port: number): void {
    const former = this.#former.get(port);
    if (!former) return;
    this.#former.delete(port);
    clearTimeout(former.timer);
    former.socket.close();
    this.#deps.gateway.leave(port);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
