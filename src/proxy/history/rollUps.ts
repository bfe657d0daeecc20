import type { RequestRecord } from '../../protocol/history.ts';
import { attemptContributionsOf, contributionOf } from './contribution.ts';
import type { Database, Row } from './database.ts';
import { dayOf, hourOf } from './localTime.ts';
import { type RunningSums, SumsByKey, sumColumns } from './runningSums.ts';

/** What sums are kept of. The key tells those of one kind apart. */
export type Scope =
  /** Requests; one key for all. */
  | 'all'
  /** Requests, by the model that was asked for; empty where none was. */
  | 'model'
  /** Attempts, by their endpoint. */
  | 'endpoint';

/** The tables. Their periods are when an hour began, in milliseconds since 1970, and days as in `localTime.ts`. */
export type Resolution = 'hourly' | 'daily';

/** What tells sums apart; in one string, to be the key of a map. */
type Place = string;
const placeOf = (scope: Scope, period: number, key: string): Place => JSON.stringify([scope, period, key]);
const partsOf = (place: Place) => JSON.parse(place) as [scope: Scope, period: number, key: string];

/** Clients can make up names of models. The most keys of one kind in a period; what comes later has an empty one. */
const maxKeys = 200;
const maxKeyLength = 128;

/** Adds a request to all sums that it is part of. Only requests for messages are part of any. */
export function addRequest(request: RequestRecord, sumsOf: (scope: Scope, key: string) => RunningSums): void {
  if (request.route !== 'messages') return;
  const contribution = contributionOf(request);
  sumsOf('all', '').add(contribution);
  sumsOf('model', (request.model ?? '').slice(0, maxKeyLength)).add(contribution);
  for (const attempt of attemptContributionsOf(request)) sumsOf('endpoint', attempt.endpointId).add(attempt);
}

/** Adds requests to the sums of their hours and days; a part of the transaction that stores the requests. */
export function rollUp(database: Database, requests: readonly RequestRecord[]): void {
  const sums = { hourly: new SumsByKey<Place>(), daily: new SumsByKey<Place>() };
  for (const request of requests) {
    const [hour, day] = [hourOf(request.at), dayOf(request.at)];
    addRequest(request, (scope, key) => sums.hourly.of(placeOf(scope, hour, key)));
    addRequest(request, (scope, key) => sums.daily.of(placeOf(scope, day, key)));
  }
  for (const resolution of ['hourly', 'daily'] as const) {
    for (const [place, added] of sums[resolution].entries()) {
      addToStored(database, resolution, partsOf(place), added);
    }
  }
}

function addToStored(
  database: Database,
  resolution: Resolution,
  [scope, period, name]: readonly [Scope, number, string],
  added: RunningSums,
): void {
  const stored = (key: string) =>
    database.first(
      `SELECT * FROM ${resolution} WHERE scope = ? AND period = ? AND key = ?`,
      scope,
      period,
      key,
    );
  const keys = () =>
    database.first(
      `SELECT count(*) AS count FROM ${resolution} WHERE scope = ? AND period = ?`,
      scope,
      period,
    );
  let key = name;
  let before = stored(key);
  if (!before && Number(keys()?.count) >= maxKeys) {
    key = '';
    before = stored(key);
  }
  if (before) added.addStored(before);
  database.run(
    `REPLACE INTO ${resolution} (scope, period, key, ${sumColumns.join(', ')}, first_content)
     VALUES (?, ?, ?, ${sumColumns.map(() => '?').join(', ')}, ?)`,
    scope,
    period,
    key,
    ...added.toStored(),
  );
}

/** The stored sums of one kind from one period to another, that one not included; of all keys, or of one. */
export function storedSums(
  database: Database,
  resolution: Resolution,
  scope: Scope,
  periods: { readonly from: number; readonly to: number },
  key?: string,
): Iterable<Row> {
  const { from, to } = periods;
  const all = `SELECT * FROM ${resolution} WHERE scope = ? AND period >= ? AND period < ?`;
  return key === undefined
    ? database.each(all, scope, from, to)
    : database.each(`${all} AND key = ?`, scope, from, to, key);
}
