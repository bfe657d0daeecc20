import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerOf, answers, refuses } from '../support/answers.ts';
import { gate } from '../support/gate.ts';
import { call, request } from '../support/proxyClient.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';

/*
 * Endpoints that fail under load, that come and go, and how they are let back in.
 */

const noPatience = { patienceSeconds: 0 };
const broken = refuses('500 Internal Server Error');
const served = answerOf('served', false);
const other = answerOf('other', false);

const many = <T>(count: number, make: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, make));

describe('an endpoint that fails', { concurrency: 12 }, () => {
  test('row 42: 200 requests at once that it fails are all answered by the other one', async (t) => {
    const e1 = await startUpstream(t, broken);
    const e2 = await startUpstream(t, answers('other'));
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], noPatience));

    const all = await many(200, () => call(proxy));

    assert.ok(all.every((answer) => answer.status === 200 && answer.text === other));
    assert.equal(e2.requests.length, 200);
    assert.ok(e1.requests.length <= 200);
    assert.equal((await call(proxy)).text, other);
  });

  test('row 42: 200 requests at once at a lone endpoint fail fast, with few tries more', async (t) => {
    const e1 = await startUpstream(t, broken);
    const proxy = await startProxy(t, configOf([e1.endpoint()], noPatience));

    const all = await many(200, () => call(proxy));

    assert.ok(all.every((answer) => answer.status === 500));
    assert.ok(e1.requests.length >= 200);
    // A fifth of the requests, and five.
    assert.ok(e1.requests.length <= 245, `${e1.requests.length} attempts`);
  });

  test('a third attempt is a share of all requests', async (t) => {
    const count = 60;
    /** Fails when all requests have come, so that none goes elsewhere because another one was failed here. */
    const failsTogether = (): Script => {
      const all = gate();
      let arrived = 0;
      return async (exchange) => {
        arrived += 1;
        if (arrived === count) all.open();
        await all.opened;
        await broken(exchange);
      };
    };
    const e1 = await startUpstream(t, failsTogether());
    const e2 = await startUpstream(t, failsTogether());
    const e3 = await startUpstream(t, answers('served'));
    const endpoints = [e1, e2, e3].map((each) => each.endpoint());
    const routing = { ...noPatience, breakerThreshold: 100 };
    const proxy = await startProxy(t, configOf(endpoints, routing));

    const all = await many(count, () => call(proxy));

    const right = all.filter((answer) => answer.text === served).length;
    assert.equal(right, e3.requests.length);
    assert.ok(right >= 5 && right <= 17, `${right} of ${count} requests were tried a third time`);
    assert.ok(all.every((answer) => answer.text === served || answer.status === 500));
  });

  test('row 43: it flaps, and no client ever notices', async (t) => {
    let turn = 0;
    const flapping: Script = (exchange) => {
      turn += 1;
      return turn % 3 === 0 ? answers('served')(exchange) : broken(exchange);
    };
    const e1 = await startUpstream(t, flapping);
    const e2 = await startUpstream(t, answers('other'));
    const routing = { ...noPatience, breakerThreshold: 1, breakerSeconds: 1 };
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], routing));

    const until = performance.now() + 3000;
    let asked = 0;
    while (performance.now() < until) {
      const answer = await call(proxy);
      assert.ok([served, other].includes(answer.text), answer.text);
      asked += 1;
      await sleep(5);
    }

    // One in three would be most of them; trials are rare.
    assert.ok(e1.requests.length < asked / 4, `${e1.requests.length} of ${asked} went to it`);
    assert.ok(e1.requests.length >= 2, 'it was let back in for a trial');
  });

  test('one trial at a time lets it back in', async (t) => {
    const trial = gate();
    const e1 = await startUpstream(t, [
      broken,
      async (exchange) => {
        await trial.opened;
        await answers('served')(exchange);
      },
      answers('served'),
    ]);
    const e2 = await startUpstream(t, answers('other'));
    const routing = { ...noPatience, breakerThreshold: 1, breakerSeconds: 1 };
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], routing));

    assert.equal((await call(proxy)).text, other);
    assert.equal((await call(proxy)).text, other);
    assert.equal(e1.requests.length, 1);
    await sleep(1100);
    const all = many(10, () => call(proxy));
    await e1.received(2);
    await e2.received(11);
    assert.equal(e1.requests.length, 2);
    trial.open();

    const texts = (await all).map((answer) => answer.text);
    assert.equal(texts.filter((text) => text === served).length, 1);
    assert.equal((await call(proxy)).text, served);
    const [, , , ...later] = await proxy.logged('attempt', 14);
    assert.equal(later.filter((line) => line.reason === 'trial').length, 1);
  });

  test('after a single failure it is tried again a while later', async (t) => {
    const e1 = await startUpstream(t, [broken, answers('served')]);
    const e2 = await startUpstream(t, answers('other'));
    const routing = { ...noPatience, breakerSeconds: 1 };
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], routing));

    for (let i = 0; i < 2; i += 1) assert.equal((await call(proxy)).text, other);
    await sleep(1100);
    for (let i = 0; i < 2; i += 1) assert.equal((await call(proxy)).text, served);

    const standings = (await proxy.attemptsAt([e1.name], 3)).map((line) => line.standing);
    assert.deepEqual(standings, ['unhealthy', 'healthy', 'healthy']);
  });

  test('a trial whose client leaves is free for the next one', async (t) => {
    const e1 = await startUpstream(t, [broken, (exchange) => exchange.closed, answers('served')]);
    const e2 = await startUpstream(t, answers('other'));
    const routing = { ...noPatience, breakerThreshold: 1, breakerSeconds: 1 };
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], routing));

    assert.equal((await call(proxy)).text, other);
    await sleep(1100);
    const trial = request(proxy);
    trial.on('error', () => undefined);
    await e1.received(2);
    trial.destroy();
    await e1.cutOff(1);
    await proxy.attemptsAt([e1.name], 2);

    assert.equal((await call(proxy)).text, served);
  });

  test('row 43: the third opening in a row takes it out', async (t) => {
    const e1 = await startUpstream(t, broken);
    const e2 = await startUpstream(t, answers('other'));
    const routing = { ...noPatience, breakerThreshold: 1, breakerSeconds: 1 };
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], routing));

    for (const pauseMs of [0, 1100, 2100]) {
      await sleep(pauseMs);
      assert.equal((await call(proxy)).text, other);
    }

    const standings = (await proxy.attemptsAt([e1.name], 3)).map((line) => line.standing);
    assert.deepEqual(standings, ['open', 'open', 'quarantined']);
  });

  test('a trial that fails is not seen by its client, and the next one waits longer', async (t) => {
    const e1 = await startUpstream(t, broken);
    const e2 = await startUpstream(t, answers('other'));
    const routing = { ...noPatience, breakerThreshold: 1, breakerSeconds: 1 };
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], routing));

    assert.equal((await call(proxy)).text, other);
    await sleep(1100);
    for (let i = 0; i < 3; i += 1) assert.equal((await call(proxy)).text, other);
    assert.equal(e1.requests.length, 2);
    await sleep(1100);
    assert.equal((await call(proxy)).text, other);
    assert.equal(e1.requests.length, 2);
  });

  test('a lone endpoint is asked however often it fails', async (t) => {
    const e1 = await startUpstream(t, [...Array.from({ length: 12 }, () => broken), answers('served')]);
    const proxy = await startProxy(t, configOf([e1.endpoint()], { ...noPatience, breakerThreshold: 1 }));

    let asked = 0;
    while ((await call(proxy)).status === 500) asked += 1;

    assert.ok(asked >= 6 && asked <= 12, `${asked} failures were passed on`);
    assert.equal(e1.requests.length, 13);
    const standings = new Set((await proxy.logged('attempt', 13)).map((line) => line.standing));
    // It serves, though what it did before is held against it for a while.
    assert.deepEqual(standings, new Set(['unhealthy', 'degraded']));
  });

  test('a key that is refused at a lone endpoint is passed on each time', async (t) => {
    const e1 = await startUpstream(t, [
      refuses('401 Unauthorized', 'authentication_error'),
      refuses('401 Unauthorized', 'authentication_error'),
      answers('served'),
    ]);
    const proxy = await startProxy(t, configOf([e1.endpoint()], noPatience));

    assert.equal((await call(proxy)).status, 401);
    assert.equal((await call(proxy)).status, 401);
    assert.equal((await call(proxy)).text, served);
  });

  test('a moment’s trouble at a lone endpoint is not seen', async (t) => {
    const e1 = await startUpstream(t, [(exchange) => exchange.reset(), answers('served')]);
    const proxy = await startProxy(t, configOf([e1.endpoint()], noPatience));

    assert.equal((await call(proxy)).text, served);
    const reasons = (await proxy.logged('attempt', 2)).map((line) => line.reason);
    assert.deepEqual(reasons, ['strategy', 'retry']);
  });
});
