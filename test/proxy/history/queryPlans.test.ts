import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import type { Database } from '../../../src/proxy/history/database.ts';
import { readTimeline } from '../../../src/proxy/history/events.ts';
import { dayMs } from '../../../src/proxy/history/localTime.ts';
import { openDatabase } from '../../../src/proxy/history/openDatabase.ts';
import { findRequest, findRequests } from '../../../src/proxy/history/requests.ts';
import { migrations } from '../../../src/proxy/history/schema.ts';
import { readSeries } from '../../../src/proxy/history/series.ts';
import { readTotals } from '../../../src/proxy/history/totals.ts';

const now = new Date(2025, 6, 20, 12).getTime();
const month = { from: now - 30 * dayMs, to: now };

/** How SQLite executes each statement that some code runs. */
function plansOf(t: TestContext, run: (database: Database) => void): readonly string[] {
  const size = 1 << 20;
  const opened = { file: undefined, limitBytes: size, memoryLimitBytes: size, now, migrations };
  const { database } = openDatabase(opened);
  t.after(() => database.close());
  const before = database.statements.length;
  run(database);
  const statements = database.statements.slice(before);
  assert.ok(statements.length > 0);
  const planner = new DatabaseSync(':memory:');
  t.after(() => planner.close());
  for (const step of migrations) planner.exec(step);
  return statements.flatMap((sql) =>
    planner
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => String(detail)),
  );
}

/** True for a step that reads a table otherwise than by an index, from one place on. */
const isScan = (plan: string) => plan.startsWith('SCAN') && plan !== 'SCAN tried';

describe('every query of the panel for 30 days', () => {
  for (const [what, run] of [
    ['totals', (database) => readTotals(database, month, now)],
    ['the series of everything', (database) => readSeries(database, month, now)],
    ['the series of an endpoint', (database) => readSeries(database, { ...month, endpointId: 'a' }, now)],
    [
      'the series of two years',
      (database) => readSeries(database, { from: now - 700 * dayMs, to: now }, now),
    ],
  ] as const satisfies readonly (readonly [string, (database: Database) => void])[]) {
    it(`(${what}) searches sums by their key and reads no request`, (t) => {
      const plans = plansOf(t, run);
      for (const plan of plans) {
        assert.match(
          plan,
          /^SEARCH (hourly|daily) USING PRIMARY KEY \(scope=\? AND period>\? AND period<\?\)$/,
        );
      }
    });
  }

  it('(timeline) searches events by their time', (t) => {
    const plans = plansOf(t, (database) => readTimeline(database, month));
    assert.deepEqual(plans, [
      'SEARCH standing USING INDEX standing_at (at>? AND at<?)',
      'SEARCH profile_switch USING INDEX profile_switch_at (at>? AND at<?)',
    ]);
  });

  for (const [what, params] of [
    ['requests', {}],
    ['requests of an endpoint', { endpointId: 'a' }],
    ['requests of an outcome', { outcome: 'failed' }],
    ['requests with a text', { text: 'opus' }],
    ['requests of an endpoint with an outcome and a text', { endpointId: 'a', outcome: 'failed', text: 'x' }],
  ] as const) {
    it(`(${what}) reads them in the order of an index and sorts nothing`, (t) => {
      const plans = plansOf(t, (database) => findRequests(database, { ...month, ...params, limit: 100 }));
      assert.deepEqual(plans.filter(isScan), []);
      assert.deepEqual(
        plans.filter((plan) => plan.includes('TEMP B-TREE')),
        [],
      );
    });
  }
});

describe('a query for a short time', () => {
  it('reads no more requests than that time had', (t) => {
    const range = { from: now - dayMs, to: now };
    const plans = plansOf(t, (database) => {
      readTotals(database, range, now);
      readSeries(database, range, now);
      readSeries(database, { ...range, endpointId: 'a' }, now);
      findRequest(database, 'req_1');
    });
    assert.deepEqual(plans.filter(isScan), []);
    assert.ok(plans.includes('SEARCH request USING INDEX request_at (at>? AND at<?)'));
  });
});
