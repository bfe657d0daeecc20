import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { defaultLifetimeLimits, Lifetime } from '../../src/proxy/lifetime.ts';

const limits = { streams: 60_000, windows: 10_000 };

/** A lifetime on a clock that the test moves. */
function start(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const over = t.mock.fn<() => void>();
  const lifetime = new Lifetime(over, limits);
  t.after(() => lifetime.dispose());
  return { lifetime, calls: () => over.mock.callCount(), pass: (ms: number) => t.mock.timers.tick(ms) };
}

test('a process that no window ever attaches to ends after the wait for windows', (t) => {
  const { calls, pass } = start(t);
  pass(9_999);
  assert.equal(calls(), 0);
  pass(1);
  assert.equal(calls(), 1);
});

test('a process with a window does not end', (t) => {
  const { lifetime, calls, pass } = start(t);
  lifetime.leases = 1;
  pass(10_000_000);
  assert.equal(calls(), 0);
});

test('it ends when no window comes back in time', (t) => {
  const { lifetime, calls, pass } = start(t);
  lifetime.leases = 1;
  pass(500_000);
  lifetime.leases = 0;
  pass(9_999);
  assert.equal(calls(), 0);
  pass(1);
  assert.equal(calls(), 1);
});

test('a window that comes back in time keeps it', (t) => {
  const { lifetime, calls, pass } = start(t);
  for (let i = 0; i < 20; i += 1) {
    lifetime.leases = 1;
    pass(9_000);
    lifetime.leases = 0;
    pass(9_000);
  }
  assert.equal(calls(), 0);
});

test('a running stream may end without a window, and then the wait begins', (t) => {
  const { lifetime, calls, pass } = start(t);
  lifetime.leases = 1;
  lifetime.streams = 2;
  lifetime.leases = 0;
  pass(40_000);
  lifetime.streams = 1;
  lifetime.streams = 0;
  assert.equal(calls(), 0);
  pass(9_999);
  assert.equal(calls(), 0);
  pass(1);
  assert.equal(calls(), 1);
});

test('a stream without end does not keep it for ever', (t) => {
  const { lifetime, calls, pass } = start(t);
  lifetime.leases = 1;
  lifetime.streams = 1;
  lifetime.leases = 0;
  pass(69_999);
  assert.equal(calls(), 0);
  pass(1);
  assert.equal(calls(), 1);
});

test('streams that come and go without a window do not move the last limit', (t) => {
  const { lifetime, calls, pass } = start(t);
  lifetime.leases = 1;
  lifetime.leases = 0;
  for (let i = 0; i < 7; i += 1) {
    lifetime.streams = 1;
    pass(5_000);
    lifetime.streams = 0;
    pass(4_999);
  }
  assert.equal(calls(), 0);
  pass(7);
  assert.equal(calls(), 1);
});

test('after dispose it never calls', (t) => {
  const { lifetime, calls, pass } = start(t);
  lifetime.dispose();
  pass(1_000_000);
  assert.equal(calls(), 0);
});

test('a process that was held up gives windows a moment to come back', async (t) => {
  let calls = 0;
  const lifetime = new Lifetime(() => (calls += 1), { streams: 300, windows: 200 });
  t.after(() => lifetime.dispose());
  // Nobody can come while nothing runs here.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700);
  for (let i = 0; i < 5; i += 1) await turn();
  assert.equal(calls, 0);
});

test('by default a reload of a window fits into the wait', () => {
  assert.deepEqual(defaultLifetimeLimits, limits);
});
