import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { StreamGate } from '../../src/proxy/streamGate.ts';
import { anyChunking } from '../support/chunkings.ts';
import { recordedEvents, recordedStream, streamEvent } from '../support/recordedStream.ts';

/*
 * The gate against a plain model of its rules, over the events that a known parser finds in the same bytes.
 */

interface Event {
  readonly type: string;
  readonly data: string;
}

function eventsOf(bytes: Buffer): Event[] {
  const events: Event[] = [];
  const parser = createParser({
    onEvent: ({ event, data: latin1 }) => {
      const data = Buffer.from(latin1, 'latin1').toString();
      events.push({ type: event ?? JSON.parse(data).type, data });
    },
  });
  // It looks for a byte order mark in latin-1.
  parser.feed(bytes.toString('latin1'));
  // It waits for what follows a carriage return. No line that this ends can be a blank one.
  parser.feed(':\n');
  return events;
}

function verdictOf(events: readonly Event[]): 'hold' | 'commit' | 'error' {
  for (const { type, data } of events) {
    if (type === 'error') return 'error';
    const isThinking = type === 'content_block_start' && JSON.parse(data).content_block.type === 'thinking';
    if (type !== 'message_start' && type !== 'ping' && !isThinking) return 'commit';
  }
  return 'hold';
}

function endOf(events: readonly Event[]): 'open' | 'stopReason' | 'stopped' {
  if (events.some(({ type }) => type === 'message_stop')) return 'stopped';
  const hasReason = ({ type, data }: Event) => type === 'message_delta' && JSON.parse(data).delta.stop_reason;
  return events.some(hasReason) ? 'stopReason' : 'open';
}

/** What a client that goes on by itself gets. */
function handedOut(events: readonly Event[]): Event[] {
  const out: Event[] = [];
  let tool: { index: number; events: Event[] } | undefined;
  let started = false;
  for (const event of events) {
    const { index, content_block } = JSON.parse(event.data);
    const isTool = started && event.type === 'content_block_start' && content_block.type === 'tool_use';
    if (event.type === 'message_start') started = true;
    if (event.type === 'ping' || (tool === undefined && !isTool)) out.push(event);
    else if (tool === undefined) tool = { index, events: [event] };
    else if (/^(content_block_delta|vendor_note)$/.test(event.type)) tool.events.push(event);
    else {
      // Either the end of the call, or something that has no place in it.
      out.push(...tool.events, event);
      tool = undefined;
    }
  }
  return out;
}

/** The blocks of a message, as far as a client has them. */
function blocksOf(events: readonly Event[]): { type: string; open: boolean; index: number }[] {
  const blocks: { type: string; open: boolean; index: number }[] = [];
  for (const { type, data } of events) {
    const { index, content_block } = JSON.parse(data);
    if (type === 'content_block_start') blocks.push({ type: content_block.type, open: true, index });
    const ended = blocks.find((block) => block.open && block.index === index);
    if (type === 'content_block_stop' && ended) ended.open = false;
  }
  return blocks;
}

/** True for the beginning of an orderly message from which a client can go on. */
function isClosable(events: readonly Event[]): boolean {
  const blocks = blocksOf(events);
  const hasText = events.some(({ data }) => /"text_delta"/.test(data));
  const hasTool = blocks.some(({ type, open }) => type === 'tool_use' && !open);
  if (blocks.some(({ index }, i) => index !== i) || !events.some(({ type }) => type === 'message_start'))
    return false;
  if (!blocks.every(({ type, open }) => type === 'text' || (!open && /^(thinking|tool_use)$/.test(type))))
    return false;
  return hasText || hasTool;
}

/** The pieces of messages that follow the rules of blocks. */
const block = (index: number) =>
  fc
    .tuple(
      fc.constantFrom('text', 'text', 'thinking', 'tool_use', 'tool_use', 'redacted_thinking'),
      fc.array(fc.constantFrom('delta', 'delta', 'ping', 'comment'), { maxLength: 4 }),
    )
    .map(([type, inside]) => [
      streamEvent('content_block_start', { index, content_block: { type } }),
      ...inside.map((what) => pieceOf(what, index, type)),
      streamEvent('content_block_stop', { index }),
    ]);

