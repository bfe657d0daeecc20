import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { defaultHealth, type HealthOptions } from '../../src/core/configuration.ts';
import type { CheckClass, CheckRecord } from '../../src/core/healthCheck.ts';
import { type CheckSubject, HealthMonitor } from '../../src/proxy/healthMonitor.ts';
import type { ProbeResult } from '../../src/proxy/probe.ts';
import { onEnd, type Scope } from '../support/scope.ts';
import { seededRandom } from '../support/seededRandom.ts';
import { VirtualClock } from '../support/virtualClock.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

function resultOf(checkClass: CheckClass, fields: Partial<ProbeResult> = {}): ProbeResult {
  return {
    class: checkClass,
    score: checkClass === 'passed' ? 100 : 0,
    model: 'claude-haiku-5-5',
    firstContentMs: 200,
    durationMs: 300,
    tokens: 30,
    isLookup: false,
    headers: [],
    ...fields,
  };
}

/** A check that was begun. */
interface Begun {
  readonly id: string;
  readonly at: number;
  readonly signal: AbortSignal;
  readonly end: (result: ProbeResult | null) => void;
  readonly fail: (error: Error) => void;
}

type SubjectSketch = Partial<CheckSubject> & { readonly id: string };

/** A monitor on a clock that only the test moves, of endpoints that each have a host of their own unless told. */
function watch(
  scope: Scope,
  options: { subjects?: readonly SubjectSketch[]; seed?: number; isManual?: boolean } = {},
) {
  const clock = new VirtualClock();
  const state = {
    subjects: options.subjects ?? [],
    health: { ...defaultHealth } as HealthOptions,
    /** How checks end; undefined for not before the test ends them. */
    answer: (_id: string): ProbeResult | null | undefined => resultOf('passed'),
  };
  const begun: Begun[] = [];
  const records: CheckRecord[] = [];
  const concluded: [string, CheckClass][] = [];
  const errors: unknown[] = [];
  let running = 0;
  let mostRunning = 0;
  const monitor = new HealthMonitor({
    subjects: () =>
      state.subjects.map((it) => ({
        host: `${it.id}.example`,
        need: 'idle',
        lastProvedAt: undefined,
        ...it,
      })),
    probe: (id, signal) =>
      new Promise<ProbeResult | null>((resolve, reject) => {
        running += 1;
        mostRunning = Math.max(mostRunning, running);
        const end = (result: ProbeResult | null) => {
          running -= 1;
          resolve(result);
        };
        signal.addEventListener('abort', () => end(null));
        begun.push({ id, at: clock.now, signal, end, fail: reject });
        const answer = state.answer(id);
        if (answer !== undefined) end(answer);
      }),
    concluded: (id, result) => concluded.push([id, result.class]),
    record: (record) => records.push(record),
    changed: () => undefined,
    failed: (error) => errors.push(error),
    options: () => state.health,
    clock: () => clock.now,
    now: () => clock.wallNow,
    toWall: (time) => time - clock.now + clock.wallNow,
    random: seededRandom(options.seed ?? 1),
    setTimer: clock.setTimer,
  });
  onEnd(scope, () => monitor.stop());
  monitor.look();
  /** When an endpoint was checked, in milliseconds since the clock was at `from`. */
  const timesOf = (id: string, from: number) => begun.filter((it) => it.id === id).map(({ at }) => at - from);
  return {
    clock,
    state,
    monitor,
    begun,
    records,
    concluded,
    errors,
    timesOf,
    mostRunning: () => mostRunning,
  };
}

/** From each to the next. */
function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((time, index) => time - (times[index] as number));
}

test('an endpoint that is out is checked every interval, 15 % more or less, and never later', async (t) => {
  const { clock, timesOf } = watch(t, { subjects: [{ id: 'a', need: 'out' }] });
  const from = clock.now;

  await clock.advance(hour);

  const times = [0, ...timesOf('a', from)];
  assert.ok(times.length > 60 && times.length < 90, `${times.length} checks`);
  for (const gap of gaps(times)) assert.ok(gap >= 0.7 * minute && gap <= minute + 200, `${gap} ms`);
  assert.ok(new Set(gaps(times)).size > 30, 'they are jittered');
});

