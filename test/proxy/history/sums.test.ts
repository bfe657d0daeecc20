import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Histogram } from '../../../src/core/histogram.ts';
import type { RequestRecord, Sums } from '../../../src/protocol/history.ts';
import type { DecisionStep } from '../../../src/protocol/state.ts';
import { openStore } from '../../support/historyFile.ts';
import {
  asEntries,
  pastAttempt,
  pastEndpoints,
  pastModels,
  pastRequest,
  randomRequests,
  usageOf,
} from '../../support/pastRequests.ts';
import { seededRandom } from '../../support/seededRandom.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** Noon of a summer's day, in the time zone of the machine. */
const now = new Date(2025, 6, 20, 12).getTime();

type Attempt = Extract<DecisionStep, { kind: 'attempt' }>;

/** What a request, or an attempt, is to add. */
interface Part {
  readonly outcome: string;
  readonly retries: number;
  readonly tokens: number;
  readonly cost: number;
  readonly unpriced: number;
  readonly firstContentMs: number | undefined;
}

const tokensOf = (usage: RequestRecord['usage']) =>
  usage ? usage.input + usage.output + usage.cacheRead + usage.cacheWrite : 0;

const unpricedOf = ({ usage, cost }: Attempt) => (cost === null ? tokensOf(usage ?? null) : 0);

function partOf({ outcome, steps, usage, cost }: RequestRecord): Part {
  const attempts = steps.filter((step) => step.kind === 'attempt');
  const last = steps.at(-1);
  const before = steps.slice(0, -1).reduce((sum, step) => sum + step.durationMs, 0);
  return {
    outcome,
    retries: attempts.length - 1,
    tokens: tokensOf(usage),
    cost: cost ?? 0,
    unpriced: attempts.reduce((sum, attempt) => sum + unpricedOf(attempt), 0),
    firstContentMs: last?.kind === 'attempt' ? before + (last.firstContentMs ?? 0) : undefined,
  };
}

/** Sums in few words: counts exactly, money to a millionth of a cent. */
function summary(parts: readonly Part[]) {
  const times = new Histogram();
  for (const { firstContentMs } of parts) if (firstContentMs !== undefined) times.record(firstContentMs);
  const count = (...outcomes: string[]) => parts.filter(({ outcome }) => outcomes.includes(outcome)).length;
  const sum = (of: (part: Part) => number) => parts.reduce((total, part) => total + of(part), 0);
  return {
    requests: parts.length,
    served: count('served'),
    rescued: count('rescued'),
    failed: count('failed', 'broken'),
    retries: sum(({ retries }) => retries),
    tokens: sum(({ tokens }) => tokens),
    cost: sum(({ cost }) => cost).toFixed(8),
    unpriced: sum(({ unpriced }) => unpriced),
    p50: times.percentile(0.5),
    p95: times.percentile(0.95),
  };
}

function shown(sums: Sums): ReturnType<typeof summary> {
  const { requests, served, rescued, failed, retries, usage, cost, unpricedTokens } = sums;
  return {
    requests,
    served,
    rescued,
    failed,
    retries,
    tokens: tokensOf(usage),
    cost: cost.toFixed(8),
    unpriced: unpricedTokens,
    p50: sums.firstContentP50Ms,
    p95: sums.firstContentP95Ms,
  };
}

const random = seededRandom(3);
/** Far more than a chart has points, over a month. */
const requests = [...randomRequests(random, 6_000, { from: now - 31 * day, to: now })];
const messages = requests.filter(({ route }) => route === 'messages');
const within = (from: number, to: number) => messages.filter(({ at }) => at >= from && at < to);

const hourBefore = (at: number) => new Date(at).setMinutes(0, 0, 0);
const hourAfter = (at: number) => hourBefore(at - 1) + hour;

/** With all of the requests. */
const filled = openStore({ after }).store;
// In batches, so that stored sums are added to.
for (let at = 0; at < requests.length; at += 37) filled.write(asEntries(requests.slice(at, at + 37)));

