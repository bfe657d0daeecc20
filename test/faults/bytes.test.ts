import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { answers } from '../support/answers.ts';
import { claudeCodeHeaders, streamedRequest } from '../support/claudeCode.ts';
import { modelGroups } from '../support/modelGroups.ts';
import { call, open } from '../support/proxyClient.ts';
import { startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { settled } from '../support/settled.ts';
import {
  blockStop,
  chunk,
  lastChunk,
  messageDelta,
  messageEnd,
  messageStart,
  messageStop,
  plainResponse,
  streamHead,
  textDelta,
  wholeMessage,
} from '../support/wire.ts';

/*
 * Streams in unusual bytes arrive as they are, though they are held at first and looked through.
 */

const multiByte = wholeMessage('多字节 — naïve 🙂');
const noisy = (inside: string) => messageStart + inside + messageEnd;

/** Streams and the size of the pieces they are sent in. */
const streams: Record<string, [row: number, bytes: Buffer, size: number]> = {
  'lines that end in CRLF': [21, Buffer.from(multiByte.replaceAll('\n', '\r\n')), 1000],
  'CRLF that is split over chunks': [21, Buffer.from(multiByte.replaceAll('\n', '\r\n')), 1],
  'lines that end in CR': [21, Buffer.from(multiByte.replaceAll('\n', '\r')), 7],
  'a byte order mark': [21, Buffer.from(`\uFEFF${multiByte}`), 5],
  'comments and blank lines': [21, Buffer.from(`: hello\n\n\n\n${noisy(': inside\n\n\n')}: bye\n\n`), 11],
  'no event lines': [21, Buffer.from(multiByte.replaceAll(/^event: .*\n/gm, '')), 64],
  'a line of 5 MB': [21, Buffer.from(noisy(textDelta('x'.repeat(5 * 1024 * 1024)))), 65_536],
  'a line of 5 MB before any message': [
    21,
    Buffer.from(`: ${'x'.repeat(5 * 1024 * 1024)}\n\n${multiByte}`),
    65_536,
  ],
  'invalid UTF-8': [21, Buffer.from(noisy(textDelta('\xff\xfe\xc3')), 'latin1'), 3],
  'NUL bytes': [21, Buffer.from(noisy(textDelta('a\0b\0'))), 2],
  'events that nobody knows': [21, Buffer.from(noisy('event: novelty\ndata: {"type":"novelty"}\n\n')), 9],
  'data that is no JSON': [21, Buffer.from(noisy('event: content_block_delta\ndata: {{{\n\n')), 9],
  'data in several lines': [
    21,
    Buffer.from(
      messageStart +
        textDelta('a') +
        blockStop.replace('"index"', '\ndata: "index"') +
        messageDelta +
        messageStop,
    ),
    6,
  ],
  'characters that are split, a byte at a time': [22, Buffer.from(multiByte), 1],
  'characters that are split, two bytes at a time': [22, Buffer.from(multiByte), 2],
  'pieces of 64 KB': [22, Buffer.from(noisy(textDelta('字'.repeat(200_000)))), 65_536],
};

const scope = { after };
const groups = modelGroups();
const cases = await Promise.all(
  Object.entries(streams).map(async ([what, [row, bytes, size]]) => {
    const e1 = await startUpstream(scope, async (exchange) => {
      await exchange.send(streamHead);
      for (let at = 0; at < bytes.length; at += size) {
        await exchange.send(chunk(bytes.subarray(at, at + size)));
      }
      await exchange.send(lastChunk);
    });
    const e2 = await startUpstream(scope, answers('never'));
    return { row, what, bytes, e2, model: groups.add(e1.endpoint(), e2.endpoint()) };
  }),
);
const proxy = await startProxy(scope, configOf(groups.endpoints, { patienceSeconds: 0 }));

describe('a stream arrives byte for byte', { concurrency: 4 }, () => {
  for (const { row, what, bytes, e2, model } of cases) {
    for (const [client, headers] of [
      ['any client', []],
      ['Claude Code', claudeCodeHeaders()],
    ] as const) {
      test(`row ${row}: with ${what}, for ${client}`, async () => {
        const answer = await call(proxy, { body: streamedRequest(model), headers });

        assert.equal(answer.status, 200);
        assert.ok(answer.bytes.equals(bytes), `${answer.bytes.length} of ${bytes.length} bytes, or others`);
        assert.equal(answer.end, 'clean');
        assert.equal(e2.connections, 0);
      });
    }
  }
});

/** The most memory that a process had, in kB; nothing where the system does not tell. */
function peakOf(pid: number): number {
  if (process.platform !== 'linux') return 0;
  return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmHWM:\s+(\d+) kB/)?.[1]);
}

