import type { TimeRange } from '../../protocol/history.ts';
import type { Database } from './database.ts';
import { dayMs, hourMs, hourOf } from './localTime.ts';

/** How long sums of hours are kept, in days. As below. */
export const hourlyDays = 90;
/** Sums of days, and switches. */
export const dailyDays = 731;

/** Longer stretches of time are read from sums of hours and days alone, however many requests they had. */
export const longestDetailMs = 48 * hourMs;

/** A range without times of which nothing can be known, which would make it endless. */
export function knownRange({ from, to }: TimeRange, now: number): TimeRange {
  const first = Math.max(from, now - (dailyDays + 1) * dayMs);
  // The clock can have been set back. Up to the end of today is asked for, be it a day of 25 hours.
  return { from: first, to: Math.max(first, Math.min(to, now + 2 * dayMs)) };
}

/** True when a range is short enough, and late enough, for its single requests to be read. */
export function hasDetail(database: Database, { from, to }: TimeRange): boolean {
  if (to - from > longestDetailMs) return false;
  const at = (row: { at?: unknown } | undefined) => (typeof row?.at === 'number' ? row.at : undefined);
  const firstRequest = at(database.first('SELECT min(at) AS at FROM request'));
  const firstHour = at(database.first("SELECT min(period) AS at FROM hourly WHERE scope = 'all'"));
  if (firstHour === undefined || (firstRequest !== undefined && firstRequest <= from)) return true;
  // Sums that are older than any request tell that there were requests before.
  return firstRequest !== undefined && hourOf(firstRequest) <= firstHour;
}
