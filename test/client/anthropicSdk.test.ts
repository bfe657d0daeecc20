import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { canaryToken } from '../support/canaries.ts';
import { gate } from '../support/gate.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import {
  chunk,
  lastChunk,
  messageEnd,
  messageStart,
  plainResponse,
  streamHead,
  textDelta,
  wholeMessage,
} from '../support/wire.ts';

const json = ['content-type: application/json', 'request-id: req_upstream'];

/** What the API answers to a request that is not streamed. */
const message = JSON.stringify({
  id: 'msg_test',
  type: 'message',
  role: 'assistant',
  model: 'claude-test',
  content: [{ type: 'text', text: 'Hello there' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 2 },
});

const question = {
  model: 'claude-test',
  max_tokens: 64,
  messages: [{ role: 'user' as const, content: 'Hi' }],
};

/** The SDK, a proxy, and behind it an upstream with the given script. */
async function start(t: TestContext, script: Script | readonly Script[], options: object = {}) {
  const upstream = await startUpstream(t, script);
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));
  const client = new Anthropic({ baseURL: proxy.url, apiKey: proxy.token, maxRetries: 0, ...options });
  return { upstream, proxy, client };
}

const answering =
  (status: string, body: string, headers: readonly string[] = []): Script =>
  (exchange) =>
    exchange.send(plainResponse(status, body, [...json, ...headers]));

const streaming =
  (...events: string[]): Script =>
  async (exchange) => {
    await exchange.send(streamHead);
    for (const event of events) await exchange.send(chunk(event));
    await exchange.send(lastChunk);
  };

const errorBody = (type: string, words: string) =>
  JSON.stringify({ type: 'error', error: { type, message: words }, request_id: 'req_upstream' });

/** The error that a call must end with. */
async function errorOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => assert.fail('the call must fail'),
    (error: Error) => error,
  );
}

test('a message is created', async (t) => {
  const { client, upstream } = await start(t, answering('200 OK', message));

  const created = await client.messages.create(question);

  assert.deepEqual(created.content, [{ type: 'text', text: 'Hello there' }]);
  assert.equal(created._request_id, 'req_upstream');
  assert.deepEqual(JSON.parse(upstream.requests[0]?.body.toString() ?? ''), question);
});

test('the version that the SDK asks for is the one that arrives', async (t) => {
  const { client, upstream } = await start(t, answering('200 OK', message));

  await client.messages.create(question);

  const [request] = upstream.requests;
  assert.equal(request?.values('anthropic-version').length, 1);
  assert.match(request?.values('user-agent')[0] ?? '', /^Anthropic\/JS /);
  assert.deepEqual(request?.values('x-stainless-retry-count'), ['0']);
});

for (const [style, options] of [
  ['its default, a bearer token', (token: string) => ({ apiKey: token })],
  ['an auth token', (token: string) => ({ apiKey: null, authToken: token })],
  [
    'x-api-key, as older versions do',
    (token: string) => ({
      apiKey: null,
      authToken: null,
      defaultHeaders: { 'x-api-key': token, authorization: null },
    }),
  ],
  [
    'a key of its own and the token beside it',
    (token: string) => ({ apiKey: 'sk-own', defaultHeaders: { 'x-api-key': token } }),
  ],
] as const) {
  test(`the door opens to ${style}, and the upstream sees its own key only`, async (t) => {
    const { proxy, upstream } = await start(t, answering('200 OK', message));
    const client = new Anthropic({ baseURL: proxy.url, maxRetries: 0, ...options(proxy.token) });

    await client.messages.create(question);

    const [request] = upstream.requests;
    assert.deepEqual(request?.values('x-api-key'), [upstream.key]);
    assert.deepEqual(request?.values('authorization'), [`Bearer ${upstream.key}`]);
  });
}

test('a stream gives its events in order and its final message', async (t) => {
  const { client } = await start(
    t,
    streaming(messageStart, textDelta('Hello '), textDelta('世界'), messageEnd),
  );

  const stream = client.messages.stream(question);
  const types: string[] = [];
  for await (const event of stream) types.push(event.type);

  assert.deepEqual(
    types.filter((type) => type !== 'ping'),
    [
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ],
  );
  const final = await stream.finalMessage();
  assert.deepEqual(final.content, [{ type: 'text', text: 'Hello 世界' }]);
  assert.equal(final.stop_reason, 'end_turn');
  assert.equal(final.usage.output_tokens, 5);
});

test('text arrives while the answer is still being written', async (t) => {
  const seen = gate();
  const { client } = await start(t, async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(messageStart + textDelta('first')));
    await seen.opened;
    await exchange.send(chunk(textDelta(' second') + messageEnd));
    await exchange.send(lastChunk);
  });

  const stream = client.messages.stream(question);
  stream.on('text', (text) => {
    if (text === 'first') seen.open();
  });

  assert.equal(await stream.finalText(), 'first second');
});

test('tokens are counted', async (t) => {
  const { client, upstream } = await start(t, answering('200 OK', '{"input_tokens":42}'));

  const { model, messages } = question;
  assert.equal((await client.messages.countTokens({ model, messages })).input_tokens, 42);
  assert.equal(upstream.requests[0]?.target, '/v1/messages/count_tokens');
});

test('models are listed over several pages', async (t) => {
  const model = (id: string) => ({ type: 'model', id, display_name: id, created_at: '2025-01-01T00:00:00Z' });
  const page = (id: string, has_more: boolean) =>
    JSON.stringify({ data: [model(id)], has_more, first_id: id, last_id: id });
  const { client, upstream } = await start(t, [
    answering('200 OK', page('a', true)),
    answering('200 OK', page('b', false)),
  ]);

  const ids: string[] = [];
  for await (const { id } of client.models.list({ limit: 1 })) ids.push(id);

  assert.deepEqual(ids, ['a', 'b']);
  assert.equal(upstream.requests[1]?.target, '/v1/models?limit=1&after_id=a');
});

