import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addsText,
  blockIndexOf,
  blockStartOf,
  eventTypeOf,
  hasStopReason,
  outputTokensOf,
  usageIn,
} from '../../src/proxy/messageEvents.ts';

test('the type is found wherever it stands, and is that of the event', () => {
  assert.equal(eventTypeOf('{"type":"ping"}'), 'ping');
  assert.equal(
    eventTypeOf('{"delta":{"type":"text_delta"},"type":"content_block_delta"}'),
    'content_block_delta',
  );
  assert.equal(eventTypeOf('{"delta":{"type":"text_delta"}}'), undefined);
});

test('the beginning of an event is enough when the type comes first', () => {
  assert.equal(eventTypeOf('{"type":"content_block_delta","index":0,"de'), 'content_block_delta');
  assert.equal(eventTypeOf('{"index":0,"type":"content_block_delta","de'), undefined);
});

test('blocks of any other type are of kind other', () => {
  for (const kind of ['text', 'thinking', 'tool_use'] as const) {
    assert.deepEqual(blockStartOf(`{"index":3,"content_block":{"type":"${kind}"}}`), { index: 3, kind });
  }
  for (const type of ['redacted_thinking', 'server_tool_use', 'web_search_tool_result', 'mcp_tool_use', '']) {
    const start = blockStartOf(`{"index":3,"content_block":{"type":"${type}"}}`);
    assert.deepEqual(start, { index: 3, kind: 'other' });
  }
});

test('a stop reason is one when it is a text', () => {
  assert.equal(hasStopReason('{"delta":{"stop_reason":"end_turn"}}'), true);
  assert.equal(hasStopReason('{"delta":{"stop_reason":null}}'), false);
  assert.equal(hasStopReason('{"delta":{}}'), false);
});

test('only a text delta with text adds text', () => {
  assert.equal(addsText('{"delta":{"type":"text_delta","text":"a"}}'), true);
  assert.equal(addsText('{"delta":{"type":"text_delta","text":""}}'), false);
  assert.equal(addsText('{"delta":{"type":"citations_delta","citation":{}}}'), false);
  assert.equal(addsText('{"delta":{"type":"thinking_delta","thinking":"a"}}'), false);
});

test('output tokens are counted in the message at its start and in the event later', () => {
  assert.equal(outputTokensOf('{"message":{"usage":{"output_tokens":1}}}'), 1);
  assert.equal(outputTokensOf('{"usage":{"output_tokens":20}}'), 20);
  assert.equal(outputTokensOf('{"usage":{}}'), undefined);
});

test('the counts of tokens are in the message at its start, and in the event or in a whole message beside it', () => {
  const usage = { input_tokens: 1 };
  assert.deepEqual(usageIn(JSON.stringify({ message: { usage } })), usage);
  assert.deepEqual(usageIn(JSON.stringify({ usage, delta: {} })), usage);
  assert.deepEqual(usageIn(JSON.stringify({ usage, message: 'success' })), usage);
});

for (const data of ['', '{', '[]', 'null', '7', '"type"', '{"delta":7,"content_block":null,"usage":"x"}']) {
  test(`nothing is read into ${data || 'no data'}`, () => {
    assert.equal(eventTypeOf(data), undefined);
    assert.deepEqual(blockStartOf(data), { index: undefined, kind: 'other' });
    assert.equal(blockIndexOf(data), undefined);
    assert.equal(hasStopReason(data), false);
    assert.equal(addsText(data), false);
    assert.equal(outputTokensOf(data), undefined);
    assert.equal(typeof usageIn(data) === 'object', false);
  });
}
