import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Eligibility } from '../../src/core/decision.ts';
import { type StoryBeat, tellStory } from '../../src/extension/views/panel/requestStory.ts';
import { parseMessageToPanel } from '../../src/protocol/panel.ts';
import { pastAttempt, pastRequest, randomRequest } from '../support/pastRequests.ts';
import { seededRandom } from '../support/seededRandom.ts';

function textOf(beat: StoryBeat): string {
  switch (beat.kind) {
    case 'chosen':
      return `to ${beat.endpointId}: ${beat.reason}`;
    case 'result':
      return `${beat.attempt.endpointId} ${beat.attempt.outcome}`;
    case 'wait':
      return `${beat.reason} for ${beat.durationMs}`;
    case 'unserved':
      return `unserved with ${beat.status}`;
    case 'kept':
      return 'kept';
  }
}

const words = {
  title: ({ outcome }: { readonly outcome: string }) => `it was ${outcome}`,
  beat: (beat: StoryBeat) => ({
    text: textOf(beat),
    details: beat.kind === 'chosen' ? beat.others.map(([id, eligibility]) => `${id} ${eligibility}`) : [],
  }),
};

describe('the story of a request', () => {
  it('tells what was chosen and why, and what came of it, one after the other', () => {
    const failed = pastAttempt({
      endpointId: 'a',
      reason: 'bound',
      considered: { a: 'ready', b: 'open', c: 'noKey' },
      outcome: 'failed',
      durationMs: 312,
    });
    const wait = { kind: 'wait', reason: 'noneReady', durationMs: 4_200 } as const;
    const served = pastAttempt({
      endpointId: 'b',
      reason: 'trial',
      considered: { a: 'tried', b: 'ready', c: 'noKey' },
      durationMs: 2_000,
    });
    assert.deepEqual(tellStory(pastRequest({ steps: [failed, wait, served] }), words), {
      requestId: 'req_1',
      title: 'it was served',
      steps: [
        { afterMs: 0, tone: 'neutral', text: 'to a: bound', details: ['b open', 'c noKey'] },
        { afterMs: 312, tone: 'bad', text: 'a failed', details: [] },
        { afterMs: 312, tone: 'neutral', text: 'noneReady for 4200', details: [] },
        { afterMs: 4_512, tone: 'neutral', text: 'to b: trial', details: ['a tried', 'c noKey'] },
        { afterMs: 6_512, tone: 'good', text: 'b served', details: [] },
      ],
    });
  });

  it('ends with what the client got when nobody served', () => {
    const attempt = pastAttempt({ outcome: 'failed', durationMs: 5 });
    const request = pastRequest({ steps: [attempt], outcome: 'failed', status: 529, durationMs: 8 });
    assert.deepEqual(tellStory(request, words).steps.at(-1), {
      afterMs: 8,
      tone: 'bad',
      text: 'unserved with 529',
      details: [],
    });
  });

  it('ends with a promise, and not with an error, when the client is to come back', () => {
    const request = pastRequest({ steps: [], outcome: 'failed', status: 202, durationMs: 8 });
    assert.deepEqual(tellStory(request, words).steps, [
      { afterMs: 8, tone: 'warning', text: 'kept', details: [] },
    ]);
  });

  it('is told of a request that met no endpoint at all', () => {
    const request = pastRequest({ steps: [], outcome: 'failed', status: 503 });
    assert.deepEqual(
      tellStory(request, words).steps.map(({ text }) => text),
      ['unserved with 503'],
    );
  });

  it('names no more endpoints than anybody reads', () => {
    const others = Array.from({ length: 200 }, (_, index) => [`e${index}`, 'open'] as const);
    const considered: Record<string, Eligibility> = Object.fromEntries(others);
    const story = tellStory(pastRequest({ steps: [pastAttempt({ considered })] }), words);
    assert.equal(story.steps[0]?.details.length, 50);
  });

  it('is one that the page accepts, whatever happened', () => {
    const random = seededRandom(7);
    for (let index = 0; index < 200; index += 1) {
      const story = tellStory(randomRequest(random, index, `req_${index}`), words);
      const message = { type: 'story', requestId: story.requestId, story };
      assert.deepEqual(parseMessageToPanel(message), message);
    }
  });
});
