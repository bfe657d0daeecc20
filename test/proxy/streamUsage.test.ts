import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StreamGate } from '../../src/proxy/streamGate.ts';
import { anyChunking, byteByByte, cutAt } from '../support/chunkings.ts';
import { streamEvent } from '../support/recordedStream.ts';
import { countedStream, countedStreams, openAiStream } from '../support/recordedUsage.ts';

function usageOf(pieces: readonly Buffer[], rescuable = false) {
  const gate = new StreamGate({ rescuable });
  for (const piece of pieces) gate.push(piece);
  return gate.usage;
}

const none = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, cacheWriteLong: 0 };

for (const { what, stream, usage } of [...countedStreams, openAiStream]) {
  const nameless = stream.replaceAll(/^event: .*\n/gm, '');
  const forms = [stream, nameless, stream.replaceAll('\n', '\r\n'), stream.replaceAll('\n', '\r')];

  test(`a stream with ${what} has the tokens that its endpoint counted, however it is cut and ended`, () => {
    for (const form of forms) {
      const bytes = Buffer.from(form);
      for (const rescuable of [false, true]) {
        assert.deepEqual(usageOf([bytes], rescuable), usage);
        assert.deepEqual(usageOf(byteByByte(bytes), rescuable), usage);
      }
      for (let place = 1; place < bytes.length; place += 1) {
        assert.deepEqual(usageOf(cutAt(bytes, [place])), usage);
      }
    }
  });
}

test('any chunking of any counted stream gives the same tokens', () => {
  fc.assert(
    fc.property(fc.constantFrom(...countedStreams), anyChunking, ({ stream, usage }, chunking) => {
      assert.deepEqual(usageOf(chunking(Buffer.from(stream))), usage);
    }),
  );
});

test('a stream has the tokens that were told so far', () => {
  const stream = countedStream({ input_tokens: 9, output_tokens: 1 }, { output_tokens: 70 });
  const delta = stream.indexOf('event: message_delta');
  assert.equal(usageOf([Buffer.from(stream.slice(0, 100))]), undefined);
  assert.deepEqual(usageOf([Buffer.from(stream.slice(0, delta + 60))]), { ...none, input: 9, output: 1 });
  assert.deepEqual(usageOf([Buffer.from(stream)]), { ...none, input: 9, output: 70 });
});

test('what comes after an error is not counted', () => {
  const stream = countedStream({ input_tokens: 9, output_tokens: 1 }, { output_tokens: 70 });
  const delta = stream.indexOf('event: message_delta');
  const error = streamEvent('error', { error: { type: 'overloaded_error', message: 'Overloaded' } });
  const bytes = Buffer.from(stream.slice(0, delta) + error + stream.slice(delta));
  assert.deepEqual(usageOf([bytes]), { ...none, input: 9, output: 1 });
});

test('the end that is sent in place of the endpoint is not counted', () => {
  const stream = countedStream({ input_tokens: 9, output_tokens: 4 }, { output_tokens: 70 });
  const gate = new StreamGate({ rescuable: true });
  gate.push(Buffer.from(stream.slice(0, stream.indexOf('event: message_delta'))));
  gate.commit();
  assert.match(String(gate.rescue()), /"usage":\{"output_tokens":4\}/);
  assert.deepEqual(gate.usage, { ...none, input: 9, output: 4 });
});

for (const [what, stream] of [
  ['no tokens', countedStream(undefined, undefined)],
  [
    'tokens that cannot be read',
    countedStream({ input_tokens: '9', output_tokens: null }, { output_tokens: -1 }),
  ],
  ['events that cannot be read', 'event: message_start\ndata: {"mess\n\nevent: message_delta\ndata: [7]\n\n'],
  ['tokens in other events', streamEvent('vendor_note', { usage: { input_tokens: 7 } })],
  ['nothing but comments', ': usage\n\n'],
] as const) {
  test(`a stream with ${what} has none`, () => {
    assert.equal(usageOf([Buffer.from(stream)]), undefined);
  });
}
