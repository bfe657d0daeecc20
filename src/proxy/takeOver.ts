import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import { helloTimeoutMs, retireRequest } from '../protocol/control.ts';
import { converse } from '../protocol/conversation.ts';
import { dialProxy } from '../protocol/dial.ts';
import type { Home } from '../protocol/home.ts';
import { schemaVersion } from './history/schema.ts';
import { PortTakenError } from './listener.ts';

/** How long the holder may take to let go of the port, in milliseconds. */
const limitMs = 15_000;
/** From one try to bind the port to the next, in milliseconds: meanwhile nobody answers there. */
const retryMs = 1;
/** From one look at who holds the port to the next, in milliseconds. */
const lookMs = 200;

export interface TakeOverOptions {
  readonly home: Home;
  readonly port: number;
  /** Of this build. */
  readonly version: string;
  /** Binds the port. @throws PortTakenError */
  readonly listen: (port: number) => Promise<void>;
}

/** What the holder of the port says: it retires, it does not, it ends without an answer, or nobody of ours is there. */
type Reply = 'retires' | 'refuses' | 'ends' | 'silent';

/**
 * Has an older build retire and gets the port from it. Whoever calls this must be ready to serve: from the moment that
 * the other one has agreed, clients wait for us. So the port is tried from before it is asked, and by the time that it lets
 * go, trying has become fast.
 *
 * @throws PortTakenError when the holder is not older, or does not let go
 */
export async function takeOver(options: TakeOverOptions): Promise<void> {
  const endsAt = performance.now() + limitMs;
  let mayWait = true;
  let isFirst = true;
  let nextLookAt = 0;
  for (;;) {
    try {
      return await options.listen(options.port);
    } catch (error) {
      if (!(error instanceof PortTakenError) || !mayWait || performance.now() > endsAt) throw error;
    }
    if (performance.now() > nextLookAt) {
      nextLookAt = Number.POSITIVE_INFINITY;
      // Of two successors the other one may have been faster. An older build that was is asked in its turn.
      void askToRetire(options).then((reply) => {
        // Between two holders nobody answers; at first there was one to be asked.
        mayWait = reply !== 'refuses' && !(isFirst && reply === 'silent');
        isFirst = false;
        nextLookAt = performance.now() + lookMs;
      });
    }
    await delay(retryMs);
  }
}

async function askToRetire({ home, port, version }: TakeOverOptions): Promise<Reply> {
  let socket: Socket;
  try {
    socket = await dialProxy(home, port);
  } catch {
    // Nobody listens there, or nobody of ours.
    return 'silent';
  }
  const impatience = setTimeout(() => socket.destroy(), helloTimeoutMs);
  const connection = converse(socket);
  socket.once('close', () => connection.dispose());
  connection.onError(() => socket.destroy());
  connection.listen();
  try {
    const retires = await connection.sendRequest(retireRequest, { version, historySchema: schemaVersion });
    return retires ? 'retires' : 'refuses';
  } catch (error) {
    // What answers but knows no such request is of the time before there was one.
    const isAnswer = error instanceof ResponseError && error.code === ErrorCodes.MethodNotFound;
    return isAnswer ? 'refuses' : 'ends';
  } finally {
    clearTimeout(impatience);
    socket.destroy();
  }
}
