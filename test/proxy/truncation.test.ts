import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call } from '../support/proxyClient.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import {
  blockStop,
  chunk,
  lastChunk,
  messageDelta,
  messageStart,
  streamHead,
  textDelta,
  wholeMessage,
} from '../support/wire.ts';

/** Streams some events and ends the body cleanly. */
const cleanEnd =
  (...events: string[]): Script =>
  async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(events.join('')));
    await exchange.send(lastChunk);
  };

const closeDelimited = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n';

const truncated: Record<string, Script> = {
  'the upstream resets the connection': async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(messageStart + textDelta('half')));
    // What was sent must have left before the reset, which discards what has not.
    exchange.socket.end(() => exchange.reset());
  },
  'the connection ends without the last chunk': async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(messageStart + textDelta('half')));
    exchange.end();
  },
  'the connection ends inside a chunk': async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(messageStart + textDelta('half')).subarray(0, -20));
    exchange.end();
  },
  'the body is shorter than its content-length': async (exchange) => {
    await exchange.send(
      'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 100000\r\n\r\n',
    );
    await exchange.send(messageStart + textDelta('half'));
    exchange.end();
  },
  'a chunk has an impossible size': async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(messageStart + textDelta('half')));
    await exchange.send('zz\r\n');
  },
  'the body ends cleanly after the start of a text': cleanEnd(messageStart),
  'the body ends cleanly inside the text': cleanEnd(messageStart, textDelta('half')),
  'the body ends cleanly after a complete block': cleanEnd(messageStart, textDelta('half'), blockStop),
  'the body ends cleanly inside message_delta': cleanEnd(messageStart, blockStop, messageDelta.slice(0, -30)),
  'a message_delta names no stop reason': cleanEnd(
    messageStart,
    blockStop,
    messageDelta.replace('"end_turn"', 'null'),
  ),
  'a body that ends with its connection is cut inside the text': async (exchange) => {
    await exchange.send(closeDelimited + messageStart + textDelta('half'));
    exchange.end();
  },
  'a body that ends with its connection is cut inside an event': async (exchange) => {
    await exchange.send(closeDelimited + messageStart + textDelta('half').slice(0, 30));
    exchange.end();
  },
};

for (const [fault, script] of Object.entries(truncated)) {
  test(`the client's connection breaks when ${fault}`, async (t) => {
    const upstream = await startUpstream(t, script);
    const proxy = await startProxy(t, configOf([upstream.endpoint()]));

    const answer = await call(proxy);

    assert.equal(answer.status, 200);
    assert.equal(answer.end, 'broken');
    const [line] = await proxy.logged('attempt');
    assert.equal(line?.outcome, 'broken');
    assert.equal(upstream.requests.length, 1);
  });
}

test('what came before a cut is passed on', async (t) => {
  const start = messageStart + textDelta('half');
  const upstream = await startUpstream(t, cleanEnd(start));
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));

  const answer = await call(proxy);

  assert.equal(answer.text, start);
});

const complete: Record<string, string[]> = {
  'after message_stop': [wholeMessage('hello')],
  'after message_delta with a stop reason': [messageStart, textDelta('a'), blockStop, messageDelta],
  'after message_stop, with lines ended by CRLF': [wholeMessage('hello').replaceAll('\n', '\r\n')],
  'after message_delta, with lines ended by CRLF': [
    (messageStart + textDelta('a') + blockStop + messageDelta).replaceAll('\n', '\r\n'),
  ],
  'after message_stop, without event lines': [wholeMessage('hello').replaceAll(/^event: .*\n/gm, '')],
  'after message_stop and pings': [
    wholeMessage('hello'),
    'event: ping\ndata: {"type":"ping"}\n\n',
    ': bye\n\n',
  ],
};

for (const [where, events] of Object.entries(complete)) {
  test(`a stream that ends ${where} ends cleanly`, async (t) => {
    const upstream = await startUpstream(t, cleanEnd(...events));
    const proxy = await startProxy(t, configOf([upstream.endpoint()]));

    const answer = await call(proxy);

    assert.equal(answer.text, events.join(''));
    assert.equal(answer.end, 'clean');
    const [line] = await proxy.logged('attempt');
    assert.equal(line?.outcome, 'served');
  });
}

test('a stream whose connection is lost after message_stop ends cleanly', async (t) => {
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(wholeMessage('hello')));
    exchange.end();
  });
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));

  const answer = await call(proxy);

  assert.equal(answer.text, wholeMessage('hello'));
  assert.equal(answer.end, 'clean');
  const [line] = await proxy.logged('attempt');
  assert.equal(line?.outcome, 'served');
});

test('a large JSON response that is cut breaks the connection', async (t) => {
  const part = `{"type":"message","text":"${'x'.repeat(3 * 1024 * 1024)}`;
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 4000000\r\n\r\n${part}`,
    );
    exchange.end();
  });
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));

  const answer = await call(proxy);

  assert.equal(answer.end, 'broken');
  assert.ok(part.startsWith(answer.text));
});

test('an error response that is streamed needs no message_stop', async (t) => {
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead.replace('200 OK', '529 Overloaded'));
    await exchange.send(chunk('event: note\ndata: {}\n\n'));
    await exchange.send(lastChunk);
  });
  const proxy = await startProxy(t, configOf([upstream.endpoint()], { patienceSeconds: 0 }));

  const answer = await call(proxy);

  assert.equal(answer.status, 503);
  assert.equal(answer.text, 'event: note\ndata: {}\n\n');
  assert.equal(answer.end, 'clean');
});
