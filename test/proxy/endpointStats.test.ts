import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { EndpointStats } from '../../src/proxy/endpointStats.ts';

const untouched = { inFlight: 0, requests: 0, failures: 0, failure: null, firstByteMs: null, servedAt: null };

function start(t: TestContext) {
  const changed = t.mock.fn();
  const stats = new EndpointStats(changed);
  return { stats, of: (id: string) => stats.of(id), changes: () => changed.mock.callCount() };
}

test('nothing is known of an endpoint that was never used', (t) => {
  assert.deepEqual(start(t).of('a'), untouched);
});

test('a success counts, clears the last failure and leaves its time', (t) => {
  const { stats, of } = start(t);
  stats.began('a');
  stats.failed('a', 'connectRefused', 5);
  stats.began('a');
  stats.served('a', 12, 99);
  assert.deepEqual(of('a'), { ...untouched, requests: 2, failures: 1, firstByteMs: 12, servedAt: 99 });
});

test('a failure counts and leaves what the last success did', (t) => {
  const { stats, of } = start(t);
  stats.began('a');
  stats.served('a', 12, 99);
  stats.began('a');
  stats.failed('a', 'errorStatus', 100, 529);
  assert.deepEqual(of('a'), {
    inFlight: 0,
    requests: 2,
    failures: 1,
    failure: { code: 'errorStatus', at: 100, status: 529 },
    firstByteMs: 12,
    servedAt: 99,
  });
});

test('a failure without a status has none', (t) => {
  const { stats, of } = start(t);
  stats.began('a');
  stats.failed('a', 'dnsFailed', 7);
  assert.deepEqual(of('a').failure, { code: 'dnsFailed', at: 7 });
});

test('a client that leaves teaches nothing about the endpoint', (t) => {
  const { stats, of } = start(t);
  stats.began('a');
  stats.cancelled('a');
  assert.deepEqual(of('a'), untouched);
});

test('what runs is counted up and down', (t) => {
  const { stats, of } = start(t);
  stats.began('a');
  stats.began('a');
  stats.began('b');
  assert.equal(of('a').inFlight, 2);
  stats.served('a', 1, 1);
  assert.equal(of('a').inFlight, 1);
  assert.equal(of('b').inFlight, 1);
});

test('answers that were closed so that the client went on are counted', (t) => {
  const { stats } = start(t);
  assert.equal(stats.rescuedCount, 0);
  stats.rescued();
  stats.rescued();
  assert.equal(stats.rescuedCount, 2);
});

test('every change is told', (t) => {
  const { stats, changes } = start(t);
  stats.began('a');
  stats.cancelled('a');
  assert.equal(changes(), 2);
});

test('what is gone is forgotten, unless it still serves', (t) => {
  const { stats, of } = start(t);
  for (const id of ['kept', 'gone', 'running']) {
    stats.began(id);
    stats.served(id, 1, 1);
  }
  stats.began('running');
  stats.retain(new Set(['kept']));
  assert.equal(of('kept').requests, 1);
  assert.equal(of('gone').requests, 0);
  assert.deepEqual([of('running').requests, of('running').inFlight], [1, 1]);
});
