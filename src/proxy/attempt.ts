import type { ServerResponse } from 'node:http';
import type { Timeouts } from '../core/configuration.ts';
import type { FailureCode } from '../protocol/state.ts';
import { clientHeaders, headerValues, type RawHeaders } from './headers.ts';
import { StreamEnd } from './streamEnd.ts';
import type { Upstream, UpstreamCall, UpstreamRequest } from './upstream.ts';

/** How one try of a request at one endpoint ended. */
export type AttemptResult =
  /** The whole answer went to the client. */
  | { readonly outcome: 'served'; readonly status: number; readonly firstByteMs: number }
  /** Nothing went to the client. `processed`: the endpoint may have worked on the request. */
  | {
      readonly outcome: 'failed';
      readonly failure: FailureCode;
      readonly code: string;
      /** For `redirected`. */
      readonly status?: number;
      readonly processed: boolean;
    }
  /** The answer broke off after its beginning had gone to the client, whose connection is now broken as well. */
  | { readonly outcome: 'broken'; readonly failure: FailureCode; readonly code: string }
  | { readonly outcome: 'clientGone' };

export interface AttemptOptions {
  readonly upstream: Upstream;
  readonly request: UpstreamRequest;
  readonly response: ServerResponse;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  readonly timeouts: Timeouts;
  /** True for a route that answers with a message, whose end can be recognised. */
  readonly isMessage: boolean;
  /** Milliseconds of the monotonic clock. */
  readonly clock: () => number;
  /** Called when the answer begins to go to the client: from here on there is no other attempt. */
  readonly committed: () => void;
  /** Called with the length of each piece that goes to the client. */
  readonly passed: (bytes: number) => void;
}

const noBytes = Buffer.alloc(0);

/** What the connect limit of undici is late by at most, so that its more exact error comes first. */
const connectSlackMs = 1_500;

/** The reason phrase, or none when it is not one (RFC 9112 §4): relays send what they like, undici reads it as UTF-8. */
function reasonPhrase(text: string): string {
  return /^[\t\x20-\x7e]*$/.test(text) ? text : '';
}

/** Tries a request at one endpoint and passes the answer on as it comes. */
export function attempt(options: AttemptOptions): Promise<AttemptResult> {
  return new Promise((resolve) => new Attempt(options, resolve).start());
}

class Attempt {
  readonly #options: AttemptOptions;
  readonly #resolve: (result: AttemptResult) => void;
  readonly #startedAt: number;
  #call: UpstreamCall | undefined;
  #timer: NodeJS.Timeout | undefined;
  #connected = false;
  #head: { status: number; firstByteMs: number } | undefined;
  #streamEnd: StreamEnd | undefined;
  /** The client was told how many bytes to expect, so a body that is shorter cannot end well. */
  #hasLength = false;
  #finished = false;

  constructor(options: AttemptOptions, resolve: (result: AttemptResult) => void) {
    this.#options = options;
    this.#resolve = resolve;
    this.#startedAt = options.clock();
  }

  start(): void {
    const { upstream, request, response, signal, timeouts } = this.#options;
    if (signal.aborted) {
      this.#finish({ outcome: 'clientGone' });
      return;
    }
    signal.addEventListener('abort', this.#onClientGone);
    response.on('drain', this.#onDrain);
    // undici's own limit ends at the TCP connection; a company's proxy can be silent after that. Waiting for a free
    // connection counts too here, which only matters with a thousand streams at once.
    if (upstream.isTunnelled) this.#limit(timeouts.connect + connectSlackMs, 'connectTimeout');
    this.#call = upstream.send(request, {
      connected: () => {
        this.#connected = true;
        // Waiting for a free connection is not the endpoint's doing: its clock starts here.
        this.#limit(timeouts.firstByte, 'firstByteTimeout');
      },
      head: (status, statusText, headers) => this.#onHead(status, statusText, headers),
      data: (chunk) => this.#onData(chunk),
      end: () => this.#onEnd(),
      failed: (failure, code) => this.#fail(failure, code),
    });
  }

