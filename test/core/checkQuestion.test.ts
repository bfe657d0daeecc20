import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  checkRequest,
  codeLength,
  codeSymbols,
  echoOf,
  estimatedInputTokens,
  maxAnswerTokens,
  newCheckCode,
} from '../../src/core/checkQuestion.ts';
import { seededRandom } from '../support/seededRandom.ts';

const code = fc.integer().map((seed) => newCheckCode(seededRandom(seed)));
/** Marks that a model may put around what it says. */
const marks = fc
  .array(
    fc.constantFrom(' ', '\n', '"', "'", '`', '```\n', '**', '_', '.', '。', '「', '」', '“', '”', '>', '-'),
    {
      maxLength: 6,
    },
  )
  .map((all) => all.join(''));

test('a code is made of letters and digits that are not taken for one another', () => {
  fc.assert(fc.property(code, (it) => new RegExp(`^[${codeSymbols}]{${codeLength}}$`).test(it)));
  assert.ok(!/[0O1IL5S2ZB8UAE]/.test(codeSymbols));
});

test('every symbol of a code comes from the whole range of random numbers', () => {
  assert.equal(
    newCheckCode(() => 0),
    codeSymbols.charAt(0).repeat(codeLength),
  );
  assert.equal(
    newCheckCode(() => 1 - 2 ** -32),
    codeSymbols.charAt(codeSymbols.length - 1).repeat(codeLength),
  );
});

test('codes do not repeat', () => {
  const random = seededRandom(1);
  const codes = new Set(Array.from({ length: 10_000 }, () => newCheckCode(random)));
  assert.equal(codes.size, 10_000);
});

test('a check costs less than 50 tokens', () => {
  assert.ok(estimatedInputTokens + maxAnswerTokens < 50);
  const { messages } = checkRequest('m', 'CDFGHJKM') as { messages: { content: string }[] };
  // Three words and a colon, at most one token for each symbol of the code, and 8 of the frame of a message.
  assert.equal(messages.length, 1);
  assert.equal(messages[0]?.content.replace('CDFGHJKM', '').trim().split(/\s+|:/).filter(Boolean).length, 3);
  assert.ok(maxAnswerTokens >= codeLength + 4);
});

test('the code alone is the code, whatever marks are around it', () => {
  fc.assert(
    fc.property(code, marks, marks, (it, before, after) => {
      assert.equal(echoOf(before + it + after, it), 'code');
    }),
  );
});

test('no text that was made without knowing the code is the code', () => {
  const canned = fc.oneof(
    fc.string(),
    fc.array(code).map((all) => all.join(' ')),
    marks,
  );
  fc.assert(
    fc.property(code, canned, (it, text) => {
      // A code that is drawn twice is known.
      fc.pre(!text.includes(it));
      assert.notEqual(echoOf(text, it), 'code');
    }),
  );
});

test('a text with words, or other codes, beside the code is not the code', () => {
  const others = fc.stringMatching(/^[A-Za-z0-9 ]*[A-Za-z0-9][A-Za-z0-9 ]*$/);
  fc.assert(
    fc.property(code, others, marks, (it, other, mark) => {
      assert.equal(echoOf(`${other}${mark} ${it}`, it), 'other');
      assert.equal(echoOf(`${it} ${mark}${other}`, it), 'other');
    }),
  );
});

test('neither the question nor the request, sent back, is the code', () => {
  fc.assert(
    fc.property(code, (it) => {
      const request = checkRequest('claude-haiku-5-5', it) as { messages: { content: string }[] };
      assert.equal(echoOf(request.messages[0]?.content ?? '', it), 'other');
      assert.equal(echoOf(JSON.stringify(request), it), 'other');
      assert.equal(echoOf(JSON.stringify(request.messages), it), 'other');
    }),
  );
});

test('the code in small letters is not the code', () => {
  assert.equal(echoOf('cdfghjkm', 'CDFGHJKM'), 'other');
});

test('a text that may still become the code is its beginning, as is no text', () => {
  fc.assert(
    fc.property(code, fc.nat(codeLength - 1), marks, (it, length, mark) => {
      assert.equal(echoOf(mark + it.slice(0, length), it), 'beginning');
    }),
  );
});

test('a long text is looked at in no time', () => {
  const startedAt = process.hrtime.bigint();
  assert.equal(echoOf(`a${'.'.repeat(200_000)}a`, 'CDFGHJKM'), 'other');
  // Matching marks at every place of such a text would take a minute.
  assert.ok(process.hrtime.bigint() - startedAt < 1_000_000_000n);
});

for (const [models, fields] of [
  [
    ['claude-haiku-5-5', 'claude-haiku-4-5', 'claude-opus-5', 'claude-sonnet-5', 'glm-4.5'],
    { thinking: { type: 'disabled' } },
  ],
  [['claude-sonnet-5-5', 'anthropic/claude-sonnet-5.5'], { thinking: { type: 'between_tools' } }],
  [['claude-opus-5-5', 'claude-fable-5-1', 'claude-mythos-5'], { output_config: { effort: 'low' } }],
] as const) {
  test(`${models.join(', ')} are asked with ${JSON.stringify(fields)}`, () => {
    for (const model of models) {
      const { thinking, output_config } = checkRequest(model, 'CDFGHJKM') as Record<string, unknown>;
      assert.deepEqual(
        {
          ...(thinking === undefined ? {} : { thinking }),
          ...(output_config === undefined ? {} : { output_config }),
        },
        fields,
      );
    }
  });
}
