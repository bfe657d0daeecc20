import type { FailureCode } from '../core/failure.ts';
import { TimeLimit } from '../protocol/timeLimit.ts';
import { CheckAnswer } from './checkAnswer.ts';
import { isEncoded, type RawHeaders } from './headers.ts';
import { connectSlackMs, type Upstream, type UpstreamCall, type UpstreamRequest } from './upstream.ts';

/** How one question of a check ended, before anybody has judged it. */
export type CheckReply =
  /** Whoever asked wants no answer any more. */
  | { readonly kind: 'aborted' }
  /** There was no answer, or it broke off. */
  | {
      readonly kind: 'failed';
      readonly failure: FailureCode;
      /** The time was over. */
      readonly isLate: boolean;
      readonly facts: CallFacts;
    }
  /** All that there was to read, with a status of success or of an error. */
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: RawHeaders;
      readonly answer: CheckAnswer;
      readonly facts: CallFacts;
    };

/** What was seen however it ended. */
export interface CallFacts {
  /** A connection was there, so that the question may have been read, and paid. */
  readonly wasSent: boolean;
  readonly status: number | undefined;
  readonly headers: RawHeaders;
  /** As far as the endpoint has counted them. */
  readonly tokens: number | undefined;
  /** Milliseconds to the first content, or null when none came. */
  readonly firstContentMs: number | null;
  readonly durationMs: number;
}

export interface CheckCallOptions {
  readonly upstream: Upstream;
  readonly request: UpstreamRequest;
  readonly signal: AbortSignal;
  /** Until a connection stands, in milliseconds. */
  readonly connectMs: number;
  /** Until the whole answer is there, in milliseconds. */
  readonly limitMs: number;
  /** Milliseconds of the monotonic clock. */
  readonly clock: () => number;
}

/** How long the end of a body is waited for after the end of its message, in milliseconds. */
const lingerMs = 1_000;

/** Asks one question and reads the answer to its end. Never rejects. */
export function callForCheck(options: CheckCallOptions): Promise<CheckReply> {
  return new Promise((resolve) => new CheckCall(options, resolve).start());
}

class CheckCall {
  readonly #options: CheckCallOptions;
  readonly #resolve: (reply: CheckReply) => void;
  readonly #startedAt: number;
  readonly #limit = new TimeLimit();
  readonly #connectLimit = new TimeLimit();
  readonly #answer = new CheckAnswer();
  #call: UpstreamCall | undefined;
  #head: { readonly status: number; readonly headers: RawHeaders } | undefined;
  #wasSent = false;
  #firstContentMs: number | null = null;
  #endedMs: number | undefined;
  #isFinished = false;

  constructor(options: CheckCallOptions, resolve: (reply: CheckReply) => void) {
    this.#options = options;
    this.#resolve = resolve;
    this.#startedAt = options.clock();
  }

  start(): void {
    const { upstream, request, signal, connectMs, limitMs } = this.#options;
    if (signal.aborted) {
      this.#finish({ kind: 'aborted' });
      return;
    }
    signal.addEventListener('abort', this.#onAbort);
    this.#limit.set(limitMs, () => this.#onLate());
    // undici's own limit ends at the TCP connection; a company's proxy can be silent after that.
    if (upstream.isTunnelled) {
      this.#connectLimit.set(connectMs + connectSlackMs, () => this.#fail('connectTimeout'));
    }
    this.#call = upstream.send(request, {
      connected: () => {
        this.#wasSent = true;
        this.#connectLimit.clear();
      },
      head: (status, _statusText, headers) => this.#onHead(status, headers),
      data: (chunk) => this.#onData(chunk),
      end: () => this.#end(),
      failed: (failure) => this.#onFailed(failure),
    });
  }

  #onHead(status: number, headers: RawHeaders): void {
    this.#head = { status, headers };
    if (status >= 300 && status < 400) this.#fail('redirected');
    // What is compressed although nobody asked for it is not read on.
    else if (status < 300 && isEncoded(headers)) this.#end();
  }

  #onData(chunk: Buffer): boolean {
    const answer = this.#answer;
    answer.push(chunk);
    if (answer.hasContent) this.#firstContentMs ??= this.#elapsed();
    if (answer.errorData !== undefined || answer.isTooLong) this.#end();
    else if (answer.isStopped && this.#endedMs === undefined) {
      this.#endedMs = this.#elapsed();
      this.#limit.set(lingerMs, () => this.#end());
    }
    return true;
  }

  #onFailed(failure: FailureCode): void {
    // A message that is whole, or an error, says more than how its body ended.
    if (this.#answer.isStopped || (this.#head?.status ?? 0) >= 400) this.#end();
    else this.#fail(this.#head && failure === 'connectionLost' ? 'truncated' : failure);
  }

  #onLate(): void {
    if ((this.#head?.status ?? 0) >= 400) this.#end();
    else this.#fail(this.#firstContentMs === null ? 'firstByteTimeout' : 'idleTimeout', true);
  }

  readonly #onAbort = (): void => this.#finish({ kind: 'aborted' });

  #end(): void {
    const head = this.#head;
    if (head) this.#finish({ kind: 'answered', ...head, answer: this.#answer, facts: this.#facts() });
    else this.#fail('emptyAnswer');
  }

  #fail(failure: FailureCode, isLate = false): void {
    this.#finish({ kind: 'failed', failure, isLate, facts: this.#facts() });
  }

  #facts(): CallFacts {
    return {
      wasSent: this.#wasSent,
      status: this.#head?.status,
      headers: this.#head?.headers ?? [],
      tokens: this.#answer.tokens,
      firstContentMs: this.#firstContentMs,
      durationMs: this.#endedMs ?? this.#elapsed(),
    };
  }

  #elapsed(): number {
    return Math.round(this.#options.clock() - this.#startedAt);
  }

  #finish(reply: CheckReply): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#limit.clear();
    this.#connectLimit.clear();
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#call?.abort();
    this.#resolve(reply);
  }
}
