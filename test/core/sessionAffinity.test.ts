import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseSavedBindings, SessionAffinity } from '../../src/core/sessionAffinity.ts';

const hour = 3_600_000;

/** The keys that are bound, the oldest first. */
const keysOf = (affinity: SessionAffinity) => affinity.entries(0).map(([key]) => key);

test('a conversation that is not known is not bound', () => {
  assert.equal(new SessionAffinity().bound('c', 0), undefined);
});

test('a bound conversation stays at its endpoint', () => {
  const affinity = new SessionAffinity();
  affinity.bind('c', 'e1', 1_000);
  assert.deepEqual(affinity.bound('c', 2_000), { endpointId: 'e1', at: 1_000 });
});

test('a conversation that is bound again is where it was bound last', () => {
  const affinity = new SessionAffinity();
  affinity.bind('c', 'e1', 0);
  affinity.bind('c', 'e1', 1);
  affinity.bind('c', 'e2', 2);
  assert.equal(affinity.bound('c', 3)?.endpointId, 'e2');
});

test('a binding lasts five hours', () => {
  const affinity = new SessionAffinity();
  affinity.bind('a', 'e', 0);
  affinity.bind('b', 'e', 0);
  assert.ok(affinity.bound('a', 5 * hour - 1));
  assert.equal(affinity.bound('b', 5 * hour), undefined);
  assert.deepEqual(keysOf(affinity), ['a']);
});

test('each use makes it last five hours more', () => {
  const affinity = new SessionAffinity();
  affinity.bind('c', 'e', 0);
  for (let now = 4 * hour; now <= 40 * hour; now += 4 * hour) assert.ok(affinity.bound('c', now));
  assert.equal(affinity.bound('c', 45 * hour), undefined);
});

test('a conversation that comes back after its binding is over can be bound elsewhere', () => {
  const affinity = new SessionAffinity();
  affinity.bind('c', 'e1', 0);
  affinity.bind('c', 'e2', 5 * hour);
  assert.equal(affinity.bound('c', 5 * hour)?.endpointId, 'e2');
});

test('how long a binding lasts can be set at any time', () => {
  const affinity = new SessionAffinity();
  affinity.bind('c', 'e', 0);
  affinity.ttlMs = hour;
  assert.equal(affinity.bound('c', hour), undefined);
});

test('a lifetime of zero binds nothing', () => {
  const affinity = new SessionAffinity();
  affinity.ttlMs = 0;
  affinity.bind('c', 'e', 0);
  affinity.bind('c', 'e', 0);
  assert.equal(affinity.size, 0);
  assert.equal(affinity.bound('c', 0), undefined);
});

test('when it is full, the one that was used the longest ago goes', () => {
  const affinity = new SessionAffinity(2);
  affinity.bind('a', 'e', 0);
  affinity.bind('b', 'e', 1);
  affinity.bound('a', 2);
  affinity.bind('c', 'e', 3);
  assert.deepEqual(keysOf(affinity), ['a', 'c']);
});

test('it holds ten thousand conversations', () => {
  const affinity = new SessionAffinity();
  for (let i = 0; i <= 10_000; i += 1) affinity.bind(`c${i}`, 'e', i);
  assert.equal(affinity.size, 10_000);
  assert.equal(affinity.bound('c0', 10_001), undefined);
});

test('an endpoint that is forgotten loses its conversations, and only they', () => {
  const affinity = new SessionAffinity();
  affinity.bind('a', 'e1', 0);
  affinity.bind('b', 'e2', 0);
  affinity.forgetEndpoint('e1');
  assert.deepEqual(keysOf(affinity), ['b']);
});

test('conversations of endpoints that are gone are let go', () => {
  const affinity = new SessionAffinity();
  affinity.bind('a', 'e1', 0);
  affinity.bind('b', 'e2', 0);
  affinity.retain(new Set(['e2', 'e3']));
  assert.deepEqual(keysOf(affinity), ['b']);
});

test('a sweep lets go of what is over', () => {
  const affinity = new SessionAffinity();
  affinity.bind('a', 'e', 0);
  affinity.bind('b', 'e', hour);
  affinity.sweep(5 * hour);
  assert.deepEqual(keysOf(affinity), ['b']);
});