for (const [need, least, most] of [
  ['recovering', 0.7 * minute, minute],
  ['outForKey', 7 * minute, 10 * minute],
] as const) {
  test(`the interval of an endpoint that is ${need} is between ${least} and ${most} ms`, async (t) => {
    const { clock, timesOf } = watch(t, { subjects: [{ id: 'a', need }] });
    const from = clock.now;
    await clock.advance(5 * hour);
    const times = [0, ...timesOf('a', from)];
    assert.ok(times.length > 20);
    for (const gap of gaps(times)) assert.ok(gap >= least && gap <= most + 200, `${gap} ms`);
  });
}

test('an endpoint in service is checked within the first interval, then every ten', async (t) => {
  const { clock, timesOf } = watch(t, { subjects: [{ id: 'a' }] });
  const from = clock.now;

  await clock.advance(5 * hour);

  const times = timesOf('a', from);
  assert.ok((times[0] ?? 0) <= minute + 200);
  for (const gap of gaps(times)) assert.ok(gap >= 7 * minute && gap <= 10 * minute, `${gap} ms`);
});

test('traffic spares the check of the endpoint that serves it', async (t) => {
  const { clock, state, begun } = watch(t);
  for (let i = 0; i < 60; i += 1) {
    state.subjects = [{ id: 'a', lastProvedAt: clock.now }];
    await clock.advance(minute);
  }
  assert.equal(begun.length, 0);

  await clock.advance(10 * minute);
  assert.equal(begun.length, 1);
});

test('an endpoint that goes out is checked within one interval, although its next check was far away', async (t) => {
  const { clock, state, monitor, timesOf } = watch(t, { subjects: [{ id: 'a' }] });
  await clock.advance(2 * minute);
  const from = clock.now;
  state.subjects = [{ id: 'a', need: 'out' }];
  monitor.look();

  await clock.advance(minute + 200);

  assert.equal(timesOf('a', from).filter((at) => at > 0).length, 1);
});

test('what is set up to be checked at all hours follows the setting at once', async (t) => {
  const { clock, state, monitor, begun } = watch(t, { subjects: [{ id: 'a', need: 'out' }] });
  await clock.advance(200);
  state.health = { ...defaultHealth, intervalSeconds: 10 };
  monitor.look();
  await clock.advance(10 * second + 200);
  assert.equal(begun.length, 1);
});

test('endpoints on one host are never checked at once', async (t) => {
  const { clock, state, begun } = watch(t, {
    subjects: ['a', 'b', 'c'].map((id) => ({ id, host: 'relay.example', need: 'out' })),
  });
  state.answer = () => undefined;
  await clock.advance(5 * minute);
  assert.equal(begun.length, 1);

  for (const next of [2, 3]) {
    begun.at(-1)?.end(resultOf('passed'));
    await clock.advance(0);
    assert.equal(begun.length, next);
  }
  assert.equal(new Set(begun.map(({ id }) => id)).size, 3, 'each has its turn');
});

test('at most four checks run at once', async (t) => {
  const ids = Array.from({ length: 20 }, (_, index) => `e${index}`);
  const watched = watch(t, { subjects: ids.map((id) => ({ id, need: 'out' })) });
  watched.state.answer = () => undefined;
  await watched.clock.advance(5 * minute);
  while (watched.begun.length < ids.length) {
    watched.begun[watched.begun.length - 4]?.end(resultOf('passed'));
    for (const it of watched.begun) it.end(resultOf('passed'));
    await watched.clock.advance(second);
  }
  assert.equal(watched.mostRunning(), 4);
});

test('without endpoints nothing is awaited', async (t) => {
  const { clock, begun } = watch(t);
  await clock.advance(hour);
  assert.deepEqual([clock.timers, begun.length], [0, 0]);
});

