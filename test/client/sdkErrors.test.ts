import assert from 'node:assert/strict';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { canaryToken } from '../support/canaries.ts';
import { answering, errorBody, errorOf, message, question, startSdk, streaming } from '../support/sdk.ts';
import { messageStart, textDelta } from '../support/wire.ts';

test('a wrong token is an AuthenticationError in the words of the proxy', async (t) => {
  const { upstream, client } = await startSdk(t, answering('200 OK', message), { apiKey: canaryToken() });

  const error = await errorOf(client.messages.create(question));

  assert.ok(error instanceof Anthropic.AuthenticationError);
  assert.match(error.message, /local token/);
  assert.match(error.requestID ?? '', /^req_qcc_/);
  assert.equal(upstream.connections, 0);
});

// 529 ends the turn of some clients after two retries; it reaches them as 503.
for (const [status, type, errorClass, shown = Number(status.slice(0, 3))] of [
  ['400 Bad Request', 'invalid_request_error', Anthropic.BadRequestError],
  ['401 Unauthorized', 'authentication_error', Anthropic.AuthenticationError],
  ['403 Forbidden', 'permission_error', Anthropic.PermissionDeniedError],
  ['404 Not Found', 'not_found_error', Anthropic.NotFoundError],
  ['429 Too Many Requests', 'rate_limit_error', Anthropic.RateLimitError],
  ['529 Overloaded', 'overloaded_error', Anthropic.InternalServerError, 503],
] as const) {
  test(`${status} of the upstream is its error class, with words and request id unchanged`, async (t) => {
    const { client } = await startSdk(t, answering(status, errorBody(type, 'as it was — ü')));

    const error = await errorOf(client.messages.create(question));

    assert.ok(error instanceof errorClass);
    assert.equal(error.status, shown);
    assert.deepEqual(error.error, JSON.parse(errorBody(type, 'as it was — ü')));
    assert.equal(error.requestID, 'req_upstream');
  });
}

test('retry-after of the upstream is what the SDK waits for', async (t) => {
  const limited = errorBody('rate_limit_error', 'slow down');
  const { client, upstream } = await startSdk(
    t,
    [answering('429 Too Many Requests', limited, ['retry-after: 1']), answering('200 OK', message)],
    { maxRetries: 1 },
  );
  const delays = t.mock.method(globalThis, 'setTimeout').mock;

  assert.equal((await client.messages.create(question)).id, 'msg_test');
  assert.ok(delays.calls.some((timer) => timer.arguments[1] === 1000));
  assert.deepEqual(
    upstream.requests.map((request) => request.values('x-stainless-retry-count')[0]),
    ['0', '1'],
  );
});

test('x-should-retry of the upstream is obeyed, by the proxy and by the SDK', async (t) => {
  const { client, upstream } = await startSdk(
    t,
    answering('500 Internal Server Error', errorBody('api_error', 'final'), ['x-should-retry: false']),
    { maxRetries: 2 },
  );

  assert.ok((await errorOf(client.messages.create(question))) instanceof Anthropic.InternalServerError);
  assert.equal(upstream.requests.length, 1);
});

test('an error inside a stream is an error with its type', async (t) => {
  const overloaded = `event: error\ndata: ${errorBody('overloaded_error', 'Overloaded')}\n\n`;
  const { client } = await startSdk(t, streaming(messageStart, textDelta('a'), overloaded));

  const error = await errorOf(client.messages.stream(question).finalMessage());

  assert.ok(error instanceof Anthropic.APIError);
  assert.match(error.message, /Overloaded/);
});
