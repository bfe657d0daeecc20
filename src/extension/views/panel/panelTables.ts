import type {
  PanelEndpoint,
  PanelExportFormat,
  PanelHistory,
  PanelRequest,
  PanelSums,
  PanelTable,
} from '../../../protocol/panel.ts';
import { type CsvValue, csvOf } from './csv.ts';

/** What the panel shows, as far as it was told. */
export interface ShownData {
  readonly history: PanelHistory | null;
  readonly requests: readonly PanelRequest[] | null;
  readonly endpoints: readonly PanelEndpoint[];
}

/** What a column is called in files for programs; they never change. */
export const columnKeys = [
  'time',
  'day',
  'name',
  'host',
  'profile',
  'state',
  'requestId',
  'model',
  'endpoint',
  'outcome',
  'status',
  'attempts',
  'durationMs',
  'requests',
  'served',
  'rescued',
  'failed',
  'inFlight',
  'inputTokens',
  'outputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'costUsd',
  'firstContentP50Ms',
  'firstContentP95Ms',
  'configuredWeight',
  'effectiveWeight',
  'lastCheck',
  'lastFailure',
  'lastFailureTime',
  'kind',
  'subject',
  'event',
] as const;
export type ColumnKey = (typeof columnKeys)[number];

/** The texts of a table for people. */
export interface TableWords {
  readonly titles: Readonly<Record<ColumnKey, string>>;
  /** What an event happened to. */
  kind(kind: PanelHistory['events'][number]['kind']): string;
}

interface Column<Row> {
  readonly key: ColumnKey;
  readonly of: (row: Row) => CsvValue;
  /** `of` is milliseconds since 1970. */
  readonly isTime?: true;
  /** How it reads in a table for people, where that is not `of`. */
  readonly read?: (row: Row, words: TableWords) => string;
}

const sumColumns: readonly Column<PanelSums>[] = [
  { key: 'requests', of: ({ requests }) => requests },
  { key: 'served', of: ({ served }) => served },
  { key: 'rescued', of: ({ rescued }) => rescued },
  { key: 'failed', of: ({ failed }) => failed },
  { key: 'inputTokens', of: ({ input }) => input },
  { key: 'outputTokens', of: ({ output }) => output },
  { key: 'cacheReadTokens', of: ({ cacheRead }) => cacheRead },
  { key: 'cacheWriteTokens', of: ({ cacheWrite }) => cacheWrite },
  { key: 'costUsd', of: ({ cost }) => cost },
  { key: 'firstContentP50Ms', of: ({ firstContentP50Ms }) => firstContentP50Ms },
  { key: 'firstContentP95Ms', of: ({ firstContentP95Ms }) => firstContentP95Ms },
];

const seriesColumns: readonly Column<PanelHistory['points'][number]>[] = [
  { key: 'time', of: ({ at }) => at, isTime: true },
  ...sumColumns,
];

const modelColumns: readonly Column<PanelHistory['models'][number]>[] = [
  { key: 'model', of: ({ model }) => model },
  ...sumColumns,
];

const dayColumns: readonly Column<PanelHistory['days'][number]>[] = [
  { key: 'day', of: ({ day }) => day },
  ...sumColumns,
];

/** An endpoint as it is now, with what it did in the range that is shown. */
interface EndpointRow {
  readonly now: PanelEndpoint;
  readonly sums: PanelSums | undefined;
}

const endpointColumns: readonly Column<EndpointRow>[] = [
  { key: 'name', of: ({ now }) => now.name },
  { key: 'host', of: ({ now }) => now.host },
  { key: 'profile', of: ({ now }) => now.profile },
  { key: 'state', of: ({ now }) => now.state.code, read: ({ now }) => now.state.label },
  { key: 'inFlight', of: ({ now }) => now.inFlight },
  ...sumColumns.map(
    ({ key, of }): Column<EndpointRow> => ({ key, of: ({ sums }) => (sums ? of(sums) : null) }),
  ),
  { key: 'configuredWeight', of: ({ now }) => now.weight?.configured ?? null },
  { key: 'effectiveWeight', of: ({ now }) => now.weight?.effective ?? null },
  { key: 'lastCheck', of: ({ now }) => now.check },
  { key: 'lastFailure', of: ({ now }) => now.failure?.text ?? null },
  { key: 'lastFailureTime', of: ({ now }) => now.failure?.at ?? null, isTime: true },
];

