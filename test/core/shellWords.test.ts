import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shellWords } from '../../src/core/shellWords.ts';

// biome-ignore format: it reads as the table that it is.
const texts: readonly (readonly [what: string, text: string, words: readonly string[]])[] = [
  ['words are separated by blanks and by marks of all kinds', 'a\tb\n c;d&&e|f(g),{h}<i>`j`，k：l', [...'abcdefghijkl']],
  ['quotes hold together and are left out', `a "b c" 'd e' f"g h"'i'`, ['a', 'b c', 'd e', 'fg hi']],
  ['quotes may be bent', '“a b” ‘c d’', ['a b', 'c d']],
  ['quotes may hold nothing', `A="" ''`, ['A=', '']],
  ['in double quotes a backslash hides a quote, a dollar and a slash', '"a\\"b\\$c\\/d\\e"', ['a"b$c/d\\e']],
  ['in single quotes a backslash is one', "'a\\b'", ['a\\b']],
  ['an apostrophe is no quote', "don't can't", ["don't", "can't"]],
  ['an option may have its value attached, in quotes', "-H'a b' -H\"c d\"", ['-Ha b', '-Hc d']],
  ['a quote that nobody closes is a character', 'a "b c', ['a', '"b', 'c']],
  ['a line goes on behind a backslash, a caret or a backtick, and when it was joined with the next', 'a \\\n b ^\r\n c `\n d \\ e ^ f', [...'abcdef']],
  ['cmd puts a caret before quotes', '^"a b^" ^"c^"', ['a b', 'c']],
  ['a variable in braces is one word', '$' + '{A B}/c', ['$' + '{A B}/c']],
  ['comments are left out where there are lines to end them', 'a #b\nc //d\ne /*f\ng*/h', ['a', 'c', 'e', 'h']],
  ['a fragment or a path is no comment', 'a#b a//b\n', ['a#b', 'a//b']],
  ['without lines nobody knows where a comment ends', '# a // b', ['#', 'a', '//', 'b']],
];

for (const [what, text, words] of texts) {
  test(what, () => {
    assert.deepEqual(shellWords(text), words);
  });
}
