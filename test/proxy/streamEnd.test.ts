import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StreamEnd } from '../../src/proxy/streamEnd.ts';
import {
  blockStop,
  messageDelta,
  messageEnd,
  messageStart,
  messageStop,
  overloadedError,
  textDelta,
  wholeMessage,
} from '../support/wire.ts';

function isComplete(...pieces: (string | Buffer)[]): boolean {
  const end = new StreamEnd();
  for (const piece of pieces) end.push(Buffer.from(piece));
  return end.isComplete();
}

const recorded = messageStart + textDelta('Grüße, 世界 — 🙂') + blockStop + messageDelta + messageStop;

/**
 * What a client has when the stream ends, by the rules of server-sent events: only events that a blank line has
 * ended count.
 */
function reference(text: string): boolean {
  const events = text.split(/\r\n\r\n|\n\n|\r\r/).slice(0, -1);
  return events.some((event) => {
    const type = event.match(/^event: (.*)$/m)?.[1];
    if (type !== 'message_delta') return type === 'message_stop' || type === 'error';
    return JSON.parse(event.match(/^data: (.*)$/m)?.[1] ?? '{}').delta.stop_reason !== null;
  });
}

test('nothing is no message', () => {
  assert.equal(isComplete(), false);
  assert.equal(isComplete(''), false);
});

for (const [newline, name] of [
  ['\n', 'LF'],
  ['\r\n', 'CRLF'],
  ['\r', 'CR'],
] as const) {
  const stream = Buffer.from(recorded.replaceAll('\n', newline));

  test(`a stream cut anywhere is complete as a client would see it, with lines ended by ${name}`, () => {
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const part = stream.subarray(0, cut);
      // Between CR and LF a client cannot know either whether the line has ended.
      if (newline === '\r\n' && part.at(-1) === 13) continue;
      assert.equal(isComplete(part), reference(part.toString('latin1')), `cut after ${cut} bytes`);
    }
  });

  test(`any split of a stream gives the same verdict, with lines ended by ${name}`, () => {
    const cuts = fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 40 });
    fc.assert(
      fc.property(cuts, fc.integer({ min: 0, max: stream.length }), (at, length) => {
        const part = stream.subarray(0, length);
        const edges = [0, ...at.filter((cut) => cut < length).toSorted((a, b) => a - b), length];
        const pieces = edges.slice(1).map((edge, i) => part.subarray(edges[i], edge));
        assert.equal(isComplete(...pieces), isComplete(part));
      }),
    );
  });
}

for (const [what, stream, complete] of [
  ['message_stop', wholeMessage('x'), true],
  ['message_delta with a stop reason', messageStart + blockStop + messageDelta, true],
  ['message_delta without one', messageStart + messageDelta.replace('"end_turn"', 'null'), false],
  ['an error', messageStart + overloadedError, true],
  ['an error alone', overloadedError, true],
  ['a finished block', messageStart + textDelta('x') + blockStop, false],
  ['a ping after the end', `${wholeMessage('x')}event: ping\ndata: {}\n\n`, true],
  ['half an event after the end', `${wholeMessage('x')}event: pi`, true],
  ['a comment', `${messageStart}: message_stop\n\n`, false],
  ['text that speaks of the end', messageStart + textDelta('\n\nevent: message_stop\ndata: {}\n\n'), false],
  [
    'JSON in the text that looks like a stop reason',
    messageStart + textDelta('"stop_reason":"end_turn"'),
    false,
  ],
  ['an event without a space after its colon', wholeMessage('x').replaceAll('event: ', 'event:'), true],
] as const) {
  test(`a stream that ends with ${what} is ${complete ? '' : 'not '}complete`, () => {
    assert.equal(isComplete(stream), complete);
  });
}

test('the end of a very long stream is found', () => {
  const end = new StreamEnd();
  end.push(Buffer.from(messageStart));
  for (let i = 0; i < 1000; i += 1) end.push(Buffer.from(textDelta('x'.repeat(10_000))));
  assert.equal(end.isComplete(), false);
  for (const byte of Buffer.from(messageEnd)) end.push(Buffer.from([byte]));
  assert.equal(end.isComplete(), true);
});

test('the end is found in one large piece', () => {
  assert.equal(isComplete(messageStart + textDelta('x'.repeat(200_000)) + messageEnd), true);
});

test('text at the place where memory begins is not taken for an event', () => {
  const words = 'event: message_stop ';
  for (let pad = 0; pad < words.length; pad += 1) {
    const delta = textDelta(words.repeat(500) + ' '.repeat(pad));
    assert.equal(isComplete(messageStart + delta + blockStop), false);
  }
});
