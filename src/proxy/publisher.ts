/** Least time between two publications, in milliseconds: four a second are as live as anyone can read. */
const publishIntervalMs = 250;

/**
 * Sends the latest value to one receiver: at most one message on its way, at most four a second, and what changed
 * meanwhile is covered by the next one. A slow receiver costs no memory.
 */
export class Publisher {
  readonly #send: () => Promise<unknown>;
  #dirty = false;
  #busy = false;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  /** @param send takes the value as it is then, and resolves when the receiver has it */
  constructor(send: () => Promise<unknown>) {
    this.#send = send;
  }

  /** Something changed. */
  notify(): void {
    this.#dirty = true;
    this.#pump();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #pump(): void {
    if (this.#stopped || this.#busy || !this.#dirty) return;
    this.#dirty = false;
    this.#busy = true;
    const paused = new Promise<void>((resolve) => {
      this.#timer = setTimeout(resolve, publishIntervalMs);
    });
    // A failed send means that the receiver is gone; whoever owns the connection sees that and stops us.
    const sent = (async () => this.#send())().catch(() => this.stop());
    void Promise.all([sent, paused]).then(() => {
      this.#busy = false;
      this.#pump();
    });
  }
}
