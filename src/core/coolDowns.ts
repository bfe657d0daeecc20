import { type ModelClass, modelClasses } from './failure.ts';

/** One account's rest for one class of models. */
interface CoolDown {
  /** When it was last set, in milliseconds of a monotonic clock. */
  readonly since: number;
  readonly until: number;
  /** How often in a row the length had to be guessed. */
  readonly guesses: number;
}

/** No endpoint is believed when it asks for more. */
const maxToldMs = 3_600_000;
/** Guesses where a rate limit came without a time. */
const growth = { firstMs: 1_000, maxMs: 60_000 };
/** Guesses where an endpoint has too much to do; full jitter keeps its clients from coming back all together. */
const overload = { firstMs: 2_000, maxMs: 30_000 };
/** How long a row of guesses is remembered after the last one was over. */
const forgetAfterMs = 600_000;

/**
 * Which accounts are to be left alone, for which class of models and until when. An account is what shares a rate
 * limit: a key. Times are milliseconds of a monotonic clock. A new cool-down never shortens the one that runs, and a
 * guess adds nothing to it: requests that were on their way together meet the same limit, once.
 */
export class CoolDowns {
  readonly #byAccountAndModels = new Map<string, CoolDown>();

  /** When the account may be used again, or undefined when it may now. */
  until(account: string, models: ModelClass, now: number): number | undefined {
    const until = this.#byAccountAndModels.get(keyOf(account, models))?.until;
    return until !== undefined && until > now ? until : undefined;
  }

  /** The endpoint named the time. @param ms milliseconds from now; more than an hour counts as an hour */
  asTold(account: string, models: ModelClass, now: number, ms: number): void {
    const known = this.#byAccountAndModels.get(keyOf(account, models));
    const until = now + (ms > 0 ? Math.min(ms, maxToldMs) : 0);
    this.#byAccountAndModels.set(keyOf(account, models), {
      since: now,
      until: Math.max(until, known?.until ?? until),
      guesses: known?.guesses ?? 0,
    });
  }

  /** A rate limit without a time: one second, doubling to a minute. */
  growing(account: string, models: ModelClass, now: number): void {
    this.#guess(account, models, now, (guesses) => doubled(growth, guesses));
  }

  /** Too much to do: a random time below two seconds, doubling to thirty. @param random in [0, 1) */
  overloaded(account: string, models: ModelClass, now: number, random: () => number): void {
    this.#guess(account, models, now, (guesses) => doubled(overload, guesses) * random());
  }

  /**
   * The account was served. A request that was sent before the cool-down began proves nothing about it.
   *
   * @param sentAt when that request was sent
   */
  succeeded(account: string, models: ModelClass, sentAt: number): void {
    const known = this.#byAccountAndModels.get(keyOf(account, models));
    if (known && known.since <= sentAt) this.#byAccountAndModels.delete(keyOf(account, models));
  }

  forget(account: string): void {
    for (const models of modelClasses) this.#byAccountAndModels.delete(keyOf(account, models));
  }

  /** The cool-downs of an account that run now. */
  of(account: string, now: number): { readonly models: ModelClass; readonly until: number }[] {
    return modelClasses.flatMap((models) => {
      const until = this.until(account, models, now);
      return until === undefined ? [] : [{ models, until }];
    });
  }

  /** Lets go of what has been over for so long that the next failure begins a new row. */
  sweep(now: number): void {
    for (const [key, { until }] of this.#byAccountAndModels) {
      if (until + forgetAfterMs <= now) this.#byAccountAndModels.delete(key);
    }
  }

  #guess(account: string, models: ModelClass, now: number, msAfter: (guesses: number) => number): void {
    if (this.until(account, models, now) !== undefined) return;
    const guesses = this.#byAccountAndModels.get(keyOf(account, models))?.guesses ?? 0;
    this.#byAccountAndModels.set(keyOf(account, models), {
      since: now,
      until: now + msAfter(guesses),
      guesses: guesses + 1,
    });
  }
}

function doubled({ firstMs, maxMs }: { readonly firstMs: number; readonly maxMs: number }, times: number) {
  return Math.min(firstMs * 2 ** times, maxMs);
}

function keyOf(account: string, models: ModelClass): string {
  return `${models}:${account}`;
}
