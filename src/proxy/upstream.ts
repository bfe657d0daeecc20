import type { SecureContext } from 'node:tls';
import { type Dispatcher, errors, Pool, ProxyAgent } from 'undici';
import { isLoopbackHost, originOf } from '../core/baseUrl.ts';
import { isReachedWithoutProxy } from '../core/corporateProxy.ts';
import type { FailureCode } from '../core/failure.ts';
import type { NetworkOptions } from '../protocol/control.ts';
import type { RawHeaders } from './headers.ts';
import { UpstreamConnection } from './upstreamConnection.ts';

/*
 * The only file that knows undici. Its `dispatch` is used because it hands out bytes as they come; its own time
 * limits are off, the exchange keeps the time.
 */

/** An HTTP/1.1 connection carries one stream, so this is also the most streams that an endpoint can carry. */
const maxConnections = 1024;
/** Idle connections are closed before the usual limit of servers and firewalls does it under a request. */
const idleConnectionMs = 25_000;
/** What the connect limit of undici is late by at most, so that its more exact error comes first, in milliseconds. */
export const connectSlackMs = 1_500;

export interface UpstreamOptions {
  readonly baseUrl: string;
  readonly connectTimeoutMs: number;
  readonly network: NetworkOptions;
  /** What certificates are checked against; undefined for Node's own list. */
  readonly trust: SecureContext | undefined;
}

export interface UpstreamRequest {
  readonly method: 'POST' | 'GET';
  /** Path and query. */
  readonly path: string;
  readonly headers: string[];
  /** Hands out the pieces of the body at the moment of sending, or null for none; nothing else keeps them. */
  readonly body: (() => readonly Buffer[]) | null;
  /** Opens a connection for this request alone. */
  readonly onFreshConnection?: boolean;
}

/** What became of a request, in this order: connected, head, data…, then one of end and failed. */
export interface UpstreamHandler {
  /** A connection was assigned: from here on the endpoint may have seen the request. */
  connected(): void;
  head(status: number, statusText: string, headers: RawHeaders): void;
  /** Returns false to be sent no more until `resume`. */
  data(chunk: Buffer): boolean;
  end(): void;
  /** `code` is the system's or undici's code, for the log. Not called after `abort`. */
  failed(failure: FailureCode, code: string): void;
}

/** A request on its way. */
export interface UpstreamCall {
  /** Closes the connection at once; the handler hears nothing more. */
  abort(): void;
  resume(): void;
}

/** How it went to open a connection before any request needs one. */
export interface WarmUpResult {
  /** Until the connection stood, or failed, in milliseconds. */
  readonly durationMs: number;
  /** Why there is none. */
  readonly failure?: FailureCode;
}

class AbortedByUs extends Error {}
class ConnectionStands extends Error {}

/** The connections to one endpoint. */
export class Upstream {
  readonly #dispatcher: Dispatcher;
  readonly #newDispatcher: () => Dispatcher;
  readonly #origin: string;
  #fresh: Dispatcher | undefined;
  /** Reached through a tunnel of a corporate proxy. */
  readonly isTunnelled: boolean;

  constructor(options: UpstreamOptions) {
    this.#origin = originOf(options.baseUrl);
    const { network } = options;
    const { hostname, port, protocol } = new URL(options.baseUrl);
    const tlsOptions = {
      // Said explicitly, so that NODE_TLS_REJECT_UNAUTHORIZED in an inherited environment changes nothing.
      rejectUnauthorized: network.strictSsl,
      ...(options.trust ? { secureContext: options.trust } : {}),
    };
    const pool: Pool.Options = {
      connections: maxConnections,
      pipelining: 1,
      keepAliveTimeout: idleConnectionMs,
      keepAliveMaxTimeout: idleConnectionMs,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: options.connectTimeoutMs, ...tlsOptions },
    };
    const portNumber = Number(port) || (protocol === 'https:' ? 443 : 80);
    const isDirect = isLoopbackHost(hostname) || isReachedWithoutProxy(hostname, portNumber, network.noProxy);
    const proxyUrl = isDirect ? null : network.proxyUrl;
    this.isTunnelled = proxyUrl !== null;
    this.#newDispatcher = () =>
      proxyUrl === null
        ? new Pool(this.#origin, pool)
        : new ProxyAgent({
            ...pool,
            uri: proxyUrl,
            requestTls: pool.connect as object,
            proxyTls: { ...tlsOptions, timeout: options.connectTimeoutMs },
            // A proxy that accepts and never answers would keep the connection for minutes.
            clientFactory: (url, own) =>
              new Pool(url, { ...own, headersTimeout: options.connectTimeoutMs } as Pool.Options),
          });
    this.#dispatcher = this.#newDispatcher();
  }

