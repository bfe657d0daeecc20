import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { EventScanner, type StreamBlock } from '../../src/proxy/eventScanner.ts';
import { anyChunking, byteByByte, cutAt } from '../support/chunkings.ts';
import { recordedEvents, recordedStream, streamEvent } from '../support/recordedStream.ts';

interface Seen {
  readonly kind: StreamBlock['kind'];
  readonly type?: string | undefined;
  readonly data?: string;
  readonly end: number;
}

function scan(chunks: readonly (Buffer | string)[]): Seen[] {
  const scanner = new EventScanner();
  const seen: Seen[] = [];
  for (const chunk of chunks) {
    scanner.scan(Buffer.from(chunk), (block) => {
      seen.push(block.kind === 'event' ? { ...block, data: block.data() } : block);
    });
  }
  return seen;
}

function events(
  chunks: readonly (Buffer | string)[],
): [type: string | undefined, data: string | undefined][] {
  return scan(chunks).flatMap(({ kind, type, data }) => (kind === 'event' ? [[type, data]] : []));
}

/** The events that a known parser finds. It reads text: latin-1 keeps every byte, whatever it is. */
function reference(bytes: Buffer): { name: string | undefined; data: string }[] {
  const found: { name: string | undefined; data: string }[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => found.push({ name: event, data: Buffer.from(data, 'latin1').toString() }),
  });
  parser.feed(bytes.toString('latin1'));
  // It waits for what follows a carriage return. No line that this ends can be a blank one.
  parser.feed(':\n');
  return found;
}

test('an event has its name, its data and its end', () => {
  const first = streamEvent('ping');
  const both = first + streamEvent('message_stop');
  assert.deepEqual(scan([both]), [
    { kind: 'event', type: 'ping', data: '{"type":"ping"}', end: first.length },
    { kind: 'event', type: 'message_stop', data: '{"type":"message_stop"}', end: both.length },
  ]);
});

test('an event that no blank line has ended is none', () => {
  assert.deepEqual(scan(['event: ping\ndata: {}\n']), []);
});

test('an event without a name has the type that its data tells', () => {
  for (const [data, type] of [
    ['{"type":"ping"}', 'ping'],
    [' { "type" : "ping" }', 'ping'],
    ['{"index":0,"type":"ping"}', 'ping'],
    ['{"error":{"type":"overloaded_error"},"type":"error"}', 'error'],
    ['{"message":{"type":"message"}}', undefined],
    ['{"type":7}', undefined],
    ['{"index":0,"type":"pi', undefined],
    ['[DONE]', undefined],
    ['null', undefined],
    ['', undefined],
  ] as const) {
    assert.deepEqual(events([`data: ${data}\n\n`]), [[type, data]]);
  }
});

test('an empty name is none', () => {
  assert.deepEqual(events(['event:\ndata: {"type":"ping"}\n\n']), [['ping', '{"type":"ping"}']]);
});

test('of several names the last one counts, and none outlives its event', () => {
  assert.deepEqual(events(['event: a\nevent: b\ndata: 1\n\ndata: 2\n\n']), [
    ['b', '1'],
    [undefined, '2'],
  ]);
});

test('names of equal length are told apart', () => {
  assert.deepEqual(
    events(['event: ab\ndata: 1\n\nevent: ac\ndata: 2\n\nevent: ac\ndata: 3\n\n']).map(([type]) => type),
    ['ab', 'ac', 'ac'],
  );
});

test('several data lines are one text', () => {
  assert.deepEqual(events(['data: {"type":\ndata:"ping"}\ndata\n\n']), [['ping', '{"type":\n"ping"}\n']]);
});

test('fields are known by their whole name, and one space after the colon is not part of the value', () => {
  assert.deepEqual(events(['events: a\ndata:  x\ndatas: y\n data: z\nevent:b\n\n']), [['b', ' x']]);
});

test('comments, fields without data and blank lines are no events', () => {
  const kinds = (text: string) => scan([text]).map(({ kind }) => kind);
  assert.deepEqual(kinds(': keep-alive\n\n'), ['comment']);
  assert.deepEqual(kinds('id: 7\nretry: 10\n\n'), ['comment']);
  assert.deepEqual(kinds('event: message_stop\n\n'), ['comment']);
  assert.deepEqual(kinds('\n\n'), ['blank', 'blank']);
});

test('a name without data does not reach the next event', () => {
  assert.deepEqual(events(['event: message_stop\n\ndata: {"type":"ping"}\n\n']), [
    ['ping', '{"type":"ping"}'],
  ]);
});

test('a byte order mark is no part of the first line, in one piece or in three', () => {
  const stream = Buffer.from(`\ufeff${streamEvent('ping')}`);
  assert.deepEqual(events([stream]), [['ping', '{"type":"ping"}']]);
  assert.deepEqual(events(byteByByte(stream)), [['ping', '{"type":"ping"}']]);
  assert.deepEqual(scan(['\ufeff\n']), [{ kind: 'blank', end: 4 }]);
});

test('a byte order mark later on is part of its line', () => {
  assert.deepEqual(events(['data: 1\n\n\ufeffdata: 2\n\n']), [[undefined, '1']]);
});

