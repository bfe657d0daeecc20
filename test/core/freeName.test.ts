import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkName, maxNameLength } from '../../src/core/configuration.ts';
import { freeName } from '../../src/core/freeName.ts';

test('a name that nobody has is free as it is', () => {
  assert.equal(freeName(' relay ', ['other']), 'relay');
});

test('one that is taken, in whatever case, gets the next number that is free', () => {
  assert.equal(freeName('relay', ['Relay']), 'relay 2');
  assert.equal(freeName('relay', ['relay', 'relay 2', 'relay 3']), 'relay 4');
  assert.equal(freeName('relay', ['relay', 'relay 3']), 'relay 2');
});

test('one that ends in a number counts on', () => {
  assert.equal(freeName('relay 2', ['relay 2']), 'relay 3');
  assert.equal(freeName('relay 9', ['relay 9', 'relay 10']), 'relay 11');
  assert.equal(freeName('7', ['7']), '7 2');
});

test('one that would get too long is cut, between characters', () => {
  const long = '名'.repeat(maxNameLength);
  assert.equal(freeName(long, [long]), `${'名'.repeat(maxNameLength - 2)} 2`);
  const faces = '😀'.repeat(maxNameLength);
  assert.equal(freeName(faces, [faces]), `${'😀'.repeat(maxNameLength - 2)} 2`);
});

test('whatever is wanted and taken, what comes is a good name', () => {
  const names = fc.array(fc.stringMatching(/^[ab]{0,2}( \d{1,2})?$/), { maxLength: 20 });
  const wanted = fc.oneof(fc.stringMatching(/^[ab]{1,2}( \d{1,2})?$/), fc.string({ minLength: 1 }));
  fc.assert(
    fc.property(wanted, names, (name, taken) => {
      fc.pre(name.trim() !== '');
      assert.equal(checkName(freeName(name, taken), taken), undefined);
    }),
  );
});
