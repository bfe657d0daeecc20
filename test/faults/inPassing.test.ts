import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerOf, answers, refuses, silence } from '../support/answers.ts';
import { conversation } from '../support/claudeCode.ts';
import { refusingEndpoint, unknownHostEndpoint } from '../support/faultyEndpoints.ts';
import { gate } from '../support/gate.ts';
import { call } from '../support/proxyClient.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { wholeJsonMessage } from '../support/wire.ts';

/*
 * Endpoints that fail for a moment without being out for it, and how long a request bears with them.
 */

const broken = refuses('500 Internal Server Error');
const served = answerOf('served', false);
const other = answerOf('other', false);
const limited = (...headers: readonly string[]): Script =>
  refuses('429 Too Many Requests', 'rate_limit_error', 'slow down', headers);

/** Keeps the times at which requests came to a script. */
function timed(script: Script): { readonly script: Script; readonly pauses: () => number[] } {
  const times: number[] = [];
  return {
    script: (exchange) => {
      times.push(performance.now());
      return script(exchange);
    },
    pauses: () => times.slice(1).map((time, index) => time - (times[index] ?? 0)),
  };
}

describe('a trouble in passing', { concurrency: 12 }, () => {
  test('of a lone endpoint is borne with: one quick retry, then pauses that double', async (t) => {
    let left = 4;
    const { script, pauses } = timed((exchange) => {
      left -= 1;
      return (left < 0 ? answers('served') : broken)(exchange);
    });
    const e1 = await startUpstream(t, script);
    const proxy = await startProxy(t, configOf([e1.endpoint()]));

    assert.equal((await call(proxy)).text, served);

    assert.equal(e1.requests.length, 5);
    const [, ...waits] = pauses();
    // A timer may fire a little early.
    for (const [index, ms] of [1_000, 2_000, 4_000].entries()) {
      assert.ok((waits[index] ?? 0) > ms - 50, `pauses of ${waits.map(Math.round)} ms`);
    }
  });

  test('without patience there is one quick retry', async (t) => {
    const e1 = await startUpstream(t, [broken, broken, answers('never')]);
    const proxy = await startProxy(t, configOf([e1.endpoint()], { patienceSeconds: 0 }));

    assert.equal((await call(proxy)).status, 500);
    assert.equal(e1.requests.length, 2);
  });

  test('of endpoints that nobody can reach is borne with until one of them can be reached', async (t) => {
    const away = await refusingEndpoint();
    const proxy = await startProxy(t, configOf([unknownHostEndpoint(), away]));

    const answer = call(proxy);
    await proxy.attemptsAt([away.name], 2);
    const server = http.createServer((asked, response) => {
      asked.resume();
      response.setHeader('content-type', 'application/json').end(wholeJsonMessage('served'));
    });
    t.after(() => server.close());
    server.listen(Number(new URL(away.baseUrl).port), '127.0.0.1');
    await once(server, 'listening');

    assert.equal((await answer).text, served);
  });

  test('of endpoints that nobody can reach ends at once without patience', async (t) => {
    const away = await refusingEndpoint();
    const proxy = await startProxy(t, configOf([unknownHostEndpoint(), away], { patienceSeconds: 0 }));

    assert.equal((await call(proxy)).status, 502);
    assert.ok((await proxy.attemptsAt([away.name], 1)).length <= 2);
  });

  test('of two endpoints is borne with at both', async (t) => {
    const e1 = await startUpstream(t, [broken, broken, answers('served')]);
    const e2 = await startUpstream(t, broken);
    const routing = { breakerThreshold: 10 };
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], routing));

    assert.equal((await call(proxy)).text, served);
  });

  test('is not borne with when the endpoint says that trying again is of no use', async (t) => {
    const final = refuses('500 Internal Server Error', 'api_error', 'no', ['x-should-retry: false']);
    const e1 = await startUpstream(t, [final, answers('never')]);
    const proxy = await startProxy(t, configOf([e1.endpoint()]));

    assert.equal((await call(proxy)).status, 500);
    assert.equal(e1.requests.length, 1);
  });

  test('tries after a wait do not count as attempts', async (t) => {
    const e1 = await startUpstream(t, [limited('retry-after: 1'), broken, broken, answers('served')]);
    const proxy = await startProxy(t, configOf([e1.endpoint()], { maxAttempts: 1 }));

    assert.equal((await call(proxy)).text, served);
    assert.equal(e1.requests.length, 4);
  });

  test('is what a request runs into that has too little time left: the endpoint is not blamed', async (t) => {
    const e1 = await startUpstream(t, [limited('retry-after-ms: 2000'), silence]);
    const proxy = await startProxy(t, configOf([e1.endpoint()], { timeouts: { firstByte: 2_700 } }));

    assert.equal((await call(proxy)).status, 429);
    const [, late] = await proxy.attemptsAt([e1.name], 2);
    assert.deepEqual([late?.failure, late?.standing], ['firstByteTimeout', 'degraded']);
  });

  test('is not what a request runs into that has all its time: the endpoint is blamed', async (t) => {
    const e1 = await startUpstream(t, silence);
    const proxy = await startProxy(t, configOf([e1.endpoint()], { timeouts: { firstByte: 700 } }));

    assert.equal((await call(proxy)).status, 504);
    const [late] = await proxy.attemptsAt([e1.name], 1);
    assert.deepEqual([late?.failure, late?.standing], ['firstByteTimeout', 'unhealthy']);
  });

  test('of its endpoint is waited for by a conversation for five seconds in all, however often it is put off', async (t) => {
    const goOn = gate();
    const e1 = await startUpstream(t, async (exchange) => {
      const [name] = exchange.request.values('x-conversation-id');
      if (name === 'mine') return answers('served')(exchange);
      if (name === 'late') await goOn.opened;
      await limited('retry-after: 4')(exchange);
    });
    const e2 = await startUpstream(t, answers('other'));
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()]));
    const ask = async (name: string) => (await call(proxy, { headers: conversation(name) })).text;

    assert.equal(await ask('mine'), served);
    const late = ask('late');
    await e1.received(2);
    assert.equal(await ask('finds the limit'), other);
    const mine = ask('mine');
    await sleep(2_000);
    goOn.open();

    assert.equal(await late, other);
    assert.equal(await mine, other);
    assert.equal(e1.requests.length, 3);
  });
});
