import type { ServerResponse } from 'node:http';
import type { Timeouts } from '../core/configuration.ts';
import { beginsAsHtml, isHtmlType } from '../core/errorAnswer.ts';
import type { FailureCode } from '../core/failure.ts';
import type { Usage } from '../core/usage.ts';
import { TimeLimit } from '../protocol/timeLimit.ts';
import { AnswerRelay, type RelayEnd } from './answerRelay.ts';
import { AnswerTail, WholeMessage } from './answerUsage.ts';
import { headerValues, isEncoded, type RawHeaders } from './headers.ts';
import { HeldBody } from './heldBody.ts';
import { type RefusedAnswer, refusalInBody } from './refusedAnswer.ts';
import { StreamGate } from './streamGate.ts';
import { connectSlackMs, type Upstream, type UpstreamCall, type UpstreamRequest } from './upstream.ts';
import { readWholeAnswer } from './wholeAnswer.ts';

/** How one try of a request at one endpoint ended, and what it came to. */
export type AttemptResult = AttemptEnd & {
  /** Milliseconds until the answer began to go to the client; absent when it did not. */
  readonly firstContentMs?: number;
  /** Tokens of the answer, as far as the endpoint has told them; an error has none. */
  readonly usage?: Usage;
};

type AttemptEnd =
  /** The client has an answer, or its beginning. */
  | RelayEnd
  /** The endpoint answered with an error, of which nothing went to the client. */
  | { readonly outcome: 'refused'; readonly answer: RefusedAnswer; readonly firstByteMs: number }
  /** There was no usable answer, and nothing went to the client. */
  | {
      readonly outcome: 'failed';
      readonly failure: FailureCode;
      readonly code: string;
      /** For `redirected`. */
      readonly status?: number;
    };

export interface AttemptOptions {
  readonly upstream: Upstream;
  readonly request: UpstreamRequest;
  readonly response: ServerResponse;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  readonly timeouts: Timeouts;
  /** What is left of the request's time until its first byte, in milliseconds. */
  readonly remainingMs: number;
  /** True for a route that answers with a message. */
  readonly isMessage: boolean;
  /** True when the client asked for a stream. */
  readonly isStreamed: boolean;
  /** True when the client goes on by itself after a message that ends early. */
  readonly isRescuable: boolean;
  /** True when this message may be closed for it. */
  readonly mayRescue: boolean;
  /** The endpoint was out, and this request shows whether it is well again: it gets less time. */
  readonly isTrial: boolean;
  /** The answers that are being passed on. */
  readonly relays: Set<AnswerRelay>;
  /** Whether another endpoint could take over now. */
  readonly isOtherReady: () => boolean;
  /** Milliseconds of the monotonic clock. */
  readonly clock: () => number;
  /** Called with the headers when the endpoint has answered something. */
  readonly reached: (headers: RawHeaders) => void;
  /** Called when the answer begins to go to the client: from here on there is no other attempt. */
  readonly committed: (firstContentMs: number) => void;
  /** Called with the length of each piece that goes to the client. */
  readonly passed: (bytes: number) => void;
}

/** How long the rest of an error may take once its head is there, in milliseconds. */
const refusalMs = 10_000;
/** The same while another endpoint is ready. */
const shortRefusalMs = 2_000;
/** The part of the usual time after which an endpoint on trial counts as slow. */
const trialShare = 1 / 4;
/** So many bytes tell an event stream from something else. */
const sniffedBytes = 6;
/** How often a late endpoint is compared with the others, in milliseconds. */
const patienceStepMs = 1_000;

/** What kind of body is being read. */
type Reading =
  | { readonly kind: 'head' }
  /** An error. */
  | { readonly kind: 'refusal'; readonly body: HeldBody }
  /** A stream of events whose content has not come yet. */
  | { readonly kind: 'events'; readonly gate: StreamGate }
  /** Not said what; the first bytes tell. */
  | { readonly kind: 'unknown'; readonly body: HeldBody }
  /** An answer that is held to its end. */
  | { readonly kind: 'whole'; readonly body: HeldBody }
  /** Compressed, so that nobody can look into it. */
  | { readonly kind: 'opaque' }
  /** It goes to the client. */
  | { readonly kind: 'relayed'; readonly relay: AnswerRelay };

