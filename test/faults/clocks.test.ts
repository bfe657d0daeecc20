import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerOf, answers } from '../support/answers.ts';
import { streamedRequest } from '../support/claudeCode.ts';
import { gate } from '../support/gate.ts';
import { modelGroups } from '../support/modelGroups.ts';
import { call, open } from '../support/proxyClient.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, type ServedProxy, startProxy } from '../support/servedProxy.ts';
import {
  chunk,
  lastChunk,
  messageEnd,
  messageStart,
  startOf,
  streamHead,
  textDelta,
  wholeMessage,
} from '../support/wire.ts';

/*
 * A process that stands still, as it does while a computer sleeps or its event loop is blocked, takes nobody's
 * silence for what it has slept through.
 */

/** Lets a process stand still for far longer than the limits of these tests. */
async function standStill(proxy: ServedProxy, meanwhile: () => void): Promise<void> {
  process.kill(proxy.pid, 'SIGSTOP');
  setTimeout(meanwhile, 300);
  await sleep(3000);
  process.kill(proxy.pid, 'SIGCONT');
}

const timeouts = { connect: 1000, messageStart: 600, firstByte: 1500, hold: 800, idle: 1500, ping: 1000 };
const routing = { timeouts, breakerThreshold: 1, patienceSeconds: 0 };

describe('rows 44 and 45: a process that stands still for three seconds', { concurrency: 5 }, () => {
  // The second limit ends just before the process goes on.
  for (const firstByte of [1500, 2700]) {
    test(`gives up no endpoint that has answered meanwhile, with a limit of ${firstByte} ms`, async (t) => {
      const go = gate();
      const waits =
        (name: string): Script =>
        async (exchange) => {
          await go.opened;
          await answers(name)(exchange);
        };
      const groups = modelGroups();
      const all = await Promise.all(
        ['a', 'b', 'c', 'd'].map(async (name) => {
          const e1 = await startUpstream(t, waits(name));
          const e2 = await startUpstream(t, answers('other'));
          return { name, e1, e2, model: groups.add(e1.endpoint(), e2.endpoint()) };
        }),
      );
      const proxy = await startProxy(
        t,
        configOf(groups.endpoints, { ...routing, timeouts: { ...timeouts, firstByte } }),
      );

      const calls = all.map(({ model }) => call(proxy, { body: streamedRequest(model) }));
      await Promise.all(all.map(({ e1 }) => e1.received(1)));
      await standStill(proxy, go.open);

      for (const [index, { name, e1, e2, model }] of all.entries()) {
        assert.equal((await calls[index])?.text, answerOf(name, true));
        assert.equal(e2.connections, 0);
        assert.equal((await call(proxy, { body: streamedRequest(model) })).text, answerOf(name, true));
        assert.equal(e1.requests.length, 2);
      }
    });
  }

  test('gives an endpoint the rest of its time afterwards', async (t) => {
    const go = gate();
    const e1 = await startUpstream(t, async (exchange) => {
      await go.opened;
      await answers('late')(exchange);
    });
    const e2 = await startUpstream(t, answers('other'));
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], routing));

    const answer = call(proxy, { body: streamedRequest() });
    await e1.received(1);
    await standStill(proxy, () => undefined);
    setTimeout(go.open, 200);

    assert.equal((await answer).text, answerOf('late', true));
    assert.equal(e2.connections, 0);
  });

  test('breaks no stream off that went on meanwhile, or goes on soon', async (t) => {
    const meanwhile = gate();
    const afterwards = gate();
    const e1 = await startUpstream(t, async (exchange) => {
      await exchange.send(streamHead);
      await exchange.send(chunk(messageStart + textDelta('a')));
      await meanwhile.opened;
      await exchange.send(chunk(textDelta('b')));
      await afterwards.opened;
      await exchange.send(chunk(messageEnd));
      await exchange.send(lastChunk);
    });
    const proxy = await startProxy(t, configOf([e1.endpoint()], routing));

    const stream = await open(proxy, { body: streamedRequest() });
    await stream.body.exactly((messageStart + textDelta('a')).length);
    await standStill(proxy, meanwhile.open);
    setTimeout(afterwards.open, 400);

    assert.equal(await stream.body.finished(), 'clean');
    const pings = /event: ping\ndata: \{"type":"ping"\}\n\n/g;
    assert.equal((await stream.body.rest()).toString().replaceAll(pings, ''), textDelta('b') + messageEnd);
  });

  test('does not pass on early what it holds', async (t) => {
    const go = gate();
    const e1 = await startUpstream(t, async (exchange) => {
      await exchange.send(streamHead);
      await exchange.send(chunk(startOf('msg_held')));
      await go.opened;
      exchange.reset();
    });
    const e2 = await startUpstream(t, answers('other'));
    const patient = { ...routing, timeouts: { ...timeouts, messageStart: 8000, firstByte: 20_000 } };
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], patient));

    const answer = call(proxy, { body: streamedRequest() });
    await e1.received(1);
    await standStill(proxy, go.open);

    assert.equal((await answer).text, wholeMessage('other'));
  });
});
