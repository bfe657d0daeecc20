import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import type { Usage } from '../../src/core/usage.ts';
import type { RequestRecord, Sums } from '../../src/protocol/history.ts';
import { dayMs, hourMs } from '../../src/proxy/history/localTime.ts';
import { openDatabase } from '../../src/proxy/history/openDatabase.ts';
import { sweep } from '../../src/proxy/history/retention.ts';
import { migrations } from '../../src/proxy/history/schema.ts';
import { historyFile, openStore } from '../support/historyFile.ts';
import { asEntries, pastEndpoints, pastModels, randomRequests } from '../support/pastRequests.ts';
import { seededRandom } from '../support/seededRandom.ts';

const count = 1_000_000;
const now = new Date(2025, 6, 20, 12).getTime();
const month = { from: now - 30 * dayMs, to: now };

/** What is counted of the requests beside the database. */
class Counts {
  requests = 0;
  served = 0;
  failed = 0;
  output = 0;

  add({ outcome, usage }: Pick<RequestRecord, 'outcome'> & { usage?: Usage | null }): void {
    this.requests += 1;
    if (outcome === 'served') this.served += 1;
    if (outcome === 'failed' || outcome === 'broken') this.failed += 1;
    this.output += usage?.output ?? 0;
  }

  equal(sums: readonly Sums[]): void {
    const sum = (of: (each: Sums) => number) => sums.reduce((total, each) => total + of(each), 0);
    assert.deepEqual(
      [
        sum((it) => it.requests),
        sum((it) => it.served),
        sum((it) => it.failed),
        sum((it) => it.usage.output),
      ],
      [this.requests, this.served, this.failed, this.output],
    );
  }
}

test('a million requests of 30 days are told whole, and brought down to the size that is allowed', async (t) => {
  const file = historyFile(t);
  const { store } = openStore(t, { file, maxBytes: 4 * 1024 ** 3 });
  const all = new Counts();
  const byModel = new Map(pastModels.map((model) => [model as string, new Counts()]));
  const byEndpoint = new Map(pastEndpoints.map((endpointId) => [endpointId as string, new Counts()]));
  const some: RequestRecord[] = [];
  let batch: RequestRecord[] = [];
  const timed = <T>(what: string, action: () => T): T => {
    const started = performance.now();
    const result = action();
    t.diagnostic(`${what}: ${(performance.now() - started).toFixed(1)} ms`);
    return result;
  };
  let storedMs = 0;
  for (const request of randomRequests(seededRandom(10), count, month)) {
    if (request.route === 'messages') {
      all.add(request);
      byModel.get(request.model ?? '')?.add(request);
      for (const step of request.steps) {
        if (step.kind === 'attempt') byEndpoint.get(step.endpointId)?.add(step);
      }
    }
    batch.push(request);
    if (batch.length < 500) continue;
    const entries = asEntries(batch);
    const started = performance.now();
    assert.equal(store.write(entries), 0);
    storedMs += performance.now() - started;
    some.push(batch[0] as RequestRecord);
    batch = [];
  }
  t.diagnostic(
    `stored in ${((storedMs * 1000) / count).toFixed(1)} µs each, ${fs.statSync(file).size >> 20} MB`,
  );

  const totals = timed('totals of 30 days', () => store.totals(month, now));
  all.equal([totals.all]);
  for (const [model, counts] of byModel) {
    counts.equal(totals.byModel.filter((each) => each.model === model));
  }
  const series = timed('series of 30 days', () => store.series(month, now));
  all.equal(series.points);
  for (const [endpointId, counts] of byEndpoint) {
    counts.equal(totals.byEndpoint.filter((each) => each.endpointId === endpointId));
    const own = timed(`series of ${endpointId}`, () => store.series({ ...month, endpointId }, now));
    counts.equal(own.points);
  }
  timed('totals of 48 hours', () => store.totals({ from: now - 48 * hourMs, to: now }, now));
  timed('series of 48 hours', () => store.series({ from: now - 48 * hourMs, to: now }, now));
  timed('newest requests', () => store.requests({ limit: 500 }));
  timed('failed requests of an endpoint', () =>
    store.requests({ limit: 500, endpointId: 'endpoint-b', outcome: 'broken' }),
  );
  timed('a text that nothing has', () => assert.deepEqual(store.requests({ limit: 500, text: 'none' }), []));
  for (const request of some) assert.deepEqual(store.trace(request.requestId), request);
  store.close();

  const maxBytes = 256 << 20;
  const opened = timed('opening the file with its check', () =>
    openDatabase({ file, limitBytes: 4 * 1024 ** 3, memoryLimitBytes: maxBytes, now, migrations }),
  );
  const { database, kept } = opened;
  assert.equal(kept, 'file');
  const steps: number[] = [];
  const removal = sweep(database, { retentionDays: 7, maxBytes }, now);
  for (let started = performance.now(); !removal.next().done; started = performance.now()) {
    steps.push(performance.now() - started);
  }
  database.close();
  steps.sort((a, b) => a - b);
  const at = (share: number) => steps[Math.floor(share * (steps.length - 1))]?.toFixed(2);
  t.diagnostic(
    `${steps.length} steps of removal: median ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`,
  );
  assert.ok(fs.statSync(file).size <= maxBytes + (8 << 20), `${fs.statSync(file).size}`);
  const { store: smaller } = openStore(t, { file });
  assert.equal(smaller.trace('req_0'), null);
  assert.ok(smaller.trace(`req_${count - 1}`));
  all.equal([smaller.totals(month, now).all]);
});
