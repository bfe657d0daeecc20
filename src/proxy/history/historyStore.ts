import fs from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  ChecksParams,
  RequestRecord,
  RequestsParams,
  SeriesParams,
  TimeRange,
} from '../../protocol/history.ts';
import type { HistoryState } from '../../protocol/state.ts';
import { codeOf, type Database, isDamage } from './database.ts';
import {
  insertCheck,
  insertStanding,
  insertSwitch,
  readCheckHistories,
  readChecks,
  readSwitches,
  readTimeline,
} from './events.ts';
import type { HistoryCalls, ThreadOptions } from './historyCalls.ts';
import type { HistoryEntry, StoredItem } from './historyTypes.ts';
import {
  type ContentKind,
  dropBodies,
  putItem,
  readContent,
  readItems,
  removeItems,
  updateItem,
} from './items.ts';
import { copyLost, putInPlace } from './lostDatabase.ts';
import { moveDatabase } from './moveDatabase.ts';
import { type OpenedDatabase, openDatabase } from './openDatabase.ts';
import { findRequest, findRequests, insertRequest } from './requests.ts';
import { sweep } from './retention.ts';
import { rollUp } from './rollUps.ts';
import { migrations, schemaVersion } from './schema.ts';
import { readSeries } from './series.ts';
import { readTotals } from './totals.ts';

/** What is kept where there is no file, in bytes. */
const memoryBytes = 64 << 20;
/** Over what is aimed at, so that there is room until the oldest are removed. */
const headroom = 1.25;

/** The database with all that is asked of it. Each method takes as long as SQLite does and throws what it says. */
export class HistoryStore implements HistoryCalls {
  readonly #options: ThreadOptions;
  #file: string | undefined;
  readonly #now: () => number;
  readonly #stateChanged: (state: HistoryState) => void;
  #opened: OpenedDatabase;
  /** Why the last write failed, if it did. */
  #writeCode: string | undefined;
  #isClosed = false;

  /**
   * @param now milliseconds since 1970
   * @param stateChanged is called at once, and after every change
   */
  constructor(options: ThreadOptions, now: () => number, stateChanged: (state: HistoryState) => void) {
    const { file, movedFrom } = options;
    this.#options = options;
    this.#file = movedFrom !== undefined && fs.existsSync(movedFrom) ? movedFrom : file;
    this.#now = now;
    this.#stateChanged = stateChanged;
    this.#opened = this.#open(false);
    stateChanged(this.state);
  }