describe('totals', () => {
  const ranges: readonly (readonly [string, number, number, number, number])[] = [
    ['10 minutes within an hour', now - 40 * minute, now - 30 * minute, now - 40 * minute, now - 30 * minute],
    ['15 minutes', now - 15 * minute, now, now - 15 * minute, now],
    [
      'an hour that begins within one',
      now - 25.5 * hour,
      now - 24.5 * hour,
      now - 25.5 * hour,
      now - 24.5 * hour,
    ],
    ['a day, to the millisecond', now - day - 12_345, now - 6_789, now - day - 12_345, now - 6_789],
    ['48 hours, to the millisecond', now - 2 * day + 1, now + 1, now - 2 * day + 1, now + 1],
    ['7 days, by whole hours', now - 7 * day + 1, now - 1, hourBefore(now - 7 * day), hourAfter(now)],
    ['7 days that end with an hour', now - 10 * day, now - 3 * day, now - 10 * day, now - 3 * day],
    ['30 days', now - 30 * day, now, now - 30 * day, now],
    ['all time', 0, Number.MAX_VALUE, 0, Number.MAX_VALUE],
  ];
  for (const [what, from, to, wholeFrom, wholeTo] of ranges) {
    it(`of ${what} are the sums over every request`, () => {
      const totals = filled.totals({ from, to }, now);
      const expected = within(wholeFrom, wholeTo);
      assert.deepEqual(shown(totals.all), summary(expected.map(partOf)));
      for (const model of pastModels) {
        const own = totals.byModel.find((each) => each.model === model);
        const parts = expected.filter((request) => request.model === model).map(partOf);
        assert.deepEqual(own && shown(own), parts.length === 0 ? undefined : summary(parts));
      }
      for (const endpointId of pastEndpoints) {
        const own = totals.byEndpoint.find((each) => each.endpointId === endpointId);
        const attempts = expected.flatMap(({ steps }) => {
          const all = steps.filter((step) => step.kind === 'attempt');
          return all.flatMap((step, index) => {
            if (step.endpointId !== endpointId) return [];
            return {
              outcome: step.outcome,
              retries: index === 0 ? 0 : 1,
              tokens: tokensOf(step.usage ?? null),
              cost: step.cost ?? 0,
              unpriced: unpricedOf(step),
              firstContentMs: step.firstContentMs,
            };
          });
        });
        assert.deepEqual(own && shown(own), attempts.length === 0 ? undefined : summary(attempts));
      }
    });
  }

  it('are told by day, newest first, for whole days only', () => {
    const totals = filled.totals({ from: now - 3 * day, to: now }, now);
    assert.deepEqual(
      totals.byDay.map((each) => each.day),
      ['2025-07-19', '2025-07-18'],
    );
    const from = new Date(2025, 6, 19).getTime();
    assert.deepEqual(
      totals.byDay[0] && shown(totals.byDay[0]),
      summary(within(from, from + day).map(partOf)),
    );
  });

  it('put the busiest endpoint and the busiest model first', () => {
    const { byEndpoint, byModel } = filled.totals({ from: 0, to: now }, now);
    for (const list of [byEndpoint, byModel]) {
      const counts = list.map((each) => each.requests);
      assert.deepEqual(
        counts,
        counts.toSorted((a, b) => b - a),
      );
    }
  });

  it('of nothing are nothing', (t) => {
    const { all, byEndpoint, byModel, byDay } = openStore(t).store.totals({ from: 0, to: now }, now);
    assert.deepEqual(shown(all), summary([]));
    assert.deepEqual([byEndpoint, byModel, byDay], [[], [], []]);
  });

  it('of a range that ends before it begins are nothing', () => {
    assert.equal(filled.totals({ from: now, to: now - hour }, now).all.requests, 0);
  });

  for (const [what, age] of [
    ['of single requests', minute],
    ['of hours', 7 * day],
  ] as const) {
    it(`(${what}) give each endpoint what its own attempts cost, and its own tokens without a price`, (t) => {
      const { store } = openStore(t);
      const steps = [
        pastAttempt({ endpointId: 'endpoint-a', outcome: 'failed', usage: usageOf(100, 0), cost: null }),
        pastAttempt({ endpointId: 'endpoint-b', usage: usageOf(30, 0), cost: 5 }),
        pastAttempt({ endpointId: 'endpoint-c' }),
      ];
      store.write(asEntries([pastRequest({ at: now - age, steps, usage: usageOf(130, 0), cost: 5 })]));
      const range = { from: now - age - minute, to: now };
      const { all, byModel, byEndpoint } = store.totals(range, now);
      const { points } = store.series(range, now);
      for (const sums of [all, byModel[0], points[0]]) {
        assert.deepEqual([sums?.cost, sums?.unpricedTokens], [5, 600]);
      }
      assert.deepEqual(
        byEndpoint.map(({ endpointId, cost, unpricedTokens }) => [endpointId, cost, unpricedTokens]),
        [
          ['endpoint-a', 0, 600],
          ['endpoint-b', 5, 0],
          ['endpoint-c', 0, 0],
        ],
      );
    });
  }

  it('keep no more than 200 models an hour apart, and count all the same', (t) => {
    const { store } = openStore(t);
    const invented = Array.from({ length: 300 }, (_, index) =>
      pastRequest({ at: now - hour, requestId: `req_${index}`, model: `model-${index}` }),
    );
    for (const request of invented) store.write(asEntries([request]));
    const { all, byModel } = store.totals({ from: now - 3 * day, to: now }, now);
    assert.equal(all.requests, 300);
    assert.equal(byModel.length, 201);
    assert.deepEqual([byModel[0]?.model, byModel[0]?.requests], ['', 100]);
  });
});

