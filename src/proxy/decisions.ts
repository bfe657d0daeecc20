import type { DecisionTrace } from '../protocol/state.ts';

/** Requests whose traces are kept. */
const maxTraces = 500;

/** Keeps what became of the last requests, and why. */
export class Decisions {
  readonly #traces: DecisionTrace[] = [];

  add(trace: DecisionTrace): void {
    this.#traces.push(trace);
    if (this.#traces.length > maxTraces) this.#traces.shift();
  }

  /** Newest first. */
  latest(): readonly DecisionTrace[] {
    return this.#traces.toReversed();
  }
}
