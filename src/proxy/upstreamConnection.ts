import diagnostics from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { UnaskedContinue } from './unaskedContinue.ts';

/*
 * undici does not say which connection a request goes out on. It does tell a diagnostics channel, in the same call
 * that has just started the request, so that whoever was started last is meant.
 */
let justStarted: UpstreamConnection | undefined;
diagnostics.subscribe('undici:client:sendHeaders', (message) => {
  justStarted?.assign((message as { socket: Socket }).socket);
  justStarted = undefined;
});

/*
 * A request that had to wait for its connection goes out in the same call in which the connection is handed over. One
 * that goes out later is on a connection that was kept: after another request, or since it was opened in advance.
 */
let justConnected: Socket | undefined;
diagnostics.subscribe('undici:client:connected', (message) => {
  justConnected = (message as { socket: Socket }).socket;
  queueMicrotask(() => {
    justConnected = undefined;
  });
});

/** A connection that has carried a request, with what has to be done for it. */
interface Used {
  readonly unaskedContinue: UnaskedContinue;
  /** Whether the reader of its present answer has it paused. */
  isPaused: () => boolean;
}

const usedConnections = new WeakMap<Socket, Used>();

/** The connection of one request: tells one that the other end had already given up from one that broke. */
export class UpstreamConnection {
  readonly #isPaused: () => boolean;
  #socket: Socket | undefined;
  #wasKept = false;
  #bytesBefore = 0;

  /** @param isPaused whether the reader of the answer has paused it */
  constructor(isPaused: () => boolean) {
    this.#isPaused = isPaused;
  }

  /** undici has started the request, and says next on which connection. */
  started(): void {
    justStarted = this;
  }

  /** The request goes out on a connection. */
  assign(socket: Socket): void {
    const used = usedConnections.get(socket) ?? firstUse(socket);
    used.isPaused = this.#isPaused;
    used.unaskedContinue.expectAnswer();
    this.#socket = socket;
    this.#wasKept = socket !== justConnected;
    this.#bytesBefore = socket.bytesRead;
  }

  /** True when the request was sent, or begun to be. */
  get isAssigned(): boolean {
    return this.#socket !== undefined;
  }

  /** True when the connection had been kept for a while and brought nothing for this request. */
  get wasStale(): boolean {
    return this.#wasKept && this.#socket?.bytesRead === this.#bytesBefore;
  }
}

function firstUse(socket: Socket): Used {
  const used: Used = { unaskedContinue: new UnaskedContinue(socket), isPaused: () => false };
  usedConnections.set(socket, used);
  // undici 7.30 ends the process with an assertion when a connection that is to be closed after its answer is reset
  // while the answer is paused (https://github.com/nodejs/undici/issues/5360). Any other code takes its usual way.
  socket.prependListener('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNRESET' && used.isPaused()) error.code = 'EPIPE';
  });
  return used;
}