  /** Connections of their own for requests that must not meet a used one; each is closed after its answer. */
  get #freshDispatcher(): Dispatcher {
    this.#fresh ??= this.#newDispatcher();
    return this.#fresh;
  }

  /** Sends a request. The handler is called later, never from within. */
  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall {
    let controller: Dispatcher.DispatchController | undefined;
    let aborted = false;
    const connection = new UpstreamConnection(() => controller?.paused === true);
    // Dropped with the request: undici keeps one that waits for a connection, for as long as that takes.
    let body = request.body;
    const isFresh = request.onFreshConnection === true;
    const call: UpstreamCall = {
      abort: () => {
        aborted = true;
        body = null;
        controller?.abort(new AbortedByUs());
      },
      resume: () => controller?.resume(),
    };
    const fail = (error: Error) => {
      if (aborted) return;
      aborted = true;
      handler.failed(failureOf(error, connection), codeOf(error));
    };
    queueMicrotask(() => {
      if (aborted) return;
      const dispatcher = isFresh ? this.#freshDispatcher : this.#dispatcher;
      dispatcher.dispatch(
        {
          origin: this.#origin,
          method: request.method,
          path: request.path,
          headers: this.isTunnelled ? joined(request.headers) : request.headers,
          body: body && bodyOnce(() => body?.() ?? []),
          reset: isFresh,
        } as Dispatcher.DispatchOptions,
        {
          onRequestStart: (started) => {
            controller = started;
            if (aborted) {
              controller.abort(new AbortedByUs());
              return;
            }
            connection.started();
            handler.connected();
          },
          onResponseStart: (_, status, _headers, statusText) => {
            // 100, 102, 103: what counts is still to come.
            if (status < 200 || aborted) return;
            handler.head(status, statusText ?? '', rawHeaderText(controller?.rawHeaders));
          },
          onResponseData: (_, chunk) => {
            if (!aborted && !handler.data(chunk)) controller?.pause();
          },
          onResponseEnd: () => {
            if (!aborted) handler.end();
          },
          onResponseError: (_, error) => fail(error),
        },
      );
    });
    return call;
  }

  /**
   * Opens a connection, also through a tunnel, that the next request will use; it is closed like any idle one. Nothing
   * is sent on it. Where an idle one is left, nothing happens.
   */
  warmUp(): Promise<WarmUpResult> {
    const startedAt = performance.now();
    return new Promise((resolve) => {
      this.#dispatcher.dispatch(
        // With headers, if none: only then does undici's proxy support name the same server as for a real request.
        { origin: this.#origin, method: 'GET', path: '/', headers: [] },
        {
          // undici drops a request whose handler throws here, before anything of it is written, and keeps the
          // connection; one that is aborted would take the connection with it.
          onRequestStart: () => {
            throw new ConnectionStands();
          },
          onResponseError: (_, error) => {
            const durationMs = Math.round(performance.now() - startedAt);
            if (error instanceof ConnectionStands) resolve({ durationMs });
            else resolve({ durationMs, failure: connectFailureOf(error) });
          },
        },
      );
    });
  }

  /** Lets running requests finish and closes the connections. */
  async close(): Promise<void> {
    await Promise.all([this.#dispatcher.close(), this.#fresh?.close()]);
  }
}

/** A body that undici does not hold on to: it lives until it is handed to the socket. */
async function* bodyOnce(take: () => readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* take();
}

/** One header per name: undici's proxy support would keep only the last of several (RFC 9110 §5.3 joins them). */
function joined(headers: readonly string[]): string[] {
  const byName = new Map<string, string>();
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    const before = byName.get(name);
    byName.set(name, before === undefined ? (headers[i + 1] as string) : `${before}, ${headers[i + 1]}`);
  }
  return [...byName].flat();
}

function rawHeaderText(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (!Array.isArray(raw)) return [];
  return raw.map((item) => (typeof item === 'string' ? item : item.toString('latin1')));
}

function codeOf(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (typeof code === 'string') return code;
  return error.cause instanceof Error ? codeOf(error.cause) : error.name;
}

/** Certificate errors of OpenSSL have codes such as `CERT_HAS_EXPIRED`, `SELF_SIGNED_CERT_IN_CHAIN`. */
const certificateCode = /CERT|SIGNATURE|^ERR_(TLS|SSL)|^EPROTO$/;

function failureOf(error: Error, connection: UpstreamConnection): FailureCode {
  const code = codeOf(error);
  if (connection.isAssigned) {
    if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return 'truncated';
    if (code.startsWith('HPE_') || error.name === 'HTTPParserError' || code === 'UND_ERR_HEADERS_OVERFLOW')
      return 'badResponse';
    return connection.wasStale ? 'staleConnection' : 'connectionLost';
  }
  return connectFailureOf(error);
}

/** Why there is no connection that a request could go out on. */
function connectFailureOf(error: Error): FailureCode {
  const code = codeOf(error);
  if (error instanceof errors.ConnectTimeoutError || code === 'ETIMEDOUT') return 'connectTimeout';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'dnsFailed';
  if (error instanceof errors.HeadersTimeoutError) return 'connectTimeout';
  return certificateCode.test(code) ? 'tlsFailed' : 'connectRefused';
}
