import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogEntry } from '../../src/protocol/state.ts';
import { Log } from '../../src/proxy/log.ts';

const entry = (revision: number) => ({ level: 'info', event: 'configured', revision }) as const;

test('a listener that fails disturbs neither the writer nor the other listeners', () => {
  const log = new Log(() => 1);
  const seen: string[] = [];
  log.listen(() => {
    throw new Error('no space left on device');
  });
  log.listen(({ event }) => seen.push(event));
  log.write({ level: 'info', event: 'listening' });
  assert.deepEqual(seen, ['listening']);
});

test('a listener that has seen a part gets the rest', () => {
  let now = 0;
  const log = new Log(() => (now += 1));
  for (let i = 0; i < 3; i += 1) log.write({ level: 'info', event: 'attempt' });
  const seen: number[] = [];
  log.listen(({ time }) => seen.push(time), 2);
  assert.deepEqual(seen, [3]);
});

test('an entry gets the time of its writing and reaches every listener', () => {
  let now = 5;
  const log = new Log(() => now);
  const seen: LogEntry[][] = [[], []];
  for (const list of seen) log.listen((it) => list.push(it));
  log.write(entry(1));
  now = 6;
  log.write(entry(2));
  const expected = [
    { time: 5, ...entry(1) },
    { time: 6, ...entry(2) },
  ];
  assert.deepEqual(seen, [expected, expected]);
});

test('a listener that comes later first gets the latest 200 entries, in order', () => {
  const log = new Log(() => 0);
  for (let i = 1; i <= 500; i += 1) log.write(entry(i));
  const revisions: (number | undefined)[] = [];
  log.listen((it) => revisions.push(it.revision));
  log.write(entry(501));
  assert.deepEqual(
    revisions,
    Array.from({ length: 201 }, (_, i) => 301 + i),
  );
});

test('a listener that was removed hears nothing more', () => {
  const log = new Log(() => 0);
  let heard = 0;
  const remove = log.listen(() => {
    heard += 1;
  });
  remove();
  log.write(entry(1));
  assert.equal(heard, 0);
});