test('an endpoint that is not used is not checked', async (t) => {
  const { clock, begun } = watch(t, { subjects: [{ id: 'a', need: 'none' }] });
  await clock.advance(hour);
  assert.deepEqual([clock.timers, begun.length], [0, 0]);
});

test('with checks off none takes place by itself, and when they are on again they come one by one', async (t) => {
  const ids = ['a', 'b', 'c', 'd'];
  const { clock, state, monitor, begun } = watch(t, { subjects: ids.map((id) => ({ id, need: 'out' })) });
  state.health = { ...defaultHealth, enabled: false };
  await clock.advance(hour);
  assert.equal(begun.length, 0);
  assert.equal(monitor.stateOf('a').nextAt, null);

  state.health = defaultHealth;
  monitor.look();
  await clock.advance(30 * second);
  assert.equal(begun.length, 0);
  await clock.advance(31 * second);
  assert.equal(begun.length, 4);
});

test('a check by hand takes place at once, also with checks off and of an endpoint that is not used', async (t) => {
  const { clock, state, monitor } = watch(t, { subjects: [{ id: 'a', need: 'none' }] });
  state.health = { ...defaultHealth, enabled: false };

  const record = await monitor.checkNow('a');

  assert.deepEqual(record, {
    endpointId: 'a',
    at: clock.wallNow,
    class: 'passed',
    score: 100,
    model: 'claude-haiku-5-5',
    firstContentMs: 200,
    durationMs: 300,
    tokens: 30,
    manual: true,
  });
});

test('a check by hand joins the one that runs', async (t) => {
  const { clock, state, monitor, begun } = watch(t, { subjects: [{ id: 'a', need: 'out' }] });
  state.answer = () => undefined;
  await clock.advance(2 * minute);

  const asked = [monitor.checkNow('a'), monitor.checkNow('a')];
  begun[0]?.end(resultOf('passed'));

  const [first, second] = await Promise.all(asked);
  assert.equal(begun.length, 1);
  assert.equal(first?.class, 'passed');
  assert.equal(first, second);
});

test('two checks by hand of one endpoint that has to wait are one', async (t) => {
  const host = 'relay.example';
  const { clock, state, monitor, begun } = watch(t, {
    subjects: [
      { id: 'a', host },
      { id: 'b', host },
    ],
  });
  state.answer = () => undefined;
  void monitor.checkNow('a');
  const asked = [monitor.checkNow('b'), monitor.checkNow('b')];
  for (const index of [0, 1]) {
    begun[index]?.end(resultOf('passed'));
    await clock.advance(0);
  }
  const [first, second] = await Promise.all(asked);
  assert.equal(first, second);
  assert.equal(begun.length, 2);
});

test('checks by hand of one host come one after the other, before those that are due', async (t) => {
  const host = 'relay.example';
  const { clock, state, monitor, begun } = watch(t, {
    subjects: [
      { id: 'a', host, need: 'out' },
      { id: 'b', host, need: 'out' },
      { id: 'c', host, need: 'none' },
    ],
  });
  state.answer = () => undefined;
  await clock.advance(2 * minute);
  const running = begun[0]?.id;
  const asked = monitor.checkNow('c');
  assert.equal(monitor.stateOf('c').isRunning, true);
  assert.equal(begun.length, 1);

  begun[0]?.end(resultOf('passed'));
  await clock.advance(0);
  assert.deepEqual([begun.length, begun[1]?.id], [2, 'c']);
  assert.notEqual(running, 'c');
  begun[1]?.end(resultOf('failed'));

  assert.equal((await asked)?.class, 'failed');
});

test('a check by hand of what is not known, or cannot be asked, comes to nothing', async (t) => {
  const { state, monitor, records } = watch(t, { subjects: [{ id: 'a' }] });
  assert.equal(await monitor.checkNow('nobody'), null);
  state.answer = () => null;
  assert.equal(await monitor.checkNow('a'), null);
  assert.equal(records.length, 0);
});

