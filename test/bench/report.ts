import type { Abort } from './abort.ts';
import type { Failover } from './failover.ts';
import type { FirstByte } from './firstByte.ts';
import type { HistoryCost } from './history.ts';
import type { SlowStreams } from './slowStreams.ts';

/** Everything that a run of the benchmark has found, as it is written to the JSON file. */
export interface BenchReport {
  readonly version: 1;
  readonly mode: 'full' | 'quick' | 'smoke';
  /** What it ran on; figures of different machines are not comparable. */
  readonly machine: { readonly node: string; readonly platform: string; readonly processors: number };
  readonly firstByte: readonly FirstByte[];
  readonly slowStreams: SlowStreams;
  readonly failover: Failover;
  readonly abort: Abort;
  readonly history: HistoryCost;
}

/** What a direct connection may have added to it at most, in milliseconds, by the size of the request. */
const addedMedianTargets: readonly (readonly [bytes: number, ms: number])[] = [
  [200_000, 0.5],
  [1_000_000, 1],
];
const addedP99TargetMs = 2;
const failoverTargetMs = 5;
const abortTargetMs = 50;

/** The report as tables for a terminal. */
export function reportText(report: BenchReport): string {
  const { machine, firstByte, slowStreams, failover, abort, history } = report;
  const times = firstByte.flatMap((size) => [
    [
      bytes(size.bodyBytes),
      'added, median',
      ms(size.direct.medianMs),
      ...pair(size.passThrough.addedMedianMs, size.qcc.addedMedianMs, 'ms'),
      target(medianTarget(size.bodyBytes), 'ms'),
    ],
    [
      '',
      'added, p99',
      ms(size.direct.p99Ms),
      ...pair(size.passThrough.addedP99Ms, size.qcc.addedP99Ms, 'ms'),
      target(addedP99TargetMs, 'ms'),
    ],
    ['', 'CPU per request', '', ...pair(size.passThrough.processorMs, size.qcc.processorMs, 'ms'), ''],
  ]);
  const { passThrough, qcc } = slowStreams;
  const others = [
    [
      `${slowStreams.streams} slow streams, ${bytes(slowStreams.bodyBytes)} each`,
      'peak memory',
      ...pair(passThrough.peakMegabytes, qcc.peakMegabytes, 'MB'),
      '',
    ],
    ['', 'open at once', String(passThrough.atOnce), String(qcc.atOnce), '', ''],
    ['', 'errors', String(passThrough.errors), String(qcc.errors), '', '0'],
    [
      'refused → other endpoint',
      'added, median',
      '',
      ms(failover.addedMedianMs),
      '',
      target(failoverTargetMs, 'ms'),
    ],
    ['', 'added, most', '', ms(failover.addedMaxMs), '', ''],
    [
      'abort → upstream closed',
      'median',
      ...pair(abort.passThrough.medianMs, abort.qcc.medianMs, 'ms'),
      target(abortTargetMs, 'ms'),
    ],
    ['', 'most', ...pair(abort.passThrough.maxMs, abort.qcc.maxMs, 'ms'), ''],
  ];
  return [
    `Node ${machine.node}, ${machine.platform}, ${machine.processors} processors, ${report.mode}`,
    '',
    `Time to the first byte, ${firstByte.map((size) => size.requests).join(' / ')} requests on each way`,
    '',
    ...table([['body', '', 'direct', 'bare', 'QCC', 'QCC : bare', 'target'], ...times]),
    '',
    ...table([['', '', 'bare', 'QCC', 'QCC : bare', 'target'], ...others]),
    '',
    `The history, with ${history.requests} requests of 30 days`,
    '',
    ...table([
      ['', '', 'from requests', 'from sums', 'ratio'],
      [
        'totals and chart of 30 days',
        'median',
        ms(history.monthFromRequestsMs),
        ms(history.monthFromSumsMs),
        (history.monthFromSumsMs / history.monthFromRequestsMs).toFixed(3),
      ],
      ['taking a request down', 'mean', '', `${history.recordMicroseconds.toFixed(1)} µs`, ''],
    ]),
    '',
    '"bare" is a proxy of the same libraries that only passes on. The targets hold for a quiet machine.',
    '',
  ].join('\n');
}

function medianTarget(bodyBytes: number): number {
  const found = addedMedianTargets.find(([size]) => bodyBytes <= size);
  return (found ?? (addedMedianTargets.at(-1) as readonly [number, number]))[1];
}

/** The figures of the two proxies and their ratio. */
function pair(passThrough: number | null, qcc: number | null, unit: 'ms' | 'MB'): string[] {
  const show = (value: number | null) =>
    value === null ? '–' : unit === 'ms' ? ms(value) : `${Math.round(value)} MB`;
  const isMeaningful = passThrough !== null && qcc !== null && passThrough > 0;
  return [show(passThrough), show(qcc), isMeaningful ? (qcc / passThrough).toFixed(1) : '–'];
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}

function target(value: number, unit: string): string {
  return `≤ ${value} ${unit}`;
}

function bytes(count: number): string {
  return count < 1_000_000 ? `${Math.round(count / 1000)} KB` : `${Math.round(count / 1_000_000)} MB`;
}

/** Lines with columns as wide as their widest cell, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
