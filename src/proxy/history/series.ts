import type { Series, SeriesParams, TimeRange } from '../../protocol/history.ts';
import type { Database } from './database.ts';
import { hasDetail, hourlyDays, knownRange } from './keeping.ts';
import { dayMs, dayOf, daysAfter, hourMs, hourOf, startOfDay } from './localTime.ts';
import { attemptContributionsIn, contributionsIn } from './requests.ts';
import { storedSums } from './rollUps.ts';
import { SumsByKey } from './runningSums.ts';

/** What can be between two points. */
const detailSteps = [15, 30, 60, 120, 300, 600].map((seconds) => seconds * 1000);
const hourSteps = [1, 2, 3, 4, 6, 12].map((hours) => hours * hourMs);
const daySteps = [1, 2].map((days) => days * dayMs);
/** A range begins and ends within steps, which can make two points more. */
const maxSteps = 398;

/**
 * A chart. Up to 48 hours it is made of single requests, beyond of the sums of hours: one in which the range begins or
 * ends is there as a whole. Where no sums of hours are kept any more it is made of the sums of days in the same way.
 */
export function readSeries(database: Database, params: SeriesParams, now: number): Series {
  const range = knownRange(params, now);
  const { endpointId } = params;
  const stepOf = (steps: readonly number[]) =>
    steps.find((step) => (range.to - range.from) / step <= maxSteps);
  const detailStep = hasDetail(database, range) ? stepOf(detailSteps) : undefined;
  const hourStep = range.from >= now - hourlyDays * dayMs ? stepOf(hourSteps) : undefined;
  const dayStep = stepOf(daySteps) ?? 4 * dayMs;
  const sums = new SumsByKey<number>();
  if (detailStep !== undefined) addDetail(database, range, detailStep, endpointId, sums);
  else if (hourStep !== undefined) addHours(database, range, hourStep, endpointId, sums);
  else addDays(database, range, dayStep, endpointId, sums);
  const points = sums.entries().toSorted(([a], [b]) => a - b);
  return {
    stepMs: detailStep ?? hourStep ?? dayStep,
    points: points.map(([at, point]) => ({ at, ...point.toSums() })),
  };
}

function addDetail(
  database: Database,
  range: TimeRange,
  stepMs: number,
  endpointId: string | undefined,
  sums: SumsByKey<number>,
): void {
  const contributions =
    endpointId === undefined
      ? contributionsIn(database, range)
      : attemptContributionsIn(database, range, endpointId);
  for (const each of contributions) sums.of(Math.floor(each.at / stepMs) * stepMs).add(each);
}

const scopeOf = (endpointId: string | undefined) => (endpointId === undefined ? 'all' : 'endpoint');

function addHours(
  database: Database,
  { from, to }: TimeRange,
  stepMs: number,
  endpointId: string | undefined,
  sums: SumsByKey<number>,
): void {
  // Steps begin with a day, so that they do not move while the range does.
  const start = startOfDay(dayOf(from));
  const hours = { from: hourOf(from), to };
  for (const row of storedSums(database, 'hourly', scopeOf(endpointId), hours, endpointId)) {
    sums.of(start + Math.floor((Number(row.period) - start) / stepMs) * stepMs).addStored(row);
  }
}

function addDays(
  database: Database,
  { from, to }: TimeRange,
  stepMs: number,
  endpointId: string | undefined,
  sums: SumsByKey<number>,
): void {
  const days = { from: dayOf(from), to: daysAfter(dayOf(to - 1), 1) };
  for (const row of storedSums(database, 'daily', scopeOf(endpointId), days, endpointId)) {
    const day = Number(row.period);
    // Counted on a calendar without summer time, where all days are equally long.
    const ordinal = Math.round((startOfDay(day) - startOfDay(19700101)) / dayMs);
    sums.of(startOfDay(daysAfter(day, -(ordinal % (stepMs / dayMs))))).addStored(row);
  }
}
