import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerText, errorInStream } from '../../../src/proxy/queue/answerText.ts';
import {
  errorBody,
  messageStart,
  overloadedError,
  textDelta,
  wholeJsonMessage,
  wholeMessage,
} from '../../support/wire.ts';

const stream = ['Content-Type', 'text/event-stream; charset=utf-8'];
const json = ['content-type', 'application/json'];
const answer = (headers: readonly string[], body: string, status = 200) => ({
  status,
  headers,
  body: Buffer.from(body),
});

test('what the model said is read from a stream and from a message in one piece', () => {
  assert.equal(answerText(answer(stream, wholeMessage('wörds'))), 'wörds');
  assert.equal(answerText(answer(json, wholeJsonMessage('wörds'))), 'wörds');
});

test('where there is no message, the body is shown as it is', () => {
  const body = errorBody('rate_limit_error', 'later');
  assert.equal(answerText(answer(json, body, 429)), body);
  assert.equal(answerText(answer([], 'anything', 500)), 'anything');
});

test('a stream that ends in an error is shown as it is, and known to be one', () => {
  const body = messageStart + textDelta('half') + overloadedError;
  assert.equal(answerText(answer(stream, body)), body);
  assert.equal(errorInStream(answer(stream, body)), 'overloaded_error');
  assert.equal(errorInStream(answer(stream, wholeMessage('x'))), undefined);
});

test('a message that speaks of errors is none', () => {
  assert.equal(errorInStream(answer(json, wholeJsonMessage(overloadedError))), undefined);
});

test('what cannot be read is not shown', () => {
  assert.equal(answerText(answer([...json, 'content-encoding', 'gzip'], 'x')), '');
});

test('no more than a megabyte is shown', () => {
  assert.equal(answerText(answer([], 'x'.repeat(2 ** 21))).length, 2 ** 20);
});
