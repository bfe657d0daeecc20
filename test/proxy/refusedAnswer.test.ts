import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import zlib from 'node:zlib';
import type { AnswerShape } from '../../src/core/finalAnswer.ts';
import {
  isDisguisedError,
  type RefusedAnswer,
  readRefusal,
  refusalInBody,
  sendHead,
  sendRefusal,
} from '../../src/proxy/refusedAnswer.ts';
import type { ByteReader } from '../support/byteReader.ts';
import { connectRaw } from '../support/rawConnection.ts';
import { wholeJsonMessage } from '../support/wire.ts';

const json = '{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}';
const compressed = { gzip: zlib.gzipSync, deflate: zlib.deflateSync, br: zlib.brotliCompressSync };

function refusal(answer: Partial<RefusedAnswer> = {}): RefusedAnswer {
  return {
    status: 429,
    statusText: 'Too Many Requests',
    headers: ['content-type', 'application/json'],
    body: Buffer.from(json),
    ...answer,
  };
}

/** What a client gets when a server answers with this. */
async function answered(t: TestContext, answer: (response: ServerResponse) => void) {
  const server = http.createServer((_, response) => answer(response)).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const connection = await connectRaw((server.address() as AddressInfo).port);
  t.after(() => connection.socket.destroy());
  connection.send('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  return whole(connection.reader);
}

async function whole(reader: ByteReader) {
  const head = await reader.head();
  assert.ok(head);
  const body = await reader.rest();
  return { startLine: head.startLine, values: head.values, body };
}

describe('an error in a body', () => {
  test('has the status that its type stands for, and is JSON', () => {
    const { status, headers, body } = refusalInBody(['content-type', 'text/event-stream'], json);
    assert.equal(status, 429);
    assert.deepEqual(headers, ['content-type', 'application/json']);
    assert.equal(body.toString(), json);
  });

  test('keeps the headers that are not about the body it came in', () => {
    const headers = ['request-id', 'req_1', 'Content-Length', '7', 'content-encoding', 'gzip', 'x-a', 'b'];
    assert.deepEqual(refusalInBody(headers, json).headers, [
      'content-type',
      'application/json',
      'request-id',
      'req_1',
      'x-a',
      'b',
    ]);
  });

  test('of an unknown type is an error of the server', () => {
    assert.equal(refusalInBody([], '{"type":"error","error":{"type":"odd_error"}}').status, 500);
    assert.equal(refusalInBody([], 'garbage').status, 500);
  });
});

describe('a body with a status of success', () => {
  const isError = (text: string) => isDisguisedError([Buffer.from(text)]);

  for (const [what, text] of [
    ['the API', json],
    ['a relay, with a code and words', '{"code":503,"success":false,"msg":"no channel"}'],
    ['a relay, with a code and a message', '{"code":"busy","message":"no channel"}'],
    ['a relay, with nothing but words', '{"error":"no channel"}'],
    ['a relay that has an object for it', '{"error":{"message":"no channel"}}'],
    ['a relay that only denies success', '{"success":false}'],
  ] as const) {
    test(`is an error in the words of ${what}`, () => {
      assert.equal(isError(text), true);
    });
  }

  for (const [what, text] of [
    ['is a message', wholeJsonMessage('hello')],
    ['speaks of an error in its content', '{"content":[],"error":"x","code":1,"msg":"x","success":false}'],
    ['has no error', '{"type":"message","error":null}'],
    ['has nothing but a code', '{"code":0}'],
    ['counts tokens', '{"input_tokens":7}'],
    ['is a list', '[{"error":"x"}]'],
    ['is null', 'null'],
    ['is no JSON', '{"error":"x"'],
    ['is empty', ''],
  ] as const) {
    test(`is no error when it ${what}`, () => {
      assert.equal(isError(text), false);
    });
  }

  test('is read as a whole, whatever pieces it came in, and not when it is long', () => {
    const text = '{"error":"no channel ä"}';
    assert.equal(isDisguisedError([...Buffer.from(text)].map((byte) => Buffer.of(byte))), true);
    assert.equal(isDisguisedError([Buffer.from(text), Buffer.alloc(64 * 1024, ' ')]), false);
  });

  test('that is an error of a relay stands for an error of its server, in its words', () => {
    const text = '{"code":503,"success":false,"msg":"no channel"}';
    const { status, body } = refusalInBody([], text);
    assert.deepEqual([status, body.toString()], [500, text]);
  });
});

describe('what an error says', () => {
  test('is read from its body and its headers', () => {
    const headers = ['Content-Type', 'application/json', 'Retry-After', '7'];
    assert.deepEqual(readRefusal(refusal({ headers }), 0), {
      status: 429,
      form: 'json',
      errorType: 'rate_limit_error',
      message: 'slow down',
      retryAfterMs: 7_000,
    });
  });

  test('is read by the wall clock where it names a date', () => {
    const wallNow = Date.UTC(2026, 0, 1, 12, 0, 0);
    const headers = ['retry-after', 'Thu, 01 Jan 2026 12:00:30 GMT'];
    assert.equal(readRefusal(refusal({ headers }), wallNow).retryAfterMs, 30_000);
  });

  for (const [coding, compress] of Object.entries(compressed)) {
    test(`is read although a relay compressed it by ${coding}`, () => {
      const answer = refusal({ headers: ['content-encoding', coding], body: compress(Buffer.from(json)) });
      assert.equal(readRefusal(answer, 0).message, 'slow down');
    });
  }

  test('is what it looks like when it cannot be decompressed', () => {
    for (const coding of ['gzip', 'deflate', 'br', 'zstd', 'odd']) {
      const answer = refusal({ headers: ['content-encoding', coding] });
      assert.equal(readRefusal(answer, 0).message, 'slow down');
    }
  });

  test('is not read from a bomb', () => {
    const bomb = zlib.gzipSync(json + ' '.repeat(50 * 1024 * 1024));
    const answer = refusal({ headers: ['content-encoding', 'gzip'], body: bomb });
    const { status, form } = readRefusal(answer, 0);
    assert.deepEqual([status, form], [429, 'other']);
  });

  test('is read from the beginning of a long one', () => {
    const { message } = readRefusal(refusal({ body: Buffer.alloc(1024 * 1024, 'x') }), 0);
    assert.equal(message, 'x'.repeat(2_048));
  });
});

describe('an error that is sent to the client', () => {
  const send = (t: TestContext, answer: RefusedAnswer, shape: Partial<AnswerShape> = {}) =>
    answered(t, (response) => {
      assert.equal(sendRefusal(response, answer, { status: answer.status, ...shape }), true);
    });

  test('is the one that came, with its status, its phrase and its headers', async (t) => {
    const headers = ['Content-Type', 'application/json', 'Request-Id', 'req_1', 'x-should-retry', 'true'];
    const got = await send(t, refusal({ headers }));
    assert.equal(got.startLine, 'HTTP/1.1 429 Too Many Requests');
    assert.equal(got.body.toString(), json);
    assert.deepEqual(got.values('request-id'), ['req_1']);
    assert.deepEqual(got.values('x-should-retry'), ['true']);
  });

  test('keeps a compressed body as it is', async (t) => {
    const body = zlib.gzipSync(json);
    const got = await send(t, refusal({ headers: ['content-encoding', 'gzip'], body }));
    assert.deepEqual(got.body, body);
    assert.deepEqual(got.values('content-encoding'), ['gzip']);
  });

  test('has the status that it is shaped to, without the phrase of the other one', async (t) => {
    const got = await send(t, refusal({ status: 529, statusText: 'Site Overloaded' }), { status: 503 });
    assert.match(got.startLine, /^HTTP\/1\.1 503 /);
    assert.doesNotMatch(got.startLine, /Overloaded/);
  });

  test('has one time to come back, the one that it is shaped to', async (t) => {
    const headers = ['Retry-After', '3600', 'retry-after-ms', '3600000'];
    const got = await send(t, refusal({ headers }), { retryAfterSeconds: 60 });
    assert.deepEqual(got.values('retry-after'), ['60']);
    assert.deepEqual(got.values('retry-after-ms'), []);
  });

  test('keeps its own time to come back when it is not shaped', async (t) => {
    const got = await send(t, refusal({ headers: ['retry-after', '7'] }));
    assert.deepEqual(got.values('retry-after'), ['7']);
  });

  test('is not to be tried again when it is shaped so', async (t) => {
    const headers = ['X-Should-Retry', 'true'];
    const got = await send(t, refusal({ status: 401, headers }), { shouldRetry: false });
    assert.deepEqual(got.values('x-should-retry'), ['false']);
  });

  test('has the length of what is sent', async (t) => {
    const got = await send(t, refusal({ headers: ['Content-Length', '7'], body: Buffer.from('four') }));
    assert.equal(got.body.toString(), 'four');
    assert.deepEqual(got.values('content-length'), ['4']);
  });

  test('has no cookies and nothing of the connection that it came by', async (t) => {
    const headers = ['set-cookie', 'a=b', 'transfer-encoding', 'chunked', 'alt-svc', 'h3=":443"'];
    const got = await send(t, refusal({ headers }));
    for (const name of ['set-cookie', 'transfer-encoding', 'alt-svc']) assert.deepEqual(got.values(name), []);
  });
});

describe('the head of an answer', () => {
  test('has no phrase where the one that came is none', async (t) => {
    const got = await answered(t, (response) => {
      assert.equal(sendHead(response, 200, 'schön\u4e2d', []), true);
      response.end();
    });
    assert.match(got.startLine, /^HTTP\/1\.1 200 ?$/);
  });

  test('that cannot be sent is told, and another one can be sent instead', async (t) => {
    const got = await answered(t, (response) => {
      assert.equal(sendHead(response, 200, 'OK', ['x-odd', 'a\u0001b']), false);
      assert.equal(response.headersSent, false);
      assert.equal(sendHead(response, 502, '', ['x-good', 'yes']), true);
      response.end('instead');
    });
    assert.match(got.startLine, /^HTTP\/1\.1 502 /);
    assert.match(got.body.toString('latin1'), /instead/);
    assert.deepEqual([got.values('x-good'), got.values('x-odd')], [['yes'], []]);
  });
});
