import type { QueueOptions } from '../../core/configuration.ts';
import {
  isDue,
  type KeptRequest,
  maxAgeMs,
  type TryEnd,
  tryBegan,
  tryEnded,
} from '../../core/keptRequests.ts';
import type { LogEntry } from '../../protocol/state.ts';
import { errorCodeOf } from '../errorCode.ts';
import type { ItemStore } from '../history/historyTypes.ts';
import { errorInStream } from './answerText.ts';
import { readCall, writeAnswer } from './keptContents.ts';
import { type KeptItems, toldByStore } from './keptItems.ts';
import type { KeyRing } from './keyRing.ts';
import type { ReplayEnd, Replays } from './replays.ts';
import { seal, unseal } from './sealing.ts';

/** How many kept requests are tried at once. */
const maxRunning = 4;
/** The longest that a timer is trusted, in milliseconds: it does not see that the machine was asleep. */
const maxTimerMs = 60_000;

export interface RetriesDeps {
  readonly kept: KeptItems;
  readonly items: ItemStore;
  readonly keys: KeyRing;
  readonly replays: Replays;
  readonly options: () => QueueOptions;
  readonly log: (entry: Omit<LogEntry, 'time'>) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Calls back after so many milliseconds. @returns what calls that off */
  readonly after: (ms: number, callback: () => void) => () => void;
}

/** How a try ended. */
type End =
  | ReplayEnd
  /** Before it was sent, since the store failed with that code. */
  | { readonly kind: 'unsent'; readonly code: string }
  /** Before it was sent, since the store has the request no longer, or not its body. */
  | { readonly kind: 'gone' };

type SentEnd = Exclude<End, { kind: 'gone' }>;

/** A try that is under way. */
interface Running {
  /** Ends it. */
  readonly abort: () => void;
  /** Resolves when what came of it is written. */
  readonly ended: Promise<void>;
}

/** Tries kept requests when their time has come, a few at once. */
export class Retries {
  readonly #deps: RetriesDeps;
  /** By the id of the request. */
  readonly #running = new Map<string, Running>();
  #counts = { retried: 0, succeeded: 0, failed: 0 };
  #isStopped = false;
  #callOff: (() => void) | undefined;

  constructor(deps: RetriesDeps) {
    this.#deps = deps;
  }

  /** Since the start. */
  get counts(): { readonly retried: number; readonly succeeded: number; readonly failed: number } {
    return this.#counts;
  }

