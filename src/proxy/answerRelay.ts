import type { ServerResponse } from 'node:http';
import type { Timeouts } from '../core/configuration.ts';
import type { FailureCode } from '../core/failure.ts';
import { TimeLimit } from '../protocol/timeLimit.ts';
import { clientHeaders, headerValues, type RawHeaders } from './headers.ts';
import { sendHead } from './refusedAnswer.ts';
import type { StreamGate } from './streamGate.ts';
import { pingEvent } from './turnRescue.ts';

/** How an answer ended of which the client has seen at least the beginning. */
export type RelayEnd =
  /** The client has all of it. `isUnfinished`: only the last event of a complete message was missing. */
  | {
      readonly outcome: 'served';
      readonly status: number;
      readonly firstByteMs: number;
      readonly isUnfinished: boolean;
    }
  /**
   * It broke off. `rescued`: the message was closed so that the client goes on by itself. `broken`: so was the client's
   * connection, unless the endpoint itself had reported the error.
   */
  | {
      readonly outcome: 'rescued' | 'broken';
      readonly status: number;
      readonly firstByteMs: number;
      readonly failure: FailureCode;
      readonly code: string;
      /** The data of the error event that ended it. */
      readonly errorData?: string;
    }
  | { readonly outcome: 'clientGone' };

export interface AnswerRelayOptions {
  readonly response: ServerResponse;
  readonly head: {
    readonly status: number;
    readonly statusText: string;
    readonly headers: RawHeaders;
    readonly firstByteMs: number;
  };
  /** For a stream of events that can be read; what it holds goes out first. */
  readonly gate: StreamGate | undefined;
  /** The client goes on by itself after a message that ends early; the gate is made for it. */
  readonly isRescuable: boolean;
  /** This message may be closed for it. */
  readonly mayRescue: boolean;
  readonly timeouts: Timeouts;
  /** Called with the length of each piece that goes to the client. */
  readonly passed: (bytes: number) => void;
  /** The answers that are being passed on; this one adds itself for as long as it runs. */
  readonly relays: Set<AnswerRelay>;
  /** Lets the endpoint's bytes flow again. */
  readonly resume: () => void;
  /** Closes the endpoint's connection. */
  readonly abort: () => void;
  readonly finished: (result: RelayEnd) => void;
}

const noBytes = Buffer.alloc(0);
/** How long an endpoint may take to end its answer after the end of the message, in milliseconds. */
const afterEndMs = 2_000;

/** Passes an answer on to the client as it comes, with back pressure, and ends it as honestly as it ended. */
export class AnswerRelay {
  readonly #options: AnswerRelayOptions;
  readonly #idle = new TimeLimit();
  /** Until the client gets a sign of life. */
  readonly #silence = new TimeLimit();
  /** Until a held tool call is given up. */
  readonly #toolHold = new TimeLimit();
  #isHoldingTool = false;

  constructor(options: AnswerRelayOptions) {
    this.#options = options;
  }

  /** Sends the head. @returns false when it cannot be sent; nothing has gone out then */
  begin(): boolean {
    const { response, head, gate, timeouts } = this.#options;
    // Pings of ours and the end of a rescued message change the length of a stream.
    const headers = clientHeaders(
      head.headers,
      (name) => gate !== undefined && (name === 'content-length' || name === 'content-type'),
    );
    // Whatever a relay calls it: clients that do not find this type ask, and pay, once more.
    if (gate) headers.push('content-type', contentTypeOf(head.headers));
    if (!sendHead(response, head.status, head.statusText, headers)) return false;
    response.on('drain', this.#onDrain);
    this.#options.relays.add(this);
    gate?.commit();
    // Sends the head at once. flushHeaders() would encode it as UTF-8; header values are bytes, read as latin-1.
    response.write(noBytes);
    this.#idle.set(timeouts.idle, this.#onIdle);
    if (gate) this.#silence.set(timeouts.ping, this.#onSilence);
    return true;
  }

  /** Takes the next bytes. @returns false when the client has to read first */
  push(chunk: Buffer): boolean {
    const { response, gate, timeouts, isRescuable } = this.#options;
    if (gate && chunk.length > 0) gate.push(chunk);
    this.#pass(gate ? gate.take() : [chunk]);
    if (gate?.errorData !== undefined) {
      this.#options.abort();
      if (isRescuable) this.lost('errorStatus', 'ERROR_EVENT');
      else this.#endWithError();
      return true;
    }
    // Some endpoints keep the connection after the end of the message.
    this.#idle.set(gate?.end === 'stopped' ? afterEndMs : timeouts.idle, this.#onIdle);
    this.#watchTool();
    const flowing = !response.writableNeedDrain;
    // A client that reads slowly is not a silent upstream.
    if (!flowing) this.#idle.clear();
    return flowing;
  }

  /** The endpoint's answer ended without an error of its transport. */
  end(): void {
    const { response, gate } = this.#options;
    if (gate === undefined || gate.end === 'stopped') {
      response.end();
      this.#served(false);
    } else {
      this.lost('truncated', 'ENDED_EARLY');
    }
  }

  /** This process ends: what can be closed is closed, so that its client goes on by itself. */
  stop(): void {
    this.#options.abort();
    this.lost('truncated', 'STOPPING');
  }

  /** The endpoint has told the client itself that something went wrong; nothing comes after that. */
  #endWithError(): void {
    this.#options.response.end();
    this.#lostWith('broken', 'errorStatus', 'ERROR_EVENT');
  }

