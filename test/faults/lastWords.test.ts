import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerOf, answers, refuses, silence } from '../support/answers.ts';
import { modelGroups } from '../support/modelGroups.ts';
import { call, request } from '../support/proxyClient.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { messageRequest, plainResponse } from '../support/wire.ts';

/*
 * What a client is told of trying again, and in whose words it hears of an error that its endpoint calls a success.
 */

const noPatience = { patienceSeconds: 0 };
const broken = refuses('500 Internal Server Error');
const asJson =
  (status: string, body: string): Script =>
  (exchange) =>
    exchange.send(plainResponse(status, body, ['content-type: application/json']));
const limited = (seconds: number): Script =>
  refuses('429 Too Many Requests', 'rate_limit_error', `for ${seconds} s`, [`retry-after: ${seconds}`]);
const spent = asJson(
  '429 Too Many Requests',
  JSON.stringify({
    type: 'error',
    error: {
      type: 'rate_limit_error',
      message: 'spent',
      details: { error_code: 'enforced_spend_limit_reached' },
    },
  }),
);

const scope = { after };
const groups = modelGroups();

/** Endpoints with these scripts, for a model of their own. */
async function group(...scripts: readonly Script[]) {
  const upstreams = await Promise.all(scripts.map((script) => startUpstream(scope, script)));
  return { model: groups.add(...upstreams.map((upstream) => upstream.endpoint())), upstreams };
}

const retries = await Promise.all(
  (
    [
      ['all are limited for an hour', [limited(3_600), limited(3_600)], false],
      ['one is limited for an hour and another one for seconds', [limited(20), limited(3_600)], true],
      ['one is limited for an hour and another one has failed in passing', [broken, limited(3_600)], true],
      ['its key is spent', [spent], false],
      ['the keys of all are spent', [spent, spent], false],
      ['a key is spent and another endpoint has failed in passing', [broken, spent], true],
      ['a key is spent and another one is limited for seconds', [limited(20), spent], true],
      ['a key is spent before another one is limited for seconds', [spent, limited(20)], true],
      ['a key is spent and another one is limited for an hour', [limited(3_600), spent], false],
    ] as const
  ).map(async ([what, scripts, isWorthIt]) => ({ what, isWorthIt, ...(await group(...scripts)) })),
);
const disguised = await Promise.all(
  [
    '{"code":503,"success":false,"msg":"no channel is free"}',
    '{"error":"no channel is free"}',
    '{"error":{"message":"no channel is free"}}',
  ].map(async (body) => ({
    body,
    alone: await group(asJson('200 OK', body)),
    both: await group(asJson('200 OK', body), answers('second')),
  })),
);
const shared = await startProxy(scope, configOf(groups.endpoints, noPatience));
const ask = (model: string, stream = false) => call(shared, { body: messageRequest({ model, stream }) });

describe('a final 429', { concurrency: 4 }, () => {
  for (const { what, isWorthIt, model, upstreams } of retries) {
    test(`${isWorthIt ? 'may be tried again' : 'ends the retries'} when ${what}`, async () => {
      const answer = await ask(model);

      assert.equal(answer.status, 429);
      assert.equal(answer.header('x-should-retry'), isWorthIt ? undefined : 'false');
      const seconds = Number(answer.header('retry-after'));
      assert.ok(seconds >= 1 && seconds <= 60, `retry-after ${seconds}`);
      for (const upstream of upstreams) assert.ok(upstream.requests.length >= 1);
    });
  }

  test('may be tried again while another endpoint is on trial', async (t) => {
    const e1 = await startUpstream(t, [broken, silence]);
    const e2 = await startUpstream(t, [answers('served'), limited(3_600)]);
    const routing = { ...noPatience, breakerThreshold: 1, breakerSeconds: 1 };
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], routing));
    assert.equal((await call(proxy)).text, answerOf('served', false));
    await sleep(1_100);
    const trial = request(proxy);
    trial.on('error', () => undefined);
    await e1.received(2);

    const answer = await call(proxy);

    assert.equal(answer.status, 429);
    assert.equal(answer.header('x-should-retry'), undefined);
    trial.destroy();
  });
});

describe('an error that comes with a status of success', { concurrency: 4 }, () => {
  for (const { body, alone, both } of disguised) {
    test(`${body} goes to the next endpoint, streamed or not`, async () => {
      assert.equal((await ask(both.model)).text, answerOf('second', false));
      assert.equal((await ask(both.model, true)).text, answerOf('second', true));
    });

    test(`${body} of a lone endpoint is an error in its words`, async () => {
      const answer = await ask(alone.model);

      assert.equal(answer.status, 500);
      assert.equal(answer.text, body);
      assert.equal(answer.header('content-type'), 'application/json');
    });
  }
});
