import fs from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { HistoryState } from '../../protocol/state.ts';
import { errorCodeOf } from '../errorCode.ts';
import type {
  Answer,
  CallMessage,
  CallName,
  HistoryCalls,
  ThreadMessage,
  ThreadOptions,
} from './historyCalls.ts';

/** Set by the bundler. */
declare const QCC_HISTORY_WORKER: string | undefined;

/** The script of the thread: a bundle beside the one that this is part of; from source, without the bundler, source. */
export const defaultWorker = path.join(
  import.meta.dirname,
  typeof QCC_HISTORY_WORKER === 'string' ? QCC_HISTORY_WORKER : 'historyWorker.ts',
);

/** More than it ever needs; a thread beyond that ends, and the process does not. */
const maxHeapMegabytes = 256;

/** Why the history gives no answer. */
export class HistoryError extends Error {
  /** `timeout`, `closed`, `stopped` for a thread that is not running now, or the code of SQLite or the system. */
  readonly code: string;

  constructor(code: string) {
    super(`The history gives no answer: ${code}`);
    this.name = 'HistoryError';
    this.code = code;
  }
}

export interface HistoryThreadOptions {
  /** The path of the script. */
  readonly worker: string;
  readonly options: Pick<ThreadOptions, 'file' | 'maxBytes'>;
  /** Until a thread that has ended is followed by another one, in milliseconds. */
  readonly restartMs: number;
  readonly stateChanged: (state: HistoryState) => void;
  /** A thread has started. */
  readonly started: () => void;
  /** The file could not be moved, and is used where it is until another try. */
  readonly notMoved: (code: string) => void;
}

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: HistoryError) => void;
}

/** The thread that has the database. One that ends on its own is followed by another one after a while. */
export class HistoryThread {
  readonly #options: HistoryThreadOptions;
  readonly #script: Script;
  readonly #pending = new Map<number, PendingCall>();
  #file: string | undefined;
  /** Where the file may be still. */
  #movedFrom: string | undefined;
  /** Where it is to be, while another process has one of the two files open. */
  #missed: string | undefined;
  #worker: Worker | undefined;
  #restart: NodeJS.Timeout | undefined;
  #lastId = 0;
  /** When the file is looked for again, of the monotonic clock: to write it takes as long as it is large. */
  #looksAgainAt = 0;
  #isClosed = false;

  constructor(options: HistoryThreadOptions) {
    this.#options = options;
    this.#script = readScript(options.worker);
    this.#file = options.options.file;
  }

  get isUp(): boolean {
    return this.#worker !== undefined;
  }

