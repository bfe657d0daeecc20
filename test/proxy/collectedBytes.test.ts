import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CollectedBytes } from '../../src/proxy/collectedBytes.ts';

const slices = fc.array(
  fc.tuple(fc.uint8Array({ maxLength: 700 }), fc.nat(700), fc.nat(700)).map(([array, a, b]) => {
    const bytes = Buffer.from(array);
    const [start, end] = [Math.min(a, b, bytes.length), Math.min(Math.max(a, b), bytes.length)];
    return { bytes, start, end };
  }),
);

test('what is collected is what was added, up to the limit', () => {
  fc.assert(
    fc.property(slices, fc.nat(2_000), (parts, limit) => {
      const collected = new CollectedBytes(limit);
      for (const { bytes, start, end } of parts) collected.append(bytes, start, end);
      const all = Buffer.concat(parts.map(({ bytes, start, end }) => bytes.subarray(start, end)));
      assert.deepEqual(collected.bytes, all.subarray(0, limit));
      assert.equal(collected.length, Math.min(all.length, limit));
    }),
  );
});

test('bytes that were taken do not change any more', () => {
  const collected = new CollectedBytes();
  collected.append(Buffer.from('first'));
  const taken = collected.take();
  collected.append(Buffer.from('other'));
  assert.equal(taken.toString(), 'first');
  assert.equal(collected.bytes.toString(), 'other');
});

test('after a clearing it begins anew', () => {
  const collected = new CollectedBytes(10_000);
  for (const size of [3, 9_000, 3]) {
    collected.append(Buffer.alloc(size, 'x'));
    assert.equal(collected.length, size);
    collected.clear();
    assert.equal(collected.length, 0);
  }
});

test('what is added is copied', () => {
  const source = Buffer.from('abc');
  const collected = new CollectedBytes();
  collected.append(source);
  source.fill('x');
  assert.equal(collected.bytes.toString(), 'abc');
});
