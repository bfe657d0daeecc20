/** What was sent meanwhile is read within this time, in milliseconds. */
const catchUpMs = 5_000;
/** A timer that comes later than this was held up by this process or its machine, in milliseconds. */
const lateMs = 100;

/**
 * A limit on how long somebody else may take. When the process was held up or the machine asleep, what the other one
 * sent meanwhile has not been read yet: there is then some more time for that, once.
 */
export class TimeLimit {
  #timer: NodeJS.Timeout | undefined;

  /** Starts it, or starts it anew. @param exceeded is called when it is over */
  set(milliseconds: number, exceeded: () => void): void {
    this.#start(milliseconds, exceeded, true);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #start(milliseconds: number, exceeded: () => void, mayCatchUp: boolean): void {
    clearTimeout(this.#timer);
    const due = performance.now() + milliseconds;
    this.#timer = setTimeout(() => {
      const isLate = performance.now() - due > lateMs;
      if (isLate && mayCatchUp) this.#start(Math.min(milliseconds, catchUpMs), exceeded, false);
      else exceeded();
    }, milliseconds);
  }
}