for (const monotonic of [true, false]) {
  const which = monotonic ? 'goes on' : 'stands still';
  test(`after a sleep in which the monotonic clock ${which}, nothing is checked at once`, async (t) => {
    const ids = ['a', 'b', 'c', 'd'];
    const { clock, monitor, begun } = watch(t, { subjects: ids.map((id) => ({ id, need: 'out' })) });
    // The first check is about to come.
    await clock.advance(40 * second);
    assert.equal(begun.length, 0);
    await clock.sleep(8 * hour, monotonic);
    const woke = clock.now;
    monitor.look();

    await clock.advance(2 * minute);

    const first = ids.map((id) => begun.find((it) => it.id === id)?.at ?? 0);
    for (const at of first)
      assert.ok(at - woke >= 0.7 * minute && at - woke <= minute + 300, `${at - woke} ms`);
    assert.equal(new Set(first).size, ids.length, 'they come apart from each other');
  });
}

test('a check during which the machine slept says nothing', async (t) => {
  for (const monotonic of [true, false]) {
    const { clock, state, monitor, begun, records, concluded } = watch(t, { subjects: [{ id: 'a' }] });
    state.answer = () => undefined;
    const asked = monitor.checkNow('a');
    await clock.sleep(hour, monotonic);
    begun[0]?.end(resultOf('failed'));
    assert.equal(await asked, null);
    assert.deepEqual([records.length, concluded.length], [0, 0]);
  }
});

test('a wrong answer of an endpoint in service is confirmed by a second check before anything follows', async (t) => {
  for (const second of ['wrongAnswer', 'passed'] as const) {
    const { state, monitor, begun, records, concluded } = watch(t, { subjects: [{ id: 'a' }] });
    const answers = [resultOf('wrongAnswer'), resultOf(second)];
    state.answer = () => answers.shift();

    const record = await monitor.checkNow('a');

    assert.equal(begun.length, 2);
    assert.deepEqual(concluded, [['a', second]]);
    assert.deepEqual(
      records.map((it) => it.class),
      ['wrongAnswer', second],
    );
    assert.equal(record?.class, second);
    assert.equal(monitor.tokens, 60);
  }
});

test('nothing follows from a check during which checks were switched off, unless somebody asked for it', async (t) => {
  const { state, monitor, begun, records, concluded, clock } = watch(t, {
    subjects: [{ id: 'a', need: 'out' }],
  });
  state.answer = () => undefined;
  await clock.advance(minute);
  state.health = { ...defaultHealth, enabled: false };
  begun[0]?.end(resultOf('wrongAnswer'));
  await turn();
  assert.equal(records.length, 1);
  assert.deepEqual(concluded, []);
  const asked = monitor.checkNow('a');
  begun[1]?.end(resultOf('passed'));
  await asked;
  assert.deepEqual(concluded, [['a', 'passed']]);
});

test('a wrong answer of an endpoint that is out needs no second one', async (t) => {
  const { state, monitor, concluded, begun } = watch(t, { subjects: [{ id: 'a', need: 'out' }] });
  state.answer = () => resultOf('wrongAnswer');
  await monitor.checkNow('a');
  assert.equal(begun.length, 1);
  assert.deepEqual(concluded, [['a', 'wrongAnswer']]);
});

test('what failed is not confirmed', async (t) => {
  const { state, monitor, begun } = watch(t, { subjects: [{ id: 'a' }] });
  state.answer = () => resultOf('failed');
  await monitor.checkNow('a');
  assert.equal(begun.length, 1);
});

test('a check that throws is reported, and the monitor goes on', async (t) => {
  const { clock, state, begun, errors } = watch(t, { subjects: [{ id: 'a', need: 'out' }] });
  state.answer = () => undefined;
  await clock.advance(minute + 200);
  begun[0]?.fail(new Error('a bug'));
  await clock.advance(minute + 200);
  assert.match(String(errors[0]), /a bug/);
  assert.equal(begun.length, 2);
});

