import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckClass } from '../../src/core/healthCheck.ts';
import { breaksOff, page, refuses, silence, streams } from '../support/answers.ts';
import { check, checkOf } from '../support/checks.ts';
import { muteEndpoint, refusingEndpoint, unknownHostEndpoint } from '../support/faultyEndpoints.ts';
import { askedCode, honest, messageUntil, says } from '../support/lyingEndpoints.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import {
  chunk,
  errorBody,
  errorEvent,
  messageStart,
  overloadedError,
  plainResponse,
  startOf,
  streamHead,
  textDelta,
  textStart,
  thinkingDelta,
  thinkingStart,
  wholeJsonMessage,
  wholeMessage,
} from '../support/wire.ts';

/** An error with a status of success. */
const answersJson =
  (json: string): Script =>
  (exchange) =>
    exchange.send(plainResponse('200 OK', json, ['content-type: application/json']));

test('an endpoint that repeats the code passes', async (t) => {
  const upstream = await startUpstream(t, honest);

  const result = await checkOf(t, upstream);

  assert.equal(result.class, 'passed');
  assert.equal(result.status, 200);
  assert.equal(result.model, 'claude-haiku-5-5');
  assert.equal(result.verdict, undefined);
  assert.ok(result.firstContentMs !== null && result.firstContentMs <= result.durationMs);
  // On this machine it takes no second.
  assert.equal(result.score, 100);
});

/** What an endpoint may do, what its check comes to, and the failure and the row of the classification that it shows. */
type Outcome = readonly [what: string, Script, CheckClass, failure?: string, row?: string];

/** Does something that depends on the code. */
const withCode =
  (script: (code: string) => Script): Script =>
  (exchange) =>
    script(askedCode(exchange.request))(exchange);

