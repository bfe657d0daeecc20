import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { gate } from '../support/gate.ts';
import { call, open } from '../support/proxyClient.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import {
  chunk,
  lastChunk,
  messageEnd,
  messageStart,
  plainResponse,
  streamHead,
  textDelta,
  wholeMessage,
} from '../support/wire.ts';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Answers with a streamed message cut into the given chunks. */
const streamed =
  (pieces: Iterable<Buffer>): Script =>
  async (exchange) => {
    await exchange.send(streamHead);
    for (const piece of pieces) await exchange.send(chunk(piece));
    await exchange.send(lastChunk);
  };

function* slices(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

for (const reason of ['请求过多', 'Schl\u00fcssel', '']) {
  test(`a response with the reason phrase "${reason}" is passed on`, async (t) => {
    const upstream = await startUpstream(t, async (exchange) => {
      const body = '{"type":"error","error":{"type":"rate_limit_error","message":"x"}}';
      const head = `HTTP/1.1 429 ${reason}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
      await exchange.send(Buffer.from(head + body));
    });
    const proxy = await startProxy(t, configOf([upstream.endpoint()], { patienceSeconds: 0 }));

    const answer = await call(proxy);

    assert.equal(answer.status, 429);
    assert.match(answer.text, /rate_limit_error/);
  });
}

test('a request body of 2 MB arrives byte for byte', async (t) => {
  const upstream = await startUpstream(t, (exchange) => exchange.send(plainResponse('200 OK', '{}')));
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));
  const body = randomBytes(2 * 1024 * 1024);

  const answer = await call(proxy, { body });

  assert.equal(answer.status, 200);
  assert.equal(upstream.requests[0]?.bodyHash, sha256(body));
});

test('a chunked request body arrives byte for byte, with its length', async (t) => {
  const upstream = await startUpstream(t, (exchange) => exchange.send(plainResponse('200 OK', '{}')));
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));
  const body = randomBytes(300_000);

  const response = await fetch(`${proxy.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': proxy.token, 'content-type': 'application/json' },
    body: new ReadableStream({
      start(controller) {
        for (const piece of slices(body, 10_000)) controller.enqueue(piece);
        controller.close();
      },
    }),
    duplex: 'half',
  } as RequestInit);
  await response.arrayBuffer();

  assert.equal(upstream.requests[0]?.bodyHash, sha256(body));
  assert.deepEqual(upstream.requests[0]?.values('content-length'), [String(body.length)]);
});

test('an empty request body is sent as an empty body', async (t) => {
  const upstream = await startUpstream(t, (exchange) =>
    exchange.send(plainResponse('400 Bad Request', '{}')),
  );
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));

  const answer = await call(proxy, { body: '' });

  assert.equal(answer.status, 400);
  assert.deepEqual(upstream.requests[0]?.values('content-length'), ['0']);
});

test('a streamed response of 10 MB arrives byte for byte', async (t) => {
  const start = Buffer.from(messageStart);
  const stream = Buffer.concat([start, randomBytes(10 * 1024 * 1024), Buffer.from(`\n\n${messageEnd}`)]);
  const upstream = await startUpstream(t, streamed(slices(stream, 64 * 1024)));
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));

  const answer = await call(proxy);

  assert.equal(answer.end, 'clean');
  assert.equal(sha256(answer.bytes), sha256(stream));
});

test('every piece is passed on before the next one is sent', async (t) => {
  const pieces = [messageStart, ...Array.from({ length: 30 }, (_, i) => textDelta(`word ${i}`)), messageEnd];
  const received = pieces.map(() => gate());
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead);
    for (const [index, piece] of pieces.entries()) {
      await exchange.send(chunk(piece));
      await received[index]?.opened;
    }
    await exchange.send(lastChunk);
  });
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));

  const { body } = await open(proxy);
  for (const [index, piece] of pieces.entries()) {
    assert.equal((await body.exactly(Buffer.byteLength(piece))).toString(), piece);
    assert.equal(body.available, 0);
    received[index]?.open();
  }

  assert.equal(await body.finished(), 'clean');
});

