import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StreamGate } from '../../src/proxy/streamGate.ts';
import { byteByByte } from '../support/chunkings.ts';
import { recordedEvents, recordedStream, streamEvent } from '../support/recordedStream.ts';

const messageStart = recordedEvents[0] as string;
const ping = streamEvent('ping');
const blockStart = (type: string) =>
  streamEvent('content_block_start', { index: 0, content_block: { type } });
const textDelta = streamEvent('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'x' } });
const errorData = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}';
const error = `event: error\ndata: ${errorData}\n\n`;
const messageDelta = (stop_reason: string | null) => streamEvent('message_delta', { delta: { stop_reason } });

function gateAfter(...pieces: readonly (string | Buffer)[]): StreamGate {
  const gate = new StreamGate({ rescuable: false });
  for (const piece of pieces) gate.push(Buffer.from(piece));
  return gate;
}

/** Without the event lines, as some relays send it. */
const nameless = (text: string) => text.replaceAll(/^event: .*\n/gm, '');

const held = [
  ['nothing', ''],
  ['message_start', messageStart],
  ['a ping before message_start', ping],
  ['a comment', ': keep-alive\n\n'],
  ['the start of a thinking block', messageStart + ping + blockStart('thinking')],
  ['an event that has not ended', messageStart + textDelta.slice(0, -1)],
] as const;

const committing = [
  ['the start of a text block', blockStart('text')],
  ['the start of a tool call', blockStart('tool_use')],
  ['the start of a redacted thinking block', blockStart('redacted_thinking')],
  ['the start of a block of an unknown type', blockStart('new_thing')],
  ['a delta', textDelta],
  ['the end of a block', streamEvent('content_block_stop', { index: 0 })],
  ['a message_delta', messageDelta(null)],
  ['message_stop', streamEvent('message_stop')],
  ['an unknown event', streamEvent('vendor_note')],
  ['the start of a block that cannot be read', 'event: content_block_start\ndata: {"ind\n\n'],
] as const;

for (const [what, bytes] of held) {
  test(`${what} may still be taken back`, () => {
    assert.equal(gateAfter(bytes).verdict, 'hold');
    assert.equal(gateAfter(nameless(bytes)).verdict, 'hold');
  });
}

for (const [what, bytes] of committing) {
  test(`${what} is content`, () => {
    assert.equal(gateAfter(messageStart, bytes).verdict, 'commit');
    assert.equal(gateAfter(nameless(messageStart + bytes)).verdict, 'commit');
  });
}

test('data that is no JSON and has no name is content', () => {
  assert.equal(gateAfter('data: [DONE]\n\n').verdict, 'commit');
});

test('an error before any content is told, with or without message_start', () => {
  for (const before of ['', messageStart + ping]) {
    for (const form of [error, nameless(error)]) {
      const gate = gateAfter(before + form);
      assert.equal(gate.verdict, 'error');
      assert.equal(gate.errorData, errorData);
    }
  }
});

test('content that comes with an error behind it is content', () => {
  const gate = gateAfter(messageStart + textDelta + error);
  assert.equal(gate.verdict, 'commit');
  assert.equal(gate.errorData, errorData);
});

test('content that comes behind an error changes nothing', () => {
  assert.equal(gateAfter(messageStart + error + textDelta).verdict, 'error');
});

test('64 KiB are held and no more, however they come', () => {
  const limit = 64 * 1024;
  const comment = `:${'x'.repeat(limit - 4)}\n\n`;
  assert.equal(comment.length, limit - 1);
  assert.equal(gateAfter(comment).verdict, 'hold');
  assert.equal(gateAfter(comment, ':').verdict, 'commit');
  assert.equal(gateAfter(`:${comment}`).verdict, 'commit');
  // An error within the limit is one, an error beyond it comes too late.
  const room = `:${'x'.repeat(limit - 3 - error.length)}\n\n`;
  for (const [bytes, verdict] of [
    [room + error, 'error'],
    [`:${room}${error}`, 'commit'],
  ] as const) {
    assert.equal(gateAfter(bytes).verdict, verdict);
    assert.equal(gateAfter(...byteByByte(Buffer.from(bytes))).verdict, verdict);
  }
});

