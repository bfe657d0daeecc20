import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rowsOf } from '../../src/extension/views/endpointRows.ts';
import type { EndpointState, FailoverState } from '../../src/protocol/state.ts';
import { quietProxyState } from '../support/quietProxyState.ts';
import { unknownEndpointState } from '../support/unknownEndpointState.ts';
import { endpoint, failing, modelValue, now, open, profile, quarantined } from './modelValue.ts';

const names = (rows: readonly { name: string }[]) => rows.map((row) => row.name);

const conditionWith = (state: Parameters<typeof modelValue>[1], fields = {}) =>
  rowsOf(modelValue([profile('p', [endpoint('a', fields)])], state))[0]?.endpoints[0]?.condition;

describe('rows of the tree', () => {
  it('come by level and then in the order of the profiles', () => {
    const value = modelValue([
      profile('plain', []),
      profile('last', [], { priority: 'fallback' }),
      profile('first', [], { priority: 'primary' }),
      profile('also plain', []),
    ]);
    assert.deepEqual(names(rowsOf(value)), ['first', 'last', 'plain', 'also plain']);
  });

  it('list endpoints by their numbers where that is the strategy, else as they were added', () => {
    const endpoints = [endpoint('b', { priority: 2 }), endpoint('a'), endpoint('c', { priority: 2 })];
    const listed = (strategy: 'priority' | 'weighted') =>
      names(rowsOf(modelValue([profile('p', endpoints, { strategy })]))[0]?.endpoints ?? []);
    assert.deepEqual(listed('priority'), ['a', 'b', 'c']);
    assert.deepEqual(listed('weighted'), ['b', 'a', 'c']);
  });

  it('count the requests that wait at the active profile alone', () => {
    const value = modelValue([profile('p', []), profile('q', [])]);
    const waitingWith = (until: number | null, count = 2) => {
      const state = value.state && { ...value.state, waiting: { count, until } };
      return rowsOf({ ...value, state }).map((row) => row.waiting);
    };
    const left = { unit: 'seconds', value: 5, isLimit: false };
    assert.deepEqual(waitingWith(now + 5_000), [{ count: 2, left }, null]);
    assert.deepEqual(waitingWith(null), [{ count: 2, left: null }, null]);
    assert.deepEqual(waitingWith(null, 0), [null, null]);
  });

  it('mark the active profile', () => {
    const rows = rowsOf(modelValue([profile('p', []), profile('q', [])]));
    assert.deepEqual(
      rows.map((row) => [row.active, row.contextValue]),
      [
        [true, 'profile active enabled'],
        [false, 'profile inactive enabled'],
      ],
    );
  });
});

describe('rows of profiles while one stands in for another', () => {
  const profiles = [profile('work', [endpoint('a')]), profile('backup', [endpoint('b')]), profile('off', [])];
  const value = modelValue(profiles, { a: failing, b: {} });
  const rowsWith = (failover: Partial<FailoverState>) =>
    rowsOf({
      ...value,
      state: value.state && {
        ...value.state,
        waiting: { count: 1, until: null },
        failover: { ...quietProxyState.failover, ...failover },
      },
    });

  it('mark the one that serves, which is where requests wait, apart from the chosen one', () => {
    const rows = rowsWith({ serving: 'backup' });
    assert.deepEqual(
      rows.map(({ id, active, serves, waiting }) => [id, active, serves, waiting?.count]),
      [
        ['work', true, false, undefined],
        ['backup', false, true, 1],
        ['off', false, false, undefined],
      ],
    );
  });

  it('say when the next one serves again', () => {
    const rows = rowsWith({ serving: 'backup', recoversTo: 'work', recoversAt: now + 240_000 });
    const left = { unit: 'minutes', value: 4, isLimit: false };
    assert.deepEqual(
      rows.map(({ recovery }) => recovery),
      [{ left, isAfterCheck: false }, null, null],
    );
  });

  it('offer a way back to the chosen one, and checks where there is something to check', () => {
    assert.deepEqual(
      rowsWith({ serving: 'backup' }).map(({ contextValue }) => contextValue),
      [
        'profile active enabled replaced checkable',
        'profile inactive enabled checkable',
        'profile inactive enabled',
      ],
    );
  });
});

