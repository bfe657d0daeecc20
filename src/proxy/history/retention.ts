import type { Database, SQLInputValue } from './database.ts';
import { dailyDays, hourlyDays } from './keeping.ts';
import { dayMs, dayOf } from './localTime.ts';

/** Changes of standing that are kept at most, switches, and checks of each endpoint: some endpoints change all day. */
const maxEvents = 10_000;
/** Rows that one step removes: few enough for it to take no more than milliseconds. */
const rowsPerStep = 50;
/** Pages that stay empty, so that what is removed today makes room for tomorrow. Others go back to the system. */
const sparePages = 1_024;
const pagesPerStep = 64;

export interface Limits {
  /** How long single requests are kept, in days. */
  readonly retentionDays: number;
  /** What may be stored in all, in bytes; beyond, the oldest requests go. */
  readonly maxBytes: number;
}

/**
 * Removes what is too old and the oldest of what is too much. Each `next` takes one step of some milliseconds, so that
 * the caller can do something else between them.
 */
export function* sweep(
  database: Database,
  { retentionDays, maxBytes }: Limits,
  now: number,
): Generator<void, void> {
  const daysAgo = (days: number) => now - days * dayMs;
  const oldest = (table: string, where: string) =>
    `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE ${where} ORDER BY at LIMIT ${rowsPerStep})`;

  yield* repeat(database, oldest('request', 'at < ?'), daysAgo(retentionDays));
  for (const [table, days] of [
    ['standing', hourlyDays],
    ['profile_switch', dailyDays],
  ] as const) {
    yield* repeat(database, oldest(table, 'at < ?'), daysAgo(days));
    const beyond = database.first(`SELECT at FROM ${table} ORDER BY at DESC LIMIT 1 OFFSET ${maxEvents}`);
    if (beyond) yield* repeat(database, oldest(table, 'at <= ?'), Number(beyond.at));
  }
  yield* sweepChecks(database, daysAgo(dailyDays));
  for (const [table, period] of [
    ['hourly', daysAgo(hourlyDays)],
    ['daily', dayOf(daysAgo(dailyDays))],
  ] as const) {
    for (const scope of ['all', 'model', 'endpoint']) {
      yield* repeat(
        database,
        `DELETE FROM ${table} WHERE (scope, period, key) IN
           (SELECT scope, period, key FROM ${table} WHERE scope = ? AND period < ? LIMIT ${rowsPerStep})`,
        scope,
        period,
      );
    }
  }
  while (storedBytes(database) > maxBytes && database.run(oldest('request', 'true')) > 0) yield;
  while (database.pragma('freelist_count') > sparePages) {
    database.execute(`PRAGMA incremental_vacuum(${pagesPerStep})`);
    yield;
  }
}

/** Bytes of the pages that hold something. */
export function storedBytes(database: Database): number {
  return (database.pragma('page_count') - database.pragma('freelist_count')) * database.pragma('page_size');
}

/** Of each endpoint the newest checks stay, until it was not checked for very long. */
function* sweepChecks(database: Database, forgotten: number): Generator<void, void> {
  const endpoints = database.all('SELECT endpoint, max(last_at) AS at FROM check_total GROUP BY endpoint');
  for (const { endpoint = null, at } of endpoints) {
    const isForgotten = Number(at) < forgotten;
    const beyond = isForgotten
      ? { at: Number.MAX_SAFE_INTEGER }
      : database.first(
          `SELECT at FROM health_check WHERE endpoint = ? ORDER BY at DESC LIMIT 1 OFFSET ${maxEvents}`,
          endpoint,
        );
    if (beyond) {
      yield* repeat(
        database,
        `DELETE FROM health_check WHERE id IN
           (SELECT id FROM health_check WHERE endpoint = ? AND at <= ? ORDER BY at LIMIT ${rowsPerStep})`,
        endpoint,
        Number(beyond.at),
      );
    }
    if (isForgotten) database.run('DELETE FROM check_total WHERE endpoint = ?', endpoint);
  }
}

/** Runs a statement that removes a few rows until there are none left of them. */
function* repeat(database: Database, sql: string, ...values: SQLInputValue[]): Generator<void, void> {
  while (database.run(sql, ...values) > 0) yield;
}
