import type { CheckRecord } from '../../core/healthCheck.ts';
import type { ProfileSwitch } from '../../core/switches.ts';
import type {
  ChecksParams,
  RequestRecord,
  RequestsParams,
  Series,
  SeriesParams,
  Timeline,
  TimeRange,
  Totals,
} from '../../protocol/history.ts';
import type { HistoryState } from '../../protocol/state.ts';
import type { CheckHistory, StoredItem } from './historyTypes.ts';
import type { ContentKind } from './items.ts';

/*
 * What the process and the thread that has the database say to each other.
 */

/** What the thread can be asked for. `now` is in milliseconds since 1970. */
export interface HistoryCalls {
  /** Stores entries, each as JSON. Returns how many of them could not be. */
  write(entries: readonly string[]): number;
  series(params: SeriesParams, now: number): Series;
  totals(range: TimeRange, now: number): Totals;
  requests(params: RequestsParams): readonly RequestRecord[];
  trace(requestId: string): RequestRecord | null;
  timeline(range: TimeRange): Timeline;
  checks(params: ChecksParams): readonly CheckRecord[];
  switches(): readonly ProfileSwitch[];
  checkHistories(): readonly CheckHistory[];
  items(): readonly StoredItem[];
  putItem(item: StoredItem, body: Uint8Array | null): void;
  /** Returns false when there is no such item. */
  updateItem(item: StoredItem, result?: Uint8Array | null): boolean;
  dropBodies(items: readonly StoredItem[]): void;
  content(id: string, kind: ContentKind): Uint8Array | null;
  removeItems(ids: readonly string[]): void;
  /** Removes what is too old, in small steps between which others are answered. */
  sweep(retentionDays: number, now: number): Promise<void>;
  /** Goes on in another file, with all that is kept. Returns why it could not, or null. */
  moveTo(file: string): string | null;
  /** Writes the file again, with all that is kept, where somebody has removed it. Returns false when it cannot yet. */
  putBack(): boolean;
  /** Closes the database; the thread ends. */
  close(): void;
}

export type CallName = keyof HistoryCalls;
export type Answer<N extends CallName> = Awaited<ReturnType<HistoryCalls[N]>>;

/** Process → thread. */
export interface CallMessage<N extends CallName = CallName> {
  readonly id: number;
  readonly name: N;
  readonly args: Parameters<HistoryCalls[N]>;
}

/** Thread → process. */
export type ThreadMessage =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  /** @property code of the error that SQLite or the system gave */
  | { readonly kind: 'refusal'; readonly id: number; readonly code: string }
  | { readonly kind: 'state'; readonly state: HistoryState };

/** What the thread starts with. */
export interface ThreadOptions {
  readonly file: string | undefined;
  /** Where it is if it has not been moved to `file` yet. */
  readonly movedFrom?: string | undefined;
  /** What is stored in all, in bytes; beyond, the oldest requests are removed. */
  readonly maxBytes: number;
}
