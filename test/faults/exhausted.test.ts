import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { answers, page, refuses, silence, streams } from '../support/answers.ts';
import { refusingEndpoint, unknownHostEndpoint } from '../support/faultyEndpoints.ts';
import { modelGroups } from '../support/modelGroups.ts';
import { apiError, call } from '../support/proxyClient.ts';
import { type ConfiguredEndpoint, type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { errorBody, messageRequest, overloadedError, plainResponse, startOf } from '../support/wire.ts';

/*
 * Nobody could serve: the most useful answer goes back, in a shape that lets clients try again in time.
 */

const limited = (seconds: number): Script =>
  refuses('429 Too Many Requests', 'rate_limit_error', `for ${seconds} s`, [`retry-after: ${seconds}`]);

const scripts = {
  'a 429': limited(20),
  'a 401': refuses('401 Unauthorized', 'authentication_error', 'the key'),
  'a 403': refuses('403 Forbidden', 'permission_error', 'the permission'),
  'a 404': refuses('404 Not Found', 'not_found_error', 'the model'),
  'a 500': refuses('500 Internal Server Error', 'api_error', 'the server'),
  'a 503': refuses('503 Service Unavailable', 'overloaded_error', 'the load'),
  'a 529': refuses('529 Overloaded', 'overloaded_error', 'the overload'),
  'a web page of 502': page('502 Bad Gateway'),
  'an error event': streams(startOf('msg_x'), overloadedError),
  'a reset': (exchange) => exchange.reset(),
} satisfies Record<string, Script>;
type Kind = keyof typeof scripts;

/** Of two failures, both ways round: which one the client gets, and with which status. */
const pairs: readonly [better: Kind, worse: Kind, status: number][] = [
  ['a 429', 'a 401', 429],
  ['a 429', 'a 500', 429],
  ['a 429', 'a 404', 429],
  ['a 429', 'a reset', 429],
  ['a 401', 'a 404', 401],
  ['a 401', 'a 500', 401],
  ['a 401', 'a 529', 401],
  ['a 403', 'a 503', 403],
  ['a 403', 'a 404', 403],
  ['a 404', 'a 500', 404],
  ['a 404', 'a reset', 404],
  ['a 500', 'a reset', 500],
  ['a 529', 'a reset', 503],
  ['an error event', 'a reset', 503],
  ['a web page of 502', 'a reset', 502],
];
const words: Record<Kind, string> = {
  'a 429': errorBody('rate_limit_error', 'for 20 s'),
  'a 401': errorBody('authentication_error', 'the key'),
  'a 403': errorBody('permission_error', 'the permission'),
  'a 404': errorBody('not_found_error', 'the model'),
  'a 500': errorBody('api_error', 'the server'),
  'a 503': errorBody('overloaded_error', 'the load'),
  'a 529': errorBody('overloaded_error', 'the overload'),
  'a web page of 502': '<!DOCTYPE html>\n<html><body>Attention required</body></html>',
  'an error event': errorBody('overloaded_error', 'Overloaded'),
  'a reset': '',
};

const scope = { after };
const groups = modelGroups();
const cases = await Promise.all(
  pairs.flatMap(([better, worse, status]) =>
    [
      [better, worse],
      [worse, better],
    ].map(async (order) => {
      const upstreams = await Promise.all(order.map((kind) => startUpstream(scope, scripts[kind as Kind])));
      const model = groups.add(...upstreams.map((upstream) => upstream.endpoint()));
      return { better, order, status, upstreams, model };
    }),
  ),
);
const noPatience = { patienceSeconds: 0 };
const proxy = await startProxy(scope, configOf(groups.endpoints, noPatience));

describe('of two failures the more useful one goes back', { concurrency: 6 }, () => {
  for (const { better, order, status, upstreams, model } of cases) {
    test(`${order.join(', then ')}: ${better}`, async () => {
      const answer = await call(proxy, { body: messageRequest({ model, stream: true }) });

      assert.equal(answer.status, status);
      assert.equal(answer.text, words[better]);
      const retryAfter = answer.header('retry-after');
      if (status === 429 || status === 503) {
        assert.ok(Number(retryAfter) >= 1 && Number(retryAfter) <= 60, `retry-after ${retryAfter}`);
      }
      assert.equal(answer.header('x-should-retry'), status === 401 ? 'false' : undefined);
      for (const upstream of upstreams) assert.ok(upstream.requests.length >= 1);
    });
  }
});

async function proxyFor(
  t: { after(end: () => unknown): void },
  all: readonly Script[],
  routing: object = {},
) {
  const upstreams = await Promise.all(all.map((script) => startUpstream(t, script)));
  const endpoints = upstreams.map((upstream) => upstream.endpoint());
  return { upstreams, proxy: await startProxy(t, configOf(endpoints, { ...noPatience, ...routing })) };
}

describe('when nobody could serve', { concurrency: 4 }, () => {
  test('row 30: of several rate limits the client is told when the first one ends', async (t) => {
    const all = await proxyFor(t, [limited(20), limited(10), limited(30)]);

    const answer = await call(all.proxy);

    assert.equal(answer.status, 429);
    assert.equal(answer.header('retry-after'), '10');
    assert.equal(answer.text, errorBody('rate_limit_error', 'for 30 s'));
  });

  test('row 30: while all cool down the client is told so without a call', async (t) => {
    const all = await proxyFor(t, [limited(20), limited(10)]);
    await call(all.proxy);

    const answer = await call(all.proxy);

    assert.ok([429, 503].includes(answer.status), String(answer.status));
    const seconds = Number(answer.header('retry-after'));
    assert.ok(seconds >= 1 && seconds <= 10, `retry-after ${seconds}`);
    assert.deepEqual(
      all.upstreams.map((upstream) => upstream.requests.length),
      [1, 1],
    );
  });

  test('the last of equal failures goes back', async (t) => {
    const all = await proxyFor(t, [
      refuses('500 Internal Server Error', 'api_error', 'one'),
      refuses('502 Bad Gateway', 'api_error', 'two'),
      refuses('504 Gateway Timeout', 'timeout_error', 'three'),
    ]);

    const answer = await call(all.proxy);

    assert.equal(answer.status, 504);
    assert.match(answer.text, /three/);
  });

  test('four attempts that may have been worked on are enough', async (t) => {
    const all = await proxyFor(
      t,
      Array.from({ length: 6 }, () => refuses('500 Internal Server Error')),
    );

    assert.equal((await call(all.proxy)).status, 500);
    assert.deepEqual(
      all.upstreams.map((upstream) => upstream.requests.length),
      [1, 1, 1, 1, 0, 0],
    );
  });

  test('maxAttempts is that number', async (t) => {
    const all = await proxyFor(
      t,
      Array.from({ length: 4 }, () => refuses('500 Internal Server Error')),
      { maxAttempts: 2 },
    );

    await call(all.proxy);
    assert.deepEqual(
      all.upstreams.map((upstream) => upstream.requests.length),
      [1, 1, 0, 0],
    );
  });

  test('attempts that cannot have been worked on are limited by the endpoints alone', async (t) => {
    const six = Array.from({ length: 6 }, () => limited(20));
    const seventh = await startUpstream(t, answers('served'));
    const upstreams = await Promise.all(six.map((script) => startUpstream(t, script)));
    const endpoints: ConfiguredEndpoint[] = [...upstreams, seventh].map((each) => each.endpoint());
    endpoints.splice(3, 0, await refusingEndpoint(), unknownHostEndpoint());
    const own = await startProxy(t, configOf(endpoints, { ...noPatience, maxAttempts: 1 }));

    assert.equal((await call(own)).status, 200);
    assert.ok(upstreams.every((upstream) => upstream.requests.length === 1));
  });

  test('the first move to another endpoint is always allowed', async (t) => {
    const all = await proxyFor(t, [refuses('500 Internal Server Error'), answers('served')], {
      maxAttempts: 1,
    });

    assert.equal((await call(all.proxy)).status, 200);
  });

  test('the deadline ends in the words of the endpoint that had some', async (t) => {
    const all = await proxyFor(t, [limited(20), silence], { timeouts: { firstByte: 700 } });

    const answer = await call(all.proxy, { body: messageRequest({ stream: true }) });

    assert.equal(answer.status, 429);
  });

  test('without any answer the error is ours and names an endpoint', async (t) => {
    const own = await startProxy(
      t,
      configOf([await refusingEndpoint('first'), await refusingEndpoint('last')], noPatience),
    );

    const answer = await call(own);

    assert.equal(answer.status, 502);
    assert.match(apiError(answer).message, /"last", refused/);
    assert.equal(answer.header('request-id'), apiError(answer).requestId);
  });

  test('the headers of an error that goes back are those of its endpoint', async (t) => {
    const all = await proxyFor(t, [
      (exchange) =>
        exchange.send(
          plainResponse('529 Overloaded', '{"as":"it was"}', [
            'content-type: application/json',
            'request-id: req_upstream',
            'anthropic-ratelimit-requests-remaining: 0',
            'x-should-retry: true',
          ]),
        ),
    ]);

    const answer = await call(all.proxy);

    assert.equal(answer.status, 503);
    assert.equal(answer.text, '{"as":"it was"}');
    assert.equal(answer.header('request-id'), 'req_upstream');
    assert.equal(answer.header('anthropic-ratelimit-requests-remaining'), '0');
    assert.equal(answer.header('x-should-retry'), 'true');
  });
});
