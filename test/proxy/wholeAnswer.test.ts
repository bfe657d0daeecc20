import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readWholeAnswer } from '../../src/proxy/wholeAnswer.ts';
import { errorBody, wholeJsonMessage } from '../support/wire.ts';

const asked = { isMessage: true, isStreamed: false };
const framed = ['content-type', 'application/json', 'content-length', '100'];

function read(
  body: string,
  { headers = framed, ...route }: Partial<typeof asked> & { headers?: string[] } = {},
) {
  const bytes = Buffer.from(body);
  // In two pieces, as answers come.
  const pieces = [bytes.subarray(0, 3), bytes.subarray(3)];
  return readWholeAnswer(pieces, headers, { ...asked, ...route });
}

const failed = (failure: string, code: string) => ({ kind: 'failed', failure, code });

test('a message is one', () => {
  assert.deepEqual(read(wholeJsonMessage('hello')), { kind: 'usable' });
});

test('nothing is no answer', () => {
  assert.deepEqual(read(''), failed('emptyAnswer', 'EMPTY'));
  assert.deepEqual(readWholeAnswer([], framed, asked), failed('emptyAnswer', 'EMPTY'));
});

test('a web page is no answer, to no request', () => {
  const page = '<!doctype html><title>Sign in</title>';
  const whole = readWholeAnswer([Buffer.from(page)], framed, asked);
  assert.deepEqual(whole, failed('htmlAnswer', 'HTML'));
  assert.deepEqual(
    readWholeAnswer([Buffer.from(page)], framed, { ...asked, isMessage: false }),
    failed('htmlAnswer', 'HTML'),
  );
});

test('an error with a status of success is the error that it stands for, where a message was asked for', () => {
  const body = errorBody('overloaded_error', 'Overloaded');
  const whole = read(body);
  assert.equal(whole.kind, 'refused');
  assert.equal(whole.kind === 'refused' && whole.answer.status, 529);
  assert.deepEqual(read(body, { isMessage: false }), { kind: 'usable' });
});

test('a message in one piece is none to who asked for a stream', () => {
  assert.deepEqual(
    read(wholeJsonMessage('hello'), { isStreamed: true }),
    failed('badResponse', 'NO_EVENT_STREAM'),
  );
});

test('a body that only the end of its connection ends has to be whole JSON', () => {
  const headers = ['content-type', 'application/json'];
  const message = wholeJsonMessage('hello');
  assert.deepEqual(read(message, { headers }), { kind: 'usable' });
  assert.deepEqual(read(message.slice(0, -1), { headers }), failed('truncated', 'ENDED_EARLY'));
  assert.deepEqual(read(message.slice(0, -1), { headers: [...headers, 'Transfer-Encoding', 'chunked'] }), {
    kind: 'usable',
  });
});
