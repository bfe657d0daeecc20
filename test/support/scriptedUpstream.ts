import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { ByteReader } from './byteReader.ts';
import { canaryKey, leaksAtUpstream } from './canaries.ts';
import { callHeader, historyOf, type Receipt } from './history.ts';
import { onEnd, type Scope } from './scope.ts';
import { waitFor } from './waitFor.ts';

/** A request exactly as it arrived. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** SHA-256 of the body, in hexadecimal. */
  readonly bodyHash: string;
  /** All values of a header, by its lower-case name. */
  values(name: string): string[];
}

/** One request and the connection on which to answer it, byte by byte. */
export interface UpstreamExchange {
  readonly request: ReceivedRequest;
  readonly socket: net.Socket;
  /** Sends bytes; resolves when the operating system has taken them, rejects when the connection is gone. */
  send(bytes: string | Buffer): Promise<void>;
  /** Ends the connection cleanly after what was sent. */
  end(): void;
  /** Breaks the connection with a reset. */
  reset(): void;
  /** Resolves when the connection is closed, by whichever end. */
  readonly closed: Promise<void>;
}

/** Answers one request. When it has resolved, the next request on the same connection is read. */
export type Script = (exchange: UpstreamExchange) => void | Promise<void>;

/** An endpoint of a config file. */
export interface ConfiguredEndpoint {
  readonly name: string;
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly [field: string]: unknown;
}

/** An upstream that does what a test says, on 127.0.0.1. */
export interface ScriptedUpstream {
  readonly port: number;
  readonly url: string;
  /** Its name in a config file, unless it is given another one there. */
  readonly name: string;
  /** The key that belongs to this origin and must be seen by no other. */
  readonly key: string;
  /** Requests whose head and body have arrived, oldest first. */
  readonly requests: readonly ReceivedRequest[];
  /** How many connections were opened. */
  readonly connections: number;
  /** How many requests lost their connection, by whichever end, before their script was through. */
  readonly cut: number;
  /** The entry for a config file. */
  endpoint(fields?: Record<string, unknown>): ConfiguredEndpoint;
  /** Resolves when `count` requests have arrived. */
  received(count: number): Promise<void>;
  /** Resolves when `count` requests have lost their connection before their script was through. */
  cutOff(count: number): Promise<void>;
  /** Stops listening and breaks all connections; the port refuses from then on. */
  close(): Promise<void>;
}

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));

/** Path of the certificate that upstreams with `tls` show; nobody trusts it unless told to. */
export const selfSignedCertificate = new URL('fixtures/selfSigned.crt', import.meta.url).pathname;

/**
 * Starts a raw TCP server that speaks as much HTTP as it takes to read requests and leaves every byte of the answers
 * to the script. At the end of `scope` it fails the test when a secret has arrived that does not belong here.
 *
 * @param script the same for every request, or one script per request, the last for all that follow
 * @param options `tls` with a certificate that nobody knows; `answersEarly` runs the script when the head has
 *   arrived and leaves the body unread
 */
export async function startUpstream(
  scope: Scope,
  script: Script | readonly Script[],
  options: { tls?: boolean; answersEarly?: boolean } = {},
): Promise<ScriptedUpstream> {
  const history = historyOf(scope);
  const requests: ReceivedRequest[] = [];
  const leaks: string[] = [];
  const sockets = new Set<net.Socket>();
  let connections = 0;
  let begun = 0;
  let cut = 0;

  const scriptFor = (index: number): Script => {
    if (typeof script === 'function') return script;
    const chosen = script[Math.min(index, script.length - 1)];
    assert.ok(chosen, 'an upstream needs a script');
    return chosen;
  };

  const serve = async (socket: net.Socket): Promise<void> => {
    const reader = new ByteReader(socket);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    for (;;) {
      const arrived = await readRequest(reader, options.answersEarly ?? false);
      if (!arrived) return;
      const { request, call } = arrived;
      leaks.push(...leaksAtUpstream(port, `${request.target}\n${request.rawHeaders.join('\n')}`));
      leaks.push(...leaksAtUpstream(port, request.body.toString('latin1')));
      requests.push(request);
      const receipt = history.arrived(port, call);
      const index = begun;
      begun += 1;
      let running = true;
      void closed.then(() => {
        if (running) cut += 1;
        if (receipt) receipt.open = false;
      });
      await scriptFor(index)({
        request,
        socket,
        closed,
        send: (bytes) => send(socket, bytes, receipt),
        end: () => socket.end(),
        reset: () => socket.resetAndDestroy(),
      });
      running = false;
      if (receipt) receipt.open = false;
    }
  };

  const onConnection = (socket: net.Socket) => {
    // A connection that the proxy breaks is what many tests are about; it shows as its close.
    socket.on('error', () => socket.destroy());
    serve(socket).catch(() => socket.destroy());
  };
  const server = options.tls
    ? tls.createServer(
        { key: fixture('selfSigned.key'), cert: fixture('selfSigned.crt') },
        onConnection as (socket: tls.TLSSocket) => void,
      )
    : net.createServer(onConnection);
  server.on('tlsClientError', () => undefined);
  server.on('connection', (socket: net.Socket) => {
    connections += 1;
    socket.setNoDelay();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  const key = canaryKey(port);
  const name = `endpoint-${port}`;

  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  onEnd(scope, async () => {
    await close();
    assert.deepEqual(leaks, [], 'secrets arrived at an upstream that they do not belong to');
  });

  return {
    port,
    url,
    name,
    key,
    requests,
    get connections() {
      return connections;
    },
    get cut() {
      return cut;
    },
    endpoint: (fields = {}) => {
      const endpoint = { name, baseUrl: url, apiKey: key, ...fields };
      history.named(endpoint.name, port);
      return endpoint;
    },
    received: async (count) => {
      await waitFor(
        `${count} requests at the upstream`,
        () => requests.length >= count || undefined,
        20_000,
        5,
      );
    },
    cutOff: async (count) => {
      await waitFor(`${count} upstream connections are cut`, () => cut >= count || undefined, 20_000, 5);
    },
    close,
  };
}

async function readRequest(
  reader: ByteReader,
  headOnly: boolean,
): Promise<{ request: ReceivedRequest; call: string | undefined } | undefined> {
  const head = await reader.head();
  if (head === undefined) return undefined;
  const [method = '', target = ''] = head.startLine.split(' ');
  const { values } = head;
  const [call] = values(callHeader);
  const rawHeaders = withoutCallHeader(head.rawHeaders);
  const body = await reader.exactly(headOnly ? 0 : Number(values('content-length')[0] ?? 0));
  const bodyHash = createHash('sha256').update(body).digest('hex');
  return { request: { method, target, rawHeaders, body, bodyHash, values }, call };
}

function withoutCallHeader(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, index) => rawHeaders[index - (index % 2)]?.toLowerCase() !== callHeader);
}

function send(socket: net.Socket, bytes: string | Buffer, receipt: Receipt | undefined): Promise<void> {
  receipt?.bytes.add(bytes);
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