test('a carriage return ends its line at once, and a line feed in the next piece belongs to it', () => {
  const first = 'event: ping\r\ndata: {}\r\n\r';
  assert.deepEqual(scan([first]), [{ kind: 'event', type: 'ping', data: '{}', end: first.length }]);
  assert.deepEqual(scan([first, '\nevent: a\r', '\ndata: 1\r', '\n\r', '\n']), [
    { kind: 'event', type: 'ping', data: '{}', end: first.length },
    { kind: 'blank', end: first.length + 1 },
    { kind: 'event', type: 'a', data: '1', end: first.length + 21 },
    { kind: 'blank', end: first.length + 22 },
  ]);
});

test('a stream may mix all line ends', () => {
  assert.deepEqual(events(['event: a\rdata: 1\n\r\nevent: b\r\ndata: 2\r\rdata: 3\n\rdata: 4\n\n']), [
    ['a', '1'],
    ['b', '2'],
    [undefined, '3'],
    [undefined, '4'],
  ]);
});

test('of a line of five megabytes the first 64 KiB are looked at, however it is cut', () => {
  const line = Buffer.from(`event: a\ndata: ${'x'.repeat(5_000_000)}\n\n${streamEvent('ping')}`);
  const pieces = cutAt(
    line,
    Array.from({ length: 100 }, (_, i) => i * 50_021),
  );
  const [whole, next] = events([line]);
  assert.equal(whole?.[1], 'x'.repeat(64 * 1024 - 'data: '.length));
  assert.equal(next?.[0], 'ping');
  assert.deepEqual(events(pieces), [whole, next]);
});

test('of many data lines the first 64 KiB are kept', () => {
  const [only] = events([`${`data: ${'x'.repeat(999)}\n`.repeat(200)}\n`]);
  assert.equal(only?.[1]?.length, 64 * 1024);
});

test('bytes that are no text do no harm', () => {
  const odd = Buffer.concat([
    Buffer.from('event: a\0b\xff\ndata: ', 'latin1'),
    Buffer.from([0, 0xff, 0xc3, 0x28, 0xf0, 0x9f]),
    Buffer.from(`\n\n${streamEvent('ping')}`),
  ]);
  assert.deepEqual(events([odd]), [
    ['a\0b\xff', '\0\ufffd\ufffd(\ufffd'],
    ['ping', '{"type":"ping"}'],
  ]);
});

test('the end of a block is a boundary, and so is the beginning', () => {
  const scanner = new EventScanner();
  assert.equal(scanner.atBoundary, true);
  for (const [piece, atBoundary] of [
    ['event', false],
    [': ping\n', false],
    ['data: {}', false],
    ['\n', false],
    ['\n', true],
    ['', true],
    [':\n', false],
    ['\r', true],
    ['\n', true],
  ] as const) {
    scanner.scan(Buffer.from(piece), () => undefined);
    assert.equal(scanner.atBoundary, atBoundary, JSON.stringify(piece));
  }
});

test('the recorded stream has its events, each with its end', () => {
  const found = scan([recordedStream]);
  let end = 0;
  assert.deepEqual(
    found.map((block) => block.end),
    recordedEvents.map((event) => {
      end += Buffer.byteLength(event);
      return end;
    }),
  );
});

const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
const value = fc.oneof(
  fc.constantFrom('{"type":"ping"}', '{"index":0,"type":"message_stop"}', 'Grüße 🙂', '', ' x'),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll(/[\r\n]/g, '')),
);
const line = fc.oneof(
  fc.tuple(
    fc.constantFrom('data', 'event', 'id', 'retry', '', 'dat', 'datax'),
    fc.constantFrom(':', ': ', ''),
  ),
  fc.constant(['data', ': ']),
  fc.constant(['', '']),
);
const anyStream = fc
  .tuple(
    fc.boolean(),
    fc.array(
      fc
        .tuple(line, value, lineEnd)
        .map(([[name, colon], text, end]) =>
          name + colon === '' ? end : `${name}${colon}${colon === '' ? '' : text}${end}`,
        ),
      { maxLength: 40 },
    ),
    fc.nat(20),
  )
  .map(([mark, lines, cut]) => {
    const bytes = Buffer.from((mark ? '\ufeff' : '') + lines.join(''));
    return bytes.subarray(0, Math.max(0, bytes.length - cut));
  });

test('a known parser finds the same events in any stream, however it is cut', () => {
  fc.assert(
    fc.property(anyStream, anyChunking, (bytes, chunked) => {
      const found = events(chunked(bytes));
      const expected = reference(bytes);
      assert.deepEqual(
        found.map(([, data]) => data),
        expected.map(({ data }) => data),
      );
      for (const [i, { name }] of expected.entries()) {
        if (name !== undefined) assert.equal(found[i]?.[0], name);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('blocks follow one another without gaps, and the last one ends where the boundary is', () => {
  fc.assert(
    fc.property(anyStream, anyChunking, (bytes, chunked) => {
      const scanner = new EventScanner();
      let last = 0;
      let size = 0;
      for (const chunk of chunked(bytes)) {
        scanner.scan(chunk, ({ end }) => {
          assert.ok(end > last);
          last = end;
        });
        size += chunk.length;
        assert.ok(last <= size);
        assert.equal(scanner.atBoundary, last === size);
      }
    }),
  );
});
