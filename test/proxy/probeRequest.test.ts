import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CheckModels } from '../../src/core/checkModels.ts';
import {
  codeLength,
  codeSymbols,
  estimatedInputTokens,
  maxAnswerTokens,
} from '../../src/core/checkQuestion.ts';
import { refuses, silence, streams } from '../support/answers.ts';
import { canaryKey } from '../support/canaries.ts';
import { check, checkOf } from '../support/checks.ts';
import { refusingEndpoint } from '../support/faultyEndpoints.ts';
import { askedCode, askedModel, honest, messageUntil } from '../support/lyingEndpoints.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { errorEvent, thinkingStart } from '../support/wire.ts';

test('a check says what it is and holds nothing but its own few words', async (t) => {
  const upstream = await startUpstream(t, honest);

  await checkOf(t, upstream, { baseUrl: `${upstream.url}/relay` });

  const [request] = upstream.requests;
  assert.ok(request);
  assert.equal(`${request.method} ${request.target}`, 'POST /relay/v1/messages');
  const headers: Record<string, string> = {};
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    headers[request.rawHeaders[i]?.toLowerCase() ?? ''] = request.rawHeaders[i + 1] ?? '';
  }
  assert.deepEqual(headers, {
    host: `127.0.0.1:${upstream.port}`,
    connection: 'close',
    accept: 'application/json',
    'content-type': 'application/json',
    'anthropic-version': '2023-06-01',
    'user-agent': 'qcc-health-check/1.2.3',
    authorization: `Bearer ${upstream.key}`,
    'x-api-key': upstream.key,
    'accept-encoding': 'identity',
    'content-length': String(request.body.length),
  });
  assert.deepEqual(JSON.parse(request.body.toString()), {
    model: 'claude-haiku-5-5',
    max_tokens: maxAnswerTokens,
    stream: true,
    thinking: { type: 'disabled' },
    messages: [{ role: 'user', content: `Reply with only: ${askedCode(request)}` }],
  });
});

test("an endpoint's own headers and way of authentication are those of its traffic, but not its user agent", async (t) => {
  const upstream = await startUpstream(t, honest);
  const headers = { 'x-group': 'blue', 'User-Agent': 'somebody-else/1.0', 'anthropic-version': '2026-10-21' };

  await checkOf(t, upstream, {
    endpoint: { auth: 'bearer' },
    secrets: { apiKey: upstream.key, headers },
  });

  const [request] = upstream.requests;
  assert.deepEqual(request?.values('x-group'), ['blue']);
  assert.deepEqual(request?.values('user-agent'), ['qcc-health-check/1.2.3']);
  assert.deepEqual(request?.values('anthropic-version'), ['2026-10-21']);
  assert.deepEqual(request?.values('x-api-key'), []);
});

test('every question has a code of its own', async (t) => {
  const upstream = await startUpstream(t, honest);
  await checkOf(t, upstream, { seed: 1 });
  await checkOf(t, upstream, { seed: 2 });
  const codes = upstream.requests.map(askedCode);
  assert.notEqual(codes[0], codes[1]);
  for (const code of codes) assert.match(code, new RegExp(`^[${codeSymbols}]{${codeLength}}$`));
});

test('a model is asked for by the name that the endpoint has for it', async (t) => {
  const upstream = await startUpstream(t, honest);

  const result = await checkOf(t, upstream, {
    endpoint: { models: ['claude-haiku-5-5'], modelMap: { 'claude-haiku-5-5': 'relay-small' } },
  });

  assert.deepEqual(upstream.requests.map(askedModel), ['relay-small']);
  assert.equal(result.model, 'claude-haiku-5-5');
});

/** Serves one model and refuses all others in some way. */
function servesOnly(model: string, refusal: (model: string) => Script): Script {
  return (exchange) => {
    const asked = askedModel(exchange.request);
    return (asked === model ? honest : refusal(asked))(exchange);
  };
}

