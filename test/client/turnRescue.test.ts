import assert from 'node:assert/strict';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import fc from 'fast-check';
import { StreamGate } from '../../src/proxy/streamGate.ts';
import { anyChunking } from '../support/chunkings.ts';
import { recordedContent, recordedEvents, recordedStream, streamEvent } from '../support/recordedStream.ts';
import { question } from '../support/sdk.ts';

/*
 * A recorded message, cut at every byte: what the client then gets is a message that the SDK takes for a whole one.
 */

const bytes = Buffer.from(recordedStream);
const overloaded = streamEvent('error', { error: { type: 'overloaded_error', message: 'Overloaded' } });

/** What the client has after a loss, or undefined when its connection is broken. */
function rescued(chunks: readonly Buffer[]): string | undefined {
  const gate = new StreamGate({ rescuable: true });
  gate.commit();
  const taken = chunks.flatMap((chunk) => {
    gate.push(chunk);
    return gate.take();
  });
  const closing = gate.rescue();
  return closing && Buffer.concat([...taken, closing]).toString();
}

/** The message that the SDK makes of a stream. @throws when it does not take it */
async function messageOf(stream: string): Promise<Anthropic.Message> {
  const response = () => new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
  const client = new Anthropic({ apiKey: 'key', fetch: async () => response(), maxRetries: 0 });
  return client.messages.stream(question).finalMessage();
}

/** Offsets right after each event. */
const eventEnds = recordedEvents.map((_, i) => Buffer.byteLength(recordedEvents.slice(0, i + 1).join('')));
const firstText = eventEnds[recordedEvents.findIndex((event) => event.includes('text_delta'))] as number;
const stopReason = eventEnds[recordedEvents.length - 2] as number;

/** Claims that a stream is a message with whole blocks of the recorded one, of which only the last text may be cut. */
async function assertWhole(stream: string): Promise<Anthropic.Message> {
  const message = await messageOf(stream);
  for (const [i, block] of message.content.entries()) {
    const original = recordedContent[i];
    const isLast = i === message.content.length - 1;
    if (block.type === 'text' && original?.type === 'text' && isLast) {
      assert.ok(original.text.startsWith(block.text));
    } else if (block.type === 'text') {
      assert.equal(block.text, original?.type === 'text' ? original.text : undefined);
    } else assert.deepEqual({ ...block }, original);
  }
  const last = message.content.at(-1)?.type;
  assert.equal(message.stop_reason, last === 'tool_use' ? 'tool_use' : 'max_tokens');
  return message;
}

test('cut at any byte after its first text, the recorded message ends as a whole one', async () => {
  const messages = new Map<string, Anthropic.Message>();
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const stream = rescued([bytes.subarray(0, cut)]);
    assert.equal(stream !== undefined, cut >= firstText, `cut after ${cut} bytes`);
    if (stream === undefined || messages.has(stream)) continue;
    const message = await assertWhole(stream);
    assert.equal(message.usage.output_tokens, cut >= stopReason ? 503 : 7);
    messages.set(stream, message);
  }
  const contents = [...messages.values()].map(({ content }) => content.length);
  assert.deepEqual(contents, contents.toSorted(), 'a later cut leaves no less');
  assert.equal(contents.at(-1), recordedContent.length);
  assert.deepEqual(new Set(contents), new Set([2, 3, 4, 5]));
});

test('an error instead of any event after the first text ends the recorded message as a cut does', async () => {
  for (const end of eventEnds) {
    const received = bytes.subarray(0, end);
    const stream = rescued([received, Buffer.from(overloaded)]);
    assert.equal(stream, rescued([received]));
    if (stream !== undefined) await assertWhole(stream);
  }
});

test('how the bytes came makes no difference to what a cut leaves, save where pings are', () => {
  const rest = (stream: string | undefined) => stream?.replaceAll(streamEvent('ping'), '');
  fc.assert(
    fc.property(fc.nat(bytes.length), anyChunking, (cut, chunked) => {
      const received = bytes.subarray(0, cut);
      assert.equal(rest(rescued(chunked(received))), rest(rescued([received])));
    }),
    { numRuns: 500 },
  );
});

for (const newline of ['\r\n', '\r']) {
  test(`the recorded message with lines ended by ${JSON.stringify(newline)} can be cut anywhere too`, async () => {
    const other = Buffer.from(recordedStream.replaceAll('\n', newline));
    const streams = new Set<string>();
    for (let cut = 0; cut <= other.length; cut += 1) {
      const stream = rescued([other.subarray(0, cut)]);
      if (stream !== undefined) streams.add(stream);
    }
    assert.ok(streams.size > 20);
    for (const stream of streams) await assertWhole(stream);
  });
}