describe('rows of a profile that is switched off', () => {
  const off = profile('work', [endpoint('a'), endpoint('b', { enabled: false })], { enabled: false });
  const backup = profile('backup', [endpoint('c')], { priority: 'secondary' });
  const rowsFor = (...profiles: Parameters<typeof modelValue>[0]) =>
    rowsOf(modelValue(profiles, { a: failing, b: {}, c: {} }));

  it('say so, and that nothing in it is to be checked', () => {
    const [row] = rowsFor(off);
    assert.equal(row?.enabled, false);
    assert.equal(row?.contextValue, 'profile active disabled');
  });

  it('show its endpoints as disabled, and whose doing that is; they are switched by themselves all the same', () => {
    const shown = rowsFor(off)[0]?.endpoints.map(({ condition, isProfileOff, contextValue }) => [
      condition,
      isProfileOff,
      contextValue,
    ]);
    assert.deepEqual(shown, [
      ['disabled', true, 'endpoint enabled resettable hasNext'],
      ['disabled', true, 'endpoint disabled hasPrevious'],
    ]);
  });

  it('show where requests go on to while it is the active one', () => {
    const detours = (...profiles: Parameters<typeof modelValue>[0]) =>
      Object.fromEntries(rowsFor(...profiles).map(({ id, detour }) => [id, detour]));
    assert.deepEqual(detours(off, backup), { work: { end: 'from', to: 'backup' }, backup: { end: 'to' } });
    assert.deepEqual(detours(off), { work: { end: 'from', to: null } });
    assert.deepEqual(detours({ ...off, enabled: true }, backup), { work: null, backup: null });
  });
});

describe('places of endpoints', () => {
  it('tell which way there is to move', () => {
    const endpoints = ['a', 'b', 'c'].map((id, index) => endpoint(id, { priority: 3 - index }));
    const flags = (strategy: 'priority' | 'weighted', count = 3) =>
      rowsOf(modelValue([profile('p', endpoints.slice(0, count), { strategy })]))[0]?.endpoints.map(
        ({ id, contextValue }) => `${id}${contextValue.replace('endpoint enabled', '')}`,
      );
    assert.deepEqual(flags('weighted'), ['a hasNext', 'b hasPrevious hasNext', 'c hasPrevious']);
    assert.deepEqual(flags('priority'), ['c hasNext', 'b hasPrevious hasNext', 'a hasPrevious']);
    assert.deepEqual(flags('weighted', 1), ['a']);
  });
});

describe('what checks and limits say', () => {
  const unchecked = unknownEndpointState.check;
  const limit = { name: 'requests', limit: 50, remaining: 1, usedShare: null, at: now } as const;

  it('is counted for a profile: the tokens that its checks have used', () => {
    const check = (tokens: number) => ({
      check: { ...unchecked, metrics: { ...unchecked.metrics, tokens } },
    });
    const value = modelValue([profile('p', [endpoint('a'), endpoint('b')]), profile('q', [endpoint('c')])], {
      a: check(40),
      b: check(2),
      c: {},
    });
    assert.deepEqual(
      rowsOf(value).map(({ checkTokens }) => checkTokens),
      [42, 0],
    );
  });

  it('is when the next check is due, where a check ends a quarantine', () => {
    const quarantine = { reason: 'failing', since: now, byCheck: true, until: now + 50_000 } as const;
    const nextOf = (until: number | null) =>
      rowsOf(
        modelValue([profile('p', [endpoint('a')])], {
          a: { standing: 'quarantined', quarantine: { ...quarantine, until } },
        }),
      )[0]?.endpoints[0];
    assert.deepEqual(nextOf(now + 50_000)?.quarantine, { reason: 'failing', byCheck: true });
    assert.notEqual(nextOf(now + 50_000)?.nextTry, null);
    assert.equal(nextOf(null)?.nextTry, null, 'it runs');
  });

  it('is shown of a limit until it is full again', () => {
    const quota = [null, now + 1, now].map((resetsAt) => ({ ...limit, resetsAt }));
    const [row] = rowsOf(modelValue([profile('p', [endpoint('a')])], { a: { quota } }))[0]?.endpoints ?? [];
    assert.deepEqual(row?.quota, quota.slice(0, 2));
  });
});

