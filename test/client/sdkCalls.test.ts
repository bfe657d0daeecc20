import assert from 'node:assert/strict';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { gate } from '../support/gate.ts';
import { answering, message, question, startSdk, streaming } from '../support/sdk.ts';
import {
  chunk,
  lastChunk,
  messageEnd,
  messageStart,
  streamHead,
  textDelta,
  wholeMessage,
} from '../support/wire.ts';

test('a message is created', async (t) => {
  const { client, upstream } = await startSdk(t, answering('200 OK', message));

  const created = await client.messages.create(question);

  assert.deepEqual(created.content, [{ type: 'text', text: 'Hello there' }]);
  assert.equal(created._request_id, 'req_upstream');
  assert.deepEqual(JSON.parse(upstream.requests[0]?.body.toString() ?? ''), question);
});

test('the version that the SDK asks for is the one that arrives', async (t) => {
  const { client, upstream } = await startSdk(t, answering('200 OK', message));

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
    const { proxy, upstream } = await startSdk(t, answering('200 OK', message));
    const client = new Anthropic({ baseURL: proxy.url, maxRetries: 0, ...options(proxy.token) });

    await client.messages.create(question);

    const [request] = upstream.requests;
    assert.deepEqual(request?.values('x-api-key'), [upstream.key]);
    assert.deepEqual(request?.values('authorization'), [`Bearer ${upstream.key}`]);
  });
}

test('a stream gives its events in order and its final message', async (t) => {
  const { client } = await startSdk(
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
  const { client } = await startSdk(t, async (exchange) => {
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
  const { client, upstream } = await startSdk(t, answering('200 OK', '{"input_tokens":42}'));

  const { model, messages } = question;
  assert.equal((await client.messages.countTokens({ model, messages })).input_tokens, 42);
  assert.equal(upstream.requests[0]?.target, '/v1/messages/count_tokens');
});

test('models are listed over several pages', async (t) => {
  const model = (id: string) => ({ type: 'model', id, display_name: id, created_at: '2025-01-01T00:00:00Z' });
  const page = (id: string, has_more: boolean) =>
    JSON.stringify({ data: [model(id)], has_more, first_id: id, last_id: id });
  const { client, upstream } = await startSdk(t, [
    answering('200 OK', page('a', true)),
    answering('200 OK', page('b', false)),
  ]);

  const ids: string[] = [];
  for await (const { id } of client.models.list({ limit: 1 })) ids.push(id);

  assert.deepEqual(ids, ['a', 'b']);
  assert.equal(upstream.requests[1]?.target, '/v1/models?limit=1&after_id=a');
});

test('twenty streams of one client at once do not mix', async (t) => {
  const { client } = await startSdk(t, async (exchange) => {
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
