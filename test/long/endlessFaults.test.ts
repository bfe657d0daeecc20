import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../support/waitFor.ts';
import {
  absorbableFaults,
  type FaultyEndpoint,
  startFaultyEndpoint,
  visibleFaults,
} from './faultyEndpoint.ts';
import {
  averagesOfThirds,
  bodyOf,
  type LongRun,
  type Received,
  runMs,
  seededRandom,
  startLongRun,
  underLoad,
} from './longRun.ts';

const linux = { skip: process.platform !== 'linux' ? 'reads /proc' : false };

/** No answer was wrong, and nothing is left of all the requests: connections, listeners, memory. */
async function assertSound(t: TestContext, run: LongRun, filesBefore: number): Promise<void> {
  t.diagnostic([...run.received].map(([what, count]) => `${what} ${count}`).join(', '));
  const wrong = [...run.received].filter(([what]) => what.startsWith('wrong'));
  if (wrong.length > 0) {
    for (const request of run.unserved().slice(0, 5)) t.diagnostic(request);
  }
  assert.deepEqual(wrong, []);
  assert.deepEqual(run.stray(), [], 'it has written warnings');
  const [first, middle, last] = averagesOfThirds(run.memory);
  t.diagnostic(`memory in MB, in thirds of the run: ${[first, middle, last].map(Math.round)}`);
  // V8 lets its heap grow for the first minute, as busy as it is; then it must have settled.
  assert.ok(last < middle * 1.15 + 15, 'memory goes on growing');
  run.disconnect();
  // Idle connections to endpoints are kept for 25 seconds.
  await waitFor('connections are closed', () => run.openFiles() <= filesBefore || undefined, 45_000, 250);
}

/** Clients of both kinds; some send long requests. */
async function askAs(run: LongRun, client: number): Promise<Received> {
  const long = client % 8 === 0 ? Buffer.from(bodyOf(client, 'x'.repeat(200_000))) : undefined;
  return run.ask(client % 3 === 0 ? 'claudeCode' : 'other', long);
}

test(
  'an endpoint that goes away and comes back all the time costs no request while another one serves',
  linux,
  async (t) => {
    const flapping = await startFaultyEndpoint(t, 'flapping');
    const steady = await startFaultyEndpoint(t, 'steady');
    const run = await startLongRun(t, [flapping, steady]);
    const files = run.openFiles();
    const random = seededRandom(1);
    const over = new AbortController();
    const flaps = (async () => {
      while (!over.signal.aborted) {
        await sleep(100 + 400 * random());
        await flapping.goAway();
        await sleep(100 + 400 * random());
        await flapping.comeBack();
      }
    })();

    await underLoad(16, (client) => askAs(run, client));
    over.abort();
    await flaps;

    const tries = run.attempts().filter(({ endpoint }) => endpoint === 'flapping');
    t.diagnostic(
      `${tries.length} tries at the flapping one, ${tries.filter((each) => each.outcome !== 'served').length} in vain`,
    );
    assert.ok(
      tries.some(({ outcome }) => outcome === 'failed'),
      'it was never met away',
    );
    await assertSound(t, run, files);
  },
);

test(
  'of random faults at three endpoints, one of which is always well, clients see only those after content',
  linux,
  async (t) => {
    const endpoints = await Promise.all(['one', 'two', 'three'].map((name) => startFaultyEndpoint(t, name)));
    const run = await startLongRun(t, endpoints);
    const files = run.openFiles();
    const random = seededRandom(2);
    const oneOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
    const absorbable = Object.values(absorbableFaults);
    // It is said of the request and not held against the endpoint, so nothing else for a while would use up the budget.
    const lasting = absorbable.filter((fault) => fault !== absorbableFaults['a time-out']);
    const visible = Object.values(visibleFaults);

    const makeFaulty = async (endpoint: FaultyEndpoint) => {
      const kind = random();
      if (kind < 0.2) await endpoint.goAway();
      else if (kind < 0.4) endpoint.answer(() => oneOf(random() < 0.2 ? visible : absorbable));
      else {
        const fault = oneOf(random() < 0.2 ? visible : lasting);
        endpoint.answer(() => fault);
      }
    };
    const makeWell = async (endpoint: FaultyEndpoint) => {
      endpoint.answer();
      await endpoint.comeBack();
    };
    const over = new AbortController();
    const changes = (async () => {
      let well = endpoints[0] as FaultyEndpoint;
      while (!over.signal.aborted) {
        for (const endpoint of endpoints) if (endpoint !== well) await makeFaulty(endpoint);
        await sleep(1_500 + 1_500 * random());
        const next = oneOf(endpoints.filter((endpoint) => endpoint !== well));
        await makeWell(next);
        // A request that has been at the next one before it was well still finds the other one.
        await sleep(2_500);
        well = next;
      }
      for (const endpoint of endpoints) await makeWell(endpoint);
    })();

    const load = underLoad(16, (client) => askAs(run, client));
    await Promise.race([load, sleep(runMs)]);
    // Requests that wait for an endpoint find one now.
    over.abort();
    await changes;
    await load;

    const failed = run.attempts().filter(({ outcome }) => outcome === 'failed');
    const rows = new Set(failed.map(({ row }) => row));
    t.diagnostic(`${failed.length} tries in vain, for ${rows.size} reasons`);
    assert.ok(failed.length > 50 && rows.size > 5, 'there was hardly a fault to absorb');
    await assertSound(t, run, files);
  },
);
