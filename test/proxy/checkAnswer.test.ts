import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CheckAnswer } from '../../src/proxy/checkAnswer.ts';
import {
  blockStart,
  errorEvent,
  event,
  messageDelta,
  messageStop,
  ping,
  startOf,
  stopOf,
  textDelta,
  textStart,
  thinkingDelta,
  thinkingStart,
  toolDelta,
  toolStart,
  wholeMessage,
} from '../support/wire.ts';

function answerOf(...pieces: readonly (string | Buffer)[]): CheckAnswer {
  const answer = new CheckAnswer();
  for (const piece of pieces) answer.push(Buffer.from(piece));
  return answer;
}

const factsOf = ({ isStarted, isStopped, hasContent, stopReason, text, errorData, tokens }: CheckAnswer) => ({
  isStarted,
  isStopped,
  hasContent,
  stopReason,
  text,
  errorData,
  tokens,
});

test('a whole message is read', () => {
  assert.deepEqual(factsOf(answerOf(wholeMessage('CDFGHJKM'))), {
    isStarted: true,
    isStopped: true,
    hasContent: true,
    stopReason: 'end_turn',
    text: 'CDFGHJKM',
    errorData: undefined,
    tokens: 8,
  });
});

test('it is read alike however it is cut into pieces', () => {
  const bytes = Buffer.from(
    startOf('m') + ping + textStart() + textDelta('「CD') + textDelta('FG」') + messageDelta,
  );
  const whole = factsOf(answerOf(bytes));
  const cuts = fc.uniqueArray(fc.nat(bytes.length), { maxLength: 20 });
  fc.assert(
    fc.property(cuts, (at) => {
      const places = [0, ...at.toSorted((a, b) => a - b), bytes.length];
      const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      assert.deepEqual(factsOf(answerOf(...pieces)), whole);
    }),
  );
});

test('the text of all blocks counts, be it at their start, but neither thoughts nor tool calls', () => {
  const answer = answerOf(
    startOf('m'),
    thinkingStart(0) + thinkingDelta('hm', 0) + stopOf(0),
    blockStart(1, { type: 'text', text: 'CD' }) + textDelta('FG', 1) + stopOf(1),
    toolStart(2) + toolDelta('{"text":"no"}', 2) + stopOf(2),
    textStart(3) + textDelta('HJ', 3),
  );
  assert.equal(answer.text, 'CDFGHJ');
});

test('a thought is content already', () => {
  assert.equal(answerOf(startOf('m')).hasContent, false);
  assert.equal(answerOf(startOf('m'), thinkingStart()).hasContent, true);
});

test('nothing counts after an error, or after the end', () => {
  const failed = answerOf(
    startOf('m'),
    errorEvent('api_error', 'no'),
    textDelta('CD'),
    errorEvent('x', 'y'),
    messageStop,
  );
  assert.equal(failed.text, '');
  assert.match(failed.errorData ?? '', /api_error/);
  assert.equal(failed.isStopped, false);
  assert.equal(answerOf(wholeMessage('CD'), textDelta('FG'), errorEvent('x', 'y')).text, 'CD');
  assert.equal(answerOf(wholeMessage('CD'), errorEvent('x', 'y')).errorData, undefined);
});

test('later counts of tokens replace earlier ones, and those of the cache are input too', () => {
  const usage = {
    input_tokens: 10,
    cache_read_input_tokens: 3,
    cache_creation_input_tokens: 4,
    output_tokens: 1,
  };
  const started = event('message_start', { message: { usage } });
  assert.equal(answerOf(started).tokens, 18);
  const ended = event('message_delta', { delta: { stop_reason: null }, usage: { output_tokens: 9 } });
  assert.equal(answerOf(started, ended).tokens, 26);
});

test('where no tokens are counted there are none', () => {
  assert.equal(answerOf(event('message_start', { message: {} })).tokens, undefined);
});

test('an answer is kept and read no further than any answer to a check can be', () => {
  const answer = answerOf(Buffer.alloc(64 * 1024, 'x'));
  assert.deepEqual([answer.isTooLong, answer.body.length], [false, 64 * 1024]);
  answer.push(Buffer.from('x'));
  assert.deepEqual([answer.isTooLong, answer.body.length], [true, 64 * 1024]);
});

test('nonsense is read without harm', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(fc.string(), fc.constantFrom('data: ', 'event: message_delta\n', '\n\n', 'null', '{')),
      ),
      (all) => {
        answerOf(...all);
      },
    ),
  );
  const odd = [null, 1, 'x', [], { delta: null }, { delta: { text: 5, stop_reason: 7 }, usage: [] }];
  for (const type of ['message_start', 'content_block_start', 'content_block_delta', 'message_delta']) {
    for (const data of odd) {
      const answer = answerOf(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
      assert.deepEqual([answer.text, answer.stopReason, answer.tokens], ['', undefined, undefined]);
    }
  }
});
