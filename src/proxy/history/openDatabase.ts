import fs from 'node:fs';
import path from 'node:path';
import { platform } from '../../protocol/platform.ts';
import { codeOf, Database, isDamage } from './database.ts';
import { applicationId, migrate } from './schema.ts';

const defaultBusyMs = 5_000;

/** Why a file is set aside; it becomes the end of its name. */
type Reason =
  | Flaw
  /** Another one takes its name. */
  | 'replaced';

/** Why a file cannot be used. */
type Flaw =
  | 'corrupt'
  /** Written by a later version, whose file it may yet be again. */
  | 'newer'
  /** A database of another program. */
  | 'foreign';

export interface OpenOptions {
  /** Undefined for none: what is kept ends with the process. */
  readonly file: string | undefined;
  /** More than this is never written, in bytes. */
  readonly limitBytes: number;
  /** What is kept where the file cannot be used, in bytes. */
  readonly memoryLimitBytes: number;
  /** Milliseconds since 1970; part of the name of a file that is set aside. */
  readonly now: number;
  readonly migrations: readonly string[];
  /** How long another process may hold the file, in milliseconds; a predecessor that retires does for a moment. */
  readonly busyMs?: number;
  /** The file has turned out to be damaged, whatever a look at it says. */
  readonly isDamaged?: boolean;
}

/** A database that can be written to, and what it took to get it. */
export interface OpenedDatabase {
  readonly database: Database;
  readonly kept: 'file' | 'memory';
  /** Why it is not in the file. */
  readonly code?: string;
  /** The new name of a file that could not be used. */
  readonly setAside?: string;
}

/**
 * Opens the file, or one in memory where it cannot be used. A file that is damaged, foreign or of a later version is
 * given another name. The newest of those stay (`tidyHome`).
 *
 * @throws only when there is not even memory
 */
export function openDatabase(options: OpenOptions): OpenedDatabase {
  const { file } = options;
  if (file === undefined) return { database: prepared(':memory:', options), kept: 'memory' };
  let setAside: string | undefined;
  try {
    prepareFile(file);
    const flaw = options.isDamaged ? 'corrupt' : flawOf(file, options);
    if (flaw !== undefined) {
      setAside = moveAside(file, flaw, options.now);
      prepareFile(file);
    }
    return { database: prepared(file, options), kept: 'file', ...(setAside && { setAside }) };
  } catch (error) {
    const database = prepared(':memory:', { ...options, limitBytes: options.memoryLimitBytes });
    return { database, kept: 'memory', code: codeOf(error), ...(setAside && { setAside }) };
  }
}

/** Makes the file where it is missing, for its owner alone; what SQLite puts beside it gets the same mode. */
function prepareFile(file: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  let stat = fs.lstatSync(file, { throwIfNoEntry: false });
  if (!stat) {
    try {
      fs.closeSync(fs.openSync(file, 'wx', 0o600));
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      // Of two processes that start at once, the other one was faster.
      stat = fs.lstatSync(file);
    }
  }
  // A link would have us write to wherever it leads.
  if (stat.isSymbolicLink()) throw Object.assign(new Error('a link'), { code: 'ELOOP' });
  if (!stat.isFile()) throw Object.assign(new Error('not a file'), { code: 'EISDIR' });
  if (platform.owner !== null && (stat.mode & 0o777) !== 0o600) fs.chmodSync(file, 0o600);
}

/** What is wrong with the file, found out without changing it. @throws when it cannot be read at all */
function flawOf(file: string, { migrations, busyMs = defaultBusyMs }: OpenOptions): Flaw | undefined {
  // Otherwise a log that does not fit the file would be removed.
  const database = new Database(file, { readOnly: true });
  try {
    database.execute(`PRAGMA busy_timeout = ${busyMs}`);
    const isEmpty = database.first('SELECT 1 FROM sqlite_schema') === undefined;
    const application = database.pragma('application_id');
    if (application !== applicationId && !(isEmpty && application === 0)) return 'foreign';
    if (database.pragma('user_version') > migrations.length) return 'newer';
    const [verdict] = Object.values(database.first('PRAGMA quick_check(1)') ?? {});
    return verdict === 'ok' ? undefined : 'corrupt';
  } catch (error) {
    if (isDamage(error)) return 'corrupt';
    throw error;
  } finally {
    database.close();
  }
}

/** Gives the file, with what belongs to it, a name that says when and why. @returns the name */
export function moveAside(file: string, reason: Reason, now: number): string {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const isTaken = (name: string) => fs.lstatSync(name, { throwIfNoEntry: false }) !== undefined;
  let name = `${file}.${time}.${reason}`;
  for (let copy = 2; isTaken(name); copy += 1) name = `${file}.${time}-${copy}.${reason}`;
  // The write-ahead log is part of the database and is found by its name.
  for (const suffix of ['', '-wal', '-shm']) {
    if (isTaken(`${file}${suffix}`)) fs.renameSync(`${file}${suffix}`, `${name}${suffix}`);
  }
  return name;
}

function prepared(location: string, options: OpenOptions): Database {
  const { limitBytes, migrations, busyMs = defaultBusyMs } = options;
  const database = new Database(location);
  try {
    // Has to be said before the first table is made, and before the log is switched on.
    database.execute(`PRAGMA busy_timeout = ${busyMs}; PRAGMA auto_vacuum = INCREMENTAL;`);
    switchOnLog(database, busyMs);
    database.execute(`
      PRAGMA journal_size_limit = ${4 << 20};
      PRAGMA synchronous = NORMAL;
      PRAGMA foreign_keys = ON;
      PRAGMA secure_delete = ON;
      PRAGMA trusted_schema = OFF;
      PRAGMA temp_store = MEMORY;
      PRAGMA cache_size = -4096;
      PRAGMA max_page_count = ${Math.floor(limitBytes / database.pragma('page_size'))};
    `);
    migrate(database, migrations);
    // A file that can only be read opens as well as any other.
    database.transaction(() => database.execute(`PRAGMA user_version = ${database.pragma('user_version')}`));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** From one try to the next, in milliseconds. */
const logPauseMs = 20;

/**
 * Switches the write-ahead log on. While another process does the same to a new file SQLite refuses at once, however
 * long it was told to wait (https://www.sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode).
 */
function switchOnLog(database: Database, busyMs: number): void {
  for (let left = busyMs; ; left -= logPauseMs) {
    try {
      database.execute('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (left <= 0 || codeOf(error) !== 'SQLITE_BUSY') throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, logPauseMs);
  }
}
