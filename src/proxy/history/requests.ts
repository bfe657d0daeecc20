import type { Usage } from '../../core/usage.ts';
import type { RequestRecord, RequestsParams, TimeRange } from '../../protocol/history.ts';
import type { DecisionStep } from '../../protocol/state.ts';
import { attemptContributionOf, type Contribution, contributionOf } from './contribution.ts';
import type { Database, Row } from './database.ts';
import { stepOfText, stepText } from './stepText.ts';

/** Among so many of the newest requests one is looked for by what no index knows. */
const maxLookedAt = 20_000;

/** Stores a request with its steps. */
export function insertRequest(database: Database, request: RequestRecord): void {
  const { requestId, at, route, model, conversation, outcome, status, durationMs, usage, cost } = request;
  const { retries, unpricedTokens, firstContentMs } = contributionOf(request);
  const id = database.insert(
    `INSERT INTO request (request_id, at, route, model, conversation, outcome, status, duration_ms,
       retries, first_content_ms, input, output, cache_read, cache_write, cache_write_long, cost,
       unpriced_tokens)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    requestId,
    at,
    route,
    model,
    conversation,
    outcome,
    status,
    durationMs,
    retries,
    firstContentMs,
    usage?.input ?? null,
    usage?.output ?? null,
    usage?.cacheRead ?? null,
    usage?.cacheWrite ?? null,
    usage?.cacheWriteLong ?? null,
    cost,
    unpricedTokens,
  );
  request.steps.forEach((step, place) => {
    database.run(
      'INSERT INTO step (request, place, at, endpoint, detail) VALUES (?, ?, ?, ?, ?)',
      id,
      place,
      at,
      step.kind === 'attempt' ? step.endpointId : null,
      stepText(step),
    );
  });
}

/** The newest requests of some kind, newest first. */
export function findRequests(database: Database, params: RequestsParams): readonly RequestRecord[] {
  const { limit, outcome, text } = params;
  const part = text?.toLowerCase();
  const has = (value: unknown) =>
    part === undefined || (typeof value === 'string' && value.toLowerCase().includes(part));
  const found: RequestRecord[] = [];
  let lookedAt = 0;
  for (const row of newestFirst(database, params)) {
    if ((outcome === undefined || row.outcome === outcome) && (has(row.model) || has(row.request_id))) {
      found.push(requestOf(database, row));
    }
    lookedAt += 1;
    if (found.length >= limit || lookedAt >= maxLookedAt) break;
  }
  return found;
}

/** Requests that may be meant, in the order of an index. */
function newestFirst(database: Database, params: RequestsParams): Iterable<Row> {
  const { from = 0, to = Number.MAX_SAFE_INTEGER, endpointId, outcome } = params;
  if (endpointId !== undefined) {
    return database.each(
      `SELECT request.* FROM
         (SELECT DISTINCT at, request FROM step WHERE endpoint = ? AND at >= ? AND at < ?
          ORDER BY at DESC, request DESC LIMIT ${maxLookedAt}) AS tried
       CROSS JOIN request ON request.id = tried.request`,
      endpointId,
      from,
      to,
    );
  }
  const inRange = 'at >= ? AND at < ? ORDER BY at DESC, id DESC';
  return outcome === undefined
    ? database.each(`SELECT * FROM request WHERE ${inRange}`, from, to)
    : database.each(`SELECT * FROM request WHERE outcome = ? AND ${inRange}`, outcome, from, to);
}

/** The request of an id, the newest one if there are several, or null. */
export function findRequest(database: Database, requestId: string): RequestRecord | null {
  const row = database.first(
    'SELECT * FROM request WHERE request_id = ? ORDER BY id DESC LIMIT 1',
    requestId,
  );
  return row ? requestOf(database, row) : null;
}

/** All requests of a stretch of time. */
export function* requestsIn(database: Database, { from, to }: TimeRange): Generator<RequestRecord> {
  for (const row of database.each('SELECT * FROM request WHERE at >= ? AND at < ?', from, to)) {
    yield requestOf(database, row);
  }
}

/** What is added to sums at a time, in milliseconds since 1970. */
type DatedContribution = Contribution & { readonly at: number };

/** What requests for messages add to sums; their steps are not read. */
export function* contributionsIn(database: Database, { from, to }: TimeRange): Generator<DatedContribution> {
  const rows = database.each(
    `SELECT at, outcome, retries, first_content_ms, input, output, cache_read, cache_write, cache_write_long, cost,
       unpriced_tokens
     FROM request WHERE at >= ? AND at < ? AND route = 'messages'`,
    from,
    to,
  );
  for (const row of rows) {
    yield {
      at: Number(row.at),
      outcome: row.outcome as RequestRecord['outcome'],
      retries: Number(row.retries),
      usage: usageOf(row),
      cost: Number(row.cost),
      unpricedTokens: Number(row.unpriced_tokens),
      firstContentMs: row.first_content_ms as number | null,
    };
  }
}

/** What the attempts at an endpoint add to its sums; those of requests for messages. */
export function* attemptContributionsIn(
  database: Database,
  { from, to }: TimeRange,
  endpointId: string,
): Generator<DatedContribution> {
  const rows = database.each(
    `SELECT step.at, step.detail,
       EXISTS (SELECT 1 FROM step AS earlier
         WHERE earlier.request = step.request AND earlier.place < step.place AND earlier.endpoint IS NOT NULL) AS is_retry
     FROM step CROSS JOIN request ON request.id = step.request
     WHERE step.endpoint = ? AND step.at >= ? AND step.at < ? AND request.route = 'messages'`,
    endpointId,
    from,
    to,
  );
  for (const row of rows) {
    const step = stepOfText(row.detail as string);
    if (step.kind === 'attempt')
      yield { at: Number(row.at), ...attemptContributionOf(step, row.is_retry === 1) };
  }
}

function requestOf(database: Database, row: Row): RequestRecord {
  const steps = database.all('SELECT detail FROM step WHERE request = ? ORDER BY place', Number(row.id));
  return {
    requestId: row.request_id as string,
    at: row.at as number,
    route: row.route as RequestRecord['route'],
    model: row.model as string | null,
    conversation: row.conversation as string | null,
    steps: steps.map(({ detail }): DecisionStep => stepOfText(detail as string)),
    outcome: row.outcome as RequestRecord['outcome'],
    status: row.status as number | null,
    durationMs: row.duration_ms as number,
    usage: usageOf(row),
    cost: row.cost as number | null,
  };
}

function usageOf(row: Row): Usage | null {
  if (row.input === null) return null;
  return {
    input: row.input as number,
    output: row.output as number,
    cacheRead: row.cache_read as number,
    cacheWrite: row.cache_write as number,
    cacheWriteLong: row.cache_write_long as number,
  };
}
