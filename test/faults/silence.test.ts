import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answerOf, answers, sendPings, silence, wantsStream } from '../support/answers.ts';
import { claudeCodeHeaders, streamedRequest } from '../support/claudeCode.ts';
import { gate } from '../support/gate.ts';
import { apiError, call, open } from '../support/proxyClient.ts';
import { startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import {
  chunk,
  lastChunk,
  messageDelta,
  messageEnd,
  messageStart,
  messageStop,
  ping,
  plainResponse,
  startOf,
  stopOf,
  streamHead,
  textDelta,
  textStart,
  thinkingDelta,
  thinkingStart,
  toolDelta,
  toolStart,
  wholeJsonMessage,
} from '../support/wire.ts';

/*
 * Endpoints that take their time: what is waited for, what is given up, and what the client sees of it.
 */

const second = answerOf('second', true);

describe('silence', { concurrency: 6 }, () => {
  test('row 9: the next endpoint is asked when no message begins in time, and the first one is let go', async (t) => {
    const e1 = await startUpstream(t, silence);
    const e2 = await startUpstream(t, answers('second'));
    const timeouts = { messageStart: 300, firstByte: 20_000 };
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], { timeouts }));

    const answer = await call(proxy, { body: streamedRequest() });

    assert.equal(answer.text, second);
    await e1.cutOff(1);
    const [slow] = await proxy.logged('attempt', 2);
    assert.deepEqual([slow?.failure, slow?.standing], ['slow', 'unhealthy']);
  });

  test('row 9: with nobody else ready the attempt runs on past that limit', async (t) => {
    const late = gate();
    const e1 = await startUpstream(t, async (exchange) => {
      await late.opened;
      await answers('late')(exchange);
    });
    const timeouts = { messageStart: 100, firstByte: 20_000 };
    const proxy = await startProxy(t, configOf([e1.endpoint()], { timeouts }));

    setTimeout(late.open, 800);
    const answer = await call(proxy, { body: streamedRequest() });

    assert.equal(answer.text, answerOf('late', true));
    assert.equal(e1.requests.length, 1);
  });

  test('row 9: an endpoint that becomes ready later is asked then', async (t) => {
    const e1 = await startUpstream(t, [
      (exchange) => exchange.send(plainResponse('429 Too Many Requests', '{}', ['retry-after: 1'])),
      answers('second'),
    ]);
    const e2 = await startUpstream(t, [answers('first'), silence]);
    const timeouts = { messageStart: 200, firstByte: 20_000 };
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], { timeouts }));

    assert.equal((await call(proxy, { body: streamedRequest() })).text, answerOf('first', true));
    const answer = await call(proxy, { body: streamedRequest() });

    assert.equal(answer.text, second);
    assert.equal(e2.requests.length, 2);
  });

  test('an answer in one piece is waited for until the deadline, whoever else is ready', async (t) => {
    const late = gate();
    const e1 = await startUpstream(t, async (exchange) => {
      await late.opened;
      await answers('late')(exchange);
    });
    const e2 = await startUpstream(t, answers('second'));
    const timeouts = { messageStart: 100, firstByte: 20_000 };
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], { timeouts }));

    setTimeout(late.open, 800);
    const answer = await call(proxy);

    assert.equal(answer.text, wholeJsonMessage('late'));
    assert.equal(e2.connections, 0);
  });

  test('the deadline counts from the receipt, over all endpoints and attempts', async (t) => {
    const e1 = await startUpstream(t, silence);
    const e2 = await startUpstream(t, silence);
    const e3 = await startUpstream(t, silence);
    const timeouts = { messageStart: 600, firstByte: 1500 };
    const endpoints = [e1, e2, e3].map((each) => each.endpoint());
    const proxy = await startProxy(t, configOf(endpoints, { timeouts, patienceSeconds: 0 }));

    const answer = await call(proxy, { body: streamedRequest() });

    assert.equal(answer.status, 504);
    assert.equal(apiError(answer).type, 'timeout_error');
    // Three limits of their own are longer than the deadline.
    const lines = await proxy.logged('attempt', 3);
    const total = lines.reduce((sum, line) => sum + Number(line.durationMs), 0);
    assert.ok(total < 1800, `the attempts took ${total} ms`);
  });

  for (const [row, what, opening] of [
    [19, 'message_start', startOf('msg_slow')],
    [20, 'the start of thinking', startOf('msg_slow') + thinkingStart()],
  ] as const) {
    test(`row ${row}: a stream with nothing but pings after ${what} is passed on in time and stays open`, async (t) => {
      const enough = gate();
      const e1 = await startUpstream(t, async (exchange) => {
        await exchange.send(streamHead);
        await exchange.send(chunk(opening));
        await sendPings(exchange, 40, enough.opened);
        await exchange.send(
          chunk((opening.includes('thinking') ? stopOf(0) : '') + messageDelta + messageStop),
        );
        await exchange.send(lastChunk);
      });
      const e2 = await startUpstream(t, answers('never'));
      const timeouts = { hold: 400, messageStart: 600, firstByte: 1600 };
      const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], { timeouts }));

      const stream = await open(proxy, { body: streamedRequest() });
      assert.equal((await stream.body.exactly(opening.length)).toString(), opening);
      // Far longer than every limit above.
      for (let i = 0; i < 50; i += 1) {
        assert.equal((await stream.body.exactly(ping.length)).toString(), ping);
      }
      enough.open();

      assert.equal(await stream.body.finished(), 'clean');
      assert.equal(e2.connections, 0);
    });
  }

  test('pings before message_start are passed on in the end when nobody else is ready', async (t) => {
    const seen = gate();
    const e1 = await startUpstream(t, async (exchange) => {
      await exchange.send(streamHead);
      await sendPings(exchange, 40, seen.opened);
      await exchange.send(chunk(messageStart + messageEnd));
      await exchange.send(lastChunk);
    });
    const timeouts = { hold: 250, messageStart: 200, firstByte: 20_000 };
    const proxy = await startProxy(t, configOf([e1.endpoint()], { timeouts }));

    const stream = await open(proxy, { body: streamedRequest() });
    assert.equal((await stream.body.exactly(ping.length)).toString(), ping);
    seen.open();

    assert.equal(await stream.body.finished(), 'clean');
    assert.ok((await stream.body.rest()).toString().endsWith(messageStart + messageEnd));
  });

  test('more than is held is passed on, whatever it says', async (t) => {
    const e1 = await startUpstream(t, async (exchange) => {
      await exchange.send(streamHead);
      await exchange.send(chunk(`: ${'x'.repeat(100_000)}\n\n`));
      await exchange.closed;
    });
    const e2 = await startUpstream(t, answers('never'));
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()]));

    const stream = await open(proxy, { body: streamedRequest() });
    await stream.body.exactly(100_004);
    stream.abort();

    await e1.cutOff(1);
    assert.equal(e2.connections, 0);
  });

  test('a silent stream gets pings of our own, between its events only', async (t) => {
    const go = gate();
    const e1 = await startUpstream(t, async (exchange) => {
      await exchange.send(streamHead);
      await exchange.send(chunk(messageStart + textDelta('a')));
      await go.opened;
      await exchange.send(chunk(textDelta('b') + messageEnd));
      await exchange.send(lastChunk);
    });
    const proxy = await startProxy(t, configOf([e1.endpoint()], { timeouts: { ping: 200 } }));

    const stream = await open(proxy, { body: streamedRequest() });
    const before = messageStart + textDelta('a');
    assert.equal((await stream.body.exactly(before.length)).toString(), before);
    for (let i = 0; i < 2; i += 1) {
      assert.equal((await stream.body.exactly(ping.length)).toString(), ping);
    }
    go.open();

    const rest = (await stream.body.rest()).toString().replaceAll(ping, '');
    assert.equal(rest, textDelta('b') + messageEnd);
    assert.equal(await stream.body.finished(), 'clean');
  });

  test('a stream that is silent inside an event gets no ping into it', async (t) => {
    const go = gate();
    const half = textDelta('b').slice(0, 30);
    const e1 = await startUpstream(t, async (exchange) => {
      await exchange.send(streamHead);
      await exchange.send(chunk(messageStart + half));
      await go.opened;
      await exchange.send(chunk(textDelta('b').slice(30) + messageEnd));
      await exchange.send(lastChunk);
    });
    const proxy = await startProxy(t, configOf([e1.endpoint()], { timeouts: { ping: 150 } }));

    const stream = await open(proxy, { body: streamedRequest() });
    await stream.body.exactly((messageStart + half).length);
    setTimeout(go.open, 700);

    assert.equal((await stream.body.rest()).toString(), textDelta('b').slice(30) + messageEnd);
  });

  test('a tool call that is long in coming is streamed after all, with pings before it', async (t) => {
    const go = gate();
    const text = textStart() + textDelta('a') + stopOf(0);
    const tool = toolStart(1) + toolDelta('{"path":', 1);
    const e1 = await startUpstream(t, async (exchange) => {
      await exchange.send(streamHead);
      await exchange.send(chunk(startOf('msg_tool') + text + tool));
      await go.opened;
      await exchange.send(chunk(toolDelta('"x"}', 1) + stopOf(1) + messageDelta + messageStop));
      await exchange.send(lastChunk);
    });
    const timeouts = { hold: 150, ping: 700 };
    const proxy = await startProxy(t, configOf([e1.endpoint()], { timeouts }));

    const stream = await open(proxy, { body: streamedRequest(), headers: claudeCodeHeaders() });
    const before = startOf('msg_tool') + text;
    assert.equal((await stream.body.exactly(before.length)).toString(), before);
    assert.equal((await stream.body.exactly(ping.length)).toString(), ping);
    const flushed = (await stream.body.through('"partial_json":"{\\"path\\":"}}\n\n')).toString();
    assert.equal(flushed.replaceAll(ping, ''), tool);
    go.open();

    assert.equal(await stream.body.finished(), 'clean');
  });

  test('thinking that flows is passed on as it comes', async (t) => {
    const read = [gate(), gate(), gate()];
    const e1 = await startUpstream(t, async (exchange) => {
      assert.ok(wantsStream(exchange.request));
      await exchange.send(streamHead);
      await exchange.send(chunk(startOf('msg_t') + thinkingStart()));
      for (const [index, each] of read.entries()) {
        await exchange.send(chunk(thinkingDelta(`thought ${index}`)));
        await each.opened;
      }
      await exchange.send(chunk(stopOf(0) + messageDelta + messageStop));
      await exchange.send(lastChunk);
    });
    const proxy = await startProxy(t, configOf([e1.endpoint()]));

    const stream = await open(proxy, { body: streamedRequest(), headers: claudeCodeHeaders() });
    await stream.body.exactly((startOf('msg_t') + thinkingStart()).length);
    for (const [index, each] of read.entries()) {
      const expected = thinkingDelta(`thought ${index}`);
      assert.equal((await stream.body.exactly(expected.length)).toString(), expected);
      each.open();
    }

    assert.equal(await stream.body.finished(), 'clean');
  });
});
