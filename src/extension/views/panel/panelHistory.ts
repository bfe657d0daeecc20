import type { Series, Sums, TimeRange, Totals } from '../../../protocol/history.ts';
import type { PanelHistory, PanelRange, PanelSums } from '../../../protocol/panel.ts';

/** Clients can make up names of models; the busiest are worth a look. */
const shownModels = 100;

/** What the charts are of. */
export interface HistoryQuestion {
  /** The page's number of the question. */
  readonly query: number;
  readonly range: PanelRange;
  /** Of one endpoint, by id, or null for all. */
  readonly endpointId: string | null;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** The shorter ranges: how long they are, and from one point of their charts to the next. */
const shortRanges = {
  '15m': { ms: 15 * minute, stepMs: 15 * second },
  '1h': { ms: hour, stepMs: 15 * second },
  '24h': { ms: day, stepMs: 5 * minute },
} as const;
const dayRanges = { '7d': 7, '30d': 30 } as const;

/** A range in time, in milliseconds since 1970. */
export interface Span extends TimeRange {
  /** When the day of `to` is over, for ranges of days; else the same as `to`. */
  readonly dayEnd: number;
}

/**
 * The stretch of time that a range stands for. Short ones begin with a step of their chart, so that their first point
 * is a whole one. Longer ones begin with a day on the clock of this machine: their sums are the sum of their days then.
 *
 * @param now milliseconds since 1970
 */
export function spanOf(range: PanelRange, now: number): Span {
  if (range === '7d' || range === '30d') {
    return { from: midnight(now, -dayRanges[range]), to: now, dayEnd: midnight(now, 1) };
  }
  const { ms, stepMs } = shortRanges[range];
  return { from: Math.floor((now - ms) / stepMs) * stepMs, to: now, dayEnd: now };
}

/** When a day begins that is so many days after today, or before it. */
function midnight(now: number, days: number): number {
  const date = new Date(now);
  // At once: a day on which clocks are put forward may begin at one o'clock, and others do not for that.
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime();
}

/** How often the history of a range is worth a look. */
export interface Pace {
  /** From one answer to the next at least, in milliseconds: what changes a long range little may be seen later. */
  readonly pauseMs: number;
  /** After so many milliseconds the range has moved on by a point of its chart, whether or not anything happened. */
  readonly freshMs: number;
}

export function paceOf(range: PanelRange): Pace {
  switch (range) {
    case '15m':
    case '1h':
      return { pauseMs: 2 * second, freshMs: shortRanges[range].stepMs };
    case '24h':
      return { pauseMs: 3 * second, freshMs: shortRanges[range].stepMs };
    case '7d':
      return { pauseMs: 5 * second, freshMs: hour };
    case '30d':
      return { pauseMs: 10 * second, freshMs: hour };
  }
}

/** What the proxy answers. */
export interface HistoryAnswers {
  readonly series: Series;
  /** Up to the end of the day, or the day that is not over would be missing. */
  readonly totals: Totals;
}

/** What the panel shows of the past. @param events see `eventsOf` */
export function historyOf(
  { range, endpointId }: Pick<HistoryQuestion, 'range' | 'endpointId'>,
  { from, to }: TimeRange,
  { series, totals }: HistoryAnswers,
  events: PanelHistory['events'],
): PanelHistory {
  const all =
    endpointId === null ? totals.all : totals.byEndpoint.find((each) => each.endpointId === endpointId);
  return {
    range,
    endpointId,
    from,
    to,
    stepMs: series.stepMs,
    points: series.points.map((point) => ({ at: point.at, ...sumsOf(point) })),
    totals: {
      ...(all ? sumsOf(all) : noSums),
      retries: all?.retries ?? 0,
      unpricedTokens: all?.unpricedTokens ?? 0,
    },
    endpoints: totals.byEndpoint.map((each) => ({ id: each.endpointId, ...sumsOf(each) })),
    models: totals.byModel.slice(0, shownModels).map((each) => ({ model: each.model, ...sumsOf(each) })),
    // The few whole days within a shorter range would say nothing that its totals do not.
    days: range in dayRanges ? totals.byDay.map((each) => ({ day: each.day, ...sumsOf(each) })) : [],
    events,
  };
}

const noSums: PanelSums = {
  requests: 0,
  served: 0,
  rescued: 0,
  failed: 0,
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite: 0,
  cost: 0,
  firstContentP50Ms: null,
  firstContentP95Ms: null,
};

function sumsOf({
  requests,
  served,
  rescued,
  failed,
  usage: { input, output, cacheRead, cacheWrite },
  cost,
  firstContentP50Ms,
  firstContentP95Ms,
}: Sums): PanelSums {
  return {
    requests,
    served,
    rescued,
    failed,
    input,
    output,
    cacheRead,
    cacheWrite,
    cost,
    firstContentP50Ms,
    firstContentP95Ms,
  };
}
