import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { describe, test } from 'node:test';
import { answerOf, answers, refuses } from '../support/answers.ts';
import { conversation } from '../support/claudeCode.ts';
import { type Gate, gate } from '../support/gate.ts';
import { apiError, call, request } from '../support/proxyClient.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { settled } from '../support/settled.ts';
import { waitFor } from '../support/waitFor.ts';
import { messageRequest } from '../support/wire.ts';

/*
 * With nobody ready a request waits for the first one that will be.
 */

const limited = (seconds: number): Script =>
  refuses('429 Too Many Requests', 'rate_limit_error', `for ${seconds} s`, [`retry-after: ${seconds}`]);
const served = answerOf('served', false);

/** A script whose answers are let go in rounds, all that wait at once. */
function gated(): { script: Script; waiting(): number; release(): void } {
  const gates: Gate[] = [];
  return {
    script: async (exchange) => {
      const own = gate();
      gates.push(own);
      await Promise.race([own.opened, exchange.closed]);
      await answers('served')(exchange);
    },
    waiting: () => gates.length,
    release: () => {
      for (const each of gates.splice(0)) each.open();
    },
  };
}

describe('patience', { concurrency: 12 }, () => {
  test('a request waits while both endpoints cool down, and is served by the first that is back', async (t) => {
    const e1 = await startUpstream(t, [limited(20), answers('never')]);
    const e2 = await startUpstream(t, [limited(3), answers('served')]);
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()]));

    const answer = await call(proxy, { body: messageRequest({ stream: true }) });

    assert.equal(answer.status, 200);
    assert.equal(answer.text, answerOf('served', true));
    assert.deepEqual([e1.requests.length, e2.requests.length], [1, 2]);
  });

  test('patienceSeconds is how long', async (t) => {
    const e1 = await startUpstream(t, [limited(20), answers('never')]);
    const proxy = await startProxy(t, configOf([e1.endpoint()], { patienceSeconds: 1 }));

    const answer = await call(proxy);

    assert.equal(answer.status, 429);
    assert.ok(Number(answer.header('retry-after')) >= 15);
    assert.equal(e1.requests.length, 1);
  });

  test('a request that waits is answered at its deadline', async (t) => {
    const e1 = await startUpstream(t, [limited(20), answers('never')]);
    const proxy = await startProxy(t, configOf([e1.endpoint()], { timeouts: { firstByte: 800 } }));

    assert.equal((await call(proxy)).status, 429);
    assert.equal(e1.requests.length, 1);
  });

  test('waiting goes on when the endpoint is still limited', async (t) => {
    const e1 = await startUpstream(t, [limited(1), limited(1), answers('served')]);
    const proxy = await startProxy(t, configOf([e1.endpoint()]));

    assert.equal((await call(proxy)).text, served);
    assert.equal(e1.requests.length, 3);
  });

  test('an open circuit is waited for too', async (t) => {
    const e1 = await startUpstream(t, [
      refuses('500 Internal Server Error'),
      refuses('500 Internal Server Error'),
      answers('served'),
    ]);
    const e2 = await startUpstream(t, limited(20));
    const routing = { breakerThreshold: 1, breakerSeconds: 1 };
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], routing));

    assert.equal((await call(proxy)).text, served);
  });

  test('count_tokens does not wait', async (t) => {
    const e1 = await startUpstream(t, [limited(20), answers('never')]);
    const proxy = await startProxy(t, configOf([e1.endpoint()]));

    const waiting = request(proxy);
    waiting.on('error', () => undefined);
    await proxy.logged('attempt');

    assert.equal((await call(proxy, { path: '/v1/messages/count_tokens' })).status, 404);
    waiting.destroy();
  });

  test('row 36: a client that leaves while it waits is forgotten', async (t) => {
    const e1 = await startUpstream(t, [limited(1), answers('served')]);
    const proxy = await startProxy(t, configOf([e1.endpoint()]));

    const waiting = request(proxy);
    const left = new Promise((resolve) => waiting.once('close', resolve));
    waiting.on('error', () => undefined);
    await proxy.logged('attempt');
    waiting.destroy();
    await left;

    // By the time this one is served the other one would have been.
    assert.equal((await call(proxy)).text, served);
    assert.equal(e1.requests.length, 2);
    assert.equal(await proxy.stop(), 0);
  });

  test('a conversation waits a moment for its endpoint instead of moving', async (t) => {
    const e1 = await startUpstream(t, [answers('served'), limited(2), answers('served')]);
    const e2 = await startUpstream(t, answers('other'));
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()]));
    const ask = (name: string) => call(proxy, { headers: conversation(name) });

    assert.equal((await ask('mine')).text, served);
    // Another conversation finds the limit and goes elsewhere, which costs it nothing.
    assert.equal((await ask('other')).text, answerOf('other', false));
    assert.equal((await ask('mine')).text, served);
    assert.equal(e2.requests.length, 1);
  });

  test('a conversation moves when its endpoint is away for longer', async (t) => {
    const e1 = await startUpstream(t, [answers('served'), limited(20)]);
    const e2 = await startUpstream(t, answers('other'));
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()]));
    const ask = (name: string) => call(proxy, { headers: conversation(name) });

    assert.equal((await ask('mine')).text, served);
    for (let i = 0; i < 2; i += 1) assert.equal((await ask('mine')).text, answerOf('other', false));
    assert.equal(e1.requests.length, 2);
  });

  test('a refused key beside a rate limit does not end the wait', async (t) => {
    const e1 = await startUpstream(t, refuses('401 Unauthorized', 'authentication_error'));
    const e2 = await startUpstream(t, [limited(1), answers('served')]);
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()]));

    assert.equal((await call(proxy)).text, served);
    assert.equal(e1.requests.length, 1);
  });

  test('endpoints that fail do not end the wait for the one that will be back', async (t) => {
    const e1 = await startUpstream(t, refuses('500 Internal Server Error'));
    const e2 = await startUpstream(t, refuses('500 Internal Server Error'));
    const e3 = await startUpstream(t, [limited(2), answers('served')]);
    const endpoints = [e1, e2, e3].map((each) => each.endpoint());
    const proxy = await startProxy(t, configOf(endpoints));

    assert.equal((await call(proxy)).text, served);
  });

  for (const status of ['404 Not Found', '400 Bad Request']) {
    test(`a ${status.slice(0, 3)} of another endpoint does not end the wait`, async (t) => {
      const e1 = await startUpstream(t, [limited(1), answers('served')]);
      const e2 = await startUpstream(t, refuses(status, 'not_found_error', 'not here'));
      const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()]));

      assert.equal((await call(proxy)).text, served);
    });
  }

  test('a conversation that waits for its endpoint holds nobody up', async (t) => {
    const others = gated();
    const e1 = await startUpstream(t, [answers('served'), limited(4), answers('served')]);
    const e2 = await startUpstream(t, others.script);
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()]));
    const ask = (name: string) => call(proxy, { headers: conversation(name) });

    assert.equal((await ask('mine')).text, served);
    const all = [ask('finds the limit')];
    await e2.received(1);
    const mine = ask('mine');
    // It waits by now: a request that came after it has arrived.
    all.push(ask('after it'));
    for (let i = 0; i < 10; i += 1) all.push(ask(`other ${i}`));
    const arrived = await settled(others.waiting);

    others.release();
    assert.equal(arrived, 12);
    for (const each of all) assert.equal((await each).text, served);
    assert.equal((await mine).text, served);
    assert.equal(e1.requests.length, 3);
  });

  test('those that wait for a model hold up nobody who asks for another', async (t) => {
    const others = gated();
    const e1 = await startUpstream(t, limited(20));
    const e2 = await startUpstream(t, others.script);
    const endpoints = [e1.endpoint({ models: ['one'] }), e2.endpoint({ models: ['two'] })];
    const proxy = await startProxy(t, configOf(endpoints));

    const waiting = request(proxy, { body: messageRequest({ model: 'one' }) });
    waiting.on('error', () => undefined);
    await proxy.logged('attempt');
    const all = Array.from({ length: 10 }, () => call(proxy, { body: messageRequest({ model: 'two' }) }));
    const arrived = await settled(others.waiting);

    others.release();
    assert.equal(arrived, 10);
    for (const each of all) assert.equal((await each).text, served);
    waiting.destroy();
  });

  test('a process that ends sends those that wait away, to come again', async (t) => {
    const e1 = await startUpstream(t, limited(20));
    const proxy = await startProxy(t, configOf([e1.endpoint()]));

    const waiting = call(proxy);
    await proxy.logged('attempt');
    assert.equal(await proxy.stop(), 0);

    const answer = await waiting;
    assert.ok([429, 503].includes(answer.status), String(answer.status));
    assert.notEqual(answer.header('retry-after'), undefined);
  });

  test('waiting requests are let go one first, then twice as many after each round of success', async (t) => {
    const count = 40;
    const rounds = gated();
    let first = true;
    const e1 = await startUpstream(t, async (exchange) => {
      if (!first) return rounds.script(exchange);
      first = false;
      await limited(2)(exchange);
    });
    const proxy = await startProxy(t, configOf([e1.endpoint()]));

    const calls = [call(proxy)];
    await proxy.logged('attempt');
    for (let i = 1; i < count; i += 1) calls.push(call(proxy));
    const sizes: number[] = [];
    for (let done = 0; done < count; ) {
      await waitFor('the next ones arrive', () => rounds.waiting() > 0 || undefined, 10_000, 5);
      sizes.push(await settled(rounds.waiting));
      done += rounds.waiting();
      rounds.release();
    }

    assert.equal(sizes[0], 1);
    for (const [round, size] of sizes.entries()) {
      assert.ok(size <= 2 ** round, `${size} requests came in round ${round}: ${sizes}`);
    }
    for (const each of calls) assert.equal((await each).text, served);
  });

  test('at most 256 MiB wait; what goes beyond is told to come again', async (t) => {
    const e1 = await startUpstream(t, limited(20));
    const proxy = await startProxy(t, configOf([e1.endpoint()]));
    const body = Buffer.concat([Buffer.from('{"model":"m"}'), Buffer.alloc(31 * 1024 * 1024, ' ')]);

    const first = request(proxy);
    first.on('error', () => undefined);
    await proxy.logged('attempt');
    const waiting = Array.from({ length: 9 }, () => request(proxy, { body }));
    const statuses = await Promise.race(
      waiting.map(async (each) => {
        each.on('error', () => undefined);
        const [response] = (await once(each, 'response')) as [IncomingMessage];
        response.resume();
        return [response.statusCode, response.headers['retry-after']];
      }),
    );

    assert.deepEqual(statuses, [503, '5']);
    for (const each of [first, ...waiting]) each.destroy();
  });

  test('at most 64 requests wait; one more is told to come again', async (t) => {
    const e1 = await startUpstream(t, limited(20));
    const proxy = await startProxy(t, configOf([e1.endpoint()]));

    const waiting = [request(proxy)];
    await proxy.logged('attempt');
    for (let i = 1; i < 64; i += 1) waiting.push(request(proxy));
    for (const each of waiting) each.on('error', () => undefined);
    let refused = 0;
    for (const each of waiting) each.on('response', () => (refused += 1));
    await Promise.all(waiting.map((each) => (each.writableFinished ? undefined : once(each, 'finish'))));

    // The sixty-fourth may still be under way; whoever comes last is refused.
    const answer = await call(proxy);

    assert.equal(answer.status, 503);
    assert.equal(answer.header('retry-after'), '5');
    assert.notEqual(apiError(answer).message, '');
    assert.ok(refused <= 1);
    for (const each of waiting) each.destroy();
  });
});
