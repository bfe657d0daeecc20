import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortModelName } from '../../src/core/modelName.ts';

test('a name of usual length is told as it is', () => {
  for (const name of ['', 'claude-opus-5-5', 'x'.repeat(128)]) assert.equal(shortModelName(name), name);
});

test('a long name is cut', () => {
  assert.equal(shortModelName('x'.repeat(129)), 'x'.repeat(128));
});

test('no name is cut in the middle of a character', () => {
  assert.equal(shortModelName(`${'x'.repeat(127)}🎉`), 'x'.repeat(127));
  assert.equal(shortModelName(`${'x'.repeat(126)}🎉y`), `${'x'.repeat(126)}🎉`);
});