describe('condition of an endpoint', () => {
  it('is unknown without a proxy and before the first attempt', () => {
    assert.equal(conditionWith(null), 'unknown');
    assert.equal(conditionWith({}), 'unknown');
    assert.equal(conditionWith({ a: {} }), 'unknown');
  });

  it('is known to be ready from a check that passed', () => {
    const last = {
      endpointId: 'a',
      at: now,
      class: 'passed',
      score: 100,
      model: 'm',
      firstContentMs: 1,
      durationMs: 2,
      tokens: 3,
      manual: false,
    } as const;
    const check = { ...unknownEndpointState.check, last };
    assert.equal(conditionWith({ a: { check } }), 'ready');
    assert.equal(
      conditionWith({ a: { check: { ...check, last: { ...last, class: 'refused' } } } }),
      'unknown',
    );
  });

  it('is disabled before anything else', () => {
    assert.equal(conditionWith({ a: { ...failing, hasKey: false } }, { enabled: false }), 'disabled');
  });

  it('is noKey even when it failed before', () => {
    assert.equal(conditionWith({ a: { ...failing, hasKey: false } }), 'noKey');
  });

  it('stays failing while the next attempt runs', () => {
    assert.equal(conditionWith({ a: { ...failing, inFlight: 1 } }), 'failing');
  });

  it('is open, and trial while one request tries it', () => {
    assert.equal(conditionWith({ a: open }), 'open');
    assert.equal(conditionWith({ a: { ...open, open: { until: now, trial: true } } }), 'trial');
  });

  it('is quarantined whatever else is known', () => {
    assert.equal(conditionWith({ a: { ...quarantined, inFlight: 1 } }), 'quarantined');
  });

  it('is coolingDown until the last of its cool-downs is over, and limited for a while after a limit', () => {
    const limited = { standing: 'degraded' } as const;
    const until = (...ends: number[]) => ends.map((end) => ({ models: 'opus', until: end }) as const);
    assert.equal(conditionWith({ a: { ...limited, coolDowns: until(now - 1, now + 1) } }), 'coolingDown');
    assert.equal(conditionWith({ a: { coolDowns: until(now + 1) } }), 'coolingDown');
    assert.equal(conditionWith({ a: { ...limited, coolDowns: until(now - 1, now) } }), 'limited');
  });

  it('is none of that for a failure that says nothing of the endpoint', () => {
    const failure = { code: 'errorStatus', status: 404, at: 1 } as const;
    assert.equal(conditionWith({ a: { failure, requests: 2, servedAt: 1 } }), 'ok');
    assert.equal(conditionWith({ a: { failure, requests: 2 } }), 'ready');
  });

  it('is inFlight during and ok after an attempt that succeeds', () => {
    assert.equal(conditionWith({ a: { inFlight: 1 } }), 'inFlight');
    assert.equal(conditionWith({ a: { servedAt: 1 } }), 'ok');
  });
});

describe('what is left of a time', () => {
  const rowWith = (state: Partial<EndpointState>) =>
    rowsOf(modelValue([profile('p', [endpoint('a')])], { a: state }))[0]?.endpoints[0];

  it('is told for the next try of what is taken out', () => {
    assert.deepEqual(rowWith(open)?.nextTry, { unit: 'seconds', value: 30, isLimit: false });
    assert.deepEqual(rowWith(quarantined)?.nextTry, { unit: 'minutes', value: 9, isLimit: false });
    assert.equal(rowWith({ ...open, open: { until: now, trial: false } })?.nextTry, null);
    assert.equal(rowWith(failing)?.nextTry, null);
  });

  it('is told for each class of models that cools down and each model that is refused, not for what is over', () => {
    const coolDowns = [
      { models: 'opus', until: now + 2_000 },
      { models: 'haiku', until: now },
    ] as const;
    const refusedModels = [{ model: 'm', until: now + 600_000 }];
    const row = rowWith({ coolDowns, refusedModels });
    assert.deepEqual(row?.coolDowns, [
      { models: 'opus', left: { unit: 'seconds', value: 2, isLimit: false } },
    ]);
    assert.deepEqual(row?.refusedModels, [
      { model: 'm', left: { unit: 'minutes', value: 10, isLimit: false } },
    ]);
  });
});

describe('an endpoint can be reset', () => {
  const contextWith = (state: Partial<EndpointState>, fields = {}) =>
    rowsOf(modelValue([profile('p', [endpoint('a', fields)])], { a: state }))[0]?.endpoints[0]?.contextValue;

  const held: Partial<EndpointState>[] = [
    failing,
    open,
    quarantined,
    { standing: 'degraded' },
    { coolDowns: [{ models: 'other', until: now + 1 }] },
    { refusedModels: [{ model: 'm', until: now + 1 }] },
  ];
  for (const state of held) {
    it(`when the proxy holds this against it: ${state.standing ?? Object.keys(state).join()}`, () => {
      assert.equal(contextWith(state), 'endpoint enabled resettable');
      assert.equal(contextWith(state, { enabled: false }), 'endpoint disabled resettable');
    });
  }

  it('only when there is something to forget', () => {
    for (const state of [
      {},
      { inFlight: 1, servedAt: 1 },
      { coolDowns: [{ models: 'other', until: now } as const] },
    ]) {
      assert.equal(contextWith(state), 'endpoint enabled');
    }
  });
});