test('what is saved is as old after it was restored, by another clock', () => {
  const before = new SessionAffinity();
  before.bind('a', 'e1', 100 * hour);
  before.bind('b', 'e2', 101 * hour);
  const after = new SessionAffinity();
  after.restore(before.entries(102 * hour), 0);
  assert.deepEqual(after.bound('a', 0), { endpointId: 'e1', at: -2 * hour });
  assert.deepEqual(after.bound('b', 0), { endpointId: 'e2', at: -hour });
});

test('what is too old is not restored', () => {
  const affinity = new SessionAffinity();
  affinity.restore(
    [
      ['a', 'e', 5 * hour],
      ['b', 'e', 5 * hour - 1],
      ['c', 'e', Number.POSITIVE_INFINITY],
    ],
    0,
  );
  assert.deepEqual(keysOf(affinity), ['b']);
});

test('of too many only the youngest are restored, in whatever order they are', () => {
  const affinity = new SessionAffinity(2);
  affinity.restore(
    [
      ['young', 'e', 1],
      ['old', 'e', 3],
      ['middle', 'e', 2],
    ],
    0,
  );
  assert.deepEqual(keysOf(affinity), ['middle', 'young']);
});

test('what was bound before the restoring stays where it is, however young the other claims to be', () => {
  const affinity = new SessionAffinity();
  affinity.bind('c', 'e2', 10);
  affinity.restore([['c', 'e1', 0]], 20);
  assert.equal(affinity.bound('c', 20)?.endpointId, 'e2');
});

test('what was saved survives JSON', () => {
  const affinity = new SessionAffinity();
  affinity.bind('a', 'e1', 0);
  affinity.bind('b', 'e2', 10);
  const saved = affinity.entries(10);
  assert.deepEqual(parseSavedBindings(JSON.parse(JSON.stringify(saved))), saved);
});

test('of stored garbage only the bindings are taken', () => {
  const good = ['a', 'e', 5];
  const bad = [
    null,
    7,
    {},
    [],
    ['a', 'e'],
    ['a', 'e', 5, 6],
    ['', 'e', 5],
    ['a', '', 5],
    ['a', 'e', -1],
    ['a', 'e', '5'],
    ['a', 'e', Number.NaN],
    ['a'.repeat(2_000), 'e', 5],
    [1, 'e', 5],
  ];
  assert.deepEqual(parseSavedBindings([...bad, good]), [good]);
});

test('stored garbage as a whole is no bindings, and nothing throws', () => {
  fc.assert(
    fc.property(fc.anything(), (input) => {
      const affinity = new SessionAffinity(3);
      affinity.restore(parseSavedBindings(input), 0);
      assert.ok(affinity.size <= 3);
    }),
  );
});

test('it never holds more than its bound, and its order is that of the last use', () => {
  const steps = fc.array(
    fc.tuple(fc.constantFrom('bind', 'bound', 'restore'), fc.integer({ min: 0, max: 20 }), fc.nat(hour)),
  );
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 5 }), (all, max) => {
      const affinity = new SessionAffinity(max);
      let now = 0;
      for (const [kind, key, ms] of all) {
        now += ms;
        if (kind === 'bind') affinity.bind(`c${key}`, `e${key % 3}`, now);
        else if (kind === 'bound') affinity.bound(`c${key}`, now);
        else affinity.restore([[`c${key}`, 'e0', ms]], now);
        assert.ok(affinity.size <= max);
        const ages = affinity.entries(now).map(([, , age]) => age);
        assert.deepEqual(
          ages,
          ages.toSorted((a, b) => b - a),
        );
      }
    }),
  );
});

test('a conversation is always found where it was bound last, while nothing lets go of it', () => {
  const binds = fc.array(fc.tuple(fc.nat(9), fc.nat(4)), { minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(binds, (all) => {
      const affinity = new SessionAffinity(10);
      const expected = new Map<string, string>();
      all.forEach(([key, endpoint], now) => {
        affinity.bind(`c${key}`, `e${endpoint}`, now);
        expected.set(`c${key}`, `e${endpoint}`);
        for (const [each, id] of expected) assert.equal(affinity.bound(each, now)?.endpointId, id);
      });
    }),
  );
});