test('message_start is noticed', () => {
  assert.equal(gateAfter(ping).messageStarted, false);
  assert.equal(gateAfter(ping, messageStart).messageStarted, true);
  assert.equal(gateAfter(nameless(messageStart)).messageStarted, true);
});

test('nothing is handed out before the commitment, and everything after it', () => {
  for (const rescuable of [false, true]) {
    const gate = new StreamGate({ rescuable });
    gate.push(Buffer.from(messageStart));
    gate.push(Buffer.from(blockStart('text')));
    assert.deepEqual(gate.take(), []);
    gate.commit();
    assert.equal(Buffer.concat(gate.take()).toString(), messageStart + blockStart('text'));
    assert.deepEqual(gate.take(), []);
  }
});

test('after the commitment the pieces go on as they are, events or not, errors too', () => {
  const gate = gateAfter(messageStart);
  gate.commit();
  gate.take();
  for (const text of [textDelta, 'event: half', 'ed\ndata', '\r\n\0\xff', error, 'after it']) {
    const piece = Buffer.from(text, 'latin1');
    gate.push(piece);
    const [taken, ...more] = gate.take();
    assert.ok(taken === piece);
    assert.deepEqual(more, []);
  }
});

test('only the end of an event is a boundary', () => {
  const gate = gateAfter();
  gate.commit();
  assert.equal(gate.atBoundary, true);
  for (const byte of byteByByte(Buffer.from(recordedStream))) {
    gate.push(byte);
    gate.take();
  }
  assert.equal(gate.atBoundary, true);
  gate.push(Buffer.from('event: ping\n'));
  gate.take();
  assert.equal(gate.atBoundary, false);
});

for (const [what, bytes, end] of [
  ['nothing', '', 'open'],
  ['a finished block', messageStart + textDelta + streamEvent('content_block_stop', { index: 0 }), 'open'],
  ['a message_delta without a stop reason', messageStart + messageDelta(null), 'open'],
  ['a message_delta with a stop reason', messageStart + messageDelta('end_turn'), 'stopReason'],
  ['a stop reason, followed by another delta', messageDelta('end_turn') + messageDelta(null), 'stopReason'],
  ['message_stop', recordedStream, 'stopped'],
  ['message_stop, followed by a ping and half an event', `${recordedStream}${ping}event: x`, 'stopped'],
  ['message_stop, which no blank line ended', recordedStream.slice(0, -1), 'stopReason'],
  ['message_stop behind an error', messageStart + error + streamEvent('message_stop'), 'open'],
  [
    'text that speaks of the end',
    textDelta.replace('x', '\\n\\nevent: message_stop\\ndata: {}\\n\\n'),
    'open',
  ],
  ['a comment that speaks of the end', ': message_stop\n\n', 'open'],
] as const) {
  test(`a stream with ${what} is ${end}`, () => {
    assert.equal(gateAfter(bytes).end, end);
    assert.equal(gateAfter(nameless(bytes)).end, end);
    for (const newline of ['\r\n', '\r']) assert.equal(gateAfter(bytes.replaceAll('\n', newline)).end, end);
  });
}

test('the end of a very long stream is found', () => {
  const gate = gateAfter(messageStart);
  gate.commit();
  const long = Buffer.from(textDelta.replace('"x"', `"${'x'.repeat(200_000)}"`));
  for (let i = 0; i < 50; i += 1) {
    gate.push(long);
    gate.take();
  }
  assert.equal(gate.end, 'open');
  for (const byte of byteByByte(Buffer.from(streamEvent('message_stop')))) gate.push(byte);
  assert.equal(gate.end, 'stopped');
});

test('the first error counts, of which 64 KiB are kept', () => {
  const long = error.replace('Overloaded"', `${'x'.repeat(200_000)}"`);
  assert.ok((gateAfter(long, error).errorData?.length ?? 0) <= 64 * 1024);
  assert.equal(gateAfter(error, long).errorData, errorData);
});

test('a message whose client does not go on cannot be rescued, and holds no tool call', () => {
  const gate = gateAfter(messageStart, blockStart('text'), textDelta, blockStart('tool_use'));
  gate.commit();
  gate.take();
  gate.flushTool();
  assert.equal(gate.holdsTool, false);
  assert.equal(gate.rescue(), undefined);
});
