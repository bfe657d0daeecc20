import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type CheckFacts,
  type CheckNeed,
  checkDueAt,
  checksToStart,
  type PlannedCheck,
} from '../../src/core/checkSchedule.ts';

const interval = 60_000;
/** As late as a check may be. */
const latest = 0;
/** As early as one may be. */
const earliest = 1;

const fresh = (need: CheckNeed, fields: Partial<CheckFacts> = {}): CheckFacts => ({
  need,
  since: 0,
  checkedAt: undefined,
  provedAt: undefined,
  notBefore: undefined,
  isRefused: false,
  ...fields,
});

test('what is not used is never checked', () => {
  assert.equal(checkDueAt(fresh('none', { checkedAt: 5, notBefore: 7 }), interval, latest), undefined);
});

for (const [need, from, to] of [
  ['out', 42_000, 60_000],
  ['recovering', 42_000, 60_000],
  ['outForKey', 420_000, 600_000],
  ['idle', 6_000, 60_000],
] as const) {
  test(`the first check of what is ${need} comes after ${from} to ${to} ms`, () => {
    const times = [checkDueAt(fresh(need), interval, 0), checkDueAt(fresh(need), interval, 1)] as number[];
    assert.deepEqual(times.toSorted((a, b) => a - b).map(Math.round), [from, to]);
  });
}

test('the next one counts from the end of the last one', () => {
  const checkedAt = 1_000_000;
  assert.equal(checkDueAt(fresh('out', { checkedAt }), interval, latest), checkedAt + interval);
  assert.equal(checkDueAt(fresh('idle', { checkedAt }), interval, latest), checkedAt + 10 * interval);
});

test('what is in service counts from the last request that it served, what is out does not', () => {
  const facts = { checkedAt: 1_000_000, provedAt: 1_500_000 };
  assert.equal(checkDueAt(fresh('idle', facts), interval, latest), 1_500_000 + 10 * interval);
  assert.equal(checkDueAt(fresh('out', facts), interval, latest), 1_000_000 + interval);
  assert.equal(checkDueAt(fresh('recovering', facts), interval, latest), 1_000_000 + interval);
});

test('a need that has just arisen does not count from before', () => {
  const facts = { since: 2_000_000, checkedAt: 1_000_000 };
  assert.equal(checkDueAt(fresh('out', facts), interval, latest), 2_000_000 + interval);
});

test('what was in service and not looked at for long is checked within the first interval', () => {
  const facts = { since: 9_000_000, checkedAt: 1_000_000, provedAt: 1_000_000 };
  for (const draw of [0, 0.5, 1]) {
    const due = checkDueAt(fresh('idle', facts), interval, draw) ?? 0;
    assert.ok(due >= 9_006_000 && due <= 9_060_000, String(due));
  }
});

test('what refuses checks is checked every ten intervals, whatever it needs', () => {
  for (const need of ['out', 'recovering', 'outForKey', 'idle'] as const) {
    const facts = fresh(need, { checkedAt: 0, isRefused: true });
    assert.equal(checkDueAt(facts, interval, latest), 10 * interval);
    assert.equal(Math.round(checkDueAt(facts, interval, earliest) ?? 0), 7 * interval);
  }
});

test('nothing is due before the endpoint wants to be asked again', () => {
  assert.equal(checkDueAt(fresh('out', { notBefore: 500_000 }), interval, latest), 500_000);
  assert.equal(checkDueAt(fresh('out', { notBefore: 5 }), interval, latest), interval);
});

const time = fc.integer({ min: 0, max: 10_000_000 });
const anyFacts = fc.record({
  need: fc.constantFrom<CheckNeed>('out', 'outForKey', 'recovering', 'idle'),
  since: time,
  checkedAt: fc.option(time, { nil: undefined }),
  provedAt: fc.option(time, { nil: undefined }),
  notBefore: fc.constant(undefined),
  isRefused: fc.boolean(),
});
const anyDraw = fc.double({ min: 0, max: 1, noNaN: true });

test('jitter makes a check earlier by less than a third, and never later', () => {
  fc.assert(
    fc.property(anyFacts, anyDraw, (facts, draw) => {
      const due = checkDueAt(facts, interval, draw) as number;
      const { need, since, checkedAt = -1e9, provedAt = -1e9 } = facts;
      const slow = need !== 'out' && need !== 'recovering' ? 10 : facts.isRefused ? 10 : 1;
      const known = Math.max(checkedAt, need === 'idle' ? provedAt : -1e9);
      const last = need === 'idle' ? known : Math.max(since, known);
      // The first one of what is in service comes within an interval of its beginning.
      const atMost = Math.max(last + slow * interval, since + interval);
      assert.ok(due <= atMost + 1e-6 && due >= Math.max(since, last + 0.7 * slow * interval) - 1e-6);
    }),
  );
});

test('nothing is due at once after what it counts from began', () => {
  fc.assert(
    fc.property(anyFacts, anyDraw, (facts, draw) => {
      assert.ok((checkDueAt(facts, interval, draw) as number) >= facts.since + 0.1 * interval - 1e-6);
    }),
  );
});

const plan = (endpointId: string, host: string, dueAt: number): PlannedCheck => ({ endpointId, host, dueAt });
const idsOf = (planned: readonly PlannedCheck[]) => planned.map(({ endpointId }) => endpointId);

test('what is due starts, longest due first, and nothing else', () => {
  const planned = [plan('a', 'x', 30), plan('b', 'y', 10), plan('c', 'z', 101), plan('d', 'w', 100)];
  assert.deepEqual(idsOf(checksToStart(planned, [], 100)), ['b', 'a', 'd']);
});

test('one check runs at a host at a time', () => {
  const planned = [plan('a', 'x', 30), plan('b', 'x', 10), plan('c', 'y', 50)];
  assert.deepEqual(idsOf(checksToStart(planned, [], 100)), ['b', 'c']);
  assert.deepEqual(idsOf(checksToStart(planned, ['x'], 100)), ['c']);
});

test('never do more than four run, nor two at a host, and no place stays free for nothing', () => {
  const host = fc.constantFrom('s', 't', 'u', 'v', 'w', 'x', 'y');
  const planned = fc.array(fc.tuple(host, fc.nat(200)).map(([at, due]) => plan(`${at}-${due}`, at, due)));
  const busy = fc.uniqueArray(host, { maxLength: 4 });
  fc.assert(
    fc.property(planned, busy, (all, hosts) => {
      const started = checksToStart(all, hosts, 100);
      const running = [...hosts, ...started.map((it) => it.host)];
      assert.ok(running.length <= 4);
      assert.equal(new Set(running).size, running.length);
      if (running.length === 4) return;
      for (const { host: free } of all.filter(({ dueAt }) => dueAt <= 100)) assert.ok(running.includes(free));
    }),
  );
});
