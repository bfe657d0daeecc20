import type { ModelClass } from '../core/failure.ts';
import type { DecisionStep } from '../protocol/state.ts';
import type { Outlook, Pass, WaitEnd, WaitingRoom } from './waitingRoom.ts';

/** A request that may be wrong itself is not held for longer than this to hear another opinion, in milliseconds. */
export const opinionWaitMs = 5_000;
/** For its conversation's endpoint alone, a request is not held for longer than this, in milliseconds. */
const homeWaitMs = 5_000;

/** Why a request is held: nothing is ready, or the endpoint of its conversation will be at once. */
export type HoldReason = 'noneReady' | 'bound';

export interface PatienceOptions {
  readonly room: WaitingRoom;
  /** Milliseconds of the monotonic clock. */
  readonly clock: () => number;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  /** Length of the request's body. */
  readonly bytes: number;
  readonly models: ModelClass;
  /** How long the request may be held altogether, counted from the first time, in milliseconds. */
  readonly limitMs: () => number;
  /** Milliseconds until the client has to have an answer. */
  readonly remainingMs: () => number;
}

/** The patience of one request: how long it may still be held, and what came of it so far. */
export class Patience {
  readonly #options: PatienceOptions;
  #endsAt: number | undefined;
  #opinionEndsAt: number | undefined;
  #pass: Pass | undefined;
  #hasWaited = false;
  #hasWaitedForHome = false;
  #lastEnd: WaitEnd['kind'] | undefined;

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /** How long the request may still be held, in milliseconds; not at all when that is not more than 0. */
  get leftMs(): number {
    const { clock, limitMs, remainingMs } = this.#options;
    const endsAt = this.#endsAt ?? clock() + limitMs();
    const opinionEndsAt = this.#opinionEndsAt ?? Number.POSITIVE_INFINITY;
    return Math.min(Math.min(endsAt, opinionEndsAt) - clock(), remainingMs());
  }

  /** Others that are held come first. */
  get isBehindOthers(): boolean {
    const { room, models } = this.#options;
    return this.leftMs > 0 && this.#pass === undefined && room.isQueue(models);
  }

  /** The request was held for want of any endpoint. */
  get hasWaited(): boolean {
    return this.#hasWaited;
  }

  /** The request was held for its conversation's endpoint. */
  get hasWaitedForHome(): boolean {
    return this.#hasWaitedForHome;
  }

  /** How waiting ended last, unless the request was released. */
  get lastEnd(): WaitEnd['kind'] | undefined {
    return this.#lastEnd;
  }

  /** From now on the request waits for no more than another opinion. */
  hurry(): void {
    this.#opinionEndsAt ??= this.#options.clock() + opinionWaitMs;
  }

  /** Those that are held get to know how it went with the request that was released. */
  settle(served: boolean): void {
    this.#pass?.settle(served);
  }

  /** Holds the request. @param outlook what it would meet now */
  async hold(
    reason: HoldReason,
    outlook: () => Outlook,
  ): Promise<{ readonly mayGoOn: boolean; readonly step: DecisionStep }> {
    const { room, clock, signal, bytes, models } = this.#options;
    const startedAt = clock();
    const patienceMs = this.leftMs;
    this.#endsAt ??= startedAt + patienceMs;
    this.settle(false);
    this.#pass = undefined;
    const end = await room.enter({
      bytes,
      models,
      givesUpAt: startedAt + (reason === 'bound' ? Math.min(homeWaitMs, patienceMs) : patienceMs),
      signal,
      outlook,
    });
    if (reason === 'bound') this.#hasWaitedForHome = true;
    else this.#hasWaited = true;
    if (end.kind === 'released') this.#pass = end.pass;
    else this.#lastEnd = end.kind;
    return {
      // Whoever waited for its own endpoint alone has another one.
      mayGoOn: end.kind === 'released' || (end.kind !== 'closed' && reason === 'bound'),
      step: { kind: 'wait', reason, durationMs: Math.round(clock() - startedAt) },
    };
  }
}
