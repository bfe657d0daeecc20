import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { answerOf, answers, page, refuses } from '../support/answers.ts';
import { conversation } from '../support/claudeCode.ts';
import { gate } from '../support/gate.ts';
import { modelGroups } from '../support/modelGroups.ts';
import { type Answer, call } from '../support/proxyClient.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { waitFor } from '../support/waitFor.ts';
import { errorBody, messageRequest, plainResponse, wholeJsonMessage } from '../support/wire.ts';

/*
 * Answers that refuse: which of them are the request's fault, which the endpoint's, and what is remembered.
 */

const served = answerOf('second', false);
const noPatience = { patienceSeconds: 0 };

/** Refuses with an `invalid_request_error` in these words. */
const bad = (message: string): Script => refuses('400 Bad Request', 'invalid_request_error', message);

/** Requests that fail at every endpoint alike. */
const namesTheRequest: Record<string, Script> = {
  'a prompt that is too long': bad('prompt is too long: 210000 tokens > 200000 maximum'),
  'more tokens than there is room for': bad(
    'input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000, decrease input length or `max_tokens` and try again',
  ),
  'the path of a field': bad('messages.3.content.0.text: Field required'),
  'the path of a tool': bad('tools.0.custom.name: String should match pattern'),
  'a signature that does not hold': bad('messages.1.content.0: Invalid `signature` in `thinking` block'),
  'a status of 422': refuses('422 Unprocessable Entity', 'invalid_request_error', 'no'),
  'a status of 413': refuses(
    '413 Payload Too Large',
    'request_too_large',
    'Request exceeds the maximum size',
  ),
};

const scope = { after };
const groups = modelGroups();
const requestCases = await Promise.all(
  Object.entries(namesTheRequest).map(async ([what, script]) => {
    const e1 = await startUpstream(scope, script);
    const e2 = await startUpstream(scope, answers('second'));
    return { what, e1, e2, model: groups.add(e1.endpoint(), e2.endpoint()) };
  }),
);
const shared = await startProxy(scope, configOf(groups.endpoints, noPatience));

describe('a refusal that names the request', () => {
  for (const { what, e1, e2, model } of requestCases) {
    const row = what.endsWith('413') ? 28 : 24;
    test(`row ${row}: ${what} is passed on, nobody else is asked, and nothing is held against the endpoint`, async () => {
      const first = await call(shared, { body: messageRequest({ model }) });
      const again = await call(shared, { body: messageRequest({ model }) });

      assert.equal(first.text, again.text);
      assert.match(first.text, /"type":"error"/);
      assert.equal(e1.requests.length, 2);
      assert.equal(e2.connections, 0);
      const lines = await shared.attemptsAt([e1.name], 2);
      assert.deepEqual(new Set(lines.map((line) => line.standing)), new Set(['healthy']));
    });
  }
});

/** E1 with a script, E2 that serves, and a way to ask for a model. */
async function twoEndpoints(t: { after(end: () => unknown): void }, script: Script | readonly Script[]) {
  const e1 = await startUpstream(t, script);
  const e2 = await startUpstream(t, answers('second'));
  const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], noPatience));
  const ask = (model = 'claude-test', headers: readonly string[] = []): Promise<Answer> =>
    call(proxy, { body: messageRequest({ model }), headers });
  return { e1, e2, proxy, ask };
}

