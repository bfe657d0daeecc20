import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AnswerTail, WholeMessage } from '../../src/proxy/answerUsage.ts';
import { anyChunking, byteByByte } from '../support/chunkings.ts';

const told = {
  input_tokens: 10,
  output_tokens: 20,
  cache_read_input_tokens: 30,
  cache_creation_input_tokens: 40,
  cache_creation: { ephemeral_5m_input_tokens: 15, ephemeral_1h_input_tokens: 25 },
};
const usage = { input: 10, output: 20, cacheRead: 30, cacheWrite: 40, cacheWriteLong: 25 };
const openAi = {
  choices: [],
  usage: { prompt_tokens: 40, completion_tokens: 20, prompt_tokens_details: null },
};
const openAiUsage = { input: 40, output: 20, cacheRead: 0, cacheWrite: 0, cacheWriteLong: 0 };
/** A tool call that speaks of tokens. */
const tool = { type: 'tool_use', input: { kind: 'usage', usage: { input_tokens: 1, output_tokens: 1 } } };
const text = { type: 'text', text: 'Grüße "usage":{"input_tokens":2} 🙂'.repeat(500) };
const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));

const inOnePiece = (bytes: Buffer) => new WholeMessage([bytes]).usage;

function inTheEnd(pieces: readonly Buffer[]) {
  const tail = new AnswerTail();
  for (const piece of pieces) tail.push(piece);
  return tail.usage;
}

for (const [what, message, expected] of [
  [
    'as Anthropic has it',
    { type: 'message', content: [text, tool], stop_reason: 'end_turn', usage: told },
    usage,
  ],
  ['as OpenAI has it', { ...openAi, system_fingerprint: 'fp' }, openAiUsage],
  [
    'with more behind it',
    { content: [text], usage: told, container: { id: 'usage' }, x: ['usage', tool] },
    usage,
  ],
] as const) {
  test(`the tokens of a whole message ${what} are found, in one piece and at its end`, () => {
    const bytes = bytesOf(message);
    assert.deepEqual(inOnePiece(bytes), expected);
    assert.deepEqual(new WholeMessage(byteByByte(bytes)).usage, expected);
    assert.deepEqual(inTheEnd([bytes]), expected);
    assert.deepEqual(inTheEnd(byteByByte(bytes)), expected);
    assert.deepEqual(
      inTheEnd([Buffer.from(JSON.stringify(message, null, 2)), Buffer.from('\r\n')]),
      expected,
    );
  });
}

test('the tokens that a tool call speaks of are not those of the message', () => {
  const early = { usage: told, content: [text, tool] };
  assert.deepEqual(inOnePiece(bytesOf(early)), usage);
  assert.equal(inTheEnd([bytesOf(early)]), undefined);
  assert.equal(inTheEnd([bytesOf({ content: [tool] })]), undefined);
});

test('a message that has not ended tells no tokens', () => {
  const bytes = bytesOf({ content: [text], usage: told });
  assert.equal(inTheEnd([bytes.subarray(0, -1)]), undefined);
  assert.equal(inTheEnd([]), undefined);
});

for (const bytes of [
  '',
  '{}',
  '[]',
  'null',
  '{"usage":null}',
  '{"usage":{}}',
  '{"usage":',
  '"usage"',
  'usage',
]) {
  test(`no tokens are read into ${bytes || 'nothing'}`, () => {
    assert.equal(inOnePiece(Buffer.from(bytes)), undefined);
    assert.equal(inTheEnd([Buffer.from(bytes)]), undefined);
  });
}

test('however a long message comes, the tokens at its end are found', () => {
  fc.assert(
    fc.property(fc.nat(9_000), fc.nat(3_800), anyChunking, (before, after, chunking) => {
      const message = { content: 'x'.repeat(before), usage: told, more: 'y'.repeat(after) };
      assert.deepEqual(inTheEnd(chunking(bytesOf(message))), usage);
    }),
  );
});
