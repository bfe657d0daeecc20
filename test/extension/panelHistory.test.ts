import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { historyOf, paceOf, spanOf } from '../../src/extension/views/panel/panelHistory.ts';
import type { Series, Sums, Totals } from '../../src/protocol/history.ts';
import { panelRanges, parseMessageToPanel } from '../../src/protocol/panel.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const sums = (requests: number, changes: Partial<Sums> = {}): Sums => ({
  requests,
  served: requests - 1,
  rescued: 0,
  failed: 1,
  retries: 2,
  usage: { input: 10, output: 20, cacheRead: 30, cacheWrite: 40, cacheWriteLong: 5 },
  cost: 0.5,
  unpricedTokens: 7,
  firstContentP50Ms: 400,
  firstContentP95Ms: 900.5,
  ...changes,
});

const shown = (requests: number) => ({
  requests,
  served: requests - 1,
  rescued: 0,
  failed: 1,
  input: 10,
  output: 20,
  cacheRead: 30,
  cacheWrite: 40,
  cost: 0.5,
  firstContentP50Ms: 400,
  firstContentP95Ms: 900.5,
});

const series: Series = { stepMs: 15_000, points: [{ at: 15_000, ...sums(3) }] };
const totals: Totals = {
  all: sums(9),
  byEndpoint: [
    { endpointId: 'a', ...sums(6, { retries: 1, unpricedTokens: 3 }) },
    { endpointId: 'removed', ...sums(5) },
  ],
  byModel: [
    { model: 'opus', ...sums(8) },
    { model: '', ...sums(1) },
  ],
  byDay: [{ day: '2026-01-02', ...sums(4) }],
};
const span = { from: 0, to: 900_000 };
const history = (endpointId: string | null, range: (typeof panelRanges)[number] = '15m') =>
  historyOf({ range, endpointId }, span, { series, totals }, []);

describe('the stretch of time that is shown', () => {
  const now = new Date(2026, 2, 10, 14, 37, 21, 5).getTime();

  it('begins with a whole step of the chart where it is short, and ends now', () => {
    for (const [range, ms, step] of [
      ['15m', 15 * minute, 15_000],
      ['1h', hour, 15_000],
      ['24h', day, 5 * minute],
    ] as const) {
      const { from, to, dayEnd } = spanOf(range, now);
      assert.equal(from % step, 0);
      assert.ok(now - ms - step < from && from <= now - ms, range);
      assert.deepEqual([to, dayEnd], [now, now]);
    }
  });

  it('is of whole days and today where it is long', () => {
    for (const [range, days] of [
      ['7d', 7],
      ['30d', 30],
    ] as const) {
      const { from, to, dayEnd } = spanOf(range, now);
      assert.equal(from, new Date(2026, 2, 10 - days).getTime());
      assert.deepEqual([to, dayEnd], [now, new Date(2026, 2, 11).getTime()]);
    }
  });

  it('begins at midnight, also on a day that begins at one o’clock', (t) => {
    const ownZone = process.env.TZ;
    t.after(() => {
      if (ownZone === undefined) delete process.env.TZ;
      else process.env.TZ = ownZone;
    });
    process.env.TZ = 'Africa/Cairo';
    // There is no midnight on that day.
    const { from, dayEnd } = spanOf('7d', new Date(2025, 3, 25, 12).getTime());
    assert.deepEqual([from, dayEnd], [new Date(2025, 3, 18).getTime(), new Date(2025, 3, 26).getTime()]);
  });

  it('is never shorter than it is called, and never longer by more than a day', () => {
    const lengths = { '15m': 15 * minute, '1h': hour, '24h': day, '7d': 7 * day, '30d': 30 * day };
    fc.assert(
      fc.property(
        fc.constantFrom(...panelRanges),
        fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2040, 0) }),
        (range, at) => {
          const { from, to, dayEnd } = spanOf(range, at);
          // A day that the clocks are set back in has an hour more.
          assert.ok(to - from >= lengths[range] - hour && to - from <= lengths[range] + day + hour);
          assert.ok(dayEnd >= to);
        },
      ),
    );
  });

  it('is looked at the less often the longer it is', () => {
    const paces = panelRanges.map(paceOf);
    for (const [shorter, longer] of paces.slice(1).map((pace, index) => [paces[index], pace])) {
      assert.ok(shorter && longer && shorter.pauseMs <= longer.pauseMs && shorter.freshMs <= longer.freshMs);
    }
  });
});

describe('the history that the panel shows', () => {
  it('has the points and sums that the proxy answers', () => {
    assert.deepEqual(history(null), {
      range: '15m',
      endpointId: null,
      from: 0,
      to: 900_000,
      stepMs: 15_000,
      points: [{ at: 15_000, ...shown(3) }],
      totals: { ...shown(9), retries: 2, unpricedTokens: 7 },
      endpoints: [
        { id: 'a', ...shown(6) },
        { id: 'removed', ...shown(5) },
      ],
      models: [
        { model: 'opus', ...shown(8) },
        { model: '', ...shown(1) },
      ],
      days: [],
      events: [],
    });
  });

  it('has the totals of the endpoint that was chosen', () => {
    assert.deepEqual(history('a').totals, { ...shown(6), retries: 1, unpricedTokens: 3 });
  });

  it('has totals of nothing where the chosen endpoint had no request', () => {
    const { requests, cost, firstContentP50Ms, retries } = history('idle').totals;
    assert.deepEqual([requests, cost, firstContentP50Ms, retries], [0, 0, null, 0]);
  });

  it('has days for the ranges of days alone', () => {
    assert.deepEqual(history(null, '7d').days, [{ day: '2026-01-02', ...shown(4) }]);
    assert.deepEqual(history(null, '24h').days, []);
  });

  it('is one that the page accepts', () => {
    const message = { type: 'history', query: 4, history: history('a') };
    assert.deepEqual(parseMessageToPanel(message), message);
  });
});
