import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LocalOutage } from '../../src/core/localOutage.ts';

/** An outage detector, and what it has charged so far, by host. */
function start() {
  const outage = new LocalOutage();
  const charged: string[] = [];
  const fail = (host: string, now: number) =>
    outage.lookupFailed(host, `endpoint at ${host}`, now, () => charged.push(host));
  return { outage, charged, fail };
}

test('a failed look-up is held against nobody at first', () => {
  const { charged, fail } = start();
  fail('a', 0);
  assert.deepEqual(charged, []);
});

test('it counts when another host answers', () => {
  const { outage, charged, fail } = start();
  fail('a', 0);
  outage.reached('b', 2_000);
  assert.deepEqual(charged, ['a']);
});

test('it does not count when the host itself answers after all', () => {
  const { outage, charged, fail } = start();
  fail('a', 0);
  outage.reached('a', 1);
  outage.settle(10_000);
  assert.deepEqual(charged, []);
});

test('it counts when two seconds go by without a look-up of another host', () => {
  const { outage, charged, fail } = start();
  fail('a', 0);
  outage.settle(2_000);
  assert.deepEqual(charged, []);
  outage.settle(2_001);
  assert.deepEqual(charged, ['a']);
});

test('each failure of a lone name counts', () => {
  const { outage, charged, fail } = start();
  fail('a', 0);
  fail('a', 1_000);
  outage.settle(5_000);
  assert.deepEqual(charged, ['a', 'a']);
});

test('no failure counts twice', () => {
  const { outage, charged, fail } = start();
  fail('a', 0);
  outage.reached('b', 1);
  outage.reached('b', 2);
  outage.settle(10_000);
  assert.deepEqual(charged, ['a']);
});

test('nothing counts when a second host fails within two seconds', () => {
  const { outage, charged, fail } = start();
  fail('a', 0);
  fail('b', 2_000);
  outage.settle(10_000);
  assert.deepEqual(charged, []);
});

test('a failure that is pending against an endpoint that is forgotten is not charged, that of others is', () => {
  const { outage, charged, fail } = start();
  fail('a', 0);
  outage.forget('endpoint at b');
  outage.settle(3_000);
  assert.deepEqual(charged, ['a']);
  fail('a', 10_000);
  outage.forget('endpoint at a');
  outage.reached('c', 10_001);
  outage.settle(20_000);
  assert.deepEqual(charged, ['a']);
});

test('an outage is suspected while another host has failed within two seconds, or an outage lasts', () => {
  const { outage, fail } = start();
  assert.equal(outage.isSuspected('a', 0), false);
  fail('a', 0);
  assert.equal(outage.isSuspected('a', 1), false);
  assert.equal(outage.isSuspected('b', 1), true);
  fail('b', 1_000);
  assert.equal(outage.isSuspected('a', 3_000), true);
  outage.settle(3_001);
  assert.equal(outage.isSuspected('a', 3_001), false);
});

test('an outage is not suspected any more when a host has answered', () => {
  const { outage, fail } = start();
  fail('a', 0);
  fail('b', 0);
  outage.reached('c', 1);
  assert.equal(outage.isSuspected('a', 2), false);
});

test('an outage lasts as long as look-ups go on to fail, of whichever host', () => {
  const { outage, charged, fail } = start();
  fail('a', 0);
  for (let now = 1_000; now <= 60_000; now += 1_000) fail(now < 30_000 ? 'b' : 'a', now);
  outage.settle(100_000);
  assert.deepEqual(charged, []);
});

test('a name that fails alone after an outage counts', () => {
  const { outage, charged, fail } = start();
  fail('a', 0);
  fail('b', 1_000);
  fail('b', 10_000);
  outage.settle(20_000);
  assert.deepEqual(charged, ['b']);
});

test('several names that fail while another host answers count, once each', () => {
  const { outage, charged, fail } = start();
  for (const now of [0, 1, 2]) for (const host of ['a', 'b']) fail(host, now);
  outage.reached('c', 100);
  assert.deepEqual(charged.sort(), ['a', 'b']);
});

test('no time between two failures of two hosts that is shorter than two seconds makes them count', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2_000 }), fc.nat(100_000), (apartMs, laterMs) => {
      const { outage, charged, fail } = start();
      fail('a', 0);
      fail('b', apartMs);
      outage.settle(apartMs + laterMs);
      assert.deepEqual(charged, []);
    }),
  );
});

test('whatever happens, a failure is charged once at most', () => {
  const steps = fc.array(
    fc.record({
      what: fc.constantFrom('fail', 'reached', 'settle'),
      host: fc.constantFrom('a', 'b', 'c'),
      afterMs: fc.nat(3_000),
    }),
  );
  fc.assert(
    fc.property(steps, (all) => {
      const outage = new LocalOutage();
      const charges: number[] = [];
      let now = 0;
      for (const { what, host, afterMs } of all) {
        now += afterMs;
        const index = charges.length;
        if (what === 'fail') {
          charges.push(0);
          outage.lookupFailed(host, `endpoint at ${host}`, now, () => {
            charges[index] = (charges[index] ?? 0) + 1;
          });
        } else if (what === 'reached') outage.reached(host, now);
        else outage.settle(now);
      }
      assert.ok(charges.every((count) => count <= 1));
    }),
  );
});
