/** What a question that holds needs of its surroundings. */
export interface StandingQuestionHost<Question, Answer> {
  /** Resolves with undefined when there is nobody to be asked; rejects when something of ours fails. */
  ask(question: Question): Promise<Answer | undefined>;
  /** The answer as it is now; null while there is none. */
  answered(question: Question, answer: Answer | null): void;
  failed(error: unknown): void;
  /** From an answer to the next time that it is asked for, at least; in milliseconds. */
  pauseMs(question: Question): number;
  /** After so many milliseconds the answer is another one although nothing has happened; null for never. */
  freshMs(question: Question): number | null;
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** @returns what calls it off */
  setTimer(callback: () => void, ms: number): () => void;
}

/** What is known to have happened may be written down a moment later only; in milliseconds. */
const settleMs = 300;
/** Asking never takes more than one part in so many of the time, however slow the answers are. */
const shareOfTime = 5;
/** What failed is tried again after so many milliseconds, whether or not anything happens. */
const retryMs = 15_000;

/**
 * A question that holds until the next one: it is answered at once, and again when the answer may be another one. One
 * is asked at a time; an answer that comes when another question holds already is dropped.
 */
export class StandingQuestion<Question extends object, Answer> {
  readonly #host: StandingQuestionHost<Question, Answer>;
  #question: Question | undefined;
  #isAsking = false;
  /** Something has happened since the question was asked that is being answered. */
  #hasChanged = false;
  #pausedUntil = 0;
  #dueAt = Number.POSITIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  constructor(host: StandingQuestionHost<Question, Answer>) {
    this.#host = host;
  }

  /** From now on this is the question. */
  ask(question: Question): void {
    this.#question = question;
    this.#askAt(this.#host.now());
  }

  /** Something has happened that the answer may tell of. */
  changed(): void {
    if (this.#isAsking) this.#hasChanged = true;
    else this.#askAt(this.#soon);
  }

  /** Nobody wants to know any more. */
  forget(): void {
    this.#question = undefined;
    this.#notDue();
  }

  get #soon(): number {
    return Math.max(this.#pausedUntil, this.#host.now() + settleMs);
  }

  #askAt(time: number): void {
    if (this.#question === undefined || this.#isAsking || time >= this.#dueAt) return;
    this.#notDue();
    this.#dueAt = time;
    const wait = time - this.#host.now();
    if (wait <= 0) void this.#run(this.#question);
    else {
      this.#cancelTimer = this.#host.setTimer(() => {
        if (this.#question !== undefined) void this.#run(this.#question);
      }, wait);
    }
  }

  #notDue(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#dueAt = Number.POSITIVE_INFINITY;
  }

  async #run(question: Question): Promise<void> {
    const host = this.#host;
    this.#notDue();
    this.#isAsking = true;
    this.#hasChanged = false;
    const askedAt = host.now();
    let answer: Answer | undefined;
    let hasFailed = false;
    try {
      answer = await host.ask(question);
    } catch (error) {
      hasFailed = true;
      host.failed(error);
    }
    this.#isAsking = false;
    const now = host.now();
    if (this.#question !== question) {
      this.#askAt(now);
      return;
    }
    host.answered(question, answer ?? null);
    const isAlone = answer === undefined && !hasFailed;
    // Whoever comes to be asked is asked at once.
    const pauseMs = Math.max(host.pauseMs(question), (shareOfTime - 1) * (now - askedAt));
    this.#pausedUntil = isAlone ? now : now + pauseMs;
    const freshMs = host.freshMs(question);
    if (this.#hasChanged) this.#askAt(this.#soon);
    else if (hasFailed) this.#askAt(now + Math.max(retryMs, pauseMs));
    else if (!isAlone && freshMs !== null) this.#askAt(now + Math.max(freshMs, pauseMs));
  }
}
