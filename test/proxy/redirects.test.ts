import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiError, call } from '../support/proxyClient.ts';
import { startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { plainResponse } from '../support/wire.ts';

for (const status of [
  '301 Moved Permanently',
  '302 Found',
  '303 See Other',
  '307 Temporary',
  '308 Permanent',
]) {
  test(`${status} is not followed and does not show the client where it points`, async (t) => {
    const target = await startUpstream(t, (exchange) => exchange.send(plainResponse('200 OK', '{}')));
    const upstream = await startUpstream(t, (exchange) =>
      exchange.send(plainResponse(status, `see ${target.url}`, [`location: ${target.url}/v1/messages`])),
    );
    const proxy = await startProxy(t, configOf([upstream.endpoint()]));

    const answer = await call(proxy);

    assert.equal(answer.status, 502);
    assert.equal(answer.header('location'), undefined);
    assert.equal(answer.header('x-should-retry'), 'false');
    assert.ok(!answer.text.includes(target.url));
    assert.match(apiError(answer).message, new RegExp(`endpoint-${upstream.port}`));
    assert.equal(target.connections, 0);
  });
}

test('the next endpoint serves when the first one redirects', async (t) => {
  const first = await startUpstream(t, (exchange) =>
    exchange.send(plainResponse('302 Found', '', ['location: /elsewhere'])),
  );
  const second = await startUpstream(t, (exchange) => exchange.send(plainResponse('200 OK', 'second')));
  const proxy = await startProxy(t, configOf([first.endpoint(), second.endpoint()]));

  assert.equal((await call(proxy)).text, 'second');
  assert.equal(first.requests.length, 1);
});
