import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { KeyRing } from '../../../src/proxy/queue/keyRing.ts';

const key = (fill: number) => Buffer.alloc(32, fill);
const digest = createHash('sha256').update('prompt').digest();

test('a key is named by its hash, which does not tell it', () => {
  const { id } = new KeyRing().add(key(1));
  assert.equal(id, createHash('sha256').update(key(1)).digest('hex').slice(0, 16));
});

test('the first key that is brought encrypts, the others are there to decrypt', () => {
  const keys = new KeyRing();
  const first = keys.add(key(1));
  const second = keys.add(key(2));
  assert.equal(keys.current, first);
  assert.equal(keys.of(second.id), second);
});

test('when nobody has brought a key by the time it is needed, a random one is made', () => {
  const [one, other] = [new KeyRing(), new KeyRing()];
  assert.equal(one.current.bytes.length, 32);
  assert.equal(one.current, one.current);
  assert.notDeepEqual(one.current.bytes, other.current.bytes);
  assert.notEqual(one.add(key(1)), one.current);
});

test('a key of another length is refused', () => {
  assert.throws(() => new KeyRing().add(Buffer.alloc(31)), RangeError);
});

test('a body is known again by its fingerprint, under its key alone', () => {
  const keys = new KeyRing();
  const [one, two] = [keys.add(key(1)), keys.add(key(2))];
  const again = new KeyRing();
  again.add(key(1));
  assert.equal(again.fingerprint(one.id, digest), keys.fingerprint(one.id, digest));
  assert.notEqual(keys.fingerprint(two.id, digest), keys.fingerprint(one.id, digest));
  assert.equal(again.fingerprint(two.id, digest), undefined);
});

test('keys do not pile up, and the one that encrypts stays', () => {
  const keys = new KeyRing();
  const ids = Array.from({ length: 40 }, (_, index) => keys.add(key(index)).id);
  assert.equal(ids.filter((id) => keys.of(id) !== undefined).length, 16);
  assert.equal(keys.current.id, ids[0]);
  assert.ok(keys.of(ids.at(-1) ?? ''));
});