describe('sums by day', () => {
  it('have today among them from its first minute on, be it a day of 25 hours', (t) => {
    const ownZone = process.env.TZ;
    t.after(() => {
      if (ownZone === undefined) delete process.env.TZ;
      else process.env.TZ = ownZone;
    });
    process.env.TZ = 'Europe/Berlin';
    const early = new Date(2025, 9, 26, 0, 10).getTime();
    const { store } = openStore(t);
    store.write(asEntries([pastRequest({ at: early - minute })]));
    const range = { from: new Date(2025, 9, 19).getTime(), to: new Date(2025, 9, 27).getTime() };
    const { byDay } = store.totals(range, early);
    assert.deepEqual(
      byDay.map(({ day: name, requests }) => [name, requests]),
      [['2025-10-26', 1]],
    );
  });
});

describe('a series', () => {
  for (const [what, span, stepMs] of [
    ['15 minutes', 15 * minute, 15_000],
    ['2 hours', 2 * hour, 30_000],
    ['a day', day, 5 * minute],
    ['48 hours', 2 * day, 10 * minute],
    ['7 days', 7 * day, hour],
    ['30 days', 30 * day, 2 * hour],
    ['2 years', 730 * day, 2 * day],
  ] as const) {
    it(`of ${what} has every request in its step, and at most 400 steps`, () => {
      const series = filled.series({ from: now - span, to: now }, now);
      assert.equal(series.stepMs, stepMs);
      assert.ok(span / stepMs + 2 <= 400);
      const expected = within(now - span, now);
      assert.equal(
        series.points.reduce((sum, { requests }) => sum + requests, 0),
        expected.length,
      );
      for (const { at, ...point } of series.points) {
        const own = expected.filter((request) => request.at >= at && request.at < at + stepMs);
        assert.deepEqual(shown(point), summary(own.map(partOf)), new Date(at).toISOString());
      }
    });
  }

  it('of more than 48 hours has the whole hour that it begins in', (t) => {
    const { store } = openStore(t);
    store.write(asEntries([pastRequest({ at: now - 7 * day })]));
    const { points } = store.series({ from: now - 7 * day + 10 * minute, to: now }, now);
    assert.deepEqual(
      points.map(({ at, requests }) => [at, requests]),
      [[now - 7 * day, 1]],
    );
  });

  it('is in the order of time and leaves out steps in which nothing happened', (t) => {
    const { store } = openStore(t);
    store.write(asEntries([now - 3 * hour, now - hour, now - 3 * hour].map((at) => pastRequest({ at }))));
    const { stepMs, points } = store.series({ from: now - day, to: now }, now);
    // There was nothing before: it is not for want of requests that sums reach as far back.
    assert.equal(stepMs, 5 * minute);
    assert.deepEqual(
      points.map(({ at, requests }) => [at, requests]),
      [
        [now - 3 * hour, 2],
        [now - hour, 1],
      ],
    );
  });

  for (const span of [day, 30 * day]) {
    it(`of an endpoint over ${span / day} days is of its attempts, as its totals are`, () => {
      const params = { from: now - span, to: now, endpointId: 'endpoint-b' };
      const { points } = filled.series(params, now);
      const attempts = within(now - span, now).flatMap(({ route, steps }) =>
        route !== 'messages'
          ? []
          : steps.filter((step) => step.kind === 'attempt' && step.endpointId === 'endpoint-b'),
      );
      const sumOf = (key: 'requests' | 'failed' | 'retries') =>
        points.reduce((sum, point) => sum + point[key], 0);
      assert.ok(attempts.length > 0);
      assert.equal(sumOf('requests'), attempts.length);
      const totals = filled.totals(params, now).byEndpoint.find((each) => each.endpointId === 'endpoint-b');
      assert.deepEqual([sumOf('failed'), sumOf('retries')], [totals?.failed, totals?.retries]);
    });
  }
});