test('a wrong token is an AuthenticationError in the words of the proxy', async (t) => {
  const { upstream, client } = await start(t, answering('200 OK', message), { apiKey: canaryToken() });

  const error = await errorOf(client.messages.create(question));

  assert.ok(error instanceof Anthropic.AuthenticationError);
  assert.match(error.message, /local token/);
  assert.match(error.requestID ?? '', /^req_qcc_/);
  assert.equal(upstream.connections, 0);
});

for (const [status, type, errorClass] of [
  ['400 Bad Request', 'invalid_request_error', Anthropic.BadRequestError],
  ['401 Unauthorized', 'authentication_error', Anthropic.AuthenticationError],
  ['403 Forbidden', 'permission_error', Anthropic.PermissionDeniedError],
  ['404 Not Found', 'not_found_error', Anthropic.NotFoundError],
  ['429 Too Many Requests', 'rate_limit_error', Anthropic.RateLimitError],
  ['529 Overloaded', 'overloaded_error', Anthropic.InternalServerError],
] as const) {
  test(`${status} of the upstream is its error class, with words and request id unchanged`, async (t) => {
    const { client } = await start(t, answering(status, errorBody(type, 'as it was — ü')));

    const error = await errorOf(client.messages.create(question));

    assert.ok(error instanceof errorClass);
    assert.equal(error.status, Number(status.slice(0, 3)));
    assert.deepEqual(error.error, JSON.parse(errorBody(type, 'as it was — ü')));
    assert.equal(error.requestID, 'req_upstream');
  });
}

test('retry-after of the upstream is what the SDK waits for', async (t) => {
  const limited = errorBody('rate_limit_error', 'slow down');
  const { client, upstream } = await start(
    t,
    [answering('429 Too Many Requests', limited, ['retry-after: 7']), answering('200 OK', message)],
    { maxRetries: 1 },
  );
  // The clock of the SDK is asked for seven seconds, which then pass at once.
  const original = globalThis.setTimeout;
  const delays: (number | undefined)[] = [];
  const shortened = (callback: () => void, ms?: number) => {
    delays.push(ms);
    return original(callback, ms === 7000 ? 0 : ms);
  };
  t.mock.method(globalThis, 'setTimeout', shortened as typeof setTimeout);

  assert.equal((await client.messages.create(question)).id, 'msg_test');
  assert.ok(delays.includes(7000));
  assert.deepEqual(
    upstream.requests.map((request) => request.values('x-stainless-retry-count')[0]),
    ['0', '1'],
  );
});

test('x-should-retry of the upstream is obeyed', async (t) => {
  const { client, upstream } = await start(
    t,
    answering('500 Internal Server Error', errorBody('api_error', 'final'), ['x-should-retry: false']),
    { maxRetries: 2 },
  );

  assert.ok((await errorOf(client.messages.create(question))) instanceof Anthropic.InternalServerError);
  assert.equal(upstream.requests.length, 1);
});

test('an error inside a stream is an error with its type', async (t) => {
  const overloaded = `event: error\ndata: ${errorBody('overloaded_error', 'Overloaded')}\n\n`;
  const { client } = await start(t, streaming(messageStart, textDelta('a'), overloaded));

  const error = await errorOf(client.messages.stream(question).finalMessage());

  assert.ok(error instanceof Anthropic.APIError);
  assert.match(error.message, /Overloaded/);
});

for (const [fault, script] of [
  ['ends cleanly without message_stop', streaming(messageStart, textDelta('half'))],
  [
    'is reset',
    async (exchange) => {
      await exchange.send(streamHead);
      await exchange.send(chunk(messageStart + textDelta('half')));
      exchange.socket.end(() => exchange.reset());
    },
  ],
] satisfies [string, Script][]) {
  test(`a raw iteration throws when the upstream's stream ${fault}`, async (t) => {
    const { client } = await start(t, script);
    const stream = await client.messages.create({ ...question, stream: true });

    const texts: string[] = [];
    const iteration = (async () => {
      for await (const event of stream) {
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta')
          texts.push(event.delta.text);
      }
    })();

    await assert.rejects(iteration);
    assert.deepEqual(texts, ['half']);
  });
}

test('an abort closes the connection to the upstream', async (t) => {
  const { client, upstream, proxy } = await start(t, async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(messageStart + textDelta('go on')));
    await exchange.closed;
  });

  const stream = client.messages.stream(question);
  stream.on('text', () => stream.abort());

  assert.ok((await errorOf(stream.finalMessage())) instanceof Anthropic.APIUserAbortError);
  await upstream.cutOff(1);
  assert.equal((await proxy.logged('attempt'))[0]?.outcome, 'clientGone');
});

test('an abort before the answer has begun closes the connection to the upstream', async (t) => {
  const { client, upstream } = await start(t, (exchange) => exchange.closed);

  const abort = new AbortController();
  const created = errorOf(client.messages.create(question, { signal: abort.signal }));
  await upstream.received(1);
  abort.abort();

  assert.ok((await created) instanceof Anthropic.APIUserAbortError);
  await upstream.cutOff(1);
});

test('twenty streams of one client at once do not mix', async (t) => {
  const { client } = await start(t, async (exchange) => {
    const { messages } = JSON.parse(exchange.request.body.toString());
    await streaming(wholeMessage(`you said ${messages[0].content}`))(exchange);
  });

  const texts = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      client.messages
        .stream({ ...question, messages: [{ role: 'user', content: `number ${i}` }] })
        .finalText(),
    ),
  );

  assert.deepEqual(
    texts,
    texts.map((_, i) => `you said number ${i}`),
  );
});