const deltaTypes: Record<string, object> = {
  text: { type: 'text_delta', text: 'Grüße' },
  thinking: { type: 'thinking_delta', thinking: '世界' },
  tool_use: { type: 'input_json_delta', partial_json: '{}' },
  redacted_thinking: { type: 'unknown_delta' },
};

const comment = ': 世界\n\n';

function pieceOf(what: 'delta' | 'ping' | 'comment', index: number, type: string): string {
  if (what === 'ping') return streamEvent('ping');
  if (what === 'comment') return comment;
  return streamEvent('content_block_delta', { index, delta: deltaTypes[type] as object });
}

const orderly = fc
  .tuple(
    fc.array(fc.constantFrom(streamEvent('ping'), comment), { maxLength: 2 }),
    fc
      .integer({ min: 0, max: 4 })
      .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => block(index)))),
    fc.constantFrom('', streamEvent('error', { error: { type: 'api_error', message: 'x' } })),
  )
  .map(([before, blocks, error]) => [
    ...before,
    recordedEvents[0] as string,
    ...blocks.flat(),
    error,
    ...recordedEvents.slice(-2),
  ]);

const disorderly = fc.array(
  fc.oneof(
    block(0).chain((events) => fc.constantFrom(...events)),
    block(1).chain((events) => fc.constantFrom(...events)),
    fc.constantFrom(
      ...orderlyEnds(),
      streamEvent('message_delta', { delta: { stop_reason: null } }),
      streamEvent('vendor_note'),
      streamEvent('ping'),
      comment,
    ),
  ),
  { maxLength: 12 },
);

function orderlyEnds(): string[] {
  return [recordedEvents[0] as string, ...recordedEvents.slice(-2), streamEvent('error', { error: {} })];
}

const sent = (events: fc.Arbitrary<string[]>) =>
  fc
    .tuple(events, fc.constantFrom('\n', '\r\n', '\r'), fc.boolean(), fc.boolean(), fc.nat(4_000))
    .map(([events, newline, mark, named, cut]) => {
      const text = named ? events.join('') : events.join('').replaceAll(/^event: .*\n/gm, '');
      const bytes = Buffer.from((mark ? '\ufeff' : '') + text.replaceAll('\n', newline));
      return { bytes: cut < 2_000 ? bytes : bytes.subarray(0, cut - 2_000), newline };
    });

const anyStream = sent(fc.oneof(orderly, disorderly));

function gateOver(chunks: readonly Buffer[], rescuable: boolean): { gate: StreamGate; taken: Buffer } {
  const gate = new StreamGate({ rescuable });
  gate.commit();
  const taken = chunks.flatMap((chunk) => {
    gate.push(chunk);
    return gate.take();
  });
  return { gate, taken: Buffer.concat(taken) };
}

test('for any stream, however it is cut, the gate says what the rules say', () => {
  fc.assert(
    fc.property(anyStream, anyChunking, fc.boolean(), ({ bytes }, chunked, rescuable) => {
      const { gate } = gateOver(chunked(bytes), rescuable);
      const events = eventsOf(bytes);
      const error = events.findIndex(({ type }) => type === 'error');
      const read = error < 0 ? events : events.slice(0, error);
      assert.equal(gate.verdict, verdictOf(events));
      assert.equal(
        gate.messageStarted,
        read.some(({ type }) => type === 'message_start'),
      );
      assert.equal(gate.end, endOf(read));
      assert.equal(gate.errorData, events[error]?.data);
    }),
    { numRuns: 3_000 },
  );
});

test('any stream goes on unchanged to a client that does not go on by itself', () => {
  fc.assert(
    fc.property(anyStream, anyChunking, fc.nat(40), ({ bytes }, chunked, commitAt) => {
      const gate = new StreamGate({ rescuable: false });
      const taken: Buffer[] = [];
      for (const [i, chunk] of chunked(bytes).entries()) {
        if (i === commitAt) gate.commit();
        gate.push(chunk);
        taken.push(...gate.take());
      }
      gate.commit();
      taken.push(...gate.take());
      assert.deepEqual(Buffer.concat(taken), bytes);
    }),
  );
});

