import type { LogEntry } from '../protocol/state.ts';

/** A log entry as one line of `name=value` pairs; values are quoted where they need it. */
export function logLine({ time: _time, level: _level, event, ...fields }: LogEntry): string {
  const pairs = Object.entries(fields).map(([name, value]) => {
    const text = String(value);
    return `${name}=${/[\s"=]/.test(text) ? JSON.stringify(text) : text}`;
  });
  return [event, ...pairs].join(' ');
}
