import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ByteReader } from '../support/byteReader.ts';
import { onEnd, type Scope } from '../support/scope.ts';
import {
  blockStop,
  chunk,
  errorBody,
  errorEvent,
  lastChunk,
  messageDelta,
  messageStop,
  ping,
  plainResponse,
  startOf,
  streamHead,
  textDelta,
  textStart,
} from '../support/wire.ts';

/** How one request is answered. Resolves when the connection can take another one. */
type Answer = (connection: Connection) => Promise<void>;

/** What an answer is written to, by an endpoint with a name. */
interface Connection {
  readonly name: string;
  send(bytes: string | Buffer): Promise<void>;
  end(): void;
  reset(): void;
  /** Resolves when either end has closed the connection. */
  readonly closed: Promise<void>;
}

const words = 8;

/** What every whole answer of an endpoint says, word by word. */
export function textOf(name: string): string {
  return `${name} `.repeat(words);
}

const delta = (name: string) => chunk(textDelta(`${name} `));
const beginning = (name: string) => chunk(startOf(`msg_${name}`) + ping);

const whole: Answer = async ({ name, send }) => {
  await send(streamHead);
  await send(Buffer.concat([beginning(name), chunk(textStart())]));
  for (let word = 0; word < words; word += 1) await send(delta(name));
  await send(Buffer.concat([chunk(blockStop + messageDelta + messageStop), Buffer.from(lastChunk)]));
};

const refused =
  (status: string, type: string, headers: readonly string[] = []): Answer =>
  ({ send }) =>
    send(plainResponse(status, errorBody(type, status), ['content-type: application/json', ...headers]));

const page =
  (status: string): Answer =>
  ({ send }) =>
    send(plainResponse(status, '<html><body>Bad gateway</body></html>', ['content-type: text/html']));

/** Sends the message up to some of its text and leaves the rest to `cut`. */
const cutInText =
  (cut: Answer): Answer =>
  async (connection) => {
    const { name, send } = connection;
    await send(streamHead);
    await send(Buffer.concat([beginning(name), chunk(textStart())]));
    for (let word = 0; word < words / 2; word += 1) await send(delta(name));
    await cut(connection);
  };

/** Sends the beginning of the message, with which no content has come, and leaves the rest to `cut`. */
const cutBeforeContent =
  (cut: Answer): Answer =>
  async (connection) => {
    await connection.send(streamHead);
    await connection.send(beginning(connection.name));
    await cut(connection);
  };

const reset: Answer = async (connection) => connection.reset();
const close: Answer = async (connection) => connection.end();
const stall: Answer = (connection) => connection.closed;
const cleanEnd: Answer = ({ send }) => send(lastChunk);
const errorIn =
  (type: string): Answer =>
  async ({ send }) => {
    await send(chunk(errorEvent(type, 'simulated')));
    await send(lastChunk);
  };

/**
 * Faults of which no content reaches the client, so that another endpoint can absorb them. None of them speaks of the
 * key or the address: that takes an endpoint out for longer than a test lasts.
 */
export const absorbableFaults: Readonly<Record<string, Answer>> = {
  'reset before the head': reset,
  'closed before the head': close,
  'silent before the head': stall,
  'one byte and silence': async (connection) => {
    await connection.send('H');
    await connection.closed;
  },
  'no HTTP': async (connection) => {
    await connection.send('SSH-2.0-OpenSSH_9.6\r\n');
    connection.end();
  },
  'a chunk of impossible size': async ({ send }) => {
    await send(streamHead);
    await send('zz\r\n');
  },
  'an empty answer': ({ send }) => send(plainResponse('200 OK', '', ['content-type: text/event-stream'])),
  'a page with status 200': page('200 OK'),
  'a page with status 403': page('403 Forbidden'),
  'a time-out': refused('408 Request Timeout', 'timeout_error'),
  'a rate limit with a time': refused('429 Too Many Requests', 'rate_limit_error', ['retry-after: 1']),
  'a rate limit without a time': refused('429 Too Many Requests', 'rate_limit_error'),
  'an internal error': refused('500 Internal Server Error', 'api_error'),
  'a bad gateway': page('502 Bad Gateway'),
  'no service': refused('503 Service Unavailable', 'api_error'),
  'a late gateway': refused('504 Gateway Timeout', 'timeout_error'),
  'an unknown status': refused('520 Unknown', 'api_error'),
  overload: refused('529 Overloaded', 'overloaded_error'),
  'reset after message_start': cutBeforeContent(reset),
  'a clean end after message_start': cutBeforeContent(cleanEnd),
  'overload after message_start': cutBeforeContent(errorIn('overloaded_error')),
  'an error after message_start': cutBeforeContent(errorIn('api_error')),
};

/** Faults after content has gone to the client: it has to learn of them. */
export const visibleFaults: Readonly<Record<string, Answer>> = {
  'reset in the text': cutInText(reset),
  'closed in the text': cutInText(close),
  'a clean end in the text': cutInText(cleanEnd),
  'an error in the text': cutInText(errorIn('api_error')),
  'silence in the text': cutInText(stall),
};

/** An endpoint whose answers can be changed at any time, and which can go away and come back. */
export interface FaultyEndpoint {
  readonly name: string;
  readonly port: number;
  /** Requests that have arrived. */
  readonly requests: number;
  /** Answers from now on with whole messages, or with a fault that is drawn for each request. */
  answer(fault?: () => Answer): void;
  /** Refuses connections, and breaks those that are there, until it comes back. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
}

/** Starts an endpoint that answers with whole messages until it is told otherwise. */
export async function startFaultyEndpoint(scope: Scope, name: string): Promise<FaultyEndpoint> {
  const sockets = new Set<net.Socket>();
  let draw: (() => Answer) | undefined;
  let requests = 0;

  const serve = async (socket: net.Socket) => {
    const reader = new ByteReader(socket);
    const connection: Connection = {
      name,
      send: (bytes) =>
        new Promise((resolve, reject) => {
          socket.write(bytes, (error) => (error ? reject(error) : resolve()));
        }),
      end: () => socket.end(),
      reset: () => socket.resetAndDestroy(),
      closed: new Promise((resolve) => socket.once('close', () => resolve())),
    };
    for (;;) {
      const head = await reader.head();
      if (!head) return;
      await reader.exactly(Number(head.values('content-length')[0] ?? 0));
      requests += 1;
      // A model takes a moment, and whatever it met is met in mid-request by some.
      await sleep(5);
      await (draw?.() ?? whole)(connection);
    }
  };
  const server = net.createServer((socket) => {
    socket.setNoDelay();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    serve(socket).catch(() => socket.destroy());
  });
  const listen = async (on: number) => {
    server.listen(on, '127.0.0.1');
    await once(server, 'listening');
  };
  const goAway = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as net.AddressInfo;
  onEnd(scope, goAway);
  return {
    name,
    port,
    get requests() {
      return requests;
    },
    answer: (fault) => {
      draw = fault;
    },
    goAway,
    comeBack: async () => {
      if (!server.listening) await listen(port);
    },
  };
}