interface Head {
  readonly status: number;
  readonly statusText: string;
  readonly headers: RawHeaders;
  /** Milliseconds since the attempt began. */
  readonly firstByteMs: number;
}

/** Tries a request at one endpoint: holds the answer until it has content, then passes it on as it comes. */
export function attempt(options: AttemptOptions): Promise<AttemptResult> {
  return new Promise((resolve) => new Attempt(options, resolve).start());
}

class Attempt {
  readonly #options: AttemptOptions;
  readonly #resolve: (result: AttemptResult) => void;
  readonly #startedAt: number;
  /** Until the first byte for the client. */
  readonly #deadline = new TimeLimit();
  /** Until the connection stands; then until the endpoint counts as slow. */
  readonly #impatience = new TimeLimit();
  /** Until held bytes are passed on. */
  readonly #hold = new TimeLimit();
  #call: UpstreamCall | undefined;
  #head: Head | undefined;
  #reading: Reading = { kind: 'head' };
  /** What knows the tokens of the answer. */
  #counted: { readonly usage: Usage | undefined } | undefined;
  /** The end of an answer that is passed on unread. */
  #tail: AnswerTail | undefined;
  #firstContentMs: number | undefined;
  #finished = false;

  constructor(options: AttemptOptions, resolve: (result: AttemptResult) => void) {
    this.#options = options;
    this.#resolve = resolve;
    this.#startedAt = options.clock();
  }

