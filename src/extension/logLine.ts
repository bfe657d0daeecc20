import type { LogEntry } from '../protocol/state.ts';

/** An entry that is older than this, in milliseconds, gets its time: the log itself only knows when it was written. */
const oldMs = 2_000;

/**
 * A log entry as one line of `name=value` pairs; values are quoted where they need it.
 *
 * @param now milliseconds since 1970
 */
export function logLine({ time, level: _level, event, ...fields }: LogEntry, now: number): string {
  const at = now - time > oldMs ? { at: new Date(time).toISOString() } : {};
  const pairs = Object.entries({ ...at, ...fields }).map(([name, value]) => {
    const text = String(value);
    return `${name}=${/[\s"=]/.test(text) ? JSON.stringify(text) : text}`;
  });
  return [event, ...pairs].join(' ');
}
