/** What an answer that is to be kept fresh is about. */
export interface FreshAnswerHost<T> {
  /** Undefined when nobody could be asked. */
  ask(): Promise<T | undefined>;
  answered(answer: T): void;
  failed(error: unknown): void;
}

/**
 * Keeps what was asked up to date: asks again when there is something new to know, while somebody looks, one question
 * at a time. What changes meanwhile is asked for next.
 */
export class FreshAnswer<T> {
  readonly #host: FreshAnswerHost<T>;
  #wanted: string | null = null;
  /** What the last answer was about. */
  #known: string | null = null;
  #isAsking = false;

  constructor(host: FreshAnswerHost<T>) {
    this.#host = host;
  }

  /**
   * To be called whenever something may have changed.
   *
   * @param version names what there is to know, or is null while nobody looks: an answer that comes then is dropped, and
   *   whoever looks next gets a new one
   */
  update(version: string | null): void {
    this.#wanted = version;
    if (version === null) this.#known = null;
    if (version === this.#known || version === null || this.#isAsking) return;
    this.#isAsking = true;
    this.#ask(version)
      .catch((error: unknown) => this.#host.failed(error))
      .finally(() => {
        this.#isAsking = false;
        // Where nobody could be asked, the next change is waited for: asking at once would go round and round.
        if (this.#wanted !== version) this.update(this.#wanted);
      });
  }

  async #ask(version: string): Promise<void> {
    const answer = await this.#host.ask();
    if (answer === undefined || this.#wanted === null) return;
    this.#known = version;
    this.#host.answered(answer);
  }
}
