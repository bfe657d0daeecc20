import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore } from '../../support/historyFile.ts';
import {
  asEntries,
  pastAttempt,
  pastEndpoints,
  pastRequest,
  randomRequests,
  usageOf,
} from '../../support/pastRequests.ts';
import { seededRandom } from '../../support/seededRandom.ts';

const idsOf = (requests: readonly { requestId: string }[]) => requests.map(({ requestId }) => requestId);

test('a request comes back by its id exactly as it was taken down, with all its attempts and waits', (t) => {
  const { store } = openStore(t);
  const requests = [...randomRequests(seededRandom(1), 500, { from: 0, to: 1_000_000 })];
  store.write(asEntries(requests));
  for (const request of requests) assert.deepEqual(store.trace(request.requestId), request);
});

test('what an endpoint says is kept as it said it, however odd', (t) => {
  const { store } = openStore(t);
  const odd = pastRequest({
    model: '模型 "x"',
    conversation: null,
    status: null,
    steps: [],
    usage: { input: 0.5, output: 1e300, cacheRead: 2 ** 60, cacheWrite: -1, cacheWriteLong: 0 },
    cost: 1e-9,
    durationMs: 0.1 + 0.2,
  });
  store.write(asEntries([odd]));
  assert.deepEqual(store.trace('req_1'), odd);
});

test('an id that nobody knows has no request', (t) => {
  assert.equal(openStore(t).store.trace('req_1'), null);
});

test('of two requests with one id the later one is told', (t) => {
  const { store } = openStore(t);
  store.write(asEntries([pastRequest({ at: 1 }), pastRequest({ at: 2 })]));
  assert.equal(store.trace('req_1')?.at, 2);
});

test('requests are listed newest first, and no more than were asked for', (t) => {
  const { store } = openStore(t);
  store.write(asEntries([5, 1, 9, 3].map((at) => pastRequest({ at, requestId: `req_${at}` }))));
  assert.deepEqual(idsOf(store.requests({ limit: 3 })), ['req_9', 'req_5', 'req_3']);
});

test('a range of time begins with its first moment and ends before its last', (t) => {
  const { store } = openStore(t);
  store.write(asEntries([1, 2, 3, 4].map((at) => pastRequest({ at, requestId: `req_${at}` }))));
  assert.deepEqual(idsOf(store.requests({ limit: 9, from: 2, to: 4 })), ['req_3', 'req_2']);
});

test('every filter, and all of them together, finds what a look at every request finds', (t) => {
  const { store } = openStore(t);
  const random = seededRandom(2);
  const requests = [...randomRequests(random, 2_000, { from: 0, to: 2_000 })];
  store.write(asEntries(requests));
  for (const endpointId of [undefined, ...pastEndpoints, 'unknown']) {
    for (const outcome of [undefined, 'served', 'broken', 'failed'] as const) {
      for (const text of [undefined, 'OPUS', 'req_19', 'nothing like it']) {
        const limit = Math.ceil(random() * 500);
        const expected = requests
          .toReversed()
          .filter(
            ({ steps }) =>
              endpointId === undefined ||
              steps.some((step) => step.kind === 'attempt' && step.endpointId === endpointId),
          )
          .filter((request) => outcome === undefined || request.outcome === outcome)
          .filter(({ model, requestId }) =>
            `${model} ${requestId}`.toLowerCase().includes((text ?? '').toLowerCase()),
          )
          .slice(0, limit);
        const found = store.requests({
          limit,
          ...(endpointId !== undefined && { endpointId }),
          ...(outcome !== undefined && { outcome }),
          ...(text !== undefined && { text }),
        });
        assert.deepEqual(idsOf(found), idsOf(expected), `${endpointId} ${outcome} ${text}`);
      }
    }
  }
});

test('a request that was at an endpoint twice is listed once', (t) => {
  const { store } = openStore(t);
  store.write(asEntries([pastRequest({ steps: [pastAttempt({ outcome: 'failed' }), pastAttempt()] })]));
  assert.equal(store.requests({ limit: 9, endpointId: 'endpoint-a' }).length, 1);
});

test('a text is looked for among the newest 20 000 requests', (t) => {
  const { store } = openStore(t);
  const others = Array.from({ length: 20_000 }, (_, at) =>
    pastRequest({ at: at + 1, requestId: `req_${at}`, steps: [] }),
  );
  store.write(asEntries([pastRequest({ at: 0, model: 'rare' }), ...others.slice(1)]));
  assert.equal(store.requests({ limit: 1, text: 'rare' }).length, 1);
  store.write(asEntries(others.slice(0, 1)));
  assert.equal(store.requests({ limit: 1, text: 'rare' }).length, 0);
});

test('an entry that cannot be stored costs no other one', (t) => {
  const { store } = openStore(t);
  const broken = JSON.stringify({ kind: 'request', request: { ...pastRequest(), at: null } });
  const [first = '', last = ''] = asEntries([
    pastRequest({ requestId: 'first', usage: usageOf(1, 1) }),
    pastRequest({ requestId: 'last' }),
  ]);
  assert.equal(store.write([first, broken, last]), 1);
  assert.deepEqual(idsOf(store.requests({ limit: 9 })).toSorted(), ['first', 'last']);
  assert.equal(store.totals({ from: 0, to: 1 }, 1).all.requests, 2);
});
