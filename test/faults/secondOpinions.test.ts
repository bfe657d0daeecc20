import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerOf, answers, page, refuses, silence } from '../support/answers.ts';
import { refusingEndpoint } from '../support/faultyEndpoints.ts';
import { call, request } from '../support/proxyClient.ts';
import { type ConfiguredEndpoint, type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { errorBody } from '../support/wire.ts';

/*
 * A refusal that may be the endpoint's fault is taken to another one, which has an opinion if it serves the request or
 * refuses it too. Whoever fails otherwise has none.
 */

type Scope = { after(end: () => unknown): void };

const noPatience = { patienceSeconds: 0 };
const served = answerOf('served', false);
const notHere = refuses('404 Not Found', 'not_found_error', 'not here');
const notSo = (words: string) => refuses('400 Bad Request', 'invalid_request_error', words);
const broken = refuses('500 Internal Server Error');
const limited = (seconds: number): Script =>
  refuses('429 Too Many Requests', 'rate_limit_error', `for ${seconds} s`, [`retry-after: ${seconds}`]);

/** A proxy whose endpoints have these scripts, in this order. */
async function proxyFor(t: Scope, scripts: readonly (Script | readonly Script[])[], routing: object) {
  const upstreams = await Promise.all(scripts.map((script) => startUpstream(t, script)));
  const endpoints = upstreams.map((upstream) => upstream.endpoint());
  return {
    upstreams,
    proxy: await startProxy(t, configOf(endpoints, routing)),
    asked: () => upstreams.map((upstream) => upstream.requests.length),
  };
}

describe('an endpoint that cannot say has no opinion', { concurrency: 8 }, () => {
  for (const [what, script] of Object.entries({
    'an error of its server': broken,
    'a reset': (exchange) => exchange.reset(),
    'a web page': page('502 Bad Gateway'),
    'an overload': refuses('529 Overloaded', 'overloaded_error', 'Overloaded'),
    'a rate limit': limited(20),
    'a refused key': refuses('401 Unauthorized', 'authentication_error'),
  } satisfies Record<string, Script>)) {
    test(`${what}: the next one is asked, and what it serves is held against the first`, async (t) => {
      const { proxy, asked } = await proxyFor(t, [notHere, script, answers('served')], noPatience);

      for (let i = 0; i < 2; i += 1) assert.equal((await call(proxy)).text, served);

      const [first, , third] = asked();
      assert.deepEqual([first, third], [1, 2]);
    });
  }

  test('a refused connection: the next one is asked', async (t) => {
    const e1 = await startUpstream(t, notHere);
    const e3 = await startUpstream(t, answers('served'));
    const endpoints: ConfiguredEndpoint[] = [e1.endpoint(), await refusingEndpoint(), e3.endpoint()];
    const proxy = await startProxy(t, configOf(endpoints, noPatience));

    assert.equal((await call(proxy)).text, served);
  });

  test('a connection that was closed while idle: the same one is asked on a fresh one', async (t) => {
    const { proxy, asked } = await proxyFor(
      t,
      [notSo('no'), [answers('served'), (exchange) => exchange.reset(), answers('served')], answers('never')],
      noPatience,
    );

    for (let i = 0; i < 2; i += 1) assert.equal((await call(proxy)).text, served);

    assert.deepEqual(asked(), [2, 3, 0]);
  });

  test('a refusal behind it ends the search, in the words of the first', async (t) => {
    const { proxy, asked } = await proxyFor(
      t,
      [notSo('the first says no'), broken, notSo('the third says no'), answers('never')],
      noPatience,
    );

    const answer = await call(proxy);

    assert.equal(answer.status, 400);
    assert.equal(answer.text, errorBody('invalid_request_error', 'the first says no'));
    assert.deepEqual(asked(), [1, 1, 1, 0]);
  });

  test('when none can say, the words of the first go back, and nothing is held against it', async (t) => {
    const { proxy, asked } = await proxyFor(
      t,
      [notSo('the first says no'), broken, (exchange) => exchange.reset()],
      noPatience,
    );

    const answer = await call(proxy);

    assert.equal(answer.status, 400);
    assert.equal(answer.text, errorBody('invalid_request_error', 'the first says no'));
    assert.deepEqual(asked(), [1, 1, 1]);
  });

  test('those that may have worked on the request are no more than maxAttempts', async (t) => {
    const all = [notHere, broken, broken, broken, broken, broken];
    const { proxy, asked } = await proxyFor(t, all, { ...noPatience, maxAttempts: 2 });

    assert.equal((await call(proxy)).status, 404);
    assert.deepEqual(asked(), [1, 1, 1, 0, 0, 0]);
  });
});

describe('an opinion that would come later', { concurrency: 8 }, () => {
  test('is waited for when it is a matter of seconds', async (t) => {
    const { proxy, asked } = await proxyFor(t, [notHere, [limited(1), answers('served')]], {});

    assert.equal((await call(proxy)).text, served);
    assert.deepEqual(asked(), [1, 2]);
  });

  test('is not waited for when it takes longer: a 404 is not what the client gets then, but the rate limit', async (t) => {
    const { proxy, asked } = await proxyFor(t, [notHere, limited(20)], {});
    const startedAt = performance.now();

    const answer = await call(proxy);

    assert.equal(answer.status, 429);
    assert.equal(answer.text, errorBody('rate_limit_error', 'for 20 s'));
    assert.deepEqual(asked(), [1, 1]);
    assert.ok(performance.now() - startedAt < 15_000);
  });

  test('is not waited for when it takes longer: another refusal is what the client gets', async (t) => {
    const { proxy, asked } = await proxyFor(t, [notSo('no'), limited(20)], {});
    const startedAt = performance.now();

    const answer = await call(proxy);

    assert.equal(answer.status, 400);
    assert.deepEqual(asked(), [1, 1]);
    assert.ok(performance.now() - startedAt < 15_000);
  });

  test('is not waited for longer than five seconds in all, however often it is put off', async (t) => {
    const { proxy, asked } = await proxyFor(t, [notSo('no'), limited(2)], { patienceSeconds: 12 });
    const startedAt = performance.now();

    const answer = await call(proxy);
    const elapsedMs = performance.now() - startedAt;

    assert.equal(answer.status, 400);
    assert.ok((asked()[1] ?? 0) <= 4, `asked ${asked()[1]} times`);
    assert.ok(elapsedMs < 9_000, `${elapsedMs} ms`);
  });

  test('is not waited for longer than five seconds when nobody knows when: its trial runs', async (t) => {
    const e1 = await startUpstream(t, [broken, silence]);
    const e2 = await startUpstream(t, [answers('served'), notSo('no')]);
    const routing = { breakerThreshold: 1, breakerSeconds: 1, patienceSeconds: 12 };
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], routing));
    assert.equal((await call(proxy)).text, served);
    await sleep(1_100);
    const trial = request(proxy);
    trial.on('error', () => undefined);
    await e1.received(2);
    const startedAt = performance.now();

    const answer = await call(proxy);
    const elapsedMs = performance.now() - startedAt;

    assert.equal(answer.status, 400);
    assert.ok(elapsedMs < 9_000, `${elapsedMs} ms`);
    trial.destroy();
  });
});
