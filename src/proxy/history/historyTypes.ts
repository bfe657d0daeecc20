import type { CheckHistory, CheckRecord } from '../../core/healthCheck.ts';
import type { ProfileSwitch } from '../../core/switches.ts';
import type {
  ChecksParams,
  RequestRecord,
  RequestsParams,
  Series,
  SeriesParams,
  StandingEvent,
  Timeline,
  TimeRange,
  Totals,
} from '../../protocol/history.ts';
import type { HistoryState } from '../../protocol/state.ts';

export type { CheckHistory } from '../../core/healthCheck.ts';

/** Something that happened, to be kept. */
export type HistoryEntry =
  | { readonly kind: 'request'; readonly request: RequestRecord }
  | { readonly kind: 'check'; readonly check: CheckRecord }
  | { readonly kind: 'switch'; readonly change: ProfileSwitch }
  | { readonly kind: 'standing'; readonly event: StandingEvent };

/** A kept request as it is stored. The store knows nothing of what is in it. */
export interface StoredItem {
  readonly id: string;
  /** Anything that may be read by whoever reads the file: no prompt, no key. */
  readonly meta: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/**
 * Where kept requests survive a restart. Each call resolves when what it did is in the file, and rejects otherwise. Bytes
 * that it is given belong to it from then on, and may be gone.
 */
export interface ItemStore {
  all(): Promise<readonly StoredItem[]>;
  /** Adds one or replaces it. @param body encrypted; null for none */
  put(item: StoredItem, body: Uint8Array | null): Promise<void>;
  /**
   * Changes what is known of one; its body stays.
   *
   * @param result encrypted; undefined leaves it as it is
   * @returns false when it is not there: another process has removed it
   */
  update(item: StoredItem, result?: Uint8Array | null): Promise<boolean>;
  /** Changes what is known of some, and removes their bodies; their answers stay. */
  dropBodies(items: readonly StoredItem[]): Promise<void>;
  body(id: string): Promise<Uint8Array | null>;
  result(id: string): Promise<Uint8Array | null>;
  remove(ids: readonly string[]): Promise<void>;
}

/**
 * The past: what happened, and questions about it. A disk that fails costs history and nothing else. Questions reject
 * with a `HistoryError` when they cannot be answered.
 */
export interface History {
  /** Takes something down. It is written with others, a moment later; returns at once and never fails. */
  record(entry: HistoryEntry): void;
  series(params: SeriesParams): Promise<Series>;
  totals(range: TimeRange): Promise<Totals>;
  requests(params: RequestsParams): Promise<readonly RequestRecord[]>;
  trace(requestId: string): Promise<RequestRecord | null>;
  timeline(range: TimeRange): Promise<Timeline>;
  checks(params: ChecksParams): Promise<readonly CheckRecord[]>;
  switches(): Promise<readonly ProfileSwitch[]>;
  /** What earlier checks of all endpoints came to. */
  checkHistories(): Promise<readonly CheckHistory[]>;
  readonly items: ItemStore;
  readonly state: HistoryState;
  /** How long single requests are kept from now on, in days. Before the first call none is too old. */
  setRetention(days: number): void;
  /** Resolves when everything that was recorded is in the file, or given up; at once while nothing can be written. */
  flush(): Promise<void>;
  /**
   * Keeps everything in another file from now on, with what is kept already. What happens meanwhile waits; a file that lies
   * there is set aside. Where that fails the history stays where it is; as long as another process is the reason it is tried
   * again. Resolves in either case.
   */
  moveTo(file: string): Promise<void>;
  /** Has the file written again, with all that is kept, where somebody has removed it; to be called now and then. */
  look(): void;
  /**
   * Leaves the file to a successor, where that looks for it; what happens here is still written to it. A last try to move what
   * could not be moved.
   */
  settle(): Promise<void>;
  /** Writes what is left and closes the file. */
  close(): Promise<void>;
}
