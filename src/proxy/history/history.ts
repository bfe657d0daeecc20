import type { ChecksParams, RequestsParams, SeriesParams, TimeRange } from '../../protocol/history.ts';
import type { HistoryState } from '../../protocol/state.ts';
import type { Answer, CallName, HistoryCalls } from './historyCalls.ts';
import { defaultWorker, HistoryError, HistoryThread } from './historyThread.ts';
import type { History, HistoryEntry, ItemStore } from './historyTypes.ts';
import { WaitingEntries } from './waitingEntries.ts';

/** What can wait to be written; then the oldest are given up. */
const waitingLimits = { entries: 10_000, bytes: 32 << 20 };
/** The longest entry, in characters. */
const maxEntryLength = 65_536;
/** Entries are written together: as many, or after as many milliseconds. */
const batchLimits = { entries: 500, bytes: 4 << 20 };
const batchMs = 500;
/** Batches that are being written. */
const maxUnderWay = 2;
/** From one removal of what is too old to the next, in milliseconds. */
const sweepIntervalMs = 300_000;
/** A thread that has ended is followed by another one, in milliseconds. */
const restartMs = 60_000;
/** How long the answer to a question may take, in milliseconds; opening a large file is part of it. */
const answerMs = 30_000;
const closeMs = 5_000;
/** See `HistoryOptions`. */
const defaultMoveAgainMs = 60_000;
const defaultMaxBytes = 256 << 20;

/** Something that the user is to be told. */
export interface HistoryProblem {
  readonly event: 'historyNotKept' | 'historySetAside' | 'historyNotMoved';
  /** Why it is not kept, or not where it was to be kept: the code of SQLite or the system. */
  readonly code?: string;
  /** The new name of a file that could not be read. */
  readonly setAside?: string;
}

export interface HistoryOptions {
  /** Undefined for none: the history ends with the process. */
  readonly file: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called once for each problem. */
  readonly report: (problem: HistoryProblem) => void;
  /** Called when `state` has changed. */
  readonly stateChanged?: () => void;
  /** What is stored in all at most, in bytes, but for what was not removed yet. */
  readonly maxBytes?: number;
  /** The path of the thread's script. */
  readonly worker?: string;
  readonly restartMs?: number;
  /** From one try to move a file that another process has open to the next, in milliseconds. */
  readonly moveAgainMs?: number;
}

/** A history whose file may not be opened yet. Until then what is taken down and asked waits. */
export interface UnopenedHistory extends History {
  /** Begins to keep the history. The file is opened while the process goes on. */
  open(): void;
}

/** The history of a process that may yet turn out to be one too many. */
export function prepareHistory(options: HistoryOptions): UnopenedHistory {
  return new ThreadHistory(options);
}

/** Begins to keep the history at once. */
export function openHistory(options: HistoryOptions): History {
  const history = prepareHistory(options);
  history.open();
  return history;
}

/** The history as the process has it: what happens is collected here, everything else is asked of the thread. */
class ThreadHistory implements UnopenedHistory {
  readonly items: ItemStore;
  readonly #options: HistoryOptions;
  readonly #thread: HistoryThread;
  /** As JSON: what is taken down then costs the same at once and nothing later, when hundreds are passed on. */
  readonly #waiting = new WaitingEntries(waitingLimits);
  readonly #underWay = new Set<Promise<void>>();
  /** Resolves when there is a thread to ask, or none will be any more. */
  readonly #opening: Promise<void>;
  #opened: () => void = () => undefined;
  #sweeps: NodeJS.Timeout | undefined;
  #moves: NodeJS.Timeout | undefined;
  #batchTimer: NodeJS.Timeout | undefined;
  #state: HistoryState;
  #dropped = 0;
  /** Nothing is too old before somebody has said how long it is to be kept. */
  #retentionDays = Number.POSITIVE_INFINITY;
  #isSweeping = false;
  #isClosed = false;
  #isSettled = false;
  /** The user has been told that the file is not where it is to be. */
  #isMissed = false;