describe('what is remembered of a refusal', { concurrency: 4 }, () => {
  test('row 25: a 400 that both endpoints give is the first one, each is asked once', async (t) => {
    const e1 = await startUpstream(t, bad('the first says no'));
    const e2 = await startUpstream(t, bad('the second says no'));
    const e3 = await startUpstream(t, answers('never'));
    const endpoints = [e1, e2, e3].map((each) => each.endpoint());
    const proxy = await startProxy(t, configOf(endpoints, noPatience));

    const answer = await call(proxy);

    assert.equal(answer.status, 400);
    assert.equal(answer.text, errorBody('invalid_request_error', 'the first says no'));
    assert.deepEqual(
      [e1, e2, e3].map((each) => each.requests.length),
      [1, 1, 0],
    );
  });

  test('row 25: a 400 that only one endpoint gives moves that conversation, no other', async (t) => {
    const { e1, e2, ask } = await twoEndpoints(t, bad('not with me'));

    assert.equal((await ask(undefined, conversation('a'))).text, served);
    assert.equal((await ask(undefined, conversation('a'))).text, served);
    assert.equal(e1.requests.length, 1);
    assert.equal((await ask(undefined, conversation('b'))).text, served);
    assert.equal(e1.requests.length, 2);
    assert.equal(e2.requests.length, 3);
  });

  test('row 25: after three conversations the model is no longer asked for there, others are', async (t) => {
    const { e1, ask } = await twoEndpoints(t, bad('not with me'));

    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      assert.equal((await ask('claude-test', conversation(name))).text, served);
    }
    assert.equal(e1.requests.length, 3);
    assert.equal((await ask('another', conversation('f'))).text, served);
    assert.equal(e1.requests.length, 4);
  });

  for (const [status, type, message] of [
    ['401 Unauthorized', 'authentication_error', 'invalid x-api-key'],
    ['402 Payment Required', 'billing_error', 'no money'],
    [
      '400 Bad Request',
      'invalid_request_error',
      'Your credit balance is too low to access the Anthropic API.',
    ],
    ['400 Bad Request', 'invalid_request_error', 'You have reached your specified API usage limits.'],
    ['400 Bad Request', 'invalid_request_error', 'This organization has been disabled.'],
  ] as const) {
    test(`row 26: a key refused with ${status} (${message}) is not tried again, for any model`, async (t) => {
      const { e1, e2, proxy, ask } = await twoEndpoints(t, refuses(status, type, message));

      for (const model of ['claude-test', 'another', 'claude-test']) {
        assert.equal((await ask(model)).text, served);
      }

      assert.equal(e1.requests.length, 1);
      assert.equal(e2.requests.length, 3);
      const [line] = await proxy.logged('attempt');
      assert.deepEqual([line?.class, line?.standing], ['AUTH', 'quarantined']);
    });
  }

  test('row 26: a 403 is about one model, a second one alike about the key', async (t) => {
    const { e1, ask } = await twoEndpoints(t, refuses('403 Forbidden', 'permission_error'));
    const asked: number[] = [];

    for (const model of ['one', 'one', 'two', 'three']) {
      assert.equal((await ask(model)).text, served);
      asked.push(e1.requests.length);
    }

    assert.deepEqual(asked, [1, 1, 2, 2]);
  });

  test('row 27: a 404 is about one model', async (t) => {
    const { e1, ask } = await twoEndpoints(t, [
      refuses('404 Not Found', 'not_found_error', 'model: one'),
      answers('first'),
    ]);

    assert.equal((await ask('one')).text, served);
    assert.equal((await ask('one')).text, served);
    assert.equal(e1.requests.length, 1);
    assert.equal((await ask('two')).text, answerOf('first', false));
  });

  test('row 27: a 404 that both give is the first one and marks nobody', async (t) => {
    const e1 = await startUpstream(t, [
      refuses('404 Not Found', 'not_found_error', 'not at the first'),
      answers('first'),
    ]);
    const e2 = await startUpstream(t, refuses('404 Not Found', 'not_found_error', 'not at the second'));
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], noPatience));

    const answer = await call(proxy);

    assert.equal(answer.status, 404);
    assert.match(answer.text, /not at the first/);
    assert.equal((await call(proxy)).text, answerOf('first', false));
  });

  test('row 27: a 404 of count_tokens is asked for elsewhere and says nothing about messages', async (t) => {
    const count: Script = async (exchange) => {
      if (!exchange.request.target.includes('count_tokens')) return answers('first')(exchange);
      await refuses('404 Not Found', 'not_found_error')(exchange);
    };
    const e1 = await startUpstream(t, count);
    const e2 = await startUpstream(t, (exchange) =>
      exchange.send(plainResponse('200 OK', '{"input_tokens":7}', ['content-type: application/json'])),
    );
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], noPatience));

    const counted = await call(proxy, { path: '/v1/messages/count_tokens?beta=true' });

    assert.equal(counted.text, '{"input_tokens":7}');
    assert.equal((await call(proxy)).text, answerOf('first', false));
  });

  test('row 27: count_tokens that nobody serves is a 404, so that clients estimate', async (t) => {
    const e1 = await startUpstream(t, refuses('500 Internal Server Error'));
    const e2 = await startUpstream(t, refuses('404 Not Found', 'not_found_error'));
    const e3 = await startUpstream(t, answers('never'));
    const endpoints = [e1, e2, e3].map((each) => each.endpoint());
    const proxy = await startProxy(t, configOf(endpoints, { ...noPatience, breakerThreshold: 1 }));

    for (let i = 0; i < 2; i += 1) {
      assert.equal((await call(proxy, { path: '/v1/messages/count_tokens' })).status, 404);
    }

    assert.equal(e1.requests.length, 2);
    assert.equal(e3.requests.length, 0);
  });

  test('what other routes meet says nothing about messages', async (t) => {
    const e1 = await startUpstream(t, (exchange) =>
      exchange.request.method === 'GET'
        ? refuses('401 Unauthorized', 'authentication_error')(exchange)
        : answers('first')(exchange),
    );
    const e2 = await startUpstream(t, answers('second'));
    const routing = { ...noPatience, breakerThreshold: 1 };
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], routing));

    for (let i = 0; i < 3; i += 1) await call(proxy, { method: 'GET', path: '/v1/models' });

    assert.equal((await call(proxy)).text, answerOf('first', false));
  });

  test('row 28: a 413 that is a web page is a relay’s limit: the next one serves, nobody is blamed', async (t) => {
    const { e1, ask } = await twoEndpoints(t, [page('413 Payload Too Large'), answers('first')]);

    assert.equal((await ask()).text, served);
    assert.equal((await ask()).text, answerOf('first', false));
    assert.equal(e1.requests.length, 2);
  });

  for (const [value, cools] of [
    ['retry-after: 30', true],
    [`retry-after: ${new Date(Date.now() + 60_000).toUTCString()}`, true],
    ['retry-after: 99999999999', true],
    ['retry-after-ms: 20000', true],
    ['x-nothing: 1', true],
  ] as const) {
    test(`row 29: 429 with "${value.replace(/ \w{3}, .*/, ' a date')}" spares the endpoint for a while`, async (t) => {
      const limit = refuses('429 Too Many Requests', 'rate_limit_error', 'slow', [value]);
      const { e1, proxy, ask } = await twoEndpoints(t, [limit, answers('first')]);

      assert.equal((await ask()).text, served);
      assert.equal((await ask()).text, served);

      assert.equal(e1.requests.length === 1, cools);
      const [line] = await proxy.logged('attempt');
      assert.deepEqual([line?.class, line?.standing], ['RATE_LIMIT', 'degraded']);
    });
  }

  test('row 29: a rate limit is about a class of models', async (t) => {
    const limit = refuses('429 Too Many Requests', 'rate_limit_error', 'slow', ['retry-after: 30']);
    const { e1, ask } = await twoEndpoints(t, (exchange) =>
      exchange.request.body.includes('opus') ? limit(exchange) : answers('first')(exchange),
    );

    // A conversation stays where it is though the endpoint is not at its best.
    const small = () => ask('claude-haiku-4-5', conversation('small'));
    assert.equal((await small()).text, answerOf('first', false));
    assert.equal((await ask('claude-opus-5-5')).text, served);
    assert.equal((await ask('claude-opus-4-1')).text, served);
    assert.equal((await small()).text, answerOf('first', false));
    assert.equal(e1.requests.length, 3);
  });

  test('row 29: a rate limit that is over is over', async (t) => {
    const limit = refuses('429 Too Many Requests', 'rate_limit_error', 'slow', ['retry-after-ms: 300']);
    const e1 = await startUpstream(t, [limit, answers('first')]);
    const proxy = await startProxy(t, configOf([e1.endpoint()], noPatience));

    assert.equal((await call(proxy)).status, 429);
    await waitFor('the limit is over', async () => (await call(proxy)).status === 200 || undefined);
    assert.equal(e1.requests.length, 2);
  });

  test('a spend limit that comes as a 429 takes the key out', async (t) => {
    const body = JSON.stringify({
      type: 'error',
      error: {
        type: 'rate_limit_error',
        message: 'x',
        details: { error_code: 'enforced_spend_limit_reached' },
      },
    });
    const { e1, proxy, ask } = await twoEndpoints(t, (exchange) =>
      exchange.send(plainResponse('429 Too Many Requests', body, ['content-type: application/json'])),
    );

    for (const model of ['claude-opus-5-5', 'claude-haiku-4-5'])
      assert.equal((await ask(model)).text, served);

    assert.equal(e1.requests.length, 1);
    assert.equal((await proxy.logged('attempt'))[0]?.standing, 'quarantined');
  });

  test('row 32: an endpoint that redirects is not tried again', async (t) => {
    const target = await startUpstream(t, answers('never'));
    const { e1, ask } = await twoEndpoints(t, (exchange) =>
      exchange.send(plainResponse('308 Permanent Redirect', '', [`location: ${target.url}/v1/messages`])),
    );

    for (let i = 0; i < 3; i += 1) assert.equal((await ask()).text, served);

    assert.equal(e1.requests.length, 1);
    assert.equal(target.connections, 0);
  });

  for (const status of [
    '500 Internal Server Error',
    '502 Bad Gateway',
    '504 Gateway Timeout',
    '520 Unknown',
  ]) {
    test(`row 31: the circuit opens at the third ${status} in a row`, async (t) => {
      const all = gate();
      const { e1, proxy, ask } = await twoEndpoints(t, async (exchange) => {
        await all.opened;
        await refuses(status)(exchange);
      });

      const first = [ask(), ask(), ask()];
      await e1.received(3);
      all.open();
      for (const each of first) assert.equal((await each).text, served);
      for (let i = 0; i < 3; i += 1) assert.equal((await ask()).text, served);

      const standings = (await proxy.attemptsAt([e1.name], 3)).map((line) => line.standing);
      assert.deepEqual(standings, ['unhealthy', 'unhealthy', 'open']);
      assert.equal(e1.requests.length, 3);
    });
  }

  for (const status of ['503 Service Unavailable', '529 Overloaded']) {
    test(`row 31: ${status} costs the endpoint no failures`, async (t) => {
      const { proxy, ask } = await twoEndpoints(t, refuses(status, 'overloaded_error', 'Overloaded'));

      for (let i = 0; i < 6; i += 1) assert.equal((await ask()).text, served);

      const standings = (await proxy.logged('attempt', 7)).map((line) => line.standing);
      assert.ok(!standings.includes('open') && !standings.includes('unhealthy'), String(standings));
    });
  }

  test('a client that leaves takes nothing with it: the endpoint serves the next one', async (t) => {
    const e1 = await startUpstream(t, [(exchange) => exchange.closed, answers('first')]);
    const e2 = await startUpstream(t, answers('second'));
    const proxy = await startProxy(
      t,
      configOf([e1.endpoint(), e2.endpoint()], { ...noPatience, breakerThreshold: 1 }),
    );
    const left = new AbortController();
    const gone = fetch(`${proxy.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': proxy.token, 'content-type': 'application/json' },
      body: messageRequest(),
      signal: left.signal,
    }).catch(() => 'gone');
    await e1.received(1);
    left.abort();
    assert.equal(await gone, 'gone');
    await e1.cutOff(1);

    assert.equal((await call(proxy)).text, wholeJsonMessage('first'));
    assert.equal(e2.connections, 0);
  });
});
