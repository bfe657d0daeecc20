import { type CheckRecord, checkClasses } from '../../core/healthCheck.ts';
import type { ProfileSwitch } from '../../core/switches.ts';
import type { ChecksParams, StandingEvent, Timeline, TimeRange } from '../../protocol/history.ts';
import type { Database, Row } from './database.ts';
import type { CheckHistory } from './historyTypes.ts';

/** So many switches are told, and so many checks of each endpoint after a restart. */
const shown = 100;
/** So many of each kind are in a timeline. */
const maxOfTimeline = 1_000;

/*
 * Checks, switches and changes of standing are stored as they come, as JSON, with what they are looked for by beside
 * it.
 */

export function insertCheck(database: Database, check: CheckRecord): void {
  const { endpointId, at, class: checkClass, tokens } = check;
  database.run(
    'INSERT INTO health_check (endpoint, at, detail) VALUES (?, ?, ?)',
    endpointId,
    at,
    JSON.stringify(check),
  );
  database.run(
    `INSERT INTO check_total (endpoint, class, count, tokens, last_at) VALUES (?, ?, 1, ?, ?)
     ON CONFLICT (endpoint, class) DO UPDATE
     SET count = count + 1, tokens = tokens + excluded.tokens, last_at = excluded.last_at`,
    endpointId,
    checkClass,
    tokens,
    at,
  );
}

export function insertSwitch(database: Database, change: ProfileSwitch): void {
  database.run('INSERT INTO profile_switch (at, detail) VALUES (?, ?)', change.at, JSON.stringify(change));
}

export function insertStanding(database: Database, event: StandingEvent): void {
  database.run('INSERT INTO standing (at, detail) VALUES (?, ?)', event.at, JSON.stringify(event));
}

/** The newest checks of an endpoint, newest first. */
export function readChecks(database: Database, { endpointId, limit }: ChecksParams): readonly CheckRecord[] {
  return details(
    database.all(
      'SELECT detail FROM health_check WHERE endpoint = ? ORDER BY at DESC, id DESC LIMIT ?',
      endpointId,
      limit,
    ),
  );
}

/** What the checks of each endpoint come to. */
export function readCheckHistories(database: Database): readonly CheckHistory[] {
  const totals = database.all('SELECT endpoint, class, count, tokens FROM check_total');
  const endpointIds = new Set(totals.map(({ endpoint }) => String(endpoint)));
  return [...endpointIds].map((endpointId) => {
    const own = totals.filter(({ endpoint }) => endpoint === endpointId);
    const countOf = (wanted: string) => Number(own.find((row) => row.class === wanted)?.count ?? 0);
    return {
      endpointId,
      byClass: Object.fromEntries(
        checkClasses.map((each) => [each, countOf(each)]),
      ) as CheckHistory['byClass'],
      tokens: own.reduce((sum, row) => sum + Number(row.tokens), 0),
      last: readChecks(database, { endpointId, limit: shown }).toReversed(),
    };
  });
}

/** The last switches, newest first. */
export function readSwitches(database: Database): readonly ProfileSwitch[] {
  return details(database.all('SELECT detail FROM profile_switch ORDER BY at DESC, id DESC LIMIT ?', shown));
}

/** What happened to endpoints and profiles, newest first. */
export function readTimeline(database: Database, { from, to }: TimeRange): Timeline {
  const newest = (table: 'standing' | 'profile_switch') =>
    database.all(
      `SELECT detail FROM ${table} WHERE at >= ? AND at < ? ORDER BY at DESC, id DESC LIMIT ?`,
      from,
      to,
      maxOfTimeline,
    );
  return { standings: details(newest('standing')), switches: details(newest('profile_switch')) };
}

function details<T>(rows: readonly Row[]): T[] {
  return rows.map(({ detail }) => JSON.parse(detail as string) as T);
}
