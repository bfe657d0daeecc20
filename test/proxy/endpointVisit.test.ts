import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import zlib from 'node:zlib';
import { breaksOff, streams } from '../support/answers.ts';
import { byteByByte, cutAt } from '../support/chunkings.ts';
import { claudeCodeHeaders, streamedRequest } from '../support/claudeCode.ts';
import { gate } from '../support/gate.ts';
import { call, open } from '../support/proxyClient.ts';
import { countedStream, countedStreams } from '../support/recordedUsage.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { type AttemptStep, startVisits, type Visits } from '../support/visits.ts';
import { waitFor } from '../support/waitFor.ts';
import { chunk, errorBody, errorEvent, lastChunk, plainResponse, streamHead } from '../support/wire.ts';

const none = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, cacheWriteLong: 0 };
const json = ['content-type: application/json'];

/** The step of the last visit, once there are so many. */
function stepOf({ steps }: Visits, count = 1): Promise<AttemptStep> {
  return waitFor('the visit has ended', () => (steps.length >= count ? steps.at(-1) : undefined), 10_000, 2);
}

/** What one streamed request leaves behind. */
async function stepAfter(
  t: TestContext,
  script: Script,
  headers: readonly string[] = [],
): Promise<AttemptStep> {
  const visits = await startVisits(t, await startUpstream(t, script));
  await call(visits, { body: streamedRequest(), headers });
  return stepOf(visits);
}

/** A stream in the given pieces. */
const inPieces =
  (pieces: readonly Buffer[]): Script =>
  async (exchange) => {
    await exchange.send(streamHead);
    for (const piece of pieces) await exchange.send(chunk(piece));
    await exchange.send(lastChunk);
  };

const counted = countedStream(
  { input_tokens: 9, cache_read_input_tokens: 100, output_tokens: 2 },
  { output_tokens: 70 },
);
const beforeEnd = counted.slice(0, counted.indexOf('event: message_delta'));
const atStart = { ...none, input: 9, cacheRead: 100, output: 2 };

for (const { what, stream, usage } of countedStreams) {
  test(`a stream with ${what} passes as it is, and its tokens are those that the endpoint counted`, async (t) => {
    const bytes = Buffer.from(stream);
    const thirds = cutAt(bytes, [Math.floor(bytes.length / 3), Math.floor((2 * bytes.length) / 3)]);
    const chunkings = [[bytes], thirds, byteByByte(bytes)];
    const upstream = await startUpstream(
      t,
      chunkings.flatMap((pieces) => [inPieces(pieces), inPieces(pieces)]),
    );
    const visits = await startVisits(t, upstream);
    for (const [index, headers] of chunkings.flatMap(() => [[], claudeCodeHeaders()]).entries()) {
      const answer = await call(visits, { body: streamedRequest(), headers });
      // Where tool calls are held until they are whole, pings overtake them.
      if (headers.length === 0) assert.ok(answer.bytes.equals(bytes));
      const step = await stepOf(visits, index + 1);
      assert.equal(step.outcome, 'served');
      assert.deepEqual(step.usage, usage);
    }
  });
}

test('a message in one piece tells its tokens, and is no answer to a streamed request', async (t) => {
  const body = JSON.stringify({ type: 'message', content: [], usage: { input_tokens: 3, output_tokens: 2 } });
  const step = await stepAfter(t, (exchange) => exchange.send(plainResponse('200 OK', body, json)));
  assert.equal(step.outcome, 'failed');
  assert.equal(step.usage, undefined);

  const upstream = await startUpstream(t, (exchange) => exchange.send(plainResponse('200 OK', body, json)));
  const visits = await startVisits(t, upstream);
  assert.equal((await call(visits)).text, body);
  assert.deepEqual((await stepOf(visits)).usage, { ...none, input: 3, output: 2 });
});

const megabyte = 1024 * 1024;
for (const [what, length] of [
  ['just', megabyte + 20],
  ['much', 3 * megabyte],
] as const) {
  test(`a message that is ${what} too long to be held tells its tokens at its end`, async (t) => {
    const withText = (text: string) =>
      JSON.stringify({
        type: 'message',
        content: [{ type: 'text', text }],
        stop_reason: 'end_turn',
        usage: { prompt_tokens: 31, completion_tokens: 20 },
      });
    const body = withText('x'.repeat(length - withText('').length));
    const upstream = await startUpstream(t, (exchange) => exchange.send(plainResponse('200 OK', body, json)));
    const visits = await startVisits(t, upstream);
    const answer = await call(visits);
    assert.ok(answer.bytes.equals(Buffer.from(body)));
    assert.deepEqual((await stepOf(visits)).usage, { ...none, input: 31, output: 20 });
  });
}

test('a compressed answer tells no tokens', async (t) => {
  const body = zlib.gzipSync(JSON.stringify({ type: 'message', usage: { input_tokens: 3 } }));
  const headers = [...json, 'content-encoding: gzip'];
  const upstream = await startUpstream(t, (exchange) =>
    exchange.send(plainResponse('200 OK', body, headers)),
  );
  const visits = await startVisits(t, upstream);
  assert.ok((await call(visits)).bytes.equals(body));
  const step = await stepOf(visits);
  assert.equal(step.outcome, 'served');
  assert.equal(step.usage, undefined);
});

