import type http from 'node:http';
import { traceOf } from '../core/errorTrace.ts';
import type { DocumentHolder } from './documentHolder.ts';
import { type ExchangeDeps, exchange } from './exchange.ts';
import { admit } from './frontDoor.ts';
import { Listener } from './listener.ts';
import { newRequestId, type OwnCondition, sendOwnError } from './ownErrors.ts';
import { sendFetched } from './queue/queueAnswers.ts';
import { type RequestBody, readBody } from './requestBody.ts';

/** How long a request waits for the configuration of a proxy that has just started. */
const configurationWaitMs = 10_000;
/** How long the ends of broken answers may take to reach their clients, in milliseconds. */
const lastWordsMs = 500;
/** How long the rest of a body that was refused is read and dropped before the connection is closed, in milliseconds. */
const lingerMs = 10_000;

export interface GatewayDeps {
  readonly documents: DocumentHolder;
  /** What serves the requests that pass the front door. */
  readonly exchange: ExchangeDeps;
  /** The token that clients must show now, or null when none is asked for. */
  readonly token: () => string | null;
  /** What is as good. */
  readonly formerTokens: () => readonly string[];
  /** Called with the number of requests that have not ended, after every change. */
  readonly inFlightChanged: (count: number) => void;
}

/**
 * The address that clients use: an HTTP server on the loopback interface, and nothing on it but the API's routes. When it
 * moves, addresses that it had before say where it is.
 */
export class Gateway {
  readonly #deps: GatewayDeps;
  /** The one of `port`, those of former ports, and those that have let go of theirs and have connections left. */
  readonly #listeners = new Set<Listener>();
  /** The answers to the requests that have not ended. */
  readonly #running = new Set<http.ServerResponse>();
  #runningChanged: () => void = () => undefined;
  #quietTimer: NodeJS.Timeout | undefined;
  #port = 0;
  #draining = false;
  readonly #drainBegun = new AbortController();

  constructor(deps: GatewayDeps) {
    this.#deps = deps;
  }

  /** The port that clients use. */
  get port(): number {
    return this.#port;
  }

