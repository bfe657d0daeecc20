import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import type { HistoryEntry } from '../../../src/proxy/history/historyTypes.ts';
import { dayMs, hourMs } from '../../../src/proxy/history/localTime.ts';
import { openDatabase } from '../../../src/proxy/history/openDatabase.ts';
import { insertRequest } from '../../../src/proxy/history/requests.ts';
import { sweep } from '../../../src/proxy/history/retention.ts';
import { migrations } from '../../../src/proxy/history/schema.ts';
import { historyFile, openStore } from '../../support/historyFile.ts';
import { asEntries, pastRequest, randomRequests } from '../../support/pastRequests.ts';
import { seededRandom } from '../../support/seededRandom.ts';

const now = new Date(2025, 6, 20, 12).getTime();
const daysAgo = (days: number) => now - days * dayMs;
const forever = 1_000_000;

const requestAt = (at: number) => pastRequest({ at, requestId: `req_${at}` });
const written = (...entries: readonly HistoryEntry[]) => entries.map((entry) => JSON.stringify(entry));

test('single requests go when they are too old, and their sums stay', async (t) => {
  const { store } = openStore(t);
  const times = [daysAgo(8), daysAgo(7) - 1, daysAgo(7), daysAgo(1)];
  store.write(asEntries(times.map(requestAt)));
  await store.sweep(7, now);
  assert.deepEqual(
    store.requests({ limit: 9 }).map(({ at }) => at),
    [daysAgo(1), daysAgo(7)],
  );
  assert.equal(store.trace(`req_${daysAgo(8)}`), null);
  assert.equal(store.requests({ limit: 9, endpointId: 'endpoint-a' }).length, 2);
  assert.equal(store.totals({ from: daysAgo(30), to: now }, now).all.requests, 4);
});

test('a chart and the totals of a short time are read from sums when its requests are gone', async (t) => {
  const { store } = openStore(t);
  store.write(asEntries([daysAgo(10), daysAgo(10) + hourMs, daysAgo(1)].map(requestAt)));
  await store.sweep(7, now);
  const range = { from: daysAgo(10) - hourMs, to: daysAgo(10) + 4 * hourMs };
  const { stepMs, points } = store.series(range, now);
  assert.equal(stepMs, hourMs);
  assert.deepEqual(
    points.map(({ requests }) => requests),
    [1, 1],
  );
  assert.equal(store.totals(range, now).all.requests, 2);
});

test('sums of hours go after 90 days, sums of days after two years', async (t) => {
  const { store } = openStore(t);
  store.write(asEntries([daysAgo(740), daysAgo(100), daysAgo(1)].map(requestAt)));
  await store.sweep(forever, now);
  const ofHours = store.totals({ from: daysAgo(100) - 1, to: daysAgo(97) }, daysAgo(50));
  assert.equal(ofHours.all.requests, 0);
  const ofDays = store.totals({ from: 0, to: now }, now);
  assert.equal(ofDays.all.requests, 2);
  assert.equal(store.series({ from: daysAgo(120), to: now }, now).points.length, 2);
});

test('totals that begin where there are sums of days alone have the whole day', async (t) => {
  const { store } = openStore(t);
  store.write(asEntries([daysAgo(100)].map(requestAt)));
  await store.sweep(7, now);
  assert.equal(store.totals({ from: daysAgo(100) + hourMs, to: now }, now).all.requests, 1);
});

test('changes of standing go after 90 days, switches after two years', async (t) => {
  const { store } = openStore(t);
  for (const at of [daysAgo(740), daysAgo(100), daysAgo(80)]) {
    store.write(
      written(
        { kind: 'standing', event: { at, endpointId: 'a', from: 'open', to: 'healthy' } },
        {
          kind: 'switch',
          change: { at, from: null, to: 'p', fromName: null, toName: 'p', reason: 'manual' },
        },
      ),
    );
  }
  await store.sweep(7, now);
  const { standings, switches } = store.timeline({ from: 0, to: now });
  assert.deepEqual(
    [standings.map(({ at }) => at), switches.map(({ at }) => at)],
    [[daysAgo(80)], [daysAgo(80), daysAgo(100)]],
  );
});

