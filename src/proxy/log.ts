import type { LogEntry } from '../protocol/state.ts';

/** How many entries a window that attaches later still gets to see. */
const backlogSize = 200;

/** Collects structured log entries and hands them to whoever listens. */
export class Log {
  readonly #backlog: LogEntry[] = [];
  readonly #sinks = new Set<(entry: LogEntry) => void>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  readonly write = (entry: Omit<LogEntry, 'time'>): void => {
    const full: LogEntry = { time: this.#now(), ...entry };
    this.#backlog.push(full);
    if (this.#backlog.length > backlogSize) this.#backlog.shift();
    for (const sink of this.#sinks) sink(full);
  };

  /** Adds a listener, which first gets the latest entries. Returns how to remove it. */
  listen(sink: (entry: LogEntry) => void): () => void {
    for (const entry of this.#backlog) sink(entry);
    this.#sinks.add(sink);
    return () => this.#sinks.delete(sink);
  }
}
