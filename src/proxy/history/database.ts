import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';

/*
 * The only importer of `node:sqlite`. It relies on what Node 22.18 has, the Node of the oldest editor supported:
 * `DatabaseSync` with `exec` and `prepare`, and statements with `run`, `get`, `all` and `iterate`.
 */

export type Row = Readonly<Record<string, SQLOutputValue>>;
export type { SQLInputValue };

/** Names of the result codes that can be met (https://www.sqlite.org/rescode.html), by their numbers. */
const resultCodes = new Map([
  [3, 'SQLITE_PERM'],
  [5, 'SQLITE_BUSY'],
  [6, 'SQLITE_LOCKED'],
  [7, 'SQLITE_NOMEM'],
  [8, 'SQLITE_READONLY'],
  [10, 'SQLITE_IOERR'],
  [11, 'SQLITE_CORRUPT'],
  [13, 'SQLITE_FULL'],
  [14, 'SQLITE_CANTOPEN'],
  [18, 'SQLITE_TOOBIG'],
  [19, 'SQLITE_CONSTRAINT'],
  [26, 'SQLITE_NOTADB'],
]);

/** The code of an error of SQLite or of the system, never its message: that can hold what was to be stored. */
export function codeOf(error: unknown): string {
  const { errcode, code, name } = error as { errcode?: unknown; code?: unknown; name?: unknown };
  // The extended codes keep the primary one in their lowest byte.
  if (typeof errcode === 'number') return resultCodes.get(errcode & 0xff) ?? `SQLITE_${errcode & 0xff}`;
  return typeof code === 'string' ? code : String(name ?? 'UNKNOWN');
}

/** True for an error that says that the file is damaged, or no database at all. */
export function isDamage(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'SQLITE_CORRUPT' || code === 'SQLITE_NOTADB';
}

/** A connection that prepares each statement once. Every method throws what SQLite says. */
export class Database {
  readonly #connection: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  /** @param location a file, or `:memory:` */
  constructor(location: string, options: { readonly readOnly?: boolean } = {}) {
    this.#connection = new DatabaseSync(location, options);
  }

  /** Every statement that was prepared, so that somebody can ask SQLite how it goes about it. */
  get statements(): readonly string[] {
    return [...this.#prepared.keys()];
  }

  /** Runs statements that take no parameters and return nothing. */
  execute(sql: string): void {
    this.#connection.exec(sql);
  }

  /** Runs a statement. @returns how many rows it has changed */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  /** Runs an INSERT. @returns the id of the row */
  insert(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).lastInsertRowid);
  }

  first(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values);
  }

  all(sql: string, ...values: SQLInputValue[]): readonly Row[] {
    return this.#statement(sql).all(...values);
  }

  /** Rows one by one, so that an answer of any length takes no memory. The statement is of no other use meanwhile. */
  each(sql: string, ...values: SQLInputValue[]): Iterable<Row> {
    return this.#statement(sql).iterate(...values);
  }

  /** The number that a pragma tells. */
  pragma(name: string): number {
    return Number(Object.values(this.first(`PRAGMA ${name}`) ?? {})[0]);
  }

  /** Does something wholly or not at all. */
  transaction<T>(action: () => T): T {
    this.execute('BEGIN IMMEDIATE');
    try {
      const result = action();
      this.execute('COMMIT');
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  close(): void {
    this.#prepared.clear();
    this.#connection.close();
  }

  #rollBack(): void {
    try {
      this.execute('ROLLBACK');
    } catch {
      // A full disk and the like have rolled it back already.
    }
  }

  #statement(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known) return known;
    const statement = this.#connection.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }
}