const refusalsOfModels: readonly [string, (model: string) => Script][] = [
  ['404', () => refuses('404 No', 'not_found_error')],
  ['400 that speaks of it', () => refuses('400 No', 'invalid_request_error', 'unknown model')],
  ['403 that speaks of it', (model) => refuses('403 No', 'permission_error', `not for ${model}`)],
  ['503 that names it', (model) => refuses('503 No', 'new_api_error', `no channel for ${model}`)],
  ['thoughts alone', () => streams(messageUntil('max_tokens', thinkingStart()))],
];
for (const [what, refusal] of refusalsOfModels) {
  test(`a model that is refused by ${what} makes room for the next one`, async (t) => {
    const upstream = await startUpstream(t, servesOnly('claude-haiku-4-5', refusal));

    const result = await checkOf(t, upstream);

    assert.deepEqual([result.class, result.model], ['passed', 'claude-haiku-4-5']);
    assert.deepEqual(upstream.requests.map(askedModel), ['claude-haiku-5-5', 'claude-haiku-4-5']);
  });
}

test('the model that was accepted is asked for first from then on', async (t) => {
  const upstream = await startUpstream(
    t,
    servesOnly('claude-haiku-4-5', () => refuses('404 No')),
  );
  const models = new CheckModels();
  await checkOf(t, upstream, { models });
  await checkOf(t, upstream, { models });
  const asked = upstream.requests.map(askedModel);
  assert.deepEqual(asked, ['claude-haiku-5-5', 'claude-haiku-4-5', 'claude-haiku-4-5']);
});

test('a 503 for a model that was accepted before is a failure', async (t) => {
  const busy = refuses('503 No', 'new_api_error', 'no channel for claude-haiku-5-5');
  const upstream = await startUpstream(t, [honest, busy]);
  const models = new CheckModels();
  await checkOf(t, upstream, { models });
  assert.equal((await checkOf(t, upstream, { models })).class, 'failed');
  assert.equal(upstream.requests.length, 2);
});

test('three models are asked for at most, the last one that of the traffic', async (t) => {
  const upstream = await startUpstream(t, refuses('404 No'));

  const result = await checkOf(t, upstream, { servedModel: 'claude-opus-5-5' });

  assert.deepEqual([result.class, result.model], ['refused', 'claude-opus-5-5']);
  assert.deepEqual(upstream.requests.map(askedModel), [
    'claude-haiku-5-5',
    'claude-haiku-4-5',
    'claude-opus-5-5',
  ]);
});

test('a check counts the tokens of all that it asked, as the endpoint counts them', async (t) => {
  const thoughts = streams(messageUntil('max_tokens', thinkingStart()));
  const upstream = await startUpstream(t, [thoughts, honest]);

  const result = await checkOf(t, upstream);

  // 3 of input each; 16 of output, then 5.
  assert.equal(result.tokens, 3 + 16 + 3 + 5);
});

test('where an endpoint counts no tokens they are estimated, and an error costs none', async (t) => {
  const silent = await startUpstream(t, silence);
  assert.equal((await checkOf(t, silent, { limitMs: 100 })).tokens, estimatedInputTokens);
  const refusing = await startUpstream(t, refuses('401 No'));
  assert.equal((await checkOf(t, refusing)).tokens, 0);
  const erring = await startUpstream(t, streams(errorEvent('overloaded_error', 'no')));
  assert.equal((await checkOf(t, erring)).tokens, 0);
});

test('what an endpoint tells of its limits is handed on', async (t) => {
  const headers = ['retry-after: 7', 'anthropic-ratelimit-requests-remaining: 0'];
  const upstream = await startUpstream(t, refuses('429 Slow', 'rate_limit_error', 'slow', headers));

  const result = await checkOf(t, upstream);

  assert.equal(result.retryAfterMs, 7_000);
  assert.equal(result.verdict?.row, 'rateLimitedUntil');
  assert.ok(result.headers.includes('anthropic-ratelimit-requests-remaining'));
});

test('no key is in what a check returns', async (t) => {
  const apiKey = canaryKey(1);
  const { baseUrl } = await refusingEndpoint();
  assert.ok(!JSON.stringify(await check(t, { baseUrl, apiKey })).includes(apiKey));
});