  constructor(options: HistoryOptions) {
    const { file, maxBytes = defaultMaxBytes } = options;
    this.#options = options;
    this.#state = { kept: file === undefined ? 'memory' : 'file' };
    this.#thread = new HistoryThread({
      worker: options.worker ?? defaultWorker,
      options: { file, maxBytes },
      restartMs: options.restartMs ?? restartMs,
      stateChanged: (state) => this.#changeState(state),
      started: () => this.#post(),
      notMoved: (code) => this.#notMoved(code),
    });
    this.items = {
      all: () => this.#ask('items'),
      put: (item, body) => this.#ask('putItem', item, body),
      update: (item, result) => this.#ask('updateItem', item, result),
      dropBodies: (items) => this.#ask('dropBodies', items),
      body: (id) => this.#ask('content', id, 'body'),
      result: (id) => this.#ask('content', id, 'result'),
      remove: (ids) => this.#ask('removeItems', ids),
    };
    this.#opening = new Promise((resolve) => {
      this.#opened = resolve;
    });
  }

  open(): void {
    this.#sweeps = setInterval(() => this.#sweep(), sweepIntervalMs).unref();
    const { moveAgainMs = defaultMoveAgainMs } = this.#options;
    this.#moves = setInterval(() => void this.#thread.moveAgain(), moveAgainMs).unref();
    this.#thread.start();
    this.#sweep();
    this.#opened();
  }

  get state(): HistoryState {
    return this.#dropped === 0 ? this.#state : { ...this.#state, dropped: this.#dropped };
  }

  record(entry: HistoryEntry): void {
    const text = textOf(entry);
    // Once it is closed, the file is a successor's.
    if (this.#isClosed || text.length > maxEntryLength) {
      this.#drop(1);
      return;
    }
    this.#drop(this.#waiting.add(text));
    this.#postInTime();
  }

  series(params: SeriesParams) {
    return this.#ask('series', params, this.#options.now());
  }

  totals(range: TimeRange) {
    return this.#ask('totals', range, this.#options.now());
  }

  requests(params: RequestsParams) {
    return this.#ask('requests', params);
  }

  trace(requestId: string) {
    return this.#ask('trace', requestId);
  }

  timeline(range: TimeRange) {
    return this.#ask('timeline', range);
  }

  checks(params: ChecksParams) {
    return this.#ask('checks', params);
  }

  switches() {
    return this.#ask('switches');
  }

  checkHistories() {
    return this.#ask('checkHistories');
  }

  setRetention(days: number): void {
    if (days === this.#retentionDays) return;
    this.#retentionDays = days;
    this.#sweep();
  }

  async moveTo(file: string): Promise<void> {
    if (this.#isClosed || this.#isSettled) return;
    this.#isMissed = false;
    // A disk that hangs is no reason for anybody to wait any longer.
    await inTime(this.#thread.moveTo(file), answerMs).catch(() => undefined);
  }

  look(): void {
    if (!this.#isClosed) this.#thread.look();
  }

  async settle(): Promise<void> {
    if (this.#isSettled) return;
    this.#isSettled = true;
    // Also what is too old is a successor's, which may keep it in another way.
    clearInterval(this.#sweeps);
    clearInterval(this.#moves);
    await inTime(this.#thread.moveAgain(), closeMs).catch(() => undefined);
  }

  async flush(): Promise<void> {
    do {
      this.#post();
      await Promise.all(this.#underWay);
    } while (this.#waiting.count > 0 && this.#thread.isUp);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#opened();
    // What a thread that hangs has not written by then is lost.
    await inTime(this.flush(), closeMs).catch(() => undefined);
    clearTimeout(this.#batchTimer);
    await this.settle();
    await this.#thread.close(closeMs);
  }

  /** Asks the thread, which has everything by then that was taken down before. */
  async #ask<N extends CallName>(name: N, ...args: Parameters<HistoryCalls[N]>): Promise<Answer<N>> {
    if (this.#isClosed) throw new HistoryError('closed');
    if (!this.#sweeps) await this.#opening;
    this.#post();
    return await inTime(this.#thread.call(name, ...args), answerMs);
  }

  /** Has everything written soon, and together. */
  #postInTime(): void {
    if (this.#waiting.count >= batchLimits.entries) this.#post();
    else this.#batchTimer ??= setTimeout(() => this.#post(), batchMs).unref();
  }

  /** Has everything written now, unless so much is being written already that it has to wait. */
  #post(): void {
    clearTimeout(this.#batchTimer);
    this.#batchTimer = undefined;
    while (this.#waiting.count > 0 && this.#underWay.size < maxUnderWay && this.#thread.isUp) {
      const batch = this.#waiting.take(batchLimits);
      const written = this.#thread.call('write', batch).then(
        (lost) => this.#drop(lost),
        // The thread has ended, and nobody knows how far it came: twice would be worse than not at all.
        () => this.#drop(batch.length),
      );
      this.#underWay.add(written);
      void written.then(() => {
        this.#underWay.delete(written);
        if (this.#waiting.count > 0) this.#postInTime();
      });
    }
  }

  #drop(count: number): void {
    if (count === 0) return;
    this.#dropped += count;
    this.#options.stateChanged?.();
  }

  #sweep(): void {
    if (this.#isSweeping || !this.#thread.isUp) return;
    this.#isSweeping = true;
    const days = this.#retentionDays;
    // What could not be removed is removed the next time.
    const swept = this.#thread.call('sweep', days, this.#options.now()).catch(() => undefined);
    void swept.then(() => {
      this.#isSweeping = false;
      if (days !== this.#retentionDays) this.#sweep();
    });
  }

  #notMoved(code: string): void {
    if (!this.#isMissed) this.#options.report({ event: 'historyNotMoved', code });
    this.#isMissed = true;
  }

  #changeState(state: HistoryState): void {
    const { code, setAside } = this.#state;
    this.#state = state;
    const { report, stateChanged } = this.#options;
    if (state.setAside !== undefined && state.setAside !== setAside) {
      report({ event: 'historySetAside', setAside: state.setAside });
    }
    if (state.code !== undefined && state.code !== code)
      report({ event: 'historyNotKept', code: state.code });
    stateChanged?.();
  }
}

/** An entry as JSON; where there are many endpoints, without what stood against each of them at each step. */
function textOf(entry: HistoryEntry): string {
  const text = JSON.stringify(entry);
  if (text.length <= maxEntryLength || entry.kind !== 'request') return text;
  const steps = entry.request.steps.map((step) =>
    step.kind === 'attempt' ? { ...step, considered: {} } : step,
  );
  return JSON.stringify({ ...entry, request: { ...entry.request, steps } });
}

/** What comes of a promise, or a rejection when that takes too long. */
function inTime<T>(promise: Promise<T>, limitMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new HistoryError('timeout')), limitMs).unref();
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
