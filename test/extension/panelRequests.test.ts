import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requestRowOf, requestsParamsOf } from '../../src/extension/views/panel/panelRequests.ts';
import { parseRequestsParams } from '../../src/protocol/history.ts';
import { parseMessageToPanel } from '../../src/protocol/panel.ts';
import { pastAttempt, pastRequest } from '../support/pastRequests.ts';

const words = {
  endpoint: (id: string) => `name of ${id}`,
  outcome: ({ route, outcome }: { readonly route: string; readonly outcome: string }) =>
    `${route} ${outcome}`,
};
const row = (changes: Parameters<typeof pastRequest>[0]) => requestRowOf(pastRequest(changes), words);

describe('the list of requests', () => {
  it('tells what became of each', () => {
    const usage = { input: 10, output: 20, cacheRead: 300, cacheWrite: 4_000, cacheWriteLong: 50 };
    const steps = [
      pastAttempt({ endpointId: 'a', outcome: 'failed' }),
      { kind: 'wait', reason: 'noneReady', durationMs: 10 } as const,
      pastAttempt({ endpointId: 'b' }),
    ];
    assert.deepEqual(row({ at: 5, steps, usage, cost: 0.25 }), {
      id: 'req_1',
      at: 5,
      model: 'claude-sonnet-4-5',
      endpoint: 'name of b',
      outcome: { code: 'served', tone: 'good', label: 'messages served' },
      status: 200,
      attempts: 2,
      durationMs: 9_001.5,
      input: 4_310,
      output: 20,
      cost: 0.25,
    });
  });

  it('tells nothing where there is nothing to tell', () => {
    const { model, endpoint, attempts, input, output, cost, status } = row({
      model: null,
      steps: [],
      outcome: 'failed',
      status: null,
    });
    assert.deepEqual(
      [model, endpoint, attempts, input, output, cost, status],
      ['', '', 0, null, null, null, null],
    );
  });

  it('shows how good or bad each end is', () => {
    const outcomes = ['served', 'rescued', 'broken', 'failed', 'clientGone'] as const;
    assert.deepEqual(
      outcomes.map((outcome) => row({ outcome }).outcome.tone),
      ['good', 'warning', 'bad', 'bad', 'neutral'],
    );
  });

  it('is one that the page accepts', () => {
    const message = { type: 'requests', query: 1, requests: [row({}), row({ model: null, steps: [] })] };
    assert.deepEqual(parseMessageToPanel(message), message);
  });
});

describe('what the proxy is asked for requests', () => {
  it('leaves out what the user has not asked for', () => {
    const filter = { text: '  ', outcome: null, endpointId: null };
    assert.deepEqual(requestsParamsOf({ filter, limit: 50 }), { limit: 50 });
  });

  it('has all that the user has asked for, in a form that the proxy takes', () => {
    const filter = { text: ' opus ', outcome: 'failed', endpointId: 'a' } as const;
    const params = requestsParamsOf({ filter, limit: 50 });
    assert.deepEqual(params, { limit: 50, text: 'opus', outcome: 'failed', endpointId: 'a' });
    assert.deepEqual(parseRequestsParams(params), params);
  });
});