  start(): void {
    let code = 'stopped';
    let worker: Worker;
    try {
      worker = this.#newWorker();
    } catch (error) {
      this.#ended(errorCodeOf(error));
      return;
    }
    this.#worker = worker;
    worker.on('message', (message: ThreadMessage) => this.#take(message));
    worker.on('error', (error) => {
      code = errorCodeOf(error);
    });
    worker.once('exit', () => this.#ended(code));
    this.#hold();
    if (this.#movedFrom !== undefined) void this.#move();
    this.#options.started();
  }

  /** Has the file written again where somebody has removed it. */
  look(): void {
    // What is not there while it is opened or moved is no loss: the thread comes to this when that is done.
    if (this.#file === undefined || !this.isUp || performance.now() < this.#looksAgainAt) return;
    if (fs.existsSync(this.#file)) return;
    this.#looksAgainAt = performance.now() + this.#options.restartMs;
    this.call('putBack').then(
      (isDone) => {
        if (isDone) this.#looksAgainAt = 0;
      },
      // The thread has ended; the next one makes a new file.
      () => undefined,
    );
  }

  /** Goes on in another file, to which what is kept goes along; calls wait meanwhile. Resolves also where that fails. */
  async moveTo(file: string): Promise<void> {
    this.#missed = undefined;
    // A file that was not moved yet by the time of another move is where it was at first.
    this.#movedFrom ??= this.#file;
    this.#file = file;
    if (this.isUp) await this.#move();
  }

  /**
   * Tries again to move a file that could not be: a process that retires has it open for a while, and by the next run it has
   * to be where that looks for it.
   */
  async moveAgain(): Promise<void> {
    const to = this.#missed;
    if (to !== undefined) await this.moveTo(to);
  }

  async #move(): Promise<void> {
    const to = this.#file;
    if (to === undefined) return;
    let code: string | null;
    try {
      code = await this.call('moveTo', to);
    } catch {
      // The thread has ended. The next one finds the file under one of the two names.
      return;
    }
    if (code !== null) this.#options.notMoved(code);
    if (to === this.#file) {
      if (code !== null) {
        this.#file = this.#movedFrom;
        if (code === 'SQLITE_BUSY') this.#missed = to;
      }
      this.#movedFrom = undefined;
    } else if (code === null) {
      // It is to go on from there.
      this.#movedFrom = to;
    }
  }

  #newWorker(): Worker {
    const { code, isSource } = this.#script;
    return new Worker(code, {
      eval: isSource,
      name: 'qcc-history',
      workerData: {
        ...this.#options.options,
        file: this.#file,
        movedFrom: this.#movedFrom,
      } satisfies ThreadOptions,
      // That SQLite is new in Node is no news to whoever reads the log of the process.
      execArgv: ['--disable-warning=ExperimentalWarning'],
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMegabytes },
    });
  }

  /** Asks the thread for something. @throws HistoryError, as a rejection */
  call<N extends CallName>(name: N, ...args: Parameters<HistoryCalls[N]>): Promise<Answer<N>> {
    return new Promise((resolve, reject) => {
      const worker = this.#worker;
      if (worker === undefined) throw new HistoryError(this.#isClosed ? 'closed' : 'stopped');
      this.#lastId += 1;
      const message: CallMessage<N> = { id: this.#lastId, name, args };
      this.#pending.set(message.id, { resolve: resolve as (value: unknown) => void, reject });
      this.#hold();
      worker.postMessage(message, args.flatMap(bufferToGive));
    });
  }

  /** Ends the thread. @param limitMs how long it may take to close the database, in milliseconds */
  async close(limitMs: number): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    // It answers when it has closed the database, or ends without an answer.
    this.call('close').catch(() => undefined);
    const limit = setTimeout(() => void worker.terminate(), limitMs);
    await exited;
    clearTimeout(limit);
  }

  #take(message: ThreadMessage): void {
    if (message.kind === 'state') {
      this.#options.stateChanged(message.state);
      return;
    }
    const call = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    this.#hold();
    if (message.kind === 'answer') call?.resolve(message.value);
    else call?.reject(new HistoryError(message.code));
  }

  #ended(code: string): void {
    this.#worker = undefined;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(new HistoryError(this.#isClosed ? 'closed' : code));
    if (this.#isClosed) return;
    this.#options.stateChanged({ kept: 'memory', code });
    this.#restart = setTimeout(() => this.start(), this.#options.restartMs).unref();
  }

  /** The thread keeps the process running while somebody waits for an answer, and no longer. */
  #hold(): void {
    if (this.#pending.size > 0) this.#worker?.ref();
    else this.#worker?.unref();
  }
}

/** What a thread is made of: the text of its program, or the path of it. */
interface Script {
  readonly code: string;
  readonly isSource: boolean;
}

/**
 * Reads a bundle into memory: an update of the extension removes its folder while the process goes on, and a thread that
 * ends after that is to be followed by another one all the same. What is no bundle finds its parts by its path.
 */
function readScript(worker: string): Script {
  if (path.extname(worker) !== '.cjs') return { code: worker, isSource: false };
  try {
    return { code: fs.readFileSync(worker, 'utf8'), isSource: true };
  } catch {
    // The thread fails to start with the same error, which is reported.
    return { code: worker, isSource: false };
  }
}

/** From this length on, in bytes, it is worth giving bytes away instead of copying them. */
const longBytes = 64 * 1024;

/** The memory of a long argument of bytes, where it is all its own. */
function bufferToGive(argument: unknown): ArrayBuffer[] {
  if (!(argument instanceof Uint8Array) || argument.length < longBytes) return [];
  const { buffer, byteLength } = argument;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}