const eventColumns: readonly Column<PanelHistory['events'][number]>[] = [
  { key: 'time', of: ({ at }) => at, isTime: true },
  { key: 'kind', of: ({ kind }) => kind, read: ({ kind }, words) => words.kind(kind) },
  { key: 'subject', of: ({ subject }) => subject },
  { key: 'event', of: ({ text }) => text },
];

const requestColumns: readonly Column<PanelRequest>[] = [
  { key: 'time', of: ({ at }) => at, isTime: true },
  { key: 'requestId', of: ({ id }) => id },
  { key: 'model', of: ({ model }) => model },
  { key: 'endpoint', of: ({ endpoint }) => endpoint },
  { key: 'outcome', of: ({ outcome }) => outcome.code, read: ({ outcome }) => outcome.label },
  { key: 'status', of: ({ status }) => status },
  { key: 'attempts', of: ({ attempts }) => attempts },
  { key: 'durationMs', of: ({ durationMs }) => durationMs },
  { key: 'inputTokens', of: ({ input }) => input },
  { key: 'outputTokens', of: ({ output }) => output },
  { key: 'costUsd', of: ({ cost }) => cost },
];

/** How a table is written down. */
export interface TableFormat {
  readonly format: PanelExportFormat;
  readonly words: TableWords;
}

/**
 * A table as the text of a file, or undefined while nothing of it is shown: CSV with titles for people and times on the
 * clock of this machine, which spreadsheet programs calculate with, or JSON with keys and ISO 8601 times for programs.
 */
export function tableText(table: PanelTable, shown: ShownData, format: TableFormat): string | undefined {
  const { history, requests, endpoints } = shown;
  if (table === 'requests')
    return requests ? write(table, shown, requestColumns, requests, format) : undefined;
  if (history === null) return undefined;
  switch (table) {
    case 'series':
      return write(table, shown, seriesColumns, history.points, format);
    case 'models':
      return write(table, shown, modelColumns, history.models, format);
    case 'days':
      return write(table, shown, dayColumns, history.days, format);
    case 'events':
      return write(table, shown, eventColumns, history.events, format);
    case 'endpoints': {
      const rows = endpoints.map((now) => ({ now, sums: history.endpoints.find(({ id }) => id === now.id) }));
      return write(table, shown, endpointColumns, rows, format);
    }
  }
}

function write<Row>(
  table: PanelTable,
  shown: ShownData,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { format, words }: TableFormat,
): string {
  switch (format) {
    case 'csv':
      return csvOf(
        columns.map(({ key }) => words.titles[key]),
        rows.map((row) =>
          columns.map(({ of, isTime, read }) => {
            const value = of(row);
            if (isTime) return value === null ? null : localTime(Number(value));
            return read ? read(row, words) : value;
          }),
        ),
      );
    case 'json':
      return `${JSON.stringify({ table, ...scopeOf(table, shown), rows: rows.map((row) => recordOf(columns, row)) }, null, 2)}\n`;
  }
}

/** What a table is about, where a program could not tell from its rows. */
function scopeOf(table: PanelTable, { history, endpoints }: ShownData): Record<string, unknown> {
  if (table === 'requests' || history === null) return {};
  const { range, from, to, stepMs, endpointId } = history;
  const chosen = endpoints.find(({ id }) => id === endpointId);
  return {
    range,
    from: isoTime(from),
    to: isoTime(to),
    ...(table === 'series' ? { stepMs, endpoint: chosen?.name ?? endpointId } : {}),
  };
}

function recordOf<Row>(columns: readonly Column<Row>[], row: Row): Record<string, CsvValue> {
  return Object.fromEntries(
    columns.map(({ key, of, isTime }) => {
      const value = of(row);
      return [key, isTime && value !== null ? isoTime(Number(value)) : value];
    }),
  );
}

const isoTime = (at: number): string => new Date(at).toISOString();

/** `YYYY-MM-DD HH:MM:SS` */
function localTime(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${localDay(at)} ${time}`;
}

/** `YYYY-MM-DD` on the clock of this machine. @param at milliseconds since 1970 */
export function localDay(at: number): string {
  const date = new Date(at);
  return [
    String(date.getFullYear()),
    ...[date.getMonth() + 1, date.getDate()].map((value) => String(value).padStart(2, '0')),
  ].join('-');
}

/** A name for the file. @param at today, in milliseconds since 1970 */
export function tableFileName(
  table: PanelTable,
  format: PanelExportFormat,
  history: PanelHistory | null,
  at: number,
): string {
  const range = table === 'requests' || history === null ? [] : [history.range];
  return `${['qcc', table, ...range, localDay(at)].join('-')}.${format}`;
}