  /** The endpoint's answer broke off. */
  lost(failure: FailureCode, code: string): void {
    const { response, gate, isRescuable, mayRescue } = this.#options;
    const isComplete = gate !== undefined && gate.end !== 'open';
    const closing = isRescuable ? gate?.rescue() : undefined;
    if (isComplete && (!isRescuable || closing !== undefined)) {
      // Only the framing or the last event is missing: the client has the whole message and would lose it to a broken
      // connection.
      this.#pass(closing ? [closing] : []);
      response.end();
      this.#served(gate.end !== 'stopped');
    } else if (closing !== undefined && mayRescue) {
      this.#pass([closing]);
      response.end();
      this.#lostWith('rescued', failure, code);
    } else {
      // Never a clean end on a truncated answer: clients would take it for complete. What came before the cut is
      // theirs; destroy() alone would discard what is not yet with the operating system.
      response.write(noBytes, () => response.destroy());
      this.#lostWith('broken', failure, code);
    }
  }

  dispose(): void {
    this.#idle.clear();
    this.#silence.clear();
    this.#toolHold.clear();
    this.#options.response.off('drain', this.#onDrain);
    this.#options.relays.delete(this);
  }

  #pass(pieces: readonly Buffer[]): void {
    const { response, passed, timeouts, gate } = this.#options;
    for (const piece of pieces) {
      passed(piece.length);
      response.write(piece);
    }
    if (gate && pieces.length > 0 && !this.#isHoldingTool) this.#silence.set(timeouts.ping, this.#onSilence);
  }

  /** A tool call is held until it is whole, with signs of life meanwhile, but not for ever. */
  #watchTool(): void {
    const { gate, timeouts } = this.#options;
    const holds = gate?.holdsTool === true;
    if (holds === this.#isHoldingTool) return;
    this.#isHoldingTool = holds;
    this.#silence.set(holds ? timeouts.hold : timeouts.ping, this.#onSilence);
    if (!holds) {
      this.#toolHold.clear();
      return;
    }
    this.#toolHold.set(timeouts.ping, () => {
      gate.flushTool();
      this.#pass(gate.take());
      this.#watchTool();
    });
  }

  readonly #onDrain = (): void => {
    this.#idle.set(this.#options.timeouts.idle, this.#onIdle);
    this.#options.resume();
  };

  readonly #onIdle = (): void => {
    this.#options.abort();
    this.lost('idleTimeout', 'ETIMEDOUT');
  };

  readonly #onSilence = (): void => {
    const { response, gate, timeouts } = this.#options;
    if (gate?.atBoundary && gate.end === 'open' && !response.writableNeedDrain) response.write(pingEvent);
    this.#silence.set(this.#isHoldingTool ? timeouts.hold : timeouts.ping, this.#onSilence);
  };

  #served(isUnfinished: boolean): void {
    const { status, firstByteMs } = this.#options.head;
    this.#options.finished({ outcome: 'served', status, firstByteMs, isUnfinished });
  }

  #lostWith(outcome: 'rescued' | 'broken', failure: FailureCode, code: string): void {
    const { head, gate, finished } = this.#options;
    const { status, firstByteMs } = head;
    const errorData = gate?.errorData;
    finished({
      outcome,
      status,
      firstByteMs,
      failure,
      code,
      ...(errorData === undefined ? {} : { errorData }),
    });
  }
}

/** The type of a stream of events, with the parameters that the endpoint gave it. */
function contentTypeOf(headers: RawHeaders): string {
  const type = headerValues(headers, 'content-type')[0] ?? '';
  return /^text\/event-stream\b/i.test(type) ? type : 'text/event-stream';
}