  #onHead(status: number, statusText: string, headers: RawHeaders): void {
    if (status >= 300 && status < 400) {
      // Followed by the client, a redirect would carry the local token to wherever it points.
      this.#call?.abort();
      this.#finish({
        outcome: 'failed',
        failure: 'redirected',
        code: 'REDIRECT',
        status,
        processed: false,
      });
      return;
    }
    const { response, timeouts, isMessage, clock, committed } = this.#options;
    const isEventStream = headerValues(headers, 'content-type').some((type) =>
      /^text\/event-stream/i.test(type),
    );
    const isEncoded = headerValues(headers, 'content-encoding').some((coding) => coding !== 'identity');
    if (isMessage && status < 300 && isEventStream && !isEncoded) this.#streamEnd = new StreamEnd();
    this.#hasLength = headerValues(headers, 'content-length').length > 0;
    response.sendDate = false;
    try {
      response.writeHead(status, reasonPhrase(statusText), clientHeaders(headers));
    } catch {
      // node:http refuses a header that its parser let through, and keeps what was set before.
      response.statusMessage = '';
      this.#call?.abort();
      this.#fail('badResponse', 'INVALID_HEADER');
      return;
    }
    committed();
    this.#head = { status, firstByteMs: Math.round(clock() - this.#startedAt) };
    // Sends the head at once. flushHeaders() would encode it as UTF-8; header values are bytes, read as latin-1.
    response.write(noBytes);
    this.#limit(timeouts.idle, 'idleTimeout');
  }

  #onData(chunk: Buffer): boolean {
    const { response, timeouts, passed } = this.#options;
    this.#limit(timeouts.idle, 'idleTimeout');
    this.#streamEnd?.push(chunk);
    passed(chunk.length);
    const flowing = response.write(chunk);
    // A client that reads slowly is not a silent upstream.
    if (!flowing) clearTimeout(this.#timer);
    return flowing;
  }

  readonly #onDrain = (): void => {
    this.#limit(this.#options.timeouts.idle, 'idleTimeout');
    this.#call?.resume();
  };

  #onEnd(): void {
    const head = this.#head;
    if (head === undefined || (this.#streamEnd && !this.#streamEnd.isComplete())) {
      this.#fail('truncated', 'ENDED_EARLY');
      return;
    }
    this.#options.response.end();
    this.#finish({ outcome: 'served', ...head });
  }

  #fail(failure: FailureCode, code: string): void {
    if (this.#head && this.#streamEnd?.isComplete() && !this.#hasLength) {
      // Only the framing is missing: the client has the whole message and would lose it to a broken connection.
      this.#options.response.end();
      this.#finish({ outcome: 'served', ...this.#head });
    } else if (this.#head) {
      // Never a clean end on a truncated answer: clients would take it for complete. What came before the cut is
      // theirs; destroy() alone would discard what is not yet with the operating system.
      const { response } = this.#options;
      response.write(noBytes, () => response.destroy());
      this.#finish({
        outcome: 'broken',
        failure: failure === 'connectionLost' ? 'truncated' : failure,
        code,
      });
    } else {
      this.#finish({ outcome: 'failed', failure, code, processed: this.#connected });
    }
  }

  readonly #onClientGone = (): void => {
    this.#call?.abort();
    this.#finish({ outcome: 'clientGone' });
  };

  #limit(milliseconds: number, failure: FailureCode): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#call?.abort();
      this.#fail(failure, 'ETIMEDOUT');
    }, milliseconds);
  }

  #finish(result: AttemptResult): void {
    if (this.#finished) return;
    this.#finished = true;
    clearTimeout(this.#timer);
    this.#options.signal.removeEventListener('abort', this.#onClientGone);
    this.#options.response.off('drain', this.#onDrain);
    this.#resolve(result);
  }
}
