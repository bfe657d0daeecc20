import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parsePreferences } from '../../src/core/preferences.ts';

const nothing = { respondAsync: false, waitSeconds: undefined };

for (const [values, respondAsync, waitSeconds] of [
  [[], false, undefined],
  [['respond-async'], true, undefined],
  [['Respond-ASYNC'], true, undefined],
  [['respond-async, wait=10'], true, 10],
  [['wait=10,respond-async'], true, 10],
  [['respond-async', 'wait=10'], true, 10],
  [['foo; bar, respond-async'], true, undefined],
  [['respond-async; foo="some, value"; bar'], true, undefined],
  [['respond-async ;; foo , wait = 5'], true, 5],
  [['  respond-async  '], true, undefined],
  [[', ,respond-async,,'], true, undefined],
  [['respond-async=""'], true, undefined],
  [['respond-async='], false, undefined],
  [['respond-async=yes'], false, undefined],
  [['respond-asyncx'], false, undefined],
  [['no-respond-async'], false, undefined],
  [['respond-async x'], false, undefined],
  [['respond-async x, wait=1'], false, 1],
  [['foo="respond-async"'], false, undefined],
  [['foo=", respond-async,"'], false, undefined],
  [['foo="\\", respond-async'], true, undefined],
  [['foo="a\\", b", respond-async'], true, undefined],
  [['foo; x=respond-async'], false, undefined],
  [['wait=0'], false, 0],
  [['wait="15"'], false, 15],
  [['wait=10, wait=20'], false, 10],
  [['wait=10', 'WAIT=20'], false, 10],
  [['wait'], false, undefined],
  [['wait=-1'], false, undefined],
  [['wait=1.5'], false, undefined],
  [['wait=1e3'], false, undefined],
  [['wait=99999999999'], false, undefined],
] as const) {
  test(`${JSON.stringify(values)} means ${respondAsync ? 'an answer for later' : 'an answer at once'}${
    waitSeconds === undefined ? '' : `, after ${waitSeconds} s`
  }`, () => {
    assert.deepEqual(parsePreferences(values), { respondAsync, waitSeconds });
  });
}

const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const word = fc.oneof(
  token,
  fc
    .string({ unit: fc.constantFrom('a', ' ', ',', ';', '=', '"', '\\', 'respond-async', 'wait=9') })
    .map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`),
);
const pair = fc
  .tuple(token, fc.option(word))
  .map(([name, value]) => (value === null ? name : `${name}=${value}`));
/** A preference of no interest, with parameters. */
const other = fc
  .tuple(pair, fc.array(pair, { maxLength: 3 }))
  .map(([first, parameters]) => ['x-', [first, ...parameters].join('; ')].join(''));

test('a preference is found among any others, in whichever header it is', () => {
  fc.assert(
    fc.property(fc.array(other), fc.array(other), fc.boolean(), (before, after, isSplit) => {
      const values = isSplit
        ? [before.join(', '), 'respond-async', after.join(',')]
        : [[...before, 'respond-async', ...after].join(', ')];
      assert.deepEqual(parsePreferences(values), { ...nothing, respondAsync: true });
    }),
  );
});

test('no other preference is taken for one of ours, whatever its value says', () => {
  fc.assert(
    fc.property(fc.array(other), (others) => {
      assert.deepEqual(parsePreferences([others.join(', ')]), nothing);
    }),
  );
});

test('whatever a client sends is read to its end', () => {
  const unit = fc.constantFrom(
    '"',
    '\\',
    ',',
    ';',
    '=',
    ' ',
    '\t',
    'a',
    'respond-async',
    'wait',
    '5',
    'ü',
    '\0',
  );
  fc.assert(
    fc.property(fc.array(fc.string({ unit })), (values) => {
      const { waitSeconds } = parsePreferences(values);
      assert.ok(waitSeconds === undefined || Number.isInteger(waitSeconds));
    }),
  );
});

test('a long run of half-quoted text takes no longer than its length', () => {
  assert.deepEqual(parsePreferences(['a="'.repeat(20_000)]), nothing);
});

test('quotes that nothing closes are read in a time that grows with their number', () => {
  const value = `wait=5, a="${'\\"'.repeat(32_000)}, respond-async`;
  const startedAt = performance.now();
  assert.equal(parsePreferences([value]).waitSeconds, 5);
  // It takes a thousandth of that, or many times as much.
  assert.ok(performance.now() - startedAt < 500);
});