  get state(): HistoryState {
    const { kept, code = this.#writeCode, setAside } = this.#opened;
    return { kept, ...(code !== undefined && { code }), ...(setAside !== undefined && { setAside }) };
  }

  write(entries: readonly string[]): number {
    const parsed = entries.map((text) => JSON.parse(text) as HistoryEntry);
    let lost = entries.length;
    let code: string | undefined;
    try {
      // A process that retired keeps the file of its successor; a later one may have brought it to another schema.
      if (this.#database.pragma('user_version') !== schemaVersion) return lost;
      lost = writeEntries(this.#database, parsed);
    } catch (error) {
      if (isDamage(error)) throw error;
      code = codeOf(error);
    }
    if (code !== this.#writeCode) {
      this.#writeCode = code;
      this.#stateChanged(this.state);
    }
    return lost;
  }

  series(params: SeriesParams, now: number) {
    return readSeries(this.#database, params, now);
  }

  totals(range: TimeRange, now: number) {
    return readTotals(this.#database, range, now);
  }

  requests(params: RequestsParams): readonly RequestRecord[] {
    return findRequests(this.#database, params);
  }

  trace(requestId: string): RequestRecord | null {
    return findRequest(this.#database, requestId);
  }

  timeline(range: TimeRange) {
    return readTimeline(this.#database, range);
  }

  checks(params: ChecksParams) {
    return readChecks(this.#database, params);
  }

  switches() {
    return readSwitches(this.#database);
  }

  checkHistories() {
    return readCheckHistories(this.#database);
  }

  items(): readonly StoredItem[] {
    return readItems(this.#database);
  }

  putItem(item: StoredItem, body: Uint8Array | null): void {
    putItem(this.#database, item, body);
  }

  updateItem(item: StoredItem, result?: Uint8Array | null): boolean {
    return updateItem(this.#database, item, result);
  }

  dropBodies(items: readonly StoredItem[]): void {
    dropBodies(this.#database, items);
  }

  content(id: string, kind: ContentKind): Uint8Array | null {
    return readContent(this.#database, id, kind);
  }

  removeItems(ids: readonly string[]): void {
    removeItems(this.#database, ids);
  }

  async sweep(retentionDays: number, now: number): Promise<void> {
    const database = this.#database;
    const { maxBytes } = this.#options;
    const limits = {
      retentionDays,
      maxBytes: this.#opened.kept === 'file' ? maxBytes : Math.min(memoryBytes, maxBytes),
    };
    for (const _ of sweep(database, limits, now)) {
      await nextTurn();
      if (this.#database !== database || this.#isClosed) return;
    }
  }

  /** Begins anew in another file, since this one has turned out to be damaged. */
  replaceDamaged(): void {
    this.#database.close();
    this.#opened = this.#open(true);
    this.#stateChanged(this.state);
  }

  moveTo(file: string): string | null {
    const from = this.#file;
    if (from === file) return null;
    // What is in memory has no name that could be changed.
    if (from === undefined || this.#opened.kept === 'memory') {
      this.#file = file;
      return null;
    }
    let code: string | null = null;
    let setAside: string | undefined;
    this.#database.close();
    try {
      setAside = moveDatabase(from, file, this.#now());
      this.#file = file;
    } catch (error) {
      code = codeOf(error);
    }
    this.#opened = { ...this.#open(false), ...(setAside !== undefined && { setAside }) };
    this.#stateChanged(this.state);
    return code;
  }

  putBack(): boolean {
    const file = this.#file;
    if (file === undefined || this.#opened.kept === 'memory' || fs.existsSync(file)) return true;
    const copy = copyLost(this.#database, file);
    // What is open goes on for as long as there is no room for another one.
    if (copy === undefined) return false;
    // First: it removes the write-ahead log of whatever has its name then.
    this.#database.close();
    putInPlace(copy, file);
    this.#opened = this.#open(false);
    this.#stateChanged(this.state);
    return true;
  }

  /** Closes the file; a second time does nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#database.close();
  }

  get #database(): Database {
    return this.#opened.database;
  }

  #open(isDamaged: boolean): OpenedDatabase {
    const { maxBytes } = this.#options;
    return openDatabase({
      file: this.#file,
      limitBytes: maxBytes * headroom,
      memoryLimitBytes: Math.min(memoryBytes, maxBytes) * headroom,
      now: this.#now(),
      migrations,
      isDamaged,
    });
  }
}

/** Stores entries, all or none unless one of them is at fault. @returns how many of them were */
function writeEntries(database: Database, entries: readonly HistoryEntry[]): number {
  try {
    database.transaction(() => {
      for (const entry of entries) insert(database, entry);
      rollUp(
        database,
        entries.flatMap((entry) => (entry.kind === 'request' ? [entry.request] : [])),
      );
    });
    return 0;
  } catch (error) {
    if (!isFaultOfEntry(error)) throw error;
    if (entries.length === 1) return 1;
    return entries.reduce((lost, entry) => lost + writeEntries(database, [entry]), 0);
  }
}

function isFaultOfEntry(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'SQLITE_CONSTRAINT' || code === 'SQLITE_TOOBIG' || !code.startsWith('SQLITE_');
}

function insert(database: Database, entry: HistoryEntry): void {
  switch (entry.kind) {
    case 'request':
      insertRequest(database, entry.request);
      break;
    case 'check':
      insertCheck(database, entry.check);
      break;
    case 'switch':
      insertSwitch(database, entry.change);
      break;
    case 'standing':
      insertStanding(database, entry.event);
      break;
  }
}
