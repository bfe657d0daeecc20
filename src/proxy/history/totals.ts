import type { Sums, TimeRange, Totals } from '../../protocol/history.ts';
import type { Database } from './database.ts';
import { hasDetail, hourlyDays, knownRange } from './keeping.ts';
import { dayMs, dayOf, dayText, firstDayFrom, hourMs, hourOf, startOfDay } from './localTime.ts';
import { requestsIn } from './requests.ts';
import { addRequest, type Resolution, type Scope, storedSums } from './rollUps.ts';
import { SumsByKey } from './runningSums.ts';

/** A part of a range, and where its sums come from. */
interface Piece {
  readonly source: 'requests' | Resolution;
  readonly from: number;
  readonly to: number;
}

/**
 * Sums over a range. Up to 48 hours they are exact. Beyond, an hour in which the range begins or ends is part of it as
 * a whole, or the day where no sums of hours are kept any more.
 */
export function readTotals(database: Database, asked: TimeRange, now: number): Totals {
  const range = knownRange(asked, now);
  const sums: Record<Scope, SumsByKey<string>> = {
    all: new SumsByKey(),
    model: new SumsByKey(),
    endpoint: new SumsByKey(),
  };
  for (const piece of piecesOf(database, range, now)) {
    if (piece.source === 'requests') {
      for (const request of requestsIn(database, piece)) {
        addRequest(request, (scope, key) => sums[scope].of(key));
      }
      continue;
    }
    for (const scope of ['all', 'endpoint', 'model'] as const) {
      for (const row of storedSums(database, piece.source, scope, piece)) {
        sums[scope].of(String(row.key)).addStored(row);
      }
    }
  }
  return {
    all: sums.all.of('').toSums(),
    byEndpoint: busiestFirst(sums.endpoint).map(([endpointId, each]) => ({ endpointId, ...each })),
    byModel: busiestFirst(sums.model).map(([model, each]) => ({ model, ...each })),
    byDay: readDays(database, range),
  };
}

function piecesOf(database: Database, range: TimeRange, now: number): readonly Piece[] {
  if (range.to <= range.from) return [];
  return hasDetail(database, range) ? exactPieces(range) : wholePieces(range, now);
}

/** Whole hours from their sums, the rest from requests. */
function exactPieces({ from, to }: TimeRange): readonly Piece[] {
  const first = hourOf(from) === from ? from : hourOf(from) + hourMs;
  const end = hourOf(to);
  if (first >= end) return [{ source: 'requests', from, to }];
  return [
    { source: 'requests', from, to: first },
    { source: 'hourly', from: first, to: end },
    { source: 'requests', from: end, to },
  ];
}

/** Whole days from their sums, the rest from those of hours. */
function wholePieces(range: TimeRange, now: number): readonly Piece[] {
  const hasHours = range.from >= now - hourlyDays * dayMs;
  const from = hasHours ? hourOf(range.from) : startOfDay(dayOf(range.from));
  const to = hourOf(range.to - 1) + hourMs;
  const [first, end] = [firstDayFrom(from), dayOf(to)];
  if (first >= end) return [{ source: 'hourly', from, to }];
  return [
    { source: 'hourly', from, to: startOfDay(first) },
    { source: 'daily', from: first, to: end },
    { source: 'hourly', from: startOfDay(end), to },
  ];
}

function readDays(database: Database, { from, to }: TimeRange): Totals['byDay'] {
  const days = { from: firstDayFrom(from), to: dayOf(to) };
  const sums = new SumsByKey<number>();
  for (const row of storedSums(database, 'daily', 'all', days)) sums.of(Number(row.period)).addStored(row);
  return sums
    .entries()
    .toSorted(([a], [b]) => b - a)
    .map(([day, each]) => ({ day: dayText(day), ...each.toSums() }));
}

function busiestFirst(sums: SumsByKey<string>): readonly (readonly [string, Sums])[] {
  return sums
    .entries()
    .map(([key, each]) => [key, each.toSums()] as const)
    .toSorted(([a, { requests: ofA }], [b, { requests: ofB }]) => ofB - ofA || (a < b ? -1 : 1));
}
