import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import { answerOf, answers, refuses } from '../support/answers.ts';
import { muteEndpoint, refusingEndpoint, unknownHostEndpoint } from '../support/faultyEndpoints.ts';
import { apiError, call } from '../support/proxyClient.ts';
import { type ConfiguredEndpoint, type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { plainResponse } from '../support/wire.ts';

const noPatience = { patienceSeconds: 0 };
const served = answerOf('served', false);

describe('connections', { concurrency: 4 }, () => {
  for (const [row, fault, standing, endpointOf] of [
    // It counts a moment later, unless no other name resolves either.
    [1, 'a host name that does not resolve', 'healthy', async () => unknownHostEndpoint()],
    [3, 'a refused connection', 'unhealthy', () => refusingEndpoint()],
    [4, 'a connection that does not stand in time', 'unhealthy', (t: TestContext) => muteEndpoint(t)],
    [
      5,
      'a certificate that nobody vouches for',
      // What can only be final opens the circuit at once.
      'open',
      async (t: TestContext) => (await startUpstream(t, answers('never'), { tls: true })).endpoint(),
    ],
  ] as const) {
    test(`row ${row}: ${fault} is passed over, and not tried first again`, async (t) => {
      const broken: ConfiguredEndpoint = { ...(await endpointOf(t)), name: 'broken' };
      const e2 = await startUpstream(t, answers('served'));
      const timeouts = { connect: 300 };
      const proxy = await startProxy(t, configOf([broken, e2.endpoint()], { ...noPatience, timeouts }));

      for (let i = 0; i < 5; i += 1) assert.equal((await call(proxy)).text, served);

      const standings = (await proxy.attemptsAt(['broken'], 1)).map((line) => line.standing);
      assert.deepEqual(standings, [standing]);
    });
  }

  test('row 2: while no host name resolves nobody is taken out', async (t) => {
    const endpoints = ['here', 'there', 'elsewhere'].map(unknownHostEndpoint);
    const proxy = await startProxy(t, configOf(endpoints, { ...noPatience, breakerThreshold: 2 }));

    for (let i = 0; i < 4; i += 1) {
      const answer = await call(proxy);
      assert.equal(answer.status, 502);
      assert.match(apiError(answer).message, /resolved/);
    }

    const lines = await proxy.logged('attempt', 12);
    assert.deepEqual(new Set(lines.map((line) => line.failure)), new Set(['dnsFailed']));
    assert.ok(lines.every((line) => line.standing !== 'open'));
  });

  test('row 7: a kept connection that is reset is tried again at the same endpoint, which loses nothing by it', async (t) => {
    const e1 = await startUpstream(t, [answers('served'), (exchange) => exchange.reset(), answers('served')]);
    const e2 = await startUpstream(t, answers('other'));
    const routing = { ...noPatience, breakerThreshold: 1 };
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], routing));

    for (let i = 0; i < 3; i += 1) assert.equal((await call(proxy)).text, served);

    assert.equal(e1.requests.length, 4);
    assert.ok(e1.connections >= 2);
    assert.equal(e2.connections, 0);
    const [, stale] = await proxy.logged('attempt', 4);
    assert.deepEqual(
      [stale?.outcome, stale?.failure, stale?.standing],
      ['failed', 'staleConnection', 'healthy'],
    );
  });

  test('row 7: a fresh connection that is reset too is a failure', async (t) => {
    const reset: Script = (exchange) => exchange.reset();
    const e1 = await startUpstream(t, [answers('served'), reset, reset, answers('never')]);
    const e2 = await startUpstream(t, answers('other'));
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], noPatience));

    assert.equal((await call(proxy)).text, served);
    assert.equal((await call(proxy)).text, answerOf('other', false));

    assert.equal(e1.requests.length, 3);
    const failures = (await proxy.logged('attempt', 4)).map((line) => line.failure);
    assert.deepEqual(failures, [undefined, 'staleConnection', 'connectionLost', undefined]);
  });

  test('row 8: connections that close in the instant of their reuse are no error', async (t) => {
    const e1 = await startUpstream(t, async (exchange) => {
      await answers('served')(exchange);
      exchange.end();
    });
    const proxy = await startProxy(t, configOf([e1.endpoint()], noPatience));

    let right = 0;
    const client = async () => {
      for (let i = 0; i < 250; i += 1) if ((await call(proxy)).text === served) right += 1;
    };
    await Promise.all([client(), client(), client(), client()]);

    assert.equal(right, 1000);
  });

  test('row 52: four endpoints that refuse do not hide the fifth, in the next level', async (t) => {
    const fifth = await startUpstream(t, answers('served'));
    const refused = await Promise.all([1, 2, 3, 4].map((n) => refusingEndpoint(`refusing-${n}`)));
    const proxy = await startProxy(t, {
      version: 1,
      routing: noPatience,
      profiles: [
        { name: 'first', priority: 'primary', endpoints: refused },
        { name: 'next', priority: 'secondary', endpoints: [fifth.endpoint()] },
      ],
    });

    assert.equal((await call(proxy)).text, served);
    const lines = await proxy.logged('attempt', 5);
    assert.equal(new Set(lines.map((line) => line.endpoint)).size, 5);
  });

  test('without autoFailover the next level is left alone', async (t) => {
    const next = await startUpstream(t, answers('never'));
    const proxy = await startProxy(t, {
      version: 1,
      routing: noPatience,
      policy: { autoFailover: false },
      profiles: [
        { name: 'first', priority: 'primary', endpoints: [await refusingEndpoint()] },
        { name: 'next', priority: 'secondary', endpoints: [next.endpoint()] },
      ],
    });

    assert.equal((await call(proxy)).status, 502);
    assert.equal(next.connections, 0);
  });

  test('row 51: an answer that comes while the body is still under way is delivered', async (t) => {
    const e1 = await startUpstream(
      t,
      async (exchange) => {
        await refuses('413 Payload Too Large', 'request_too_large', 'early')(exchange);
        exchange.end();
      },
      { answersEarly: true },
    );
    const proxy = await startProxy(t, configOf([e1.endpoint()], noPatience));

    const answer = await call(proxy, { body: `{"model":"m","pad":"${'x'.repeat(4 * 1024 * 1024)}"}` });

    assert.equal(answer.status, 413);
    assert.match(answer.text, /early/);
  });

  for (const [what, script] of [
    ['a reset', (exchange) => exchange.reset()],
    ['a close', (exchange) => exchange.end()],
  ] as [string, Script][]) {
    test(`row 51: ${what} while the body is under way sends the whole body elsewhere`, async (t) => {
      const e1 = await startUpstream(t, script, { answersEarly: true });
      const e2 = await startUpstream(t, answers('served'));
      const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], noPatience));
      const body = `{"model":"m","pad":"${'x'.repeat(4 * 1024 * 1024)}"}`;

      assert.equal((await call(proxy, { body })).text, served);
      assert.equal(e2.requests[0]?.bodyHash, createHash('sha256').update(body).digest('hex'));
    });
  }

  test('row 51: an early answer that leads elsewhere does', async (t) => {
    const e1 = await startUpstream(
      t,
      async (exchange) => {
        await exchange.send(plainResponse('503 Service Unavailable', 'early'));
        exchange.end();
      },
      { answersEarly: true },
    );
    const e2 = await startUpstream(t, answers('served'));
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], noPatience));
    const body = `{"model":"m","pad":"${'x'.repeat(4 * 1024 * 1024)}"}`;

    assert.equal((await call(proxy, { body })).text, served);
    assert.equal(e2.requests[0]?.body.length, body.length);
  });
});
