import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyRing } from '../../../src/proxy/queue/keyRing.ts';
import { seal, unseal } from '../../../src/proxy/queue/sealing.ts';

const body = { id: 'item', kind: 'body' } as const;

function ring(fill = 1): KeyRing {
  const keys = new KeyRing();
  keys.add(Buffer.alloc(32, fill));
  return keys;
}

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));

test('what was sealed is opened again, whatever pieces it came in', async () => {
  const keys = ring();
  await fc.assert(
    fc.asyncProperty(fc.array(bytes), async (pieces) => {
      const opened = await unseal(await seal(pieces, body, keys.current), body, keys);
      assert.deepEqual(opened, Buffer.concat(pieces));
    }),
  );
});

test('megabytes are sealed and opened again', async () => {
  const keys = ring();
  const pieces = [Buffer.alloc(2_500_000, 'a'), Buffer.alloc(1_048_576, 'b'), Buffer.alloc(1, 'c')];
  const opened = await unseal(await seal(pieces, body, keys.current), body, keys);
  assert.ok(opened?.equals(Buffer.concat(pieces)));
});

test('a change of any bit anywhere is found out', async () => {
  const keys = ring();
  await fc.assert(
    fc.asyncProperty(bytes, fc.nat(), fc.nat(7), async (plain, position, bit) => {
      const sealed = await seal([plain], body, keys.current);
      const at = position % sealed.length;
      sealed[at] = (sealed[at] ?? 0) ^ (1 << bit);
      assert.equal(await unseal(sealed, body, keys), undefined);
    }),
    { numRuns: 500 },
  );
});

test('bytes that are missing or added are found out', async () => {
  const keys = ring();
  await fc.assert(
    fc.asyncProperty(bytes, fc.nat(), fc.boolean(), async (plain, count, isAtEnd) => {
      const sealed = await seal([plain], body, keys.current);
      const cut = 1 + (count % sealed.length);
      const shorter = isAtEnd ? sealed.subarray(0, -cut) : sealed.subarray(cut);
      assert.equal(await unseal(shorter, body, keys), undefined);
      const longer = isAtEnd
        ? Buffer.concat([sealed, Buffer.alloc(cut)])
        : Buffer.concat([Buffer.alloc(cut), sealed]);
      assert.equal(await unseal(longer, body, keys), undefined);
    }),
  );
});

test('what was sealed for another request, or as something else, is not opened', async () => {
  const keys = ring();
  const sealed = await seal([Buffer.from('text')], body, keys.current);
  assert.equal(await unseal(sealed, { ...body, id: 'other' }, keys), undefined);
  assert.equal(await unseal(sealed, { ...body, kind: 'result' }, keys), undefined);
});

test('without its key nothing is opened, with it among others it is', async () => {
  const sealed = await seal([Buffer.from('text')], body, ring(1).current);
  const keys = ring(2);
  assert.equal(await unseal(sealed, body, keys), undefined);
  keys.add(Buffer.alloc(32, 1));
  assert.equal((await unseal(sealed, body, keys))?.toString(), 'text');
});

test('the same is never sealed alike', async () => {
  const { current } = ring();
  const sealed = await Promise.all(
    Array.from({ length: 20 }, () => seal([Buffer.from('text')], body, current)),
  );
  assert.equal(new Set(sealed.map((one) => one.toString('hex').slice(18))).size, 20);
});

test('bytes of any kind are survived', async () => {
  const keys = ring();
  await fc.assert(
    fc.asyncProperty(bytes, async (noise) => {
      assert.equal(await unseal(noise, body, keys), undefined);
    }),
  );
});
