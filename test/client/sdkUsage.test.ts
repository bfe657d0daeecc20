import assert from 'node:assert/strict';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import type { Usage } from '../../src/core/usage.ts';
import { streams } from '../support/answers.ts';
import { countedStreams } from '../support/recordedUsage.ts';
import { startUpstream } from '../support/scriptedUpstream.ts';
import { answering, message, question } from '../support/sdk.ts';
import { startVisits } from '../support/visits.ts';
import { waitFor } from '../support/waitFor.ts';

/** What the SDK makes of the numbers in an answer. */
function countedByTheSdk({ usage }: Anthropic.Message): Usage {
  const cacheWriteLong = usage.cache_creation?.ephemeral_1h_input_tokens ?? 0;
  return {
    input: usage.input_tokens,
    output: usage.output_tokens,
    cacheRead: usage.cache_read_input_tokens ?? 0,
    cacheWrite: usage.cache_creation_input_tokens ?? 0,
    cacheWriteLong,
  };
}

/** The SDK knows no names of OpenAI, and wants to be told tokens both at the start and at the end. */
const known = countedStreams.filter(({ what }) => !/OpenAI|only/.test(what));

for (const { what, stream } of known) {
  test(`the SDK and the proxy count the same tokens in a stream with ${what}`, async (t) => {
    const visits = await startVisits(t, await startUpstream(t, streams(stream)));
    const client = new Anthropic({
      baseURL: `http://127.0.0.1:${visits.port}`,
      apiKey: visits.token,
      maxRetries: 0,
    });

    const final = await client.messages.stream(question).finalMessage();

    const step = await waitFor('the visit has ended', () => visits.steps[0], 10_000, 2);
    assert.deepEqual(step.usage, countedByTheSdk(final));
  });
}

test('the SDK and the proxy count the same tokens in a message in one piece', async (t) => {
  const visits = await startVisits(t, await startUpstream(t, answering('200 OK', message)));
  const client = new Anthropic({
    baseURL: `http://127.0.0.1:${visits.port}`,
    apiKey: visits.token,
    maxRetries: 0,
  });

  const created = await client.messages.create(question);

  const step = await waitFor('the visit has ended', () => visits.steps[0], 10_000, 2);
  assert.deepEqual(step.usage, countedByTheSdk(created));
});