test('a count of tokens is no use of tokens', async (t) => {
  const body = JSON.stringify({ input_tokens: 3, usage: { input_tokens: 3 } });
  const upstream = await startUpstream(t, (exchange) => exchange.send(plainResponse('200 OK', body, json)));
  const visits = await startVisits(t, upstream);
  await call(visits, { path: '/v1/messages/count_tokens' });
  assert.equal((await stepOf(visits)).usage, undefined);
});

test('an answer that breaks off has the tokens that were told until then', async (t) => {
  const step = await stepAfter(t, breaksOff(beforeEnd, 'cleanEnd'));
  assert.equal(step.outcome, 'broken');
  assert.deepEqual(step.usage, atStart);
});

test('an answer that is closed for its client has the tokens that the endpoint told', async (t) => {
  const step = await stepAfter(t, breaksOff(beforeEnd, 'cleanEnd'), claudeCodeHeaders());
  assert.equal(step.outcome, 'rescued');
  assert.deepEqual(step.usage, atStart);
});

test('an answer whose end is lost after the last count has all its tokens', async (t) => {
  const untilStop = counted.slice(0, counted.indexOf('event: message_stop'));
  const step = await stepAfter(t, streams(untilStop));
  assert.equal(step.outcome, 'served');
  assert.deepEqual(step.usage, { ...atStart, output: 70 });
});

test('a message that breaks off before its content has been begun, and is counted', async (t) => {
  const start = counted.slice(0, counted.indexOf('event: content_block_start'));
  const step = await stepAfter(t, streams(start));
  assert.equal(step.outcome, 'failed');
  assert.deepEqual(step.usage, atStart);
  assert.equal(step.firstContentMs, undefined);
});

test('an error in place of the content has no tokens', async (t) => {
  const start = counted.slice(0, counted.indexOf('event: content_block_start'));
  const step = await stepAfter(t, streams(start, errorEvent('overloaded_error', 'Overloaded')));
  assert.equal(step.status, 529);
  assert.equal(step.usage, undefined);
});

test('an answer whose client leaves has the tokens that were told until then', async (t) => {
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(beforeEnd));
    await exchange.closed;
  });
  const visits = await startVisits(t, upstream);
  const stream = await open(visits, { body: streamedRequest() });
  await stream.body.through('content_block_stop');
  stream.abort();
  const step = await stepOf(visits);
  assert.equal(step.outcome, 'clientGone');
  assert.deepEqual(step.usage, atStart);
});

test('the time to the first content is from the beginning of the attempt to what the client sees first', async (t) => {
  const goOn = gate();
  const content = counted.indexOf('event: content_block_start');
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead.replace('\r\n\r\n', '\r\nx-ratelimit-remaining: 1\r\n\r\n'));
    await exchange.send(chunk(counted.slice(0, content)));
    await goOn.opened;
    await exchange.send(chunk(counted.slice(content)));
    await exchange.send(lastChunk);
  });
  let now = 1_000;
  const visits = await startVisits(t, upstream, {}, () => now);
  const answer = call(visits, { body: streamedRequest() });
  await waitFor('the head is there', () => visits.quotas.of('a')[0], 10_000, 2);
  now += 250;
  goOn.open();
  await answer;
  const { firstByteMs, firstContentMs, durationMs } = await stepOf(visits);
  assert.deepEqual([firstByteMs, firstContentMs, durationMs], [0, 250, 250]);
});

test('an answer without content has no time to it', async (t) => {
  const refusal = plainResponse('500 Internal Server Error', errorBody('api_error', 'no'), json);
  const step = await stepAfter(t, (exchange) => exchange.send(refusal));
  assert.equal(step.firstContentMs, undefined);
});

test('the model that an endpoint is asked for is told where it is not the one of the client', async (t) => {
  const upstream = await startUpstream(t, streams(counted));
  const modelMap = { 'claude-opus-5-5': 'relay/opus', same: 'same', long: 'm'.repeat(1_000) };
  const visits = await startVisits(t, upstream, { modelMap });
  const sent: (string | undefined)[] = [];
  for (const [index, model] of ['claude-opus-5-5', 'claude-haiku-5-5', 'same', 'long'].entries()) {
    await call(visits, { body: streamedRequest(model) });
    sent.push((await stepOf(visits, index + 1)).sentModel);
  }
  assert.deepEqual(sent, ['relay/opus', undefined, undefined, 'm'.repeat(128)]);
  assert.equal(JSON.parse(String(upstream.requests[0]?.body)).model, 'relay/opus');
});

test('what is left of the limits is learnt from answers and from errors, of messages only', async (t) => {
  const left = (count: number) => [...json, `anthropic-ratelimit-requests-remaining: ${count}`];
  const answerWith =
    (status: string, count: number): Script =>
    (exchange) =>
      exchange.send(plainResponse(status, '{"type":"message"}', left(count)));
  const upstream = await startUpstream(t, [
    answerWith('200 OK', 7),
    answerWith('429 Too Many Requests', 0),
    answerWith('200 OK', 4_000),
  ]);
  const visits = await startVisits(t, upstream);
  const before = Date.now();
  const remaining = () => visits.quotas.of('a').map((quota) => [quota.name, quota.remaining]);

  await call(visits);
  assert.deepEqual(remaining(), [['requests', 7]]);
  assert.ok((visits.quotas.of('a')[0]?.at ?? 0) >= before);
  await call(visits);
  assert.deepEqual(remaining(), [['requests', 0]]);
  await call(visits, { path: '/v1/messages/count_tokens' });
  assert.deepEqual(remaining(), [['requests', 0]]);
});