  /** Something has changed: the time, what is kept, the options or the keys. Starts what is due. */
  readonly look = (): void => {
    const { kept, now, after } = this.#deps;
    if (this.#isStopped || !kept.isLoaded) return;
    this.#callOff?.();
    this.#callOff = undefined;
    kept.trim();
    for (const [id, { abort }] of this.#running) if (!kept.get(id)) abort();
    for (const id of this.#due()) if (this.#canStart) this.#start(id);
    const next = this.#nextAt();
    if (next === undefined) return;
    this.#callOff = after(Math.min(Math.max(0, next - now()), maxTimerMs), this.look);
  };

  /** Ends what is being tried, to go on in the next run; resolves when that is written. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#callOff?.();
    const running = [...this.#running.values()];
    for (const { abort } of running) abort();
    await Promise.all(running.map(({ ended }) => ended));
  }

  get #canStart(): boolean {
    return this.#running.size < maxRunning && this.#deps.replays.canSend;
  }

  /** Those whose time has come, the first one first. */
  #due(): string[] {
    const now = this.#deps.now();
    return this.#scheduled()
      .filter((one) => isDue(one, now))
      .sort((a, b) => a.nextTryAt - b.nextTryAt)
      .map(({ id }) => id);
  }

  /** When there will be something to do, or undefined when nothing is planned. */
  #nextAt(): number | undefined {
    const ends = this.#deps.kept.all
      .filter(({ state }) => state !== 'running')
      .map(({ createdAt }) => createdAt + maxAgeMs);
    // Otherwise the end of a try is waited for, or that somebody says that the proxy listens.
    const tries = this.#canStart ? this.#scheduled().map(({ nextTryAt }) => nextTryAt) : [];
    const times = [...ends, ...tries];
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #scheduled(): (KeptRequest & { readonly nextTryAt: number })[] {
    const { kept } = this.#deps;
    return kept.all.flatMap((one) =>
      one.state === 'pending' && one.nextTryAt !== null && kept.item(one).canRetry
        ? [{ ...one, nextTryAt: one.nextTryAt }]
        : [],
    );
  }

  #start(id: string): void {
    const { kept, now } = this.#deps;
    const one = kept.get(id);
    if (!one) return;
    const gone = new AbortController();
    this.#counts.retried += 1;
    kept.set(tryBegan(one, now()));
    const ended = this.#try(id, gone.signal).then(() => {
      this.#running.delete(id);
      this.look();
    });
    this.#running.set(id, { abort: () => gone.abort(), ended });
  }

  async #try(id: string, signal: AbortSignal): Promise<void> {
    const { kept, now } = this.#deps;
    const startedAt = now();
    const end = await this.#send(id, signal);
    await kept.inTurn(() => this.#finish(id, end, startedAt)).catch(toldByStore);
  }

  async #send(id: string, signal: AbortSignal): Promise<End> {
    const { kept, items } = this.#deps;
    let sealed: Uint8Array | null;
    try {
      // Before it is sent: should the process not survive it, the next one must know that it was tried.
      const isThere = await kept.inTurn(() => kept.write(id));
      sealed = isThere ? await items.body(id) : null;
    } catch (error) {
      return { kind: 'unsent', code: errorCodeOf(error) };
    }
    if (sealed === null) return { kind: 'gone' };
    return this.#replay(id, sealed, signal).catch((error: unknown) => ({
      kind: 'broken',
      code: errorCodeOf(error),
    }));
  }

  async #replay(id: string, sealed: Uint8Array, signal: AbortSignal): Promise<ReplayEnd> {
    const { keys, replays } = this.#deps;
    const opened = await unseal(sealed, { id, kind: 'body' }, keys);
    if (!opened) return { kind: 'broken', code: 'UNREADABLE' };
    return replays.send(readCall(opened), signal);
  }

  async #finish(id: string, end: End, startedAt: number): Promise<void> {
    const { kept, keys, options, now } = this.#deps;
    const before = kept.get(id);
    // It was removed while it was tried.
    if (!before) return;
    if (end.kind === 'gone') {
      this.#counts.failed += 1;
      this.#deps.log({ level: 'info', event: 'retried', outcome: 'failed', code: 'GONE' });
      await kept.forget([id], 'elsewhere');
      return;
    }
    const outcome = outcomeOf(end, this.#isStopped);
    const after = tryEnded(before, outcome, options(), now());
    if (outcome.kind !== 'stopped') this.#tell(end, after, now() - startedAt);
    const isOver = after.state === 'done' || after.state === 'failed';
    const result =
      isOver && end.kind === 'answered'
        ? await seal(writeAnswer(end.answer), { id, kind: 'result' }, keys.current)
        : undefined;
    await kept.finish(before, after, result);
  }

  #tell(end: SentEnd, after: KeptRequest, durationMs: number): void {
    const isServed = after.state === 'done';
    this.#counts[isServed ? 'succeeded' : 'failed'] += 1;
    this.#deps.log({
      level: isServed ? 'info' : 'warn',
      event: 'retried',
      outcome: isServed ? 'served' : 'failed',
      attempt: after.tries,
      ...(end.kind === 'answered' ? { status: end.answer.status } : { code: end.code }),
      durationMs,
    });
  }
}

function outcomeOf(end: SentEnd, isStopped: boolean): TryEnd {
  if (end.kind !== 'answered') return isStopped ? { kind: 'stopped' } : { kind: end.kind };
  const { answer } = end;
  const isError = answer.status >= 400 || errorInStream(answer) !== undefined;
  return { kind: 'answered', status: answer.status, isError };
}