test('an endpoint that asks to be left alone is left alone, for an hour at most', async (t) => {
  for (const [askedMs, leftMs] of [
    [5 * minute, 5 * minute],
    [9 * hour, hour],
  ] as const) {
    const { clock, state, monitor, begun } = watch(t, { subjects: [{ id: 'a', need: 'out' }] });
    state.answer = () => resultOf('rateLimited', { retryAfterMs: askedMs });
    await monitor.checkNow('a');
    await clock.advance(leftMs - second);
    assert.equal(begun.length, 1);
    await clock.advance(2 * second);
    assert.equal(begun.length, 2);
  }
});

test('an endpoint that refuses checks cannot be checked, and is asked seldom, until one is not refused', async (t) => {
  const { clock, state, monitor, begun } = watch(t, { subjects: [{ id: 'a', need: 'out' }] });
  state.answer = () => resultOf('refused', { score: null });
  await monitor.checkNow('a');
  assert.equal(monitor.stateOf('a').isRefused, true);
  await clock.advance(6 * minute);
  assert.equal(begun.length, 1);

  state.answer = () => resultOf('failed');
  await clock.advance(4 * minute + 200);
  assert.equal(begun.length, 2);
  assert.equal(monitor.stateOf('a').isRefused, false);
});

test('an endpoint with another address or key is checked anew, and may take checks', async (t) => {
  const { clock, state, monitor, begun } = watch(t, { subjects: [{ id: 'a' }] });
  state.answer = () => resultOf('refused', { score: null });
  await monitor.checkNow('a');

  monitor.forget('a');
  assert.equal(monitor.stateOf('a').isRefused, false);
  assert.equal(monitor.stateOf('a').metrics.total, 1, 'what was seen stays');
  await clock.advance(minute + 200);
  assert.equal(begun.length, 2);
});

test('the check of an endpoint that changes or goes is called off', async (t) => {
  const { state, monitor, begun, records } = watch(t, { subjects: [{ id: 'a' }, { id: 'b' }] });
  state.answer = () => undefined;
  const asked = [monitor.checkNow('a'), monitor.checkNow('b')];
  monitor.forget('a');
  monitor.retain(new Set(['a']));
  assert.deepEqual(await Promise.all(asked), [null, null]);
  assert.ok(begun.every(({ signal }) => signal.aborted));
  assert.equal(records.length, 0);
  assert.equal(monitor.stateOf('b').metrics.total, 0);
});

test('what was learnt of an address in the moment when it changed is not taken down', async (t) => {
  const { state, monitor, begun, records, concluded } = watch(t, { subjects: [{ id: 'a' }] });
  state.answer = () => undefined;
  const asked = monitor.checkNow('a');
  begun[0]?.end(resultOf('failed'));
  monitor.forget('a');
  assert.equal(await asked, null);
  assert.deepEqual([records.length, concluded.length], [0, 0]);
});

test('a check that was called off does not put off the next one', async (t) => {
  const { clock, state, monitor, begun } = watch(t, { subjects: [{ id: 'a' }] });
  state.answer = () => undefined;
  void monitor.checkNow('a');
  monitor.forget('a');
  await clock.advance(minute + 300);
  assert.equal(begun.length, 2);
});

test('a check by hand of an endpoint whose check was just called off is one of its own', async (t) => {
  const { clock, state, monitor, begun } = watch(t, { subjects: [{ id: 'a' }] });
  state.answer = () => undefined;
  const first = monitor.checkNow('a');
  monitor.forget('a');
  const second = monitor.checkNow('a');
  await clock.advance(0);
  begun[1]?.end(resultOf('passed'));
  assert.equal(await first, null);
  assert.equal((await second)?.class, 'passed');
});

