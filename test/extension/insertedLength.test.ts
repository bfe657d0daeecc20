import assert from 'node:assert/strict';
import { test } from 'node:test';
import { insertedLength } from '../../src/extension/insertedLength.ts';

for (const [what, before, after, length] of [
  ['a typed letter', 'https://a', 'https://ab', 1],
  ['a letter typed in the middle', 'aab', 'aaab', 1],
  ['what is pasted into an empty box', '', 'curl https://a', 14],
  ['what is pasted behind something', 'https://a', 'https://a sk-0123456789', 14],
  // As long as what it replaces, or shorter: it was pasted all the same.
  ['what replaces all', 'https://relay.example/a/long/path', 'ANTHROPIC_API_KEY=sk-1', 22],
  ['what replaces a part', 'https://relay.example/', 'https://other1.example/', 6],
  ['what is deleted', 'https://relay', 'https://', 0],
] as const) {
  test(`${what} counts as ${length} characters`, () => {
    assert.equal(insertedLength(before, after), length);
  });
}
