import type { ModelClass } from '../core/failure.ts';
import type { WaitingState } from '../protocol/state.ts';

/** Requests that are held at most. */
const maxWaiting = 64;
/** Bytes of bodies that are held at most. */
const maxWaitingBytes = 256 * 1024 * 1024;
/** How long one that was released is waited for, in milliseconds, before the next one may go. */
const passMs = 5_000;

/** What a waiting request would meet now. */
export type Outlook =
  | { readonly kind: 'go' }
  /** `until`: when that may change, in milliseconds of the monotonic clock, as far as is known. */
  | { readonly kind: 'wait'; readonly until: number | undefined };

export interface Waiter {
  /** Length of the request's body. */
  readonly bytes: number;
  readonly models: ModelClass;
  /** When it gives up, in milliseconds of the monotonic clock. */
  readonly givesUpAt: number;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  readonly outlook: () => Outlook;
}

/** How waiting ended. */
export type WaitEnd =
  | { readonly kind: 'released'; readonly pass: Pass }
  | { readonly kind: 'late' }
  /** There is no room. */
  | { readonly kind: 'full' }
  /** The process ends. */
  | { readonly kind: 'closed' };

/** Leave to go on. While it is open it stands for a request that tries its luck for those that still wait. */
export interface Pass {
  /** Says how it went; only the first time counts. @param served an endpoint has begun to answer with content */
  settle(served: boolean): void;
}

/** The gradual release of the requests for one class of models, which share their endpoints' limits. */
interface Release {
  /** How many may be on their way at once. */
  allowance: number;
  onTheirWay: number;
}

interface Waiting {
  readonly waiter: Waiter;
  readonly leave: (end: WaitEnd) => void;
}

/**
 * Holds requests while no endpoint is ready for them, and lets them go gradually: one at first, and twice as many with
 * every round of successes, so that an endpoint that has just come back is not run over.
 */
export class WaitingRoom {
  readonly #clock: () => number;
  readonly #changed: () => void;
  readonly #waiting = new Set<Waiting>();
  #bytes = 0;
  readonly #releases = new Map<ModelClass, Release>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #isClosed = false;
  #until: number | undefined;

  /**
   * @param clock milliseconds of the monotonic clock
   * @param changed is called when `state` has changed
   */
  constructor(clock: () => number, changed: () => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Who waits. @param toWall turns a time of the monotonic clock into milliseconds since 1970 */
  state(toWall: (time: number) => number): WaitingState {
    const until = this.#until;
    return { count: this.#waiting.size, until: until === undefined ? null : toWall(until) };
  }

  /**
   * True when others for models of this class could go on but for the gradual release: whoever comes now has to queue
   * behind them.
   */
  isQueue(models: ModelClass): boolean {
    for (const { waiter } of this.#waiting) {
      if (waiter.models === models && waiter.outlook().kind === 'go') return true;
    }
    return false;
  }

  /** Waits until the request may go on. */
  enter(waiter: Waiter): Promise<WaitEnd> {
    if (this.#isClosed) return Promise.resolve({ kind: 'closed' });
    if (this.#waiting.size >= maxWaiting || this.#bytes + waiter.bytes > maxWaitingBytes) {
      return Promise.resolve({ kind: 'full' });
    }
    return new Promise((resolve) => {
      const entry: Waiting = {
        waiter,
        leave: (end) => {
          if (!this.#waiting.delete(entry)) return;
          this.#bytes -= waiter.bytes;
          waiter.signal.removeEventListener('abort', onGone);
          if (!this.#isWaitedFor(waiter.models)) this.#releaseOf(waiter.models).allowance = 1;
          if (this.#waiting.size === 0) this.#emptied();
          this.#changed();
          resolve(end);
        },
      };
      const onGone = () => entry.leave({ kind: 'late' });
      waiter.signal.addEventListener('abort', onGone);
      this.#waiting.add(entry);
      this.#bytes += waiter.bytes;
      this.#changed();
      this.look();
    });
  }

  /** Something has changed by which a request may be able to go on. */
  readonly look = (): void => {
    if (this.#isLooking || this.#waiting.size === 0) return;
    this.#isLooking = true;
    // Once for all that changes in one go.
    setImmediate(() => {
      this.#isLooking = false;
      this.#release();
    });
  };

  /** Sends everybody away: the process ends. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const { leave } of this.#waiting) leave({ kind: 'closed' });
  }

  #release(): void {
    const now = this.#clock();
    let until: number | undefined;
    let next = Number.POSITIVE_INFINITY;
    for (const { waiter, leave } of [...this.#waiting]) {
      const outlook = waiter.outlook();
      const isOver = waiter.givesUpAt <= now;
      const release = this.#releaseOf(waiter.models);
      if (outlook.kind === 'go' && (isOver || release.onTheirWay < release.allowance)) {
        leave({ kind: 'released', pass: this.#newPass(waiter.models) });
        continue;
      }
      if (isOver) {
        leave({ kind: 'late' });
        continue;
      }
      next = Math.min(next, waiter.givesUpAt);
      if (outlook.kind === 'wait') {
        until = Math.min(until ?? Number.POSITIVE_INFINITY, outlook.until ?? Number.POSITIVE_INFINITY);
      }
    }
    if (this.#waiting.size === 0) return;
    const before = this.#until;
    this.#until = until === undefined || until === Number.POSITIVE_INFINITY ? undefined : until;
    if (this.#until !== before) this.#changed();
    clearTimeout(this.#timer);
    const inMs = Math.min(next, this.#until ?? Number.POSITIVE_INFINITY) - now;
    this.#timer = setTimeout(this.look, Math.max(1, Math.ceil(inMs)));
  }

  #emptied(): void {
    this.#until = undefined;
    clearTimeout(this.#timer);
  }

  #releaseOf(models: ModelClass): Release {
    const release = this.#releases.get(models) ?? { allowance: 1, onTheirWay: 0 };
    this.#releases.set(models, release);
    return release;
  }

  #isWaitedFor(models: ModelClass): boolean {
    return [...this.#waiting].some(({ waiter }) => waiter.models === models);
  }

  #newPass(models: ModelClass): Pass {
    const release = this.#releaseOf(models);
    release.onTheirWay += 1;
    let isSettled = false;
    let isCounted = true;
    const stopCounting = () => {
      if (isCounted) release.onTheirWay -= 1;
      isCounted = false;
      this.look();
    };
    // One that takes long says nothing yet, but must not keep all the others.
    const timer = setTimeout(stopCounting, passMs).unref();
    return {
      settle: (served) => {
        if (isSettled) return;
        isSettled = true;
        clearTimeout(timer);
        // One more for each success doubles them with every round, as in TCP's slow start (RFC 5681).
        release.allowance = served && this.#isWaitedFor(models) ? release.allowance + 1 : 1;
        stopCounting();
      },
    };
  }
}
