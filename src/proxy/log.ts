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
    for (const sink of this.#sinks) this.#hand(full, sink);
  };

  /**
   * Adds a listener, which first gets the latest entries. Returns how to remove it.
   *
   * @param since leaves out entries up to this time, in milliseconds since 1970
   */
  listen(sink: (entry: LogEntry) => void, since = Number.NEGATIVE_INFINITY): () => void {
    for (const entry of this.#backlog) if (entry.time > since) this.#hand(entry, sink);
    this.#sinks.add(sink);
    return () => this.#sinks.delete(sink);
  }

  /** A full disk, or a pipe that nobody reads any more, must not cost a request. */
  #hand(entry: LogEntry, sink: (entry: LogEntry) => void): void {
    try {
      sink(entry);
    } catch {
      // There is no other place to tell it.
    }
  }
}
