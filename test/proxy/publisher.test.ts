import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Publisher } from '../../src/proxy/publisher.ts';

/** A receiver that takes each message when the test says so, on a clock that the test moves. */
function start(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const sent: number[] = [];
  const underWay: { resolve(): void; reject(error: Error): void }[] = [];
  let value = 0;
  const publisher = new Publisher(() => {
    sent.push(value);
    return new Promise<void>((resolve, reject) => underWay.push({ resolve, reject }));
  });
  t.after(() => publisher.stop());
  return {
    publisher,
    sent,
    change: (to: number) => {
      value = to;
      publisher.notify();
    },
    taken: async () => {
      underWay.shift()?.resolve();
      await turn();
    },
    lost: async () => {
      underWay.shift()?.reject(new Error('gone'));
      await turn();
    },
    pass: async (ms: number) => {
      t.mock.timers.tick(ms);
      await turn();
    },
  };
}

test('the first change is sent at once', (t) => {
  const { change, sent } = start(t);
  change(1);
  assert.deepEqual(sent, [1]);
});

test('changes in quick succession become one message with the last value', async (t) => {
  const { change, sent, taken, pass } = start(t);
  for (let i = 1; i <= 100; i += 1) change(i);
  await taken();
  await pass(249);
  assert.deepEqual(sent, [1]);
  await pass(1);
  assert.deepEqual(sent, [1, 100]);
});

test('nothing is sent while a message is on its way, however long that takes', async (t) => {
  const { change, sent, taken, pass } = start(t);
  change(1);
  change(2);
  await pass(100_000);
  assert.deepEqual(sent, [1]);
  change(3);
  await taken();
  assert.deepEqual(sent, [1, 3]);
});

test('without a change nothing more is sent', async (t) => {
  const { change, sent, taken, pass } = start(t);
  change(1);
  await taken();
  await pass(10_000);
  assert.deepEqual(sent, [1]);
  change(2);
  assert.deepEqual(sent, [1, 2]);
});

test('after stop nothing is sent', async (t) => {
  const { publisher, change, sent, taken, pass } = start(t);
  change(1);
  change(2);
  publisher.stop();
  await taken();
  await pass(1_000);
  change(3);
  assert.deepEqual(sent, [1]);
});

test('a receiver that is gone gets no more', async (t) => {
  const { change, sent, lost, pass } = start(t);
  change(1);
  change(2);
  await lost();
  await pass(1_000);
  change(3);
  assert.deepEqual(sent, [1]);
});