test('the state tells when the next check is due, and whether one runs', async (t) => {
  const { clock, state, monitor, begun } = watch(t, { subjects: [{ id: 'a', need: 'out' }] });
  state.answer = () => undefined;
  await clock.advance(200);
  const { nextAt } = monitor.stateOf('a');
  assert.ok(nextAt !== null);
  await clock.advance(nextAt - clock.wallNow - 1);
  assert.equal(begun.length, 0);
  await clock.advance(1);
  assert.equal(begun.length, 1);
  const { isRunning, nextAt: next } = monitor.stateOf('a');
  assert.deepEqual([isRunning, next], [true, null]);

  begun[0]?.end(resultOf('passed'));
  await turn();
  const after = monitor.stateOf('a');
  assert.deepEqual([after.isRunning, after.last?.class, after.metrics.total], [false, 'passed', 1]);
});

test('an endpoint that nobody has heard of has a state too', (t) => {
  const { monitor } = watch(t);
  const { last, isRunning, nextAt, isRefused, metrics } = monitor.stateOf('nobody');
  assert.deepEqual([last, isRunning, nextAt, isRefused, metrics.total], [null, false, null, false, 0]);
});

test('earlier checks are taken over, with those made since, and spare the first check', async (t) => {
  const { clock, monitor, begun } = watch(t, { subjects: [{ id: 'a' }] });
  const old = { ...resultOf('refused'), endpointId: 'a', manual: false };
  const { verdict: _v, headers: _h, isLookup: _l, ...record } = old;
  const at = clock.wallNow - 2 * minute;
  const byClass = {
    passed: 40,
    wrongAnswer: 0,
    failed: 2,
    timeout: 0,
    rateLimited: 0,
    badKey: 0,
    refused: 1,
  };

  monitor.restore([{ endpointId: 'a', byClass, tokens: 900, last: [{ ...record, at }] }]);

  assert.equal(monitor.stateOf('a').metrics.total, 43);
  assert.equal(monitor.stateOf('a').isRefused, true);
  assert.equal(monitor.tokens, 0, 'it counts from the start of the process');
  await clock.advance(4 * minute);
  assert.equal(begun.length, 0);
  await clock.advance(5 * minute);
  assert.equal(begun.length, 1);
});

test('checks of which history tells later are not lost', async (t) => {
  const { clock, monitor } = watch(t, { subjects: [{ id: 'a' }] });
  await monitor.checkNow('a');
  const byClass = { passed: 0, wrongAnswer: 0, failed: 5, timeout: 0, rateLimited: 0, badKey: 0, refused: 0 };
  const { verdict: _v, headers: _h, isLookup: _l, ...record } = resultOf('failed');
  const last = [{ ...record, endpointId: 'a', manual: false, at: clock.wallNow - minute }];

  monitor.restore([{ endpointId: 'a', byClass, tokens: 1, last }]);

  const { metrics, last: newest } = monitor.stateOf('a');
  assert.deepEqual([metrics.total, newest?.class], [6, 'passed']);
});

test('checks of which history tells already do not count twice', async (t) => {
  const { monitor, records } = watch(t, { subjects: [{ id: 'a' }] });
  await monitor.checkNow('a');
  const { byClass, tokens } = monitor.stateOf('a').metrics;
  monitor.restore([{ endpointId: 'a', byClass, tokens, last: records }]);
  assert.deepEqual([monitor.stateOf('a').metrics.total, monitor.stateOf('a').metrics.tokens], [1, 30]);
});

test('a monitor that is stopped does nothing more', async (t) => {
  const { clock, state, monitor, begun } = watch(t, {
    subjects: [
      { id: 'a', need: 'out', host: 'h' },
      { id: 'b', need: 'out', host: 'h' },
    ],
  });
  state.answer = () => undefined;
  const asked = [monitor.checkNow('a'), monitor.checkNow('b')];
  monitor.stop();
  assert.deepEqual(await Promise.all(asked), [null, null]);
  monitor.look();
  await clock.advance(hour);
  assert.equal(await monitor.checkNow('a'), null);
  assert.deepEqual([begun.length, clock.timers], [1, 0]);
});