// biome-ignore format: it reads as the table that it is.
const outcomes: readonly Outcome[] = [
  ['200 with the text of an error', says(() => 'Your balance is used up, please top up.'), 'wrongAnswer'],
  ['200 with an empty text', says(() => ''), 'wrongAnswer'],
  ['a message without any block', streams(messageUntil('end_turn', '')), 'wrongAnswer'],
  ['another code', says((code) => code.split('').reverse().join('')), 'wrongAnswer'],
  ['a part of the code', says((code) => code.slice(0, -1)), 'wrongAnswer'],
  ['a canned sentence', says(() => "Hello! I'm Claude. How can I help you today?"), 'wrongAnswer'],
  ['a text that holds the code among others', says((code) => `${code} CDFGHJKM NPQRTVWX`), 'wrongAnswer'],
  ['the question', says((code) => `Reply with only: ${code}`), 'wrongAnswer'],
  ['the whole request', (it) => says(() => it.request.body.toString())(it), 'wrongAnswer'],
  ['the code as a thought', withCode((code) => streams(messageUntil('end_turn', thinkingStart() + thinkingDelta(code)))), 'wrongAnswer'],

  ['a page with 200', page('200 OK'), 'failed', 'htmlAnswer', 'noMessage'],
  ['a page that calls itself a stream', streams('<!DOCTYPE html><html></html>'), 'failed', 'htmlAnswer', 'noMessage'],
  ['200 and nothing', (it) => it.send(plainResponse('200 OK', '')), 'failed', 'emptyAnswer', 'noMessage'],
  ['a stream of nothing', streams(''), 'failed', 'emptyAnswer', 'noMessage'],
  ['a message that is not streamed', withCode((code) => answersJson(wholeJsonMessage(code))), 'failed', 'badResponse', 'badResponse'],
  ['events of another API', streams('data: {"choices":[]}\n\n'), 'failed', 'badResponse', 'badResponse'],
  ['an error in the stream', streams(startOf('m'), errorEvent('api_error', 'no')), 'failed', 'errorStatus', 'serverError'],
  ['an error after the code', withCode((code) => streams(messageStart, textDelta(code), overloadedError)), 'failed', 'errorStatus', 'overloaded'],
  ['a cut before the end', withCode((code) => breaksOff(messageStart + textDelta(code), 'close')), 'failed', 'truncated', 'brokenOff'],
  ['a clean end before the end', withCode((code) => breaksOff(messageStart + textDelta(code), 'cleanEnd')), 'failed', 'truncated', 'brokenOff'],
  ['a reset', (it) => it.reset(), 'failed', 'connectionLost', 'connectionLost'],
  ['a redirect', (it) => it.send(plainResponse('302 Found', '', ['location: https://elsewhere.example/'])), 'failed', 'redirected', 'redirected'],
  ['500', refuses('500 Oops'), 'failed', 'errorStatus', 'serverError'],
  ['503', refuses('503 Busy'), 'failed', 'errorStatus', 'overloaded'],
  ['529', refuses('529 Overloaded', 'overloaded_error'), 'failed', 'errorStatus', 'overloaded'],
  ["a relay's error with 200", answersJson('{"success":false,"message":"no"}'), 'failed', 'errorStatus', 'serverError'],

  ['401', refuses('401 No', 'authentication_error'), 'badKey', 'errorStatus', 'keyRefused'],
  ['402', refuses('402 Pay', 'billing_error'), 'badKey', 'errorStatus', 'paymentRequired'],
  ['400 for want of money', refuses('400 No', 'invalid_request_error', 'Your credit balance is too low.'), 'badKey', 'errorStatus', 'spentKey'],
  ['a refused key with 200', answersJson(errorBody('authentication_error', 'no')), 'badKey', 'errorStatus', 'keyRefused'],

  ['429', refuses('429 Slow', 'rate_limit_error'), 'rateLimited', 'errorStatus', 'rateLimited'],
  ['a rate limit in the stream', streams(errorEvent('rate_limit_error', 'no')), 'rateLimited', 'errorStatus', 'rateLimited'],

  ['400', refuses('400 No', 'invalid_request_error', 'only for certain clients'), 'refused', 'errorStatus', 'refused'],
  ['403', refuses('403 No', 'permission_error', 'only for certain clients'), 'refused', 'errorStatus', 'forbidden'],
  ['a page with 403', page('403 Forbidden'), 'refused', 'errorStatus', 'firewall'],
  ['404', refuses('404 No', 'not_found_error'), 'refused', 'errorStatus', 'notServed'],
  ['405', refuses('405 No'), 'refused', 'errorStatus', 'notServed'],
  ['thoughts alone until the tokens are used up', streams(messageUntil('max_tokens', thinkingStart() + thinkingDelta('Hm'))), 'refused'],
  ['the beginning of the code when the tokens are used up', withCode((code) => streams(messageUntil('max_tokens', textStart() + textDelta(code.slice(0, 3))))), 'refused'],
  ['that the model declines', streams(messageUntil('refusal', textStart() + textDelta('I cannot'))), 'refused'],
  ['what nobody can look into', (it) => it.send(plainResponse('200 OK', 'x', ['content-type: text/event-stream', 'content-encoding: zstd'])), 'refused'],
];

for (const [what, script, checkClass, failure, row] of outcomes) {
  test(`${what}: ${checkClass}`, async (t) => {
    const upstream = await startUpstream(t, script);

    const result = await checkOf(t, upstream, { endpoint: { models: ['claude-haiku-4-5'] } });

    assert.deepEqual([result.class, result.failure, result.verdict?.row], [checkClass, failure, row]);
    assert.equal(result.score, checkClass === 'refused' || checkClass === 'rateLimited' ? null : 0);
  });
}

test('what is not HTTP fails', async (t) => {
  const upstream = await startUpstream(t, (exchange) => exchange.send('NONSENSE\r\n\r\n'));
  assert.equal((await checkOf(t, upstream)).class, 'failed');
});

test('an endpoint that does not begin to answer in time is a timeout, and its connection is closed', async (t) => {
  const upstream = await startUpstream(t, silence);

  const result = await checkOf(t, upstream, { limitMs: 100 });

  assert.deepEqual([result.class, result.failure, result.score], ['timeout', 'firstByteTimeout', 0]);
  await upstream.cutOff(1);
});

