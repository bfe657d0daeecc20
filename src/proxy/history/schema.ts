import type { Database } from './database.ts';

/** Marks a database as one of ours (`PRAGMA application_id`): "QCCH". */
export const applicationId = 0x51434348;

/** The columns that sums are kept in, of hours and of days alike. */
const rollUpColumns = `
  scope TEXT NOT NULL,
  period INTEGER NOT NULL,
  key TEXT NOT NULL,
  requests INTEGER NOT NULL,
  served INTEGER NOT NULL,
  rescued INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  retries INTEGER NOT NULL,
  input REAL NOT NULL,
  output REAL NOT NULL,
  cache_read REAL NOT NULL,
  cache_write REAL NOT NULL,
  cache_write_long REAL NOT NULL,
  cost REAL NOT NULL,
  unpriced_tokens REAL NOT NULL,
  first_content BLOB NOT NULL,
  PRIMARY KEY (scope, period, key)`;

/**
 * What brings the file from each version of its schema to the next. A step that was released is never changed; the
 * version is the number of steps that were taken (`PRAGMA user_version`).
 *
 * Numbers that come from endpoints are REAL: as INTEGER a huge one could be stored but not be read again.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE request (
    id INTEGER PRIMARY KEY,
    request_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    route TEXT NOT NULL,
    model TEXT,
    conversation TEXT,
    outcome TEXT NOT NULL,
    status INTEGER,
    duration_ms REAL NOT NULL,
    retries INTEGER NOT NULL,
    first_content_ms REAL,
    input REAL,
    output REAL,
    cache_read REAL,
    cache_write REAL,
    cache_write_long REAL,
    cost REAL,
    unpriced_tokens REAL NOT NULL
  );
  CREATE INDEX request_at ON request (at);
  CREATE INDEX request_request_id ON request (request_id);
  CREATE INDEX request_outcome_at ON request (outcome, at);

  CREATE TABLE step (
    request INTEGER NOT NULL REFERENCES request ON DELETE CASCADE,
    place INTEGER NOT NULL,
    at INTEGER NOT NULL,
    endpoint TEXT,
    detail TEXT NOT NULL,
    PRIMARY KEY (request, place)
  ) WITHOUT ROWID;
  CREATE INDEX step_endpoint_at ON step (endpoint, at, request) WHERE endpoint IS NOT NULL;

  CREATE TABLE hourly (${rollUpColumns}) WITHOUT ROWID;
  CREATE TABLE daily (${rollUpColumns}) WITHOUT ROWID;

  CREATE TABLE health_check (
    id INTEGER PRIMARY KEY,
    endpoint TEXT NOT NULL,
    at INTEGER NOT NULL,
    detail TEXT NOT NULL
  );
  CREATE INDEX health_check_endpoint_at ON health_check (endpoint, at);
  CREATE TABLE check_total (
    endpoint TEXT NOT NULL,
    class TEXT NOT NULL,
    count INTEGER NOT NULL,
    tokens REAL NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (endpoint, class)
  ) WITHOUT ROWID;

  CREATE TABLE standing (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, detail TEXT NOT NULL);
  CREATE INDEX standing_at ON standing (at);
  CREATE TABLE profile_switch (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, detail TEXT NOT NULL);
  CREATE INDEX profile_switch_at ON profile_switch (at);

  CREATE TABLE item (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, meta TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE item_content (
    id INTEGER PRIMARY KEY,
    item TEXT NOT NULL REFERENCES item ON DELETE CASCADE,
    kind TEXT NOT NULL,
    bytes BLOB NOT NULL,
    UNIQUE (item, kind)
  );
  `,
];

/** The schema that this build keeps its file in. */
export const schemaVersion = migrations.length;

/**
 * Takes the steps that a database has not taken yet, each of them wholly or not at all. Another process may do the same
 * at the same time.
 */
export function migrate(database: Database, steps: readonly string[]): void {
  const version = () => database.pragma('user_version');
  while (version() < steps.length) {
    database.transaction(() => {
      const step = steps[version()];
      if (step === undefined) return;
      const next = version() + 1;
      database.execute(step);
      database.execute(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${next};`);
    });
  }
}