const whole = Buffer.from(multiByte);
const plainHead = `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: ${whole.length}\r\n\r\n`;
describe('unusual answers', { concurrency: 3 }, () => {
  for (const [what, before] of [
    ['103 Early Hints', 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'],
    ['100 Continue, which nobody asked for', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['102 Processing, twice', 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n'],
  ] as const) {
    test(`row 11: after ${what} only the final response is passed on`, async (t) => {
      const e1 = await startUpstream(t, async (exchange) => {
        await exchange.send(before);
        await exchange.send(plainHead);
        await exchange.send(whole);
      });
      const e2 = await startUpstream(t, answers('never'));
      const own = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], { patienceSeconds: 0 }));

      for (let i = 0; i < 2; i += 1) {
        const answer = await call(own, { body: streamedRequest() });
        assert.equal(answer.status, 200);
        assert.ok(answer.bytes.equals(whole));
        assert.equal(answer.header('link'), undefined);
      }
      assert.equal(e2.connections, 0);
    });
  }

  test('a stream that a relay calls something else is called what it is', async (t) => {
    const e1 = await startUpstream(t, async (exchange) => {
      await exchange.send(streamHead.replace('text/event-stream', 'text/plain'));
      await exchange.send(chunk(multiByte));
      await exchange.send(lastChunk);
    });
    const own = await startProxy(t, configOf([e1.endpoint()], { patienceSeconds: 0 }));

    const answer = await call(own, { body: streamedRequest() });

    assert.equal(answer.header('content-type'), 'text/event-stream');
    assert.equal(answer.text, multiByte);
  });

  for (const [client, headers] of [
    ['any client', []],
    ['Claude Code', claudeCodeHeaders()],
  ] as const) {
    test(`row 37: ${client} that does not read pauses the upstream`, async (t) => {
      const piece = textDelta('x'.repeat(65_536));
      const pieces = 800;
      let accepted = 0;
      const e1 = await startUpstream(t, async (exchange) => {
        await exchange.send(streamHead);
        await exchange.send(chunk(messageStart));
        for (let i = 0; i < pieces; i += 1) {
          await exchange.send(chunk(piece));
          accepted += piece.length;
        }
        await exchange.send(chunk(messageEnd));
        await exchange.send(lastChunk);
      });
      const own = await startProxy(t, configOf([e1.endpoint()]));

      const stream = await open(own, { body: streamedRequest(), headers });
      stream.response.pause();
      const unread = await settled(() => accepted);
      const peak = peakOf(own.pid);
      stream.response.resume();

      // The buffers of four sockets hold some megabytes; the proxy itself keeps next to nothing.
      assert.ok(unread < (pieces * piece.length) / 2, `${unread} bytes were taken`);
      assert.ok(peak < 150_000, `the process took ${peak} kB`);
      assert.equal(await stream.body.finished(), 'clean');
      assert.equal(stream.body.available, messageStart.length + pieces * piece.length + messageEnd.length);
    });
  }

  for (const [what, body] of [
    ['a small error', Buffer.from('{"type":"error","error":{"type":"api_error","message":"x"}}')],
    ['a bomb of 100 MB', Buffer.alloc(100 * 1024 * 1024)],
  ] as const) {
    test(`row 23: ${what} in gzip is passed on as it is, and not unpacked`, async (t) => {
      const packed = gzipSync(body);
      const e1 = await startUpstream(t, (exchange) =>
        exchange.send(
          plainResponse('422 Unprocessable Entity', packed, [
            'content-type: application/json',
            'content-encoding: gzip',
          ]),
        ),
      );
      const own = await startProxy(t, configOf([e1.endpoint()], { patienceSeconds: 0 }));

      const answer = await call(own, { headers: ['accept-encoding', 'gzip'] });

      assert.equal(answer.status, 422);
      assert.equal(answer.header('content-encoding'), 'gzip');
      assert.ok(answer.bytes.equals(packed));
      assert.ok(peakOf(own.pid) < 150_000, `the process took ${peakOf(own.pid)} kB`);
    });
  }
});