  /** All ports that are held: whatever is sent there comes here. */
  get ports(): readonly number[] {
    return [...this.#listeners].filter(({ isOpen }) => isOpen).map(({ port }) => port);
  }

  get inFlight(): number {
    return this.#running.size;
  }

  /**
   * Binds the port; who holds it is the proxy of this machine and user. It can be tried again. From then on it is the one
   * that clients use; one that was bound before stays, and says so, until `leave`. Once requests are drained nothing is
   * bound any more.
   *
   * @param port 0 for any free one
   * @throws PortTakenError when another process holds it
   */
  async listen(port: number): Promise<void> {
    const listener = this.#holding(port) ?? (await Listener.open(port, this.#serve));
    if (this.#draining) {
      listener.close();
      return;
    }
    this.#listeners.add(listener);
    void listener.closed.then(() => this.#listeners.delete(listener));
    this.#port = listener.port;
  }

  /** Lets go of a port that clients used before. Answers that run there go on to their end. */
  leave(port: number): void {
    const listener = port === this.#port ? undefined : this.#holding(port);
    listener?.close();
    listener?.endIdleConnections();
  }

  /** Takes in whom the system has let in already; best right before `drain`, with which it turns away who still waits. */
  async catchUp(): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener.catchUp()));
  }

  /**
   * Lets go of the port at once, and serves what still comes on the connections that there are, each of which ends with
   * its next answer. Resolves when every request has ended or `limitMs` is over; those that still run then are ended as
   * well as they can be.
   *
   * @param quietMs so long no request may have run before the connections that clients keep are closed: many send the
   *   next one right after an answer, and it would be lost
   */
  async drain(limitMs: number, quietMs: number): Promise<void> {
    this.#draining = true;
    this.#drainBegun.abort();
    const listeners = [...this.#listeners];
    for (const listener of listeners) listener.close();
    for (const response of this.#running) if (!response.headersSent) response.shouldKeepAlive = false;
    const closed = Promise.all(listeners.map((listener) => listener.closed));
    await this.#over([this.#quiet(quietMs), closed], limitMs);
    for (const relay of this.#deps.exchange.relays) relay.stop();
    await this.#over([this.#quiet(0)], lastWordsMs);
    clearTimeout(this.#quietTimer);
    for (const listener of listeners) listener.closeAllConnections();
  }

  #holding(port: number): Listener | undefined {
    return [...this.#listeners].find((listener) => listener.isOpen && listener.port === port);
  }

  /** Resolves when no request has run for `quietMs`. */
  #quiet(quietMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#runningChanged = () => {
        clearTimeout(this.#quietTimer);
        if (this.#running.size > 0) return;
        if (quietMs === 0) resolve();
        else this.#quietTimer = setTimeout(resolve, quietMs);
      };
      this.#runningChanged();
    });
  }

  /** Resolves with the first of some events, or after `limitMs`. */
  async #over(events: readonly Promise<unknown>[], limitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([...events, limit]);
    clearTimeout(timer);
  }

  readonly #serve = async (
    request: http.IncomingMessage,
    response: http.ServerResponse,
    listener: Listener,
  ): Promise<void> => {
    const id = newRequestId();
    const receivedAt = this.#deps.exchange.clock();
    this.#running.add(response);
    this.#countChanged();
    response.once('close', () => {
      this.#running.delete(response);
      this.#countChanged();
    });
    // A socket's errors show as its close; without a listener they would end the process.
    response.on('error', ignoreSocketError);
    // The next request of this client belongs to whoever listens then.
    if (!listener.isOpen) response.shouldKeepAlive = false;
    try {
      await this.#answer(request, response, listener, id, receivedAt);
    } catch (error) {
      // A bug of ours must cost one request, not the process with everybody's streams.
      this.#deps.exchange.log({ level: 'error', event: 'internalError', requestId: id, ...traceOf(error) });
      if (response.headersSent) response.destroy();
      else sendOwnError(response, 'internal', id);
    }
  };

  async #answer(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    listener: Listener,
    id: string,
    receivedAt: number,
  ): Promise<void> {
    const { documents, token, formerTokens, exchange: deps } = this.#deps;
    // Clients warm up with a HEAD that carries no credential: nothing to worry about.
    const level = request.method === 'HEAD' ? 'info' : 'warn';
    const refuse = (code: OwnCondition, close: boolean, after?: Promise<void>) => {
      deps.log({ level, event: 'refused', requestId: id, code });
      sendOwnError(response, code, id, close, after);
    };
    const admitted = admit(request, {
      port: listener.port,
      token: token(),
      formerTokens: formerTokens(),
    });
    if (!admitted.ok) {
      refuse(admitted.refusal, true);
      return;
    }
    // A kept request may have been on its way here when the proxy moved; nobody would read the message.
    if (listener.port !== this.#port && !deps.queue.isReplay(request.rawHeaders)) {
      deps.log({ level, event: 'refused', requestId: id, code: 'moved' });
      // As below: a client that cannot get rid of its body sees no answer.
      request.resume();
      sendOwnError(response, { movedTo: this.#port }, id, true, ended(request));
      return;
    }
    if (admitted.request.route === 'keptAnswer') {
      // A successor goes on with what is kept: what is known of it here may be over, or have begun there.
      if (this.#draining) refuse('stopping', true);
      else await this.#answerLater(response, id, admitted.request.id);
      return;
    }
    const { route, method } = admitted.request;
    if (route === 'probe' || route === 'hello') {
      response.writeHead(200, { 'content-length': 0, 'request-id': id }).end();
      return;
    }
    let body: RequestBody | null = null;
    if (method === 'POST') {
      const result = await readBody(request);
      if (!result.ok) {
        // What still comes is read and dropped, since a client sees no answer while it cannot get rid of its body.
        request.resume();
        refuse(result.problem, false, ended(request));
        return;
      }
      body = result.body;
    }
    // No window brings a configuration any more to a process that ends; the successor gets one.
    if (!(await documents.present(configurationWaitMs, this.#drainBegun.signal))) {
      refuse(this.#draining ? 'stopping' : 'notConfigured', false);
      return;
    }
    const isReplay = deps.queue.isReplay(request.rawHeaders);
    const client = {
      id,
      receivedAt,
      admitted: { ...admitted.request, route },
      request,
      response,
      body,
      isReplay,
    };
    await exchange(client, deps);
  }

  /** Hands out the answer to a kept request, or says where it stands. */
  async #answerLater(response: http.ServerResponse, requestId: string, keptId: string): Promise<void> {
    const { queue, now, log } = this.#deps.exchange;
    const fetched = await queue.fetch(keptId);
    const code = sendFetched({ response, requestId, now: now() }, fetched);
    if (code) log({ level: 'warn', event: 'refused', requestId, code });
  }

  #countChanged(): void {
    this.#deps.inFlightChanged(this.#running.size);
    this.#runningChanged();
  }
}

/**
 * Resolves when the body of a request has ended, or has taken too long. A connection that is closed with the end of its
 * answer while the body still comes is reset, and the answer may be lost with it.
 */
function ended(request: http.IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, lingerMs);
    for (const event of ['end', 'close']) {
      request.once(event, () => {
        clearTimeout(timer);
        resolve();
      });
    }
  });
}

function ignoreSocketError(_error: Error): void {
  // See where it is attached.
}
