import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WaitingEntries } from '../../../src/proxy/history/waitingEntries.ts';

const everything = { entries: 100, bytes: 1_000 };

test('entries are taken in the order in which they came, so many at a time', () => {
  const waiting = new WaitingEntries(everything);
  for (const text of ['a', 'b', 'c']) assert.equal(waiting.add(text), 0);
  assert.deepEqual(waiting.take({ entries: 2, bytes: 9 }), ['a', 'b']);
  assert.deepEqual(waiting.take({ entries: 2, bytes: 9 }), ['c']);
  assert.deepEqual(waiting.take({ entries: 2, bytes: 9 }), []);
});

test('no more bytes are taken at a time than were asked for, but one entry always is', () => {
  const waiting = new WaitingEntries(everything);
  for (const text of ['aaaaaa', 'bb', 'cc', 'dd']) waiting.add(text);
  assert.deepEqual(waiting.take({ entries: 9, bytes: 5 }), ['aaaaaa']);
  assert.deepEqual(waiting.take({ entries: 9, bytes: 5 }), ['bb', 'cc']);
});

test('the oldest entries are given up when there are too many', () => {
  const waiting = new WaitingEntries({ entries: 2, bytes: 100 });
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((text) => waiting.add(text)),
    [0, 0, 1, 1],
  );
  assert.deepEqual(waiting.take(everything), ['c', 'd']);
});

test('as many of the oldest entries are given up as the newest has bytes', () => {
  const waiting = new WaitingEntries({ entries: 9, bytes: 6 });
  for (const text of ['aa', 'bb', 'cc']) waiting.add(text);
  // Two characters of two bytes.
  assert.equal(waiting.add('éé'), 2);
  assert.deepEqual(waiting.take(everything), ['cc', 'éé']);
});

test('whatever comes and is taken, the newest wait, as many as the limits allow', () => {
  const limits = { entries: 5, bytes: 40 };
  const isTooMuch = (texts: readonly string[]) =>
    texts.length > limits.entries || Buffer.byteLength(texts.join('')) > limits.bytes;
  const step = fc.oneof(fc.string({ maxLength: 20 }), fc.integer({ min: 1, max: 3 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const waiting = new WaitingEntries(limits);
      const expected: string[] = [];
      for (const one of steps) {
        if (typeof one === 'number') {
          assert.deepEqual(waiting.take({ entries: one, bytes: 1_000 }), expected.splice(0, one));
          continue;
        }
        expected.push(one);
        let given = 0;
        for (; isTooMuch(expected); given += 1) expected.shift();
        assert.equal(waiting.add(one), given);
      }
      assert.deepEqual(waiting.take(everything), expected);
    }),
  );
});