test('an endpoint that begins and does not end in time is a timeout', async (t) => {
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(messageStart + textDelta(askedCode(exchange.request))));
    await exchange.closed;
  });

  const result = await checkOf(t, upstream, { limitMs: 300 });

  assert.deepEqual([result.class, result.failure], ['timeout', 'idleTimeout']);
});

test('a whole message counts although its connection stays open', async (t) => {
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(wholeMessage(askedCode(exchange.request))));
    await exchange.closed;
  });

  const result = await checkOf(t, upstream);

  assert.equal(result.class, 'passed');
  assert.ok(result.durationMs < 1_000, 'the wait for the end of the body is not part of it');
  await upstream.cutOff(1);
});

test('the status of an error counts although its body does not end', async (t) => {
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send('HTTP/1.1 401 No\r\ncontent-length: 1000\r\n\r\n{');
    await exchange.closed;
  });

  const result = await checkOf(t, upstream, { limitMs: 200 });

  assert.equal(result.class, 'badKey');
});

test('a text without end is a wrong answer as soon as it is too long, and is cut off', async (t) => {
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(messageStart + textDelta('word ').repeat(1_000)));
    await exchange.closed;
  });

  assert.equal((await checkOf(t, upstream)).class, 'wrongAnswer');
  await upstream.cutOff(1);
});

test('a message without its last event passes, as it is served in traffic, with a lower score', async (t) => {
  const upstream = await startUpstream(t, (exchange) => {
    const whole = wholeMessage(askedCode(exchange.request));
    return streams(whole.slice(0, whole.indexOf('event: message_stop')))(exchange);
  });

  const result = await checkOf(t, upstream);

  assert.equal(result.class, 'passed');
  assert.ok((result.score ?? 0) < 100);
});

test('an endpoint that nothing listens at fails, and costs no token', async (t) => {
  const { baseUrl } = await refusingEndpoint();
  const result = await check(t, { baseUrl });
  assert.deepEqual([result?.class, result?.failure, result?.tokens], ['failed', 'connectRefused', 0]);
});

test('an endpoint whose name cannot be resolved fails, and says so', async (t) => {
  const { baseUrl } = unknownHostEndpoint();
  const result = await check(t, { baseUrl });
  assert.deepEqual([result?.class, result?.failure, result?.isLookup], ['failed', 'dnsFailed', true]);
});

test('a connection that does not stand in time fails', async (t) => {
  const { baseUrl } = await muteEndpoint(t);
  const result = await check(t, { baseUrl, connectMs: 200 });
  assert.deepEqual([result?.class, result?.failure], ['failed', 'connectTimeout']);
});

test('a certificate that nobody knows fails, and the key is not sent', async (t) => {
  const upstream = await startUpstream(t, honest, { tls: true });

  const result = await checkOf(t, upstream);

  assert.deepEqual([result.class, result.failure, result.verdict?.row], ['failed', 'tlsFailed', 'tlsFailed']);
  assert.equal(upstream.requests.length, 0);
});

test('a check that is called off closes its connection at once, before the answer and within it', async (t) => {
  for (const begin of ['', streamHead + chunk(messageStart)]) {
    const upstream = await startUpstream(t, async (exchange) => {
      await exchange.send(begin);
      await exchange.closed;
    });
    const controller = new AbortController();
    const running = check(t, { baseUrl: upstream.url, apiKey: upstream.key, signal: controller.signal });
    await upstream.received(1);
    controller.abort();

    assert.equal(await running, null);
    await upstream.cutOff(1);
  }
});

test('a check that is called off before it begins sends nothing', async (t) => {
  const upstream = await startUpstream(t, honest);
  const result = await check(t, { baseUrl: upstream.url, signal: AbortSignal.abort() });
  assert.equal(result, null);
  assert.equal(upstream.connections, 0);
});
