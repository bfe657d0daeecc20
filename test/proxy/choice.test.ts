import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canaryKey } from '../support/canaries.ts';
import { apiError, call } from '../support/proxyClient.ts';
import { refusingPort } from '../support/refusingPort.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { chunk, messageStart, plainResponse, streamHead } from '../support/wire.ts';

const answering =
  (name: string): Script =>
  (exchange) =>
    exchange.send(plainResponse('200 OK', name));

test('the lowest priority number serves', async (t) => {
  const second = await startUpstream(t, answering('second'));
  const first = await startUpstream(t, answering('first'));
  const proxy = await startProxy(
    t,
    configOf([second.endpoint({ priority: 20 }), first.endpoint({ priority: 3 })]),
  );

  for (let i = 0; i < 5; i += 1) assert.equal((await call(proxy)).text, 'first');

  assert.equal(second.connections, 0);
});

test('endpoints of equal priority take turns', async (t) => {
  const first = await startUpstream(t, answering('first'));
  const second = await startUpstream(t, answering('second'));
  const endpoints = [first.endpoint({ priority: 7 }), second.endpoint({ priority: 7 })];
  const proxy = await startProxy(t, configOf(endpoints));

  const names: string[] = [];
  for (let i = 0; i < 4; i += 1) names.push((await call(proxy)).text);

  assert.deepEqual(names.toSorted(), ['first', 'first', 'second', 'second']);
});

test('by default the weights are the shares', async (t) => {
  const light = await startUpstream(t, answering('light'));
  const heavy = await startUpstream(t, answering('heavy'));
  const endpoints = [light.endpoint({ weight: 100 }), heavy.endpoint({ weight: 300 })];
  const proxy = await startProxy(t, configOf(endpoints, {}, { strategy: undefined }));

  for (let i = 0; i < 8; i += 1) await call(proxy);

  assert.deepEqual([light.requests.length, heavy.requests.length], [2, 6]);
});

for (const [what, fields] of [
  ['disabled', { enabled: false }],
  ['without a key', { apiKey: '' }],
] as const) {
  test(`an endpoint that is ${what} is passed over`, async (t) => {
    const first = await startUpstream(t, answering('first'));
    const second = await startUpstream(t, answering('second'));
    const proxy = await startProxy(t, configOf([first.endpoint(fields), second.endpoint()]));

    assert.equal((await call(proxy)).text, 'second');
    assert.equal(first.connections, 0);
  });
}

test('only the active profile serves', async (t) => {
  const idle = await startUpstream(t, answering('idle'));
  const active = await startUpstream(t, answering('active'));
  const proxy = await startProxy(t, {
    version: 1,
    activeProfile: 'b',
    // No connection is opened in advance either.
    health: { enabled: false },
    profiles: [
      { name: 'a', priority: 'primary', endpoints: [idle.endpoint()] },
      { name: 'b', endpoints: [active.endpoint()] },
    ],
  });

  assert.equal((await call(proxy)).text, 'active');
  assert.equal(idle.connections, 0);
});

test('a profile that is disabled is passed over, for the next level', async (t) => {
  const first = await startUpstream(t, answering('first'));
  const second = await startUpstream(t, answering('second'));
  const proxy = await startProxy(t, {
    version: 1,
    health: { enabled: false },
    profiles: [
      { name: 'a', priority: 'primary', enabled: false, endpoints: [first.endpoint()] },
      { name: 'b', priority: 'secondary', endpoints: [second.endpoint()] },
    ],
  });

  assert.equal((await call(proxy)).text, 'second');
  assert.equal(first.connections, 0);
});

test('without an endpoint the answer says what to do', async (t) => {
  const proxy = await startProxy(t, configOf([]));

  const answer = await call(proxy);

  assert.equal(answer.status, 503);
  assert.equal(answer.header('x-should-retry'), 'false');
  assert.match(apiError(answer).message, /no endpoint/);
});

test('no other endpoint is asked once the answer has begun', async (t) => {
  const first = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(messageStart));
    exchange.end();
  });
  const second = await startUpstream(t, answering('second'));
  const proxy = await startProxy(t, configOf([first.endpoint(), second.endpoint()]));

  const answer = await call(proxy);

  assert.equal(answer.text, messageStart);
  assert.equal(answer.end, 'broken');
  assert.equal(second.connections, 0);
});

test('an endpoint that leads back to the proxy is never called', async (t) => {
  const port = await refusingPort();
  const own = { name: 'loop', baseUrl: `http://localhost:${port}`, apiKey: canaryKey(port) };
  const proxy = await startProxy(t, configOf([own]), { args: ['--no-token', '--port', String(port)] });

  const answer = await call(proxy);

  assert.equal(answer.status, 503);
  assert.equal((await proxy.logged('noEndpoint')).length, 1);
});