test('checks of an endpoint stay however old they are, until it was not checked for two years', async (t) => {
  const { store } = openStore(t);
  const check = {
    class: 'passed',
    score: 90,
    model: 'm',
    firstContentMs: 1,
    durationMs: 1,
    tokens: 1,
  } as const;
  for (const [endpointId, at] of [
    ['recent', daysAgo(500)],
    ['recent', daysAgo(3)],
    ['forgotten', daysAgo(740)],
  ] as const) {
    store.write(written({ kind: 'check', check: { ...check, endpointId, at, manual: false } }));
  }
  await store.sweep(7, now);
  assert.deepEqual(
    store.checkHistories().map(({ endpointId, last }) => [endpointId, last.length]),
    [['recent', 2]],
  );
  assert.deepEqual(store.checks({ endpointId: 'forgotten', limit: 9 }), []);
});

test('no more than 10 000 events of a kind are kept, the newest', async (t) => {
  const { store } = openStore(t);
  const events = Array.from({ length: 10_050 }, (_, index): HistoryEntry => {
    const at = now - 20_000 + index;
    return { kind: 'standing', event: { at, endpointId: 'a', from: 'open', to: 'healthy' } };
  });
  store.write(written(...events));
  await store.sweep(7, now);
  const oldest = now - 20_000 + 50;
  assert.equal(store.timeline({ from: 0, to: oldest }).standings.length, 0);
  assert.equal(store.timeline({ from: 0, to: oldest + 1 }).standings.length, 1);
});

test('beyond the size the oldest requests go, kept requests stay, and the file gets smaller', async (t) => {
  const file = historyFile(t);
  const maxBytes = 8 << 20;
  const requests = [...randomRequests(seededRandom(7), 20_000, { from: daysAgo(5), to: now })];
  const large = openStore(t, { file }).store;
  large.putItem({ id: 'item', meta: '', createdAt: 0 }, new Uint8Array(1 << 20));
  large.write(asEntries(requests));
  large.close();
  assert.ok(fs.statSync(file).size > maxBytes);

  const { store } = openStore(t, { file, maxBytes });
  await store.sweep(forever, now);
  store.close();
  // What stays empty for tomorrow is 4 MB.
  assert.ok(fs.statSync(file).size <= maxBytes + (4 << 20) + 4096, `${fs.statSync(file).size}`);

  const { store: again } = openStore(t, { file, maxBytes });
  const left = again.requests({ limit: 500 });
  assert.deepEqual(
    left.map(({ requestId }) => requestId),
    requests
      .slice(-500)
      .toReversed()
      .map(({ requestId }) => requestId),
  );
  assert.equal(again.trace('req_0'), null);
  assert.equal(again.content('item', 'body')?.length, 1 << 20);
  const messages = requests.filter(({ route }) => route === 'messages').length;
  assert.equal(again.totals({ from: daysAgo(30), to: now }, now).all.requests, messages);
});

test('what is too old is removed in steps between which others are answered', async (t) => {
  const size = 64 << 20;
  const { database } = openDatabase({
    file: undefined,
    limitBytes: size,
    memoryLimitBytes: size,
    now,
    migrations,
  });
  t.after(() => database.close());
  database.transaction(() => {
    for (let at = 0; at < 1_000; at += 1) insertRequest(database, requestAt(at));
  });
  const left = () => Number(database.first('SELECT count(*) AS count FROM request')?.count);
  let before = left();
  let steps = 0;
  for (const _ of sweep(database, { retentionDays: 7, maxBytes: size }, now)) {
    assert.ok(before - left() <= 50);
    before = left();
    steps += 1;
  }
  assert.equal(left(), 0);
  assert.ok(steps >= 20);
});

test('a database that is closed meanwhile ends the removal', async (t) => {
  const { store } = openStore(t);
  store.write(asEntries(Array.from({ length: 1_000 }, (_, at) => requestAt(at))));
  const swept = store.sweep(7, now);
  store.close();
  await assert.doesNotReject(swept);
});
