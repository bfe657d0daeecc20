import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { canaryKey } from '../support/canaries.ts';
import { apiError, call } from '../support/proxyClient.ts';
import { refusingPort } from '../support/refusingPort.ts';
import { type ConfiguredEndpoint, type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { chunk, messageStart, plainResponse, streamHead } from '../support/wire.ts';

const answering =
  (name: string): Script =>
  (exchange) =>
    exchange.send(plainResponse('200 OK', name));

/** An endpoint whose host name cannot exist: one of its labels is too long. */
const nowhere: ConfiguredEndpoint = {
  name: 'nowhere',
  baseUrl: `https://${'a'.repeat(64)}.invalid`,
  apiKey: canaryKey(0),
};

async function refusing(): Promise<ConfiguredEndpoint> {
  const port = await refusingPort();
  return { name: 'refusing', baseUrl: `http://127.0.0.1:${port}`, apiKey: canaryKey(port) };
}

/** A server with a certificate that nobody vouches for. */
async function untrusted(t: TestContext) {
  return startUpstream(t, answering('untrusted'), { tls: true });
}

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

test('among equal priorities the first in the file serves', async (t) => {
  const first = await startUpstream(t, answering('first'));
  const second = await startUpstream(t, answering('second'));
  const proxy = await startProxy(t, configOf([first.endpoint(), second.endpoint()]));

  assert.equal((await call(proxy)).text, 'first');
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
    profiles: [
      { name: 'a', priority: 'primary', endpoints: [idle.endpoint()] },
      { name: 'b', endpoints: [active.endpoint()] },
    ],
  });

  assert.equal((await call(proxy)).text, 'active');
  assert.equal(idle.connections, 0);
});

test('without an endpoint the answer says what to do', async (t) => {
  const proxy = await startProxy(t, configOf([]));

  const answer = await call(proxy);

  assert.equal(answer.status, 503);
  assert.equal(answer.header('x-should-retry'), 'false');
  assert.match(apiError(answer).message, /no endpoint/);
});

for (const [fault, endpointOf] of Object.entries({
  'refuses the connection': refusing,
  'has a name that does not resolve': async () => nowhere,
  'has a certificate that nobody vouches for': async (t: TestContext) => (await untrusted(t)).endpoint(),
})) {
  test(`the next endpoint serves when the first one ${fault}`, async (t) => {
    const second = await startUpstream(t, answering('second'));
    const proxy = await startProxy(t, configOf([await endpointOf(t), second.endpoint()]));

    const answer = await call(proxy);

    assert.equal(answer.status, 200);
    assert.equal(answer.text, 'second');
    assert.deepEqual(
      (await proxy.logged('attempt', 2)).map((line) => line.outcome),
      ['failed', 'served'],
    );
  });
}

test('four endpoints that refuse do not hide the fifth', async (t) => {
  const fifth = await startUpstream(t, answering('fifth'));
  const refused = await Promise.all(Array.from({ length: 4 }, refusing));
  const endpoints = refused.map((endpoint, i) => ({ ...endpoint, name: `refusing-${i}` }));
  const proxy = await startProxy(t, configOf([...endpoints, fifth.endpoint()]));

  assert.equal((await call(proxy)).text, 'fifth');
});

const mayHaveProcessed: Record<string, Script> = {
  'resets the connection after the request': (exchange) => exchange.reset(),
  'closes the connection after the request': (exchange) => exchange.end(),
  'answers with something that is not HTTP': (exchange) => exchange.send('SSH-2.0-OpenSSH_9.6\r\n\r\n'),
  'answers with 100 unasked, which undici does not take': (exchange) =>
    exchange.send('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
  'closes the connection inside its head': async (exchange) => {
    await exchange.send('HTTP/1.1 200 OK\r\ncontent-ty');
    exchange.end();
  },
};

for (const [fault, script] of Object.entries(mayHaveProcessed)) {
  test(`no other endpoint is asked when the first one ${fault}`, async (t) => {
    const first = await startUpstream(t, script);
    const second = await startUpstream(t, answering('second'));
    const proxy = await startProxy(t, configOf([first.endpoint({ name: 'relay <a>' }), second.endpoint()]));

    const answer = await call(proxy);

    assert.equal(answer.status, 502);
    assert.equal(answer.header('content-type'), 'application/json');
    const error = apiError(answer);
    assert.equal(error.type, 'api_error');
    assert.ok(error.message.includes('relay <a>'));
    assert.equal(answer.header('request-id'), error.requestId);
    assert.equal(second.connections, 0);
  });
}

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

test('no other endpoint is asked after an error status', async (t) => {
  const first = await startUpstream(t, (exchange) => exchange.send(plainResponse('529 Overloaded', '{}')));
  const second = await startUpstream(t, answering('second'));
  const proxy = await startProxy(t, configOf([first.endpoint(), second.endpoint()]));

  assert.equal((await call(proxy)).status, 529);
  assert.equal(second.connections, 0);
});

for (const [fault, endpointOf, words] of [
  ['refuses the connection', refusing, /"refusing" refused/],
  ['has a name that does not resolve', async () => nowhere, /"nowhere" could not be resolved/],
] as const) {
  test(`a lone endpoint that ${fault} is named in a 502`, async (t) => {
    const proxy = await startProxy(t, configOf([await endpointOf()]));

    const answer = await call(proxy);

    assert.equal(answer.status, 502);
    assert.match(apiError(answer).message, words);
    assert.equal(answer.header('retry-after'), '1');
  });
}

test('an endpoint that was down is used again when it is back', async (t) => {
  const upstream = await startUpstream(t, [(exchange) => exchange.reset(), answering('back')]);
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));

  assert.equal((await call(proxy)).status, 502);
  assert.equal((await call(proxy)).text, 'back');
});

test('an endpoint that leads back to the proxy is never called', async (t) => {
  const port = await refusingPort();
  const own = { name: 'loop', baseUrl: `http://localhost:${port}`, apiKey: canaryKey(port) };
  const proxy = await startProxy(t, configOf([own]), { args: ['--no-token', '--port', String(port)] });

  const answer = await call(proxy);

  assert.equal(answer.status, 503);
  assert.equal((await proxy.logged('noEndpoint')).length, 1);
});
