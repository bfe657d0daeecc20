import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { answers, page, refuses, silence } from '../support/answers.ts';
import { conversation } from '../support/claudeCode.ts';
import { gate } from '../support/gate.ts';
import { call } from '../support/proxyClient.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { messageRequest } from '../support/wire.ts';

/*
 * Which endpoints one request may come back to, and when.
 */

const limited = (seconds: number): Script =>
  refuses('429 Too Many Requests', 'rate_limit_error', `for ${seconds} s`, [`retry-after: ${seconds}`]);

/** An endpoint that takes its time. */
const slowly =
  (milliseconds: number, script: Script): Script =>
  async (exchange) => {
    await Promise.race([sleep(milliseconds), exchange.closed]);
    await script(exchange);
  };

describe('a request', { concurrency: true }, () => {
  for (const [what, limit, other] of [
    ['a 429 with its time', limited(1), slowly(1_500, refuses('500 Internal Server Error'))],
    ['a 529', refuses('529 Overloaded', 'overloaded_error'), slowly(2_500, page('403 Forbidden'))],
  ] as const) {
    test(`comes back to an endpoint that had answered with ${what} when the other one fails`, async (t) => {
      const e1 = await startUpstream(t, [limit, answers('served')]);
      const e2 = await startUpstream(t, other);
      const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], { patienceSeconds: 20 }));

      assert.equal((await call(proxy)).status, 200);
      assert.equal(e1.requests.length, 2);
    });
  }

  test('that must not be held asks no endpoint again and again, however long that takes', async (t) => {
    const e1 = await startUpstream(t, slowly(1_100, page('403 Forbidden')));
    const e2 = await startUpstream(t, slowly(1_100, page('403 Forbidden')));
    const routing = { patienceSeconds: 0, timeouts: { firstByte: 20_000 } };
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], routing));

    assert.equal((await call(proxy)).status, 403);
    // One each, and the quick retry.
    assert.equal(e1.requests.length + e2.requests.length, 3);
  });

  test('waits for the trial that runs at one endpoint although the other one is limited for an hour', async (t) => {
    const e1 = await startUpstream(t, limited(3_600));
    const goOn = gate();
    const trial: Script = async (exchange) => {
      await goOn.opened;
      await answers('served')(exchange);
    };
    const e2 = await startUpstream(t, [refuses('500 Internal Server Error'), trial, answers('served')]);
    const routing = { breakerThreshold: 1, breakerSeconds: 1 };
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], routing));

    const first = call(proxy);
    await e2.received(2);
    const second = call(proxy);
    const isHeld = await Promise.race([second.then(() => false), sleep(300, true)]);
    goOn.open();

    assert.equal(isHeld, true);
    assert.deepEqual([(await first).status, (await second).status], [200, 200]);
  });

  test('for which there is no room to wait for its own endpoint goes to another one', async (t) => {
    let isLimited = false;
    const e1 = await startUpstream(t, (exchange) => (isLimited ? limited(4) : answers('served'))(exchange));
    const e2 = await startUpstream(t, answers('served'));
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()]));
    const talks = Array.from({ length: 70 }, (_, index) => conversation(`talk-${index}`));
    for (const headers of talks) await call(proxy, { headers });
    isLimited = true;
    await call(proxy, { headers: conversation('one more') });

    const served = await Promise.all(talks.map((headers) => call(proxy, { headers })));

    assert.deepEqual(new Set(served.map(({ status }) => status)), new Set([200]));
  });

  test('that one endpoint doubts and another one is silent about goes to the third', async (t) => {
    const e1 = await startUpstream(t, refuses('400 Bad Request', 'invalid_request_error', 'Something odd'));
    const e2 = await startUpstream(t, silence);
    const e3 = await startUpstream(t, answers('served'));
    const endpoints = [e1, e2, e3].map((each) => each.endpoint());
    const proxy = await startProxy(t, configOf(endpoints, { timeouts: { firstByte: 9_000 } }));

    const answer = await call(proxy, { body: messageRequest({ stream: true }) });

    assert.equal(answer.status, 200);
  });
});
