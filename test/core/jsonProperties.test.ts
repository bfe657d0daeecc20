import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseTree } from 'jsonc-parser';
import { type ObjectNode, withoutProperty, withProperty } from '../../src/core/jsonProperties.ts';

const root = (text: string) => parseTree(text) as ObjectNode;
const put = (text: string, key = 'k', raw = '"v"') => withProperty(text, root(text), key, raw);
const take = (text: string, key = 'k') => withoutProperty(text, root(text), key);

describe('a property that is set', () => {
  const cases: [string, string, string][] = [
    ['comes last, on a line like the others', '{\n  "a": 1\n}\n', '{\n  "a": 1,\n  "k": "v"\n}\n'],
    ['keeps to the indentation of the others', '{\n\t"a": 1\n}', '{\n\t"a": 1,\n\t"k": "v"\n}'],
    ['keeps to the line ends of the file', '{\r\n  "a": 1\r\n}', '{\r\n  "a": 1,\r\n  "k": "v"\r\n}'],
    ['stays in the line where all are in one', '{"a": 1}', '{"a": 1, "k": "v"}'],
    [
      'leaves a comment beside the property it is about',
      '{\n  "a": 1 // x\n}',
      '{\n  "a": 1, // x\n  "k": "v"\n}',
    ],
    ['follows the last comment', '{\n  "a": 1\n  /* y */\n}', '{\n  "a": 1,\n  /* y */\n  "k": "v"\n}'],
    ['takes over a trailing comma', '{\n  "a": 1,\n}', '{\n  "a": 1,\n  "k": "v",\n}'],
    ['opens an empty object', '{}', '{\n  "k": "v"\n}'],
    ['goes into an object with a comment only', '{\n  // x\n}', '{\n  // x\n  "k": "v"\n}'],
    ['replaces a value in its place', '{ "k" : [1] /* z */, "a": 1 }', '{ "k" : "v" /* z */, "a": 1 }'],
  ];
  for (const [name, before, after] of cases) it(name, () => assert.equal(put(before), after));
});

describe('a property that is taken out', () => {
  const cases: [string, string, string][] = [
    ['leaves no line behind', '{\n  "a": 1,\n  "k": 2,\n  "b": 3\n}', '{\n  "a": 1,\n  "b": 3\n}'],
    ['takes the comma before it when it is the last', '{\n  "a": 1,\n  "k": 2\n}', '{\n  "a": 1\n}'],
    ['takes its own when it is the first', '{ "k": 2, "b": 3 }', '{ "b": 3 }'],
    ['leaves a trailing comma', '{\n  "a": 1,\n  "k": 2,\n}', '{\n  "a": 1,\n}'],
    [
      'leaves the comments around it',
      '{\n  // a\n  "k": 2, // b\n  "c": 3 /* d */\n}',
      '{\n  // a\n   // b\n  "c": 3 /* d */\n}',
    ],
    ['leaves nothing in an object that had nothing else', '{\n  "k": 2\n}', '{}'],
    ['is not missed', '{\n  "a": 1\n}', '{\n  "a": 1\n}'],
  ];
  for (const [name, before, after] of cases) it(name, () => assert.equal(take(before), after));

  it('never lets a comment swallow what comes behind it', () => {
    for (const text of [
      '{ // x\n "k": 1 }',
      '{ "a": 1, // x\n "k": 1, "b": 2 }',
      '{ "a": 1 // x\n, "k": 1 }',
    ]) {
      const left = take(text);
      assert.ok(left.includes('// x'), left);
      assert.deepEqual(
        parse(left),
        (({ k: _, ...rest }) => rest)(parse(text) as Record<string, unknown>),
        left,
      );
    }
  });
});

/** Reads a text with comments; fails where it is not one. */
function parse(text: string): unknown {
  return JSON.parse(text.replace(/\/\*.*?\*\/|\/\/[^\n]*/g, '').replace(/,(\s*[}\]])/g, '$1'));
}

const space = fc.constantFrom('', ' ', '\n', '\n  ', ' // note\n', ' /* note */ ', '\n  // note\n  ');
const property = fc.record({
  before: space,
  after: space,
  comma: space,
  value: fc.integer({ min: 0, max: 9 }),
});

/** An object as people write them, with comments in all places. */
const anyText = fc
  .tuple(fc.array(property, { maxLength: 4 }), space, fc.boolean())
  .map(([properties, end, trailing]) => {
    const parts = properties.map(
      ({ before, after, comma, value }, index) =>
        `${before}"p${index}":${value}${after}${index < properties.length - 1 || trailing ? `,${comma}` : ''}`,
    );
    return `{${parts.join('')}${end}}`;
  });
const comments = (text: string) => text.match(/note/g)?.length ?? 0;

describe('any object', () => {
  it('has one more property afterwards, and every comment', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const next = put(text);
        assert.deepEqual(parse(next), { ...(parse(text) as object), k: 'v' }, next);
        assert.equal(comments(next), comments(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('has one less afterwards, and every comment', () => {
    fc.assert(
      fc.property(anyText, fc.nat(3), (text, index) => {
        const next = take(text, `p${index}`);
        const { [`p${index}`]: _, ...rest } = parse(text) as Record<string, unknown>;
        assert.deepEqual(parse(next), rest, next);
        assert.equal(comments(next), comments(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is what it was, to the byte, when what was put in is taken out, unless it was empty', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        fc.pre(text.replace(/\s/g, '') !== '{}');
        assert.equal(take(put(text)), text);
      }),
      { numRuns: 2_000 },
    );
  });
});
