import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MessageText, textOfMessage } from '../../src/core/messageText.ts';

/** What a stream of these events says. */
function said(...events: readonly object[]): MessageText {
  const message = new MessageText();
  for (const event of events) message.push(JSON.stringify(event));
  return message;
}

const start = (index: number, content_block: object) => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, fields: object) => ({ type: 'content_block_delta', index, delta: fields });
const text = (index: number, piece: string) => delta(index, { type: 'text_delta', text: piece });

test('pieces of a text are put together', () => {
  const { text: words, isMessage } = said(
    { type: 'message_start', message: {} },
    start(0, { type: 'text', text: '' }),
    text(0, 'Hello, '),
    { type: 'ping' },
    text(0, 'wörld'),
    { type: 'message_stop' },
  );
  assert.deepEqual([words, isMessage], ['Hello, wörld', true]);
});

test('blocks of text stand apart, thoughts are left out', () => {
  const message = said(
    start(0, { type: 'thinking', thinking: '' }),
    delta(0, { type: 'thinking_delta', thinking: 'hm' }),
    start(1, { type: 'text', text: '' }),
    text(1, 'one'),
    start(2, { type: 'text', text: 't' }),
    text(2, 'wo'),
  );
  assert.equal(message.text, 'one\n\ntwo');
});

test('a call of a tool is shown by its name and its JSON', () => {
  const message = said(
    start(0, { type: 'tool_use', id: 't', name: 'read', input: {} }),
    delta(0, { type: 'input_json_delta', partial_json: '{"path":' }),
    delta(0, { type: 'input_json_delta', partial_json: '"a"}' }),
    start(1, { type: 'tool_use', id: 'u', name: 'list', input: {} }),
  );
  assert.equal(message.text, 'read {"path":"a"}\n\nlist {}');
});

test('an error that ends the stream is known by its type', () => {
  assert.equal(said({ type: 'error', error: { type: 'overloaded_error' } }).errorType, 'overloaded_error');
  assert.equal(said({ type: 'error' }).errorType, 'api_error');
  assert.equal(said({ type: 'ping' }).errorType, undefined);
});

test('a message in one piece says the same as its stream', () => {
  const content = [
    { type: 'thinking', thinking: 'hm' },
    { type: 'text', text: 'one' },
    { type: 'tool_use', id: 't', name: 'read', input: { path: 'a' } },
  ];
  assert.equal(textOfMessage(JSON.stringify({ type: 'message', content })), 'one\n\nread {"path":"a"}');
});

test('what is no message has no text', () => {
  for (const json of ['', '{', 'null', '[]', '"x"', '{"content":"x"}', '{"type":"error","error":{}}']) {
    assert.equal(textOfMessage(json), undefined, json);
  }
});

test('events of any form are survived', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.json(), fc.string())), (events) => {
      const message = new MessageText();
      for (const data of events) message.push(data);
      assert.equal(typeof message.text, 'string');
    }),
  );
  fc.assert(
    fc.property(fc.anything(), (content) => {
      const json = JSON.stringify({ content: [content] }, (_, value) =>
        typeof value === 'bigint' ? null : value,
      );
      assert.equal(typeof textOfMessage(json), 'string');
    }),
  );
});
