import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StreamGate } from '../../src/proxy/streamGate.ts';
import { byteByByte } from '../support/chunkings.ts';
import { streamEvent } from '../support/recordedStream.ts';

const ping = streamEvent('ping');
const start = streamEvent('message_start', { message: { usage: { output_tokens: 1 } } });
const begin = (index: number, type: string) =>
  streamEvent('content_block_start', { index, content_block: { type } });
const textDelta = (text: string) =>
  streamEvent('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
const toolDelta = (partial_json: string) =>
  streamEvent('content_block_delta', { index: 1, delta: { type: 'input_json_delta', partial_json } });
const stop = (index: number) => streamEvent('content_block_stop', { index });
const text = begin(0, 'text') + textDelta('x') + stop(0);
const error = streamEvent('error', { error: { type: 'overloaded_error', message: 'Overloaded' } });
const messageStop = streamEvent('message_stop');

/** A message that is being handed out; `next` pushes bytes and returns what the client gets for them. */
function handingOut(...before: string[]): { gate: StreamGate; next: (bytes: string | Buffer) => string } {
  const gate = new StreamGate({ rescuable: true });
  gate.commit();
  const next = (bytes: string | Buffer) => {
    gate.push(Buffer.from(bytes));
    return Buffer.concat(gate.take()).toString();
  };
  for (const bytes of before) next(bytes);
  return { gate, next };
}

const stopReasonOf = (rescue: Buffer | undefined) => /"stop_reason":"(\w+)"/.exec(String(rescue))?.[1];

/** Compares long texts without printing them. */
function same(actual: string, expected: string): void {
  assert.ok(actual === expected, `${actual.length} characters instead of ${expected.length}, or others`);
}

test('an event goes out when it is complete, and not before', () => {
  const { gate, next } = handingOut(start);
  assert.equal(next('event: content_block_st'), '');
  assert.equal(gate.atBoundary, true);
  assert.equal(next(`${begin(0, 'text').slice('event: content_block_st'.length)}event`), begin(0, 'text'));
  assert.equal(gate.atBoundary, true);
});

test('what comes complete is not copied', () => {
  const { gate } = handingOut(start);
  const piece = Buffer.from(begin(0, 'text') + textDelta('x') + ping);
  gate.push(piece);
  const [taken, ...more] = gate.take();
  assert.ok(taken?.buffer === piece.buffer && taken.length === piece.length);
  assert.deepEqual(more, []);
});

test('a tool call goes out when it is complete', () => {
  const { gate, next } = handingOut(start, text);
  assert.equal(next(begin(1, 'tool_use') + toolDelta('{"a"')), '');
  assert.equal(gate.holdsTool, true);
  assert.equal(next(`${toolDelta(':1}')}event: content`), '');
  assert.equal(
    next(`${stop(1).slice('event: content'.length)}${ping}`),
    begin(1, 'tool_use') + toolDelta('{"a"') + toolDelta(':1}') + stop(1) + ping,
  );
  assert.equal(gate.holdsTool, false);
});

test('a tool call in one piece goes out in it', () => {
  const { next } = handingOut(start);
  const all = text + begin(1, 'tool_use') + toolDelta('{}') + stop(1) + begin(2, 'text');
  assert.equal(next(all), all);
});

test('while a tool call is held pings and comments pass, and nothing else does', () => {
  const { next } = handingOut(start, text, begin(1, 'tool_use'));
  const note = streamEvent('vendor_note');
  const comment = ': comment\n\n';
  assert.equal(next(toolDelta('{') + ping + note + comment), ping + comment);
  assert.equal(
    next(toolDelta('}') + stop(1)),
    begin(1, 'tool_use') + toolDelta('{') + note + toolDelta('}') + stop(1),
  );
});

test('the line feed of a held event is not given to the ping after it', () => {
  const { next } = handingOut(start, text);
  const tool = begin(1, 'tool_use').replaceAll('\n', '\r\n');
  assert.equal(next(tool.slice(0, -1)), '');
  assert.equal(next(`\n${ping}`), ping);
  assert.equal(next(stop(1)), tool + stop(1));
});

test('a cut inside a tool call drops it, and the message ends as before it', () => {
  const { gate } = handingOut(start, text, begin(1, 'tool_use') + toolDelta('{"a"'));
  assert.equal(stopReasonOf(gate.rescue()), 'max_tokens');
  const second = handingOut(start, begin(1, 'tool_use') + stop(1), begin(2, 'tool_use'));
  assert.equal(stopReasonOf(second.gate.rescue()), 'tool_use');
  assert.equal(handingOut(start, begin(1, 'tool_use')).gate.rescue(), undefined);
});

test('a tool call that was given up is streamed, and a cut inside it cannot be rescued', () => {
  const { gate, next } = handingOut(start, text, `${begin(1, 'tool_use')}event: content_block_delta\n`);
  gate.flushTool();
  assert.equal(Buffer.concat(gate.take()).toString(), begin(1, 'tool_use'));
  assert.equal(gate.holdsTool, false);
  assert.equal(gate.rescue(), undefined);
  assert.equal(next(toolDelta('{}').slice('event: content_block_delta\n'.length)), toolDelta('{}'));
  assert.equal(gate.rescue(), undefined);
  next(stop(1));
  assert.equal(stopReasonOf(gate.rescue()), 'tool_use');
});

test('the tool call after one that was given up is held again', () => {
  const { gate, next } = handingOut(start, begin(1, 'tool_use'));
  gate.flushTool();
  gate.take();
  next(stop(1));
  assert.equal(next(begin(2, 'tool_use')), '');
  assert.equal(gate.holdsTool, true);
});

test('giving up a tool call that nobody holds does nothing', () => {
  const { gate } = handingOut(start, text);
  gate.flushTool();
  assert.deepEqual(gate.take(), []);
  assert.equal(stopReasonOf(gate.rescue()), 'max_tokens');
});

test('a tool call of more than 1 MiB is given up, in one event or in many', () => {
  const many = handingOut(start, text, begin(1, 'tool_use'));
  const delta = toolDelta('x'.repeat(10_000));
  const count = Math.floor((1024 * 1024 - begin(1, 'tool_use').length) / delta.length);
  for (let i = 0; i < count; i += 1) assert.equal(many.next(delta), '');
  same(many.next(delta), begin(1, 'tool_use') + delta.repeat(count + 1));
  assert.equal(many.gate.rescue(), undefined);

  const one = handingOut(start, text, begin(1, 'tool_use'));
  const long = toolDelta('x'.repeat(2 * 1024 * 1024));
  same(one.next(long.slice(0, 1024 * 1024)), begin(1, 'tool_use') + long.slice(0, 1024 * 1024));
  assert.equal(one.gate.atBoundary, false);
  same(one.next(long.slice(1024 * 1024)), long.slice(1024 * 1024));
  assert.equal(one.gate.atBoundary, true);
});

test('a tool call may have an event of more than 64 KiB', () => {
  const { gate, next } = handingOut(start, text, begin(1, 'tool_use'));
  const long = toolDelta('x'.repeat(500_000));
  assert.equal(next(long.slice(0, 300_000)), '');
  assert.equal(gate.holdsTool, true);
  same(next(long.slice(300_000) + stop(1)), begin(1, 'tool_use') + long + stop(1));
});

test('an event of more than 64 KiB is streamed, and a cut inside it cannot be rescued', () => {
  const { gate, next } = handingOut(start, begin(0, 'text') + textDelta('x'));
  const long = textDelta('x'.repeat(200_000));
  assert.equal(next(long.slice(0, 64 * 1024)), '');
  assert.equal(gate.atBoundary, true);
  assert.equal(stopReasonOf(gate.rescue()), 'max_tokens');
  same(next(long.slice(64 * 1024, 64 * 1024 + 1)), long.slice(0, 64 * 1024 + 1));
  assert.equal(gate.atBoundary, false);
  assert.equal(gate.rescue(), undefined);
  same(next(long.slice(64 * 1024 + 1, 100_000)), long.slice(64 * 1024 + 1, 100_000));
  same(next(`${long.slice(100_000)}event`), long.slice(100_000));
  assert.equal(gate.atBoundary, true);
  assert.equal(stopReasonOf(gate.rescue()), 'max_tokens');
});

test('an event of more than 64 KiB that comes in one piece is a whole event', () => {
  const { gate, next } = handingOut(start);
  const long = textDelta('x'.repeat(200_000));
  same(next(long), long);
  assert.equal(gate.atBoundary, true);
});

test('a tool call whose start is longer than 64 KiB is not held', () => {
  const { gate, next } = handingOut(start, text);
  const long = streamEvent('content_block_start', {
    index: 1,
    content_block: { type: 'tool_use', name: 'x'.repeat(100_000) },
  });
  next(long.slice(0, 80_000));
  same(next(long.slice(80_000)), long.slice(80_000));
  assert.equal(gate.holdsTool, false);
  assert.equal(gate.rescue(), undefined);
});

test('an error and what follows it does not go out', () => {
  const { gate, next } = handingOut(start);
  assert.equal(next(text + error + ping + messageStop), text);
  assert.equal(next(ping), '');
  assert.match(gate.errorData ?? '', /overloaded_error/);
  assert.equal(gate.end, 'open');
  assert.equal(stopReasonOf(gate.rescue()), 'max_tokens');
});

test('an error drops the tool call that is held', () => {
  const { gate, next } = handingOut(start, text, begin(1, 'tool_use'));
  assert.equal(next(error), '');
  assert.equal(gate.holdsTool, false);
  gate.flushTool();
  assert.deepEqual(gate.take(), []);
  assert.equal(stopReasonOf(gate.rescue()), 'max_tokens');
});

test('an error that is longer than 64 KiB cannot be kept back, and the message cannot be rescued', () => {
  const { gate, next } = handingOut(start, text);
  const long = error.replace('Overloaded"', `${'x'.repeat(100_000)}"`);
  next(long.slice(0, 80_000));
  next(long.slice(80_000));
  assert.equal(gate.rescue(), undefined);
});

test('an error before the commitment is not handed out either', () => {
  const gate = new StreamGate({ rescuable: true });
  gate.push(Buffer.from(start + error));
  assert.equal(gate.verdict, 'error');
  gate.commit();
  assert.equal(Buffer.concat(gate.take()).toString(), start);
});

for (const [what, event] of [
  ['another block starts', begin(2, 'text')],
  ['another block ends', stop(0)],
  ['the message ends', messageStop],
  ['a stop reason comes', streamEvent('message_delta', { delta: { stop_reason: 'end_turn' } })],
] as const) {
  test(`a tool call is given up when ${what} inside it`, () => {
    const { gate, next } = handingOut(start, text, begin(1, 'tool_use') + toolDelta('{}'));
    assert.equal(next(ping + event), ping + begin(1, 'tool_use') + toolDelta('{}') + event);
    assert.equal(gate.holdsTool, false);
  });
}

test('a tool call that is given up does not come between the halves of a ping', () => {
  const { next } = handingOut(start, text, begin(1, 'tool_use') + ping.slice(0, 9));
  assert.equal(next(ping.slice(9) + begin(2, 'text')), ping + begin(1, 'tool_use') + begin(2, 'text'));
});

test('a tool call is not held in a message that has not started', () => {
  const { next } = handingOut();
  assert.equal(next(begin(0, 'tool_use')), begin(0, 'tool_use'));
});

test('after a stop reason only message_stop is missing, and after that nothing', () => {
  const { gate, next } = handingOut(start, text);
  next(streamEvent('message_delta', { delta: { stop_reason: 'end_turn' } }));
  assert.equal(gate.end, 'stopReason');
  assert.equal(gate.rescue()?.toString(), messageStop);
  next(messageStop);
  assert.equal(gate.rescue()?.length, 0);
});

test('an end that was received but not ended by its blank line is not the end', () => {
  const { gate, next } = handingOut(start, text);
  assert.equal(next(messageStop.slice(0, -1)), '');
  assert.equal(gate.end, 'open');
  assert.equal(stopReasonOf(gate.rescue()), 'max_tokens');
});

test('single bytes cost no more memory than large pieces', () => {
  const { gate, next } = handingOut(start, text, begin(1, 'tool_use'));
  const delta = toolDelta('x'.repeat(1_000));
  for (const byte of byteByByte(Buffer.from(delta.repeat(100)))) assert.equal(next(byte), '');
  gate.push(Buffer.from(stop(1)));
  const taken = gate.take();
  assert.equal(taken.length, 1);
  assert.equal(taken[0]?.toString(), begin(1, 'tool_use') + delta.repeat(100) + stop(1));
});