test('a stream in pieces of one byte, which split its characters, arrives whole', async (t) => {
  const stream = Buffer.from(wholeMessage('多字节 — naïve 🙂'));
  const upstream = await startUpstream(t, streamed(slices(stream, 1)));
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));

  const answer = await call(proxy);

  assert.deepEqual(answer.bytes, stream);
  assert.equal(answer.end, 'clean');
});

test('a malformed stream is not repaired', async (t) => {
  const stream = Buffer.concat([
    Buffer.from('\uFEFFevent: message_start\r\ndata: \xff\x00\r\r: comment\n', 'latin1'),
    Buffer.from(`data: ${'x'.repeat(5 * 1024 * 1024)}\n\n${messageEnd}`),
  ]);
  const upstream = await startUpstream(t, streamed(slices(stream, 50_000)));
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));

  const answer = await call(proxy);

  assert.equal(sha256(answer.bytes), sha256(stream));
});

for (const [status, headers] of [
  ['400 Bad Request', []],
  ['401 Unauthorized', []],
  ['404 Not Found', []],
  ['413 Payload Too Large', []],
  ['429 Too Many Requests', ['retry-after: 7', 'anthropic-ratelimit-requests-remaining: 0']],
  ['500 Internal Server Error', ['x-should-retry: false']],
  ['503 Service Unavailable', ['x-should-retry: true']],
  ['504 Gateway Timeout', ['x-should-retry: false', 'request-id: req_upstream']],
] as const) {
  test(`an upstream's ${status} is passed on with its own words and headers`, async (t) => {
    const body = `{"type":"error" , "error":{"type":"x","message":"as it was — ü"}}\n`;
    const upstream = await startUpstream(t, (exchange) =>
      exchange.send(plainResponse(status, body, ['content-type: application/json', ...headers])),
    );
    const proxy = await startProxy(t, configOf([upstream.endpoint()], { patienceSeconds: 0 }));

    const answer = await call(proxy);

    assert.equal(`${answer.status} ${answer.statusText}`, status);
    assert.equal(answer.text, body);
    for (const line of headers) {
      const [name = '', value] = line.split(': ');
      assert.equal(answer.header(name), value);
    }
    assert.equal(upstream.requests.length, 1);
  });
}

test('a compressed body is passed on as it is', async (t) => {
  const body = gzipSync(JSON.stringify({ type: 'error', error: { type: 'api_error', message: 'x' } }));
  const upstream = await startUpstream(t, (exchange) =>
    exchange.send(plainResponse('500 Internal Server Error', body, ['content-encoding: gzip'])),
  );
  const proxy = await startProxy(t, configOf([upstream.endpoint()], { patienceSeconds: 0 }));

  const answer = await call(proxy, { headers: ['accept-encoding', 'gzip'] });

  assert.equal(answer.header('content-encoding'), 'gzip');
  assert.deepEqual(answer.bytes, body);
  assert.deepEqual(upstream.requests[0]?.values('accept-encoding'), ['identity']);
});

test('a compressed stream ends cleanly though its end cannot be read', async (t) => {
  const body = gzipSync(wholeMessage('hello'));
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead.replace('\r\n\r\n', '\r\ncontent-encoding: gzip\r\n\r\n'));
    await exchange.send(chunk(body));
    await exchange.send(lastChunk);
  });
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));

  const answer = await call(proxy);

  assert.deepEqual(answer.bytes, body);
  assert.equal(answer.end, 'clean');
});

test('only the final response is passed on after 103 Early Hints', async (t) => {
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n');
    await exchange.send(plainResponse('200 OK', '{"ok":true}', ['content-type: application/json']));
  });
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));

  const answer = await call(proxy);

  assert.equal(answer.status, 200);
  assert.equal(answer.text, '{"ok":true}');
  assert.equal(answer.header('link'), undefined);
});

test('a response that ends with its connection is passed on whole', async (t) => {
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${wholeMessage('hi')}`);
    exchange.end();
  });
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));

  const answer = await call(proxy);

  assert.equal(answer.text, wholeMessage('hi'));
  assert.equal(answer.end, 'clean');
});