  start(): void {
    const { upstream, request, signal, timeouts, remainingMs } = this.#options;
    if (signal.aborted) {
      this.#finish({ outcome: 'clientGone' });
      return;
    }
    signal.addEventListener('abort', this.#onClientGone);
    this.#deadline.set(remainingMs, () => this.#onDeadline());
    // undici's own limit ends at the TCP connection; a company's proxy can be silent after that. Waiting for a free
    // connection counts too here, which only matters with a thousand streams at once.
    if (upstream.isTunnelled) {
      this.#impatience.set(timeouts.connect + connectSlackMs, () =>
        this.#stop('connectTimeout', 'ETIMEDOUT'),
      );
    }
    this.#call = upstream.send(request, {
      connected: () => {
        this.#impatience.clear();
        // Waiting for a free connection is not the endpoint's doing: its clock starts here.
        this.#watch();
      },
      head: (status, statusText, headers) => this.#onHead(status, statusText, headers),
      data: (chunk) => this.#onData(chunk),
      end: () => this.#onEnd(),
      failed: (failure, code) => this.#onFailed(failure, code),
    });
  }

  #onHead(status: number, statusText: string, headers: RawHeaders): void {
    const { timeouts, isMessage, isStreamed, reached } = this.#options;
    reached(headers);
    this.#head = { status, statusText, headers, firstByteMs: this.#elapsed() };
    if (status >= 300 && status < 400) {
      // Followed by the client, a redirect would carry the local token to wherever it points.
      this.#call?.abort();
      this.#finish({ outcome: 'failed', failure: 'redirected', code: 'REDIRECT', status });
      return;
    }
    if (status >= 400) {
      this.#impatience.clear();
      this.#reading = { kind: 'refusal', body: new HeldBody() };
      const limitMs = this.#options.isOtherReady() ? shortRefusalMs : refusalMs;
      this.#deadline.set(limitMs, () => this.#endRefusal());
      return;
    }
    const type = headerValues(headers, 'content-type')[0] ?? '';
    const isEventStream = /^text\/event-stream\b/i.test(type);
    if (isHtmlType(type)) {
      this.#stop('htmlAnswer', 'HTML');
      return;
    }
    if (isEncoded(headers)) this.#reading = { kind: 'opaque' };
    else if (isMessage && isEventStream) this.#readEvents();
    else if (!isMessage || !isStreamed) this.#reading = { kind: 'whole', body: new HeldBody() };
    else if (/^application\/json\b/i.test(type)) this.#reading = { kind: 'whole', body: new HeldBody() };
    else this.#reading = { kind: 'unknown', body: new HeldBody() };
    if (isMessage && isStreamed) this.#hold.set(2 * timeouts.hold, () => this.#onSilentHead());
  }

  #readEvents(): StreamGate {
    const gate = new StreamGate({ rescuable: this.#options.isRescuable });
    this.#reading = { kind: 'events', gate };
    this.#counted = gate;
    return gate;
  }

  #onData(chunk: Buffer): boolean {
    const reading = this.#reading;
    switch (reading.kind) {
      case 'head':
        return true;
      case 'refusal':
        if (!reading.body.push(chunk)) this.#stop('badResponse', 'TOO_LARGE');
        return true;
      case 'unknown':
        return this.#onUnknown(reading.body, chunk);
      case 'events':
        return this.#onEvents(reading.gate, chunk);
      case 'whole':
        if (reading.body.push(chunk)) return true;
        // Too much to hold; whether it is whole will show when it is too late for another endpoint.
        return this.#relayUnread(reading.body);
      case 'opaque':
        return this.#relay(undefined, [chunk]);
      case 'relayed':
        this.#tail?.push(chunk);
        return reading.relay.push(chunk);
    }
  }

  /** Some relays label their streams wrongly. */
  #onUnknown(body: HeldBody, chunk: Buffer): boolean {
    body.push(chunk);
    if (body.length < sniffedBytes) return true;
    const bytes = Buffer.concat(body.take());
    const beginning = bytes.subarray(0, 256).toString('utf8');
    if (/^[\s\ufeff]*(event:|data:|id:|retry:|:)/.test(beginning)) {
      return this.#onEvents(this.#readEvents(), bytes);
    }
    this.#stop(beginsAsHtml(beginning) ? 'htmlAnswer' : 'badResponse', 'NO_EVENT_STREAM');
    return true;
  }

  #onEvents(gate: StreamGate, chunk: Buffer): boolean {
    const { timeouts } = this.#options;
    const hadStarted = gate.messageStarted;
    gate.push(chunk);
    switch (gate.verdict) {
      case 'commit':
        return this.#relay(gate, []);
      case 'error': {
        this.#call?.abort();
        const { headers, firstByteMs } = this.#head as Head;
        this.#finish({
          outcome: 'refused',
          answer: refusalInBody(headers, gate.errorData ?? ''),
          firstByteMs,
        });
        return true;
      }
      case 'hold':
        if (gate.messageStarted && !hadStarted) {
          this.#impatience.clear();
          this.#hold.set(timeouts.hold, () => this.#relay(gate, []));
        }
        return true;
    }
  }

  #onEnd(): void {
    const reading = this.#reading;
    switch (reading.kind) {
      case 'head':
      case 'opaque':
      case 'unknown':
        this.#fail('emptyAnswer', 'EMPTY');
        return;
      case 'refusal':
        this.#endRefusal();
        return;
      case 'events':
        // Its content would have led to a commit.
        this.#fail(reading.gate.messageStarted ? 'truncated' : 'emptyAnswer', 'ENDED_EARLY');
        return;
      case 'whole':
        this.#endWhole(reading.body);
        return;
      case 'relayed':
        reading.relay.end();
        return;
    }
  }

  #onFailed(failure: FailureCode, code: string): void {
    const reading = this.#reading;
    if (reading.kind === 'relayed')
      reading.relay.lost(failure === 'connectionLost' ? 'truncated' : failure, code);
    // The status says more than how its body ended.
    else if (reading.kind === 'refusal') this.#endRefusal();
    else this.#fail(this.#head && failure === 'connectionLost' ? 'truncated' : failure, code);
  }

  #endRefusal(): void {
    const { status, statusText, headers, firstByteMs } = this.#head as Head;
    const reading = this.#reading;
    this.#call?.abort();
    const body = reading.kind === 'refusal' ? Buffer.concat(reading.body.take()) : Buffer.alloc(0);
    this.#finish({ outcome: 'refused', answer: { status, statusText, headers, body }, firstByteMs });
  }

  #endWhole(body: HeldBody): void {
    const { headers, firstByteMs } = this.#head as Head;
    const pieces = body.take();
    const whole = readWholeAnswer(pieces, headers, this.#options);
    switch (whole.kind) {
      case 'failed':
        this.#fail(whole.failure, whole.code);
        return;
      case 'refused':
        this.#finish({ outcome: 'refused', answer: whole.answer, firstByteMs });
        return;
      case 'usable':
        this.#relay(undefined, pieces);
        if (this.#reading.kind !== 'relayed') return;
        if (this.#options.isMessage) this.#counted = new WholeMessage(pieces);
        this.#reading.relay.end();
        return;
    }
  }

  /** Passes on what cannot be held any longer, and the rest as it comes. */
  #relayUnread(body: HeldBody): boolean {
    if (this.#options.isMessage) {
      this.#tail = new AnswerTail();
      this.#counted = this.#tail;
    }
    return this.#relay(undefined, body.take());
  }

  /** The first content is here, or it was held for long enough: from here on the client sees it. */
  #relay(gate: StreamGate | undefined, pieces: readonly Buffer[]): boolean {
    const { response, timeouts, isRescuable, mayRescue, relays, committed, passed } = this.#options;
    const head = this.#head as Head;
    this.#clearLimits();
    const relay = new AnswerRelay({
      response,
      head,
      gate,
      isRescuable,
      mayRescue,
      timeouts,
      passed,
      relays,
      resume: () => this.#call?.resume(),
      abort: () => this.#call?.abort(),
      finished: (result) => this.#finish(result),
    });
    if (!relay.begin()) {
      this.#stop('badResponse', 'INVALID_HEADER');
      return true;
    }
    this.#reading = { kind: 'relayed', relay };
    this.#firstContentMs = this.#elapsed();
    committed(this.#firstContentMs);
    let flowing = true;
    if (gate) flowing = relay.push(Buffer.alloc(0));
    for (const piece of pieces) {
      this.#tail?.push(piece);
      flowing = relay.push(piece);
    }
    return flowing;
  }

  /** The time until the first byte for the client is over. */
  #onDeadline(): void {
    const reading = this.#reading;
    if (reading.kind === 'events') this.#relay(reading.gate, []);
    else if (reading.kind === 'whole' && reading.body.length > 0) this.#relayUnread(reading.body);
    else this.#stop('firstByteTimeout', 'ETIMEDOUT');
  }

  /** Sees that a message begins in time. One that is not streamed takes as long as it takes, but for a trial. */
  #watch(): void {
    const { isStreamed, isTrial, timeouts } = this.#options;
    if (!isStreamed && !isTrial) return;
    const limitMs = timeouts.messageStart * (isTrial && isStreamed ? trialShare : 1);
    this.#impatience.set(limitMs, () => this.#onLate());
  }

  /** No message has begun in time: that only matters if somebody else would be quicker. */
  #onLate(): void {
    if (this.#options.isOtherReady()) {
      this.#stop('slow', 'ETIMEDOUT');
      return;
    }
    const { messageStart } = this.#options.timeouts;
    this.#impatience.set(Math.min(patienceStepMs, messageStart), () => this.#onLate());
  }

  /** The endpoint accepted, but no message begins. A client that sees its pings waits longer than one that sees nothing. */
  #onSilentHead(): void {
    const reading = this.#reading;
    const isEvents = reading.kind === 'events';
    if (!isEvents && reading.kind !== 'unknown') return;
    if (isEvents && reading.gate.messageStarted) return;
    if (isEvents && !this.#options.isOtherReady()) this.#relay(reading.gate, []);
    else this.#hold.set(patienceStepMs, () => this.#onSilentHead());
  }

  readonly #onClientGone = (): void => {
    this.#call?.abort();
    this.#finish({ outcome: 'clientGone' });
  };

  #stop(failure: FailureCode, code: string): void {
    this.#call?.abort();
    this.#fail(failure, code);
  }

  #fail(failure: FailureCode, code: string): void {
    this.#finish({ outcome: 'failed', failure, code });
  }

  #elapsed(): number {
    return Math.round(this.#options.clock() - this.#startedAt);
  }

  #clearLimits(): void {
    this.#deadline.clear();
    this.#impatience.clear();
    this.#hold.clear();
  }

  #finish(end: AttemptEnd): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#clearLimits();
    this.#options.signal.removeEventListener('abort', this.#onClientGone);
    if (this.#reading.kind === 'relayed') this.#reading.relay.dispose();
    const usage = end.outcome === 'refused' ? undefined : this.#counted?.usage;
    const firstContentMs = this.#firstContentMs;
    this.#resolve({
      ...end,
      ...(firstContentMs === undefined ? {} : { firstContentMs }),
      ...(usage === undefined ? {} : { usage }),
    });
  }
}