test('a client that goes on by itself gets whole events, tool calls complete, nothing from an error on', () => {
  fc.assert(
    fc.property(anyStream, anyChunking, ({ bytes, newline }, chunked) => {
      const { gate, taken } = gateOver(chunked(bytes), true);
      const events = eventsOf(bytes);
      const error = events.findIndex(({ type }) => type === 'error');
      assert.deepEqual(eventsOf(taken), handedOut(error < 0 ? events : events.slice(0, error)));
      assert.equal(gate.atBoundary, true);

      // Byte for byte, save that pings and comments may have overtaken a tool call, the last one without a line feed
      // that has not come.
      const rest = (text: Buffer) =>
        [streamEvent('ping'), streamEvent('ping').replace(/^.*\n/, ''), comment].reduce(
          (left, each) => left.replaceAll(each.replaceAll('\n', newline), ''),
          text.toString().replace(/\r$/, newline),
        );
      assert.ok(rest(bytes).startsWith(rest(taken)));
    }),
    { numRuns: 3_000 },
  );
});

test('what closes a message closes every block, and is only given where the rules allow it', () => {
  fc.assert(
    fc.property(anyStream, anyChunking, ({ bytes }, chunked) => {
      const { gate, taken } = gateOver(chunked(bytes), true);
      const rescue = gate.rescue();
      const shown = eventsOf(taken);
      const has = (name: string) => shown.some(({ type }) => type === name);
      if (endOf(shown) === 'stopped') assert.equal(rescue?.length, 0);
      else if (endOf(shown) === 'stopReason') assert.equal(String(rescue), streamEvent('message_stop'));
      else if (rescue !== undefined) {
        const closed = eventsOf(Buffer.concat([taken, rescue]));
        const blocks = blocksOf(closed);
        assert.ok(blocks.every(({ type, open }) => !open && /^(text|thinking|tool_use)$/.test(type)));
        assert.ok(blocks.some(({ type }) => type !== 'thinking'));
        assert.ok(blocksOf(shown).every(({ type, open }) => !open || type === 'text'));
        assert.ok(has('message_start'));
        const ending = closed.slice(-2).map(({ type }) => type);
        assert.deepEqual(ending, ['message_delta', 'message_stop']);
        const added = closed.slice(shown.length, -2).map(({ type }) => type);
        assert.ok(added.every((type) => type === 'content_block_stop'));
      }
    }),
    { numRuns: 3_000 },
  );
});

test('an orderly message from which a client can go on can be closed, and no other', () => {
  fc.assert(
    fc.property(sent(orderly), anyChunking, ({ bytes }, chunked) => {
      const { gate, taken } = gateOver(chunked(bytes), true);
      const shown = eventsOf(taken);
      if (endOf(shown) === 'open') assert.equal(gate.rescue() !== undefined, isClosable(shown));
    }),
    { numRuns: 3_000 },
  );
});

test('the whole recorded message is handed out, whenever its tool calls are given up', () => {
  fc.assert(
    fc.property(anyChunking, fc.array(fc.nat(60), { maxLength: 10 }), (chunked, flushes) => {
      const gate = new StreamGate({ rescuable: true });
      gate.commit();
      const taken: Buffer[] = [];
      for (const [i, chunk] of chunked(Buffer.from(recordedStream)).entries()) {
        gate.push(chunk);
        if (flushes.includes(i % 61)) gate.flushTool();
        taken.push(...gate.take());
      }
      const rest = (text: string) => text.replaceAll(streamEvent('ping'), '');
      assert.equal(rest(Buffer.concat(taken).toString()), rest(recordedStream));
      assert.equal(gate.end, 'stopped');
      assert.equal(gate.rescue()?.length, 0);
    }),
  );
});
