import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayRescue, pingEvent, ShownMessage } from '../../src/proxy/turnRescue.ts';
import { streamEvent } from '../support/recordedStream.ts';

const conversation = { hasTools: true, hasOutputFormat: false };
const cli = 'claude-cli/2.1.328 (external, cli)';

for (const [userAgent, rescued] of [
  [cli, true],
  ['claude-cli/2.1.0', true],
  ['claude-cli/2.10.3 (external, sdk-cli)', true],
  ['claude-cli/3.0.0', true],
  ['claude-cli/2.0.77 (external, cli)', false],
  ['claude-cli/1.0.128', false],
  ['claude-cli/x', false],
  ['claude-cli', false],
  ['Anthropic/JS 1.10.0', false],
  ['my-claude-cli/2.1.328', false],
  ['', false],
  [undefined, false],
] as const) {
  test(`a conversation of ${userAgent || `a client called ${userAgent}`} is ${rescued ? '' : 'not '}rescued`, () => {
    assert.equal(mayRescue({ userAgent, requestClass: undefined }, conversation), rescued);
    assert.equal(mayRescue({ userAgent, requestClass: 'main' }, conversation), rescued);
  });
}

for (const [requestClass, rescued] of [
  ['main', true],
  ['subagent', true],
  ['auxiliary', false],
  ['mainframe', false],
  ['', false],
] as const) {
  test(`the request class '${requestClass}' decides, whatever the body has`, () => {
    for (const hasTools of [true, false]) {
      for (const hasOutputFormat of [true, false]) {
        assert.equal(mayRescue({ userAgent: cli, requestClass }, { hasTools, hasOutputFormat }), rescued);
      }
    }
  });
}

test('without a request class a conversation is a request with tools and no prescribed form', () => {
  const signs = { userAgent: cli, requestClass: undefined };
  assert.equal(mayRescue(signs, { hasTools: true, hasOutputFormat: false }), true);
  assert.equal(mayRescue(signs, { hasTools: true, hasOutputFormat: true }), false);
  assert.equal(mayRescue(signs, { hasTools: false, hasOutputFormat: false }), false);
});

test('the ping has the form of the API', () => {
  assert.equal(pingEvent.toString(), streamEvent('ping'));
});

type Shown = readonly [type: string, fields?: object];

const start: Shown = ['message_start', { message: { usage: { output_tokens: 3 } } }];
const begin = (index: number, type: string): Shown => [
  'content_block_start',
  { index, content_block: { type } },
];
const textDelta = (index: number, text = 'x'): Shown => [
  'content_block_delta',
  { index, delta: { type: 'text_delta', text } },
];
const stop = (index: number): Shown => ['content_block_stop', { index }];
const whole = (index: number, type: string): Shown[] => [begin(index, type), stop(index)];
const delta = (stop_reason: string | null, output_tokens: number): Shown => [
  'message_delta',
  { delta: { stop_reason }, usage: { output_tokens } },
];

function closing(...shown: readonly Shown[]): string | undefined {
  const message = new ShownMessage();
  for (const [type, fields] of shown) message.show(type, () => JSON.stringify({ type, ...fields }));
  return message.closing()?.toString();
}

function end(stop_reason: string, output_tokens = 3): string {
  return (
    streamEvent('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens } }) +
    streamEvent('message_stop')
  );
}

test('an open text is closed, and the message ends as if it had become too long', () => {
  assert.equal(
    closing(start, begin(4, 'text'), textDelta(4)),
    streamEvent('content_block_stop', { index: 4 }) + end('max_tokens'),
  );
});

test('after a complete text nothing is left to close but the message', () => {
  assert.equal(closing(start, begin(0, 'text'), textDelta(0), stop(0)), end('max_tokens'));
});

test('after a complete tool call the message ends as if it had been the last block', () => {
  assert.equal(closing(start, ...whole(0, 'tool_use')), end('tool_use'));
  assert.equal(closing(start, ...whole(0, 'text'), ...whole(1, 'tool_use')), end('tool_use'));
});

test('a tool call is not the last block when a text or a thought has followed it', () => {
  const tool = whole(0, 'tool_use');
  assert.equal(closing(start, ...tool, ...whole(1, 'text')), end('max_tokens'));
  assert.equal(closing(start, ...tool, ...whole(1, 'thinking')), end('max_tokens'));
  assert.equal(
    closing(start, ...tool, begin(1, 'text')),
    streamEvent('content_block_stop', { index: 1 }) + end('max_tokens'),
  );
});

test('the usage is the last that was told', () => {
  const text = [start, begin(0, 'text'), textDelta(0), stop(0)];
  assert.equal(closing(...text, delta(null, 70)), end('max_tokens', 70));
  const silent: Shown = ['message_start', { message: {} }];
  assert.equal(closing(silent, begin(0, 'text'), textDelta(0), stop(0)), end('max_tokens', 0));
});

test('after a stop reason only the end is missing, whatever was shown', () => {
  assert.equal(
    closing(start, ...whole(0, 'server_tool_use'), delta('end_turn', 9)),
    streamEvent('message_stop'),
  );
});

test('after the end nothing is missing', () => {
  assert.equal(closing(start, delta('end_turn', 9), ['message_stop']), '');
  assert.equal(closing(start, ['message_stop'], ['error']), '');
});

for (const [what, shown] of [
  ['nothing', []],
  ['no block', [start]],
  ['only a thought', [start, ...whole(0, 'thinking')]],
  ['a text without a word', [start, ...whole(0, 'thinking'), begin(1, 'text'), textDelta(1, '')]],
  ['an open thought', [start, begin(0, 'text'), textDelta(0), stop(0), begin(1, 'thinking')]],
  ['an open tool call', [start, begin(0, 'text'), textDelta(0), stop(0), begin(1, 'tool_use')]],
  ['a redacted thought', [start, ...whole(0, 'redacted_thinking'), begin(1, 'text'), textDelta(1)]],
  ['a tool of the server', [start, ...whole(0, 'server_tool_use'), begin(1, 'text'), textDelta(1)]],
  ['a block twice', [start, begin(0, 'text'), textDelta(0), begin(0, 'text')]],
  [
    'a block without a number',
    [start, ...whole(0, 'tool_use'), ['content_block_start', { content_block: { type: 'text' } }]],
  ],
  ['a text without the start of its message', [begin(0, 'text'), textDelta(0)]],
  ['an error', [start, begin(0, 'text'), textDelta(0), stop(0), ['error']]],
  ['an error after a stop reason', [start, delta('end_turn', 9), ['error']]],
  ['an error before its end', [start, ['error'], ['message_stop']]],
] satisfies [string, Shown[]][]) {
  test(`a message of which the client has ${what} cannot be closed`, () => {
    assert.equal(closing(...shown), undefined);
  });
}
