import { openHistory } from '../../src/proxy/history/history.ts';
import type { HistoryEntry } from '../../src/proxy/history/historyTypes.ts';
import { dayMs } from '../../src/proxy/history/localTime.ts';
import { openDatabase } from '../../src/proxy/history/openDatabase.ts';
import { insertRequest, requestsIn } from '../../src/proxy/history/requests.ts';
import { addRequest, rollUp } from '../../src/proxy/history/rollUps.ts';
import { SumsByKey } from '../../src/proxy/history/runningSums.ts';
import { migrations } from '../../src/proxy/history/schema.ts';
import { readSeries } from '../../src/proxy/history/series.ts';
import { readTotals } from '../../src/proxy/history/totals.ts';
import { randomRequests } from '../support/pastRequests.ts';
import { seededRandom } from '../support/seededRandom.ts';
import { timesOf } from './statistics.ts';

/** What the history costs, and what its sums of hours and days save. */
export interface HistoryCost {
  /** Requests of 30 days. */
  readonly requests: number;
  /** What the process that serves spends on taking one down, in microseconds. */
  readonly recordMicroseconds: number;
  /** The totals and the chart of 30 days, in milliseconds. */
  readonly monthFromSumsMs: number;
  /** The same sums over the requests themselves. */
  readonly monthFromRequestsMs: number;
}

const now = new Date(2025, 6, 20, 12).getTime();
const month = { from: now - 30 * dayMs, to: now };
const batchSize = 500;
/** Sums over so many requests take long; they are not made more often. */
const slowRounds = 3;

export async function measureHistory(requests: number, rounds: number): Promise<HistoryCost> {
  const records = [...randomRequests(seededRandom(1), requests, month)];
  const recordMicroseconds = await measureRecord(records.slice(0, 10_000));
  const size = 4 * 1024 ** 3;
  const opened = { file: undefined, limitBytes: size, memoryLimitBytes: size, now, migrations };
  const { database } = openDatabase(opened);
  for (let at = 0; at < records.length; at += batchSize) {
    const batch = records.slice(at, at + batchSize);
    database.transaction(() => {
      for (const request of batch) insertRequest(database, request);
      rollUp(database, batch);
    });
  }
  const monthFromSumsMs = medianOf(rounds, () => {
    readTotals(database, month, now);
    readSeries(database, month, now);
  });
  const monthFromRequestsMs = medianOf(Math.min(rounds, slowRounds), () => {
    const sums = new SumsByKey<string>();
    for (const request of requestsIn(database, month)) {
      addRequest(request, (scope, key) => sums.of(`${scope} ${key}`));
    }
  });
  database.close();
  return { requests, recordMicroseconds, monthFromSumsMs, monthFromRequestsMs };
}

/** With what it takes to pass on many of them together. */
async function measureRecord(records: Parameters<typeof insertRequest>[1][]): Promise<number> {
  const history = openHistory({ file: undefined, now: () => now, report: () => undefined });
  const entries = records.map((request): HistoryEntry => ({ kind: 'request', request }));
  let spentMs = 0;
  for (let at = 0; at < entries.length; at += batchSize) {
    const started = performance.now();
    for (const entry of entries.slice(at, at + batchSize)) history.record(entry);
    spentMs += performance.now() - started;
    await history.flush();
  }
  await history.close();
  return (spentMs * 1000) / entries.length;
}

function medianOf(rounds: number, action: () => void): number {
  const series = Array.from({ length: rounds }, () => {
    const started = performance.now();
    action();
    return performance.now() - started;
  });
  return timesOf(series).median;
}
