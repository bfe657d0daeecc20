import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckRecord } from '../../../src/core/healthCheck.ts';
import type { ProfileSwitch } from '../../../src/core/switches.ts';
import type { StandingEvent } from '../../../src/protocol/history.ts';
import type { HistoryStore } from '../../../src/proxy/history/historyStore.ts';
import type { HistoryEntry } from '../../../src/proxy/history/historyTypes.ts';
import { historyFile, openStore } from '../../support/historyFile.ts';

function write(store: HistoryStore, ...entries: readonly HistoryEntry[]): void {
  assert.equal(store.write(entries.map((entry) => JSON.stringify(entry))), 0);
}

function checkAt(at: number, changes: Partial<CheckRecord> = {}): CheckRecord {
  return {
    endpointId: 'endpoint-a',
    at,
    class: 'passed',
    score: 97.5,
    model: 'claude-haiku-4-5',
    firstContentMs: 310.25,
    durationMs: 400,
    status: 200,
    tokens: 31,
    manual: false,
    ...changes,
  };
}

function switchAt(at: number): ProfileSwitch {
  return { at, from: 'p1', to: null, fromName: 'work', toName: null, reason: 'failover' };
}

function standingAt(at: number): StandingEvent {
  return { at, endpointId: 'endpoint-a', from: 'open', to: 'quarantined', reason: 'failing' };
}

test('checks of an endpoint come back as they were taken down, newest first', (t) => {
  const { store } = openStore(t);
  const checks = [1, 2, 3].map((at) => checkAt(at));
  for (const check of checks) write(store, { kind: 'check', check });
  write(store, { kind: 'check', check: checkAt(9, { endpointId: 'endpoint-b' }) });
  assert.deepEqual(store.checks({ endpointId: 'endpoint-a', limit: 2 }), [checks[2], checks[1]]);
});

test('what checks come to counts every check, and tells the last hundred, oldest first', (t) => {
  const { store } = openStore(t);
  for (let at = 0; at < 150; at += 1) {
    write(store, { kind: 'check', check: checkAt(at, { class: at % 3 === 0 ? 'badKey' : 'passed' }) });
  }
  write(store, { kind: 'check', check: checkAt(5, { endpointId: 'endpoint-b', class: 'timeout' }) });
  const [first, second] = store.checkHistories();
  assert.deepEqual(first?.byClass, {
    passed: 100,
    wrongAnswer: 0,
    failed: 0,
    timeout: 0,
    rateLimited: 0,
    badKey: 50,
    refused: 0,
  });
  assert.equal(first?.tokens, 150 * 31);
  assert.deepEqual(
    first?.last.map(({ at }) => at),
    Array.from({ length: 100 }, (_, index) => 50 + index),
  );
  assert.deepEqual([second?.endpointId, second?.byClass.timeout, second?.last.length], ['endpoint-b', 1, 1]);
});

test('the last hundred switches are told, newest first', (t) => {
  const { store } = openStore(t);
  for (let at = 0; at < 120; at += 1) write(store, { kind: 'switch', change: switchAt(at) });
  const switches = store.switches();
  assert.equal(switches.length, 100);
  assert.deepEqual(switches[0], switchAt(119));
});

test('a timeline has what happened in its range, newest first, and at most a thousand of each', (t) => {
  const { store } = openStore(t);
  const times = Array.from({ length: 1_200 }, (_, at) => at);
  write(
    store,
    ...times.flatMap((at): HistoryEntry[] => [
      { kind: 'standing', event: standingAt(at) },
      { kind: 'switch', change: switchAt(at) },
    ]),
  );
  const few = store.timeline({ from: 10, to: 12 });
  assert.deepEqual(few, {
    standings: [standingAt(11), standingAt(10)],
    switches: [switchAt(11), switchAt(10)],
  });
  const { standings, switches } = store.timeline({ from: 0, to: 2_000 });
  assert.deepEqual([standings.length, switches.length], [1_000, 1_000]);
  assert.equal(standings[0]?.at, 1_199);
});

test('all of it is there after a restart', (t) => {
  const file = historyFile(t);
  const { store } = openStore(t, { file });
  write(
    store,
    { kind: 'check', check: checkAt(1) },
    { kind: 'switch', change: switchAt(2) },
    { kind: 'standing', event: standingAt(3) },
  );
  store.close();
  const again = openStore(t, { file }).store;
  assert.deepEqual(again.checkHistories()[0]?.last, [checkAt(1)]);
  assert.deepEqual(again.timeline({ from: 0, to: 9 }), {
    standings: [standingAt(3)],
    switches: [switchAt(2)],
  });
});
