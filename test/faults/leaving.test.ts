import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answerOf, answers, refuses } from '../support/answers.ts';
import { claudeCodeHeaders, streamedRequest } from '../support/claudeCode.ts';
import { call, request } from '../support/proxyClient.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { chunk, startOf, streamHead, textDelta, textStart, toolStart } from '../support/wire.ts';

/*
 * Row 36: a client that leaves, in every state of its request.
 */

/** Sends a head and some events and then nothing more. */
const stalls =
  (...events: string[]): Script =>
  async (exchange) => {
    await exchange.send(streamHead);
    for (const each of events) await exchange.send(chunk(each));
    await exchange.closed;
  };

const begun = startOf('msg_left');
const states: Record<string, Script> = {
  'before the head': (exchange) => exchange.closed,
  'while the answer is held before its message': stalls(),
  'while the answer is held after message_start': stalls(begun),
  'in mid-stream': stalls(begun + textStart() + textDelta('a')),
  'while a tool call is held': stalls(begun + textStart() + textDelta('a'), toolStart(1)),
};

describe('row 36: a client that leaves', { concurrency: 4 }, () => {
  for (const [state, script] of Object.entries(states)) {
    test(`${state} closes the upstream, asks nobody else and harms nobody`, async (t) => {
      const e1 = await startUpstream(t, [script, answers('first')]);
      const e2 = await startUpstream(t, answers('never'));
      const routing = { breakerThreshold: 1 };
      const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], routing));

      const sent = request(proxy, { body: streamedRequest(), headers: claudeCodeHeaders() });
      sent.on('error', () => undefined);
      const answerBegins = new Promise((resolve) => sent.once('response', resolve));
      sent.on('response', (response) => response.on('error', () => undefined).resume());
      await e1.received(1);
      if (/mid-stream|tool/.test(state)) await answerBegins;
      sent.destroy();

      await e1.cutOff(1);
      const [line] = await proxy.logged('attempt');
      assert.deepEqual([line?.outcome, line?.standing], ['clientGone', 'healthy']);
      assert.equal((await call(proxy, { body: streamedRequest() })).text, answerOf('first', true));
      assert.equal(e2.connections, 0);
    });
  }

  test('before the second try at the same endpoint causes none', async (t) => {
    const e1 = await startUpstream(t, [refuses('500 Internal Server Error'), answers('served')]);
    const proxy = await startProxy(t, configOf([e1.endpoint()]));

    const sent = request(proxy);
    sent.on('error', () => undefined);
    await proxy.logged('attempt');
    sent.destroy();

    // It takes longer than the pause before a second try, which would have come first.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.equal(e1.requests.length, 1);
    assert.equal((await call(proxy)).text, answerOf('served', false));
  });
});
