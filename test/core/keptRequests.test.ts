import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { defaultQueue } from '../../src/core/configuration.ts';
import {
  canAnswerLater,
  firstSent,
  isExpired,
  type KeptRequest,
  maxAgeMs,
  maxStoredBytes,
  overLimits,
  restored,
  sentAgain,
  storedBytes,
  tryBegan,
  tryEnded,
  wanted,
  withoutBody,
} from '../../src/core/keptRequests.ts';

const told = { status: 503, isAsync: false };
const promised = { status: 202, isAsync: true };
const served = { kind: 'answered', status: 200, isError: false } as const;
const refused = (status: number) => ({ kind: 'answered', status, isError: true }) as const;

function kept(sending = told, fields: Partial<KeptRequest> = {}): KeptRequest {
  const request = {
    id: 'k',
    model: 'claude-x',
    conversation: 'talk',
    bytes: 10,
    fingerprint: 'f',
    keyId: 'key',
    bodyBytes: 60,
  };
  return { ...firstSent(request, sending, defaultQueue, 0), ...fields };
}

/** What becomes of a request that is tried once. */
const tried = (before: KeptRequest, end: Parameters<typeof tryEnded>[1], now = 100): KeptRequest =>
  tryEnded(tryBegan(before, now), end, defaultQueue, now);

describe('a request that is kept', () => {
  test('waits for somebody to try it, since its client sends it again by itself', () => {
    const { state, nextTryAt, tries, sent, status } = kept();
    assert.deepEqual([state, nextTryAt, tries, sent, status], ['pending', null, 0, 1, 503]);
  });

  test('has its time when its client fetches the answer later', () => {
    const { state, nextTryAt, isAsync } = kept(promised);
    assert.deepEqual([state, nextTryAt, isAsync], ['pending', 5_000, true]);
  });

  test('that comes again is counted, with what the client got', () => {
    const { sent, status, createdAt, updatedAt } = sentAgain(
      kept(),
      { ...told, status: 429 },
      defaultQueue,
      50,
    );
    assert.deepEqual([sent, status, createdAt, updatedAt], [2, 429, 0, 50]);
  });

  test('gets its time when it comes again from a client that fetches the answer later', () => {
    const { isAsync, nextTryAt } = sentAgain(kept(), promised, defaultQueue, 50);
    assert.deepEqual([isAsync, nextTryAt], [true, 5_050]);
  });

  test('keeps its time when it comes again', () => {
    assert.equal(sentAgain(kept(promised), promised, defaultQueue, 4_000).nextTryAt, 5_000);
    assert.equal(sentAgain(kept(promised), told, defaultQueue, 4_000).nextTryAt, 5_000);
    assert.equal(sentAgain(kept(promised), told, defaultQueue, 4_000).isAsync, true);
  });

  test('begins anew when it was given up and comes again', () => {
    const given = kept(promised, { state: 'failed', tries: 5, nextTryAt: null, resultBytes: 9 });
    const { state, tries, nextTryAt, resultBytes } = sentAgain(given, promised, defaultQueue, 50);
    assert.deepEqual([state, tries, nextTryAt, resultBytes], ['pending', 0, 5_050, 0]);
  });

  test('begins anew by itself when somebody else sends it, for whom it was promised to', () => {
    const given = kept(promised, { state: 'failed', tries: 5, nextTryAt: null });
    const { state, tries, nextTryAt } = sentAgain(given, told, defaultQueue, 50);
    assert.deepEqual([state, tries, nextTryAt], ['pending', 0, 5_050]);
  });

  for (const state of ['running', 'done'] as const) {
    test(`that is ${state} stays so when it comes again`, () => {
      const before = kept(promised, { state, nextTryAt: null, status: 200, resultBytes: 9 });
      const after = sentAgain(before, promised, defaultQueue, 50);
      assert.deepEqual(after, { ...before, sent: 2, updatedAt: 50 });
    });
  }

  test('is tried as soon as can be when somebody wants that, even if it was given up', () => {
    const { state, nextTryAt } = wanted(kept(promised, { state: 'failed', nextTryAt: null }), 70);
    assert.deepEqual([state, nextTryAt], ['pending', 70]);
  });
});

describe('after a try', () => {
  test('a request that was served is done', () => {
    const { state, status, tries, nextTryAt } = tried(kept(promised), served);
    assert.deepEqual([state, status, tries, nextTryAt], ['done', 200, 1, null]);
  });

  test('one that failed has its next time, until it was tried often enough', () => {
    let request = kept(promised);
    const times: (number | null)[] = [];
    for (let i = 0; i < defaultQueue.maxRetries; i += 1) {
      request = tried(request, refused(503), 0);
      times.push(request.nextTryAt);
    }
    assert.deepEqual(times, [10_000, 20_000, 40_000, 80_000, null]);
    assert.deepEqual([request.state, request.tries, request.status], ['failed', 5, 503]);
  });

  test('one that nobody fetches waits for somebody again', () => {
    const { state, nextTryAt, tries } = tried(kept(), refused(503));
    assert.deepEqual([state, nextTryAt, tries], ['pending', null, 1]);
  });

  test('one whose answer broke off has no status', () => {
    const { state, status } = tried(kept(), { kind: 'broken' });
    assert.deepEqual([state, status], ['pending', null]);
  });

  test('one whose answer is too large is given up, since the next one would be so too', () => {
    const { state, status, tries, nextTryAt } = tried(kept(promised), { kind: 'tooLarge' });
    assert.deepEqual([state, status, tries, nextTryAt], ['failed', null, 1, null]);
  });

  test('an error in an answer with status 200 is an error', () => {
    assert.equal(tried(kept(), { ...served, isError: true }).state, 'pending');
  });

  for (const status of [400, 404, 405, 413, 415, 422]) {
    test(`${status} is final, since it says that the request is wrong`, () => {
      assert.equal(tried(kept(promised), refused(status)).state, 'failed');
      assert.equal(tried(kept(), refused(status)).state, 'failed');
    });
  }

  for (const status of [401, 402, 403, 408, 409, 429, 500, 502, 503, 504, 529]) {
    test(`${status} is not final`, () => {
      assert.equal(tried(kept(promised), refused(status)).state, 'pending');
    });
  }

  test('one that the process cut off goes on at once in the next one, and has lost no try', () => {
    const { state, tries, nextTryAt } = tried(kept(), { kind: 'stopped' });
    assert.deepEqual([state, tries, nextTryAt], ['pending', 0, 100]);
  });

  test('one that was cut off by a crash has lost a try, so that no crash repeats itself for ever', () => {
    const before = tryBegan(kept(promised), 0);
    const after = restored(before, defaultQueue, 100);
    assert.deepEqual([after.state, after.tries, after.nextTryAt], ['pending', 1, 10_100]);
    assert.equal(restored(tryBegan(kept(promised, { tries: 4 }), 0), defaultQueue, 100).state, 'failed');
  });

  for (const state of ['pending', 'done', 'failed'] as const) {
    test(`one that is ${state} is so after a restart too`, () => {
      const before = kept(promised, { state });
      assert.equal(restored(before, defaultQueue, 100), before);
    });
  }
});

describe('when no bodies are to be kept', () => {
  test('a request that waits for somebody stays without its body', () => {
    const before = kept(told, { nextTryAt: 7 });
    const after = { ...before, bodyBytes: 0, nextTryAt: null, updatedAt: 50 };
    assert.deepEqual(withoutBody(before, 50), after);
    assert.equal(withoutBody(after, 60), after);
  });

  for (const bodyBytes of [60, 0]) {
    test(`one whose client waits for the answer is given up, with a body of ${bodyBytes} bytes`, () => {
      const before = kept(promised, { bodyBytes });
      const after = withoutBody(before, 50);
      assert.deepEqual(after, { ...before, state: 'failed', bodyBytes: 0, nextTryAt: null, updatedAt: 50 });
    });
  }

  for (const state of ['done', 'failed'] as const) {
    test(`one that is ${state} keeps its answer`, () => {
      const before = kept(promised, { state, nextTryAt: null, resultBytes: 9 });
      assert.deepEqual(withoutBody(before, 50), { ...before, bodyBytes: 0, updatedAt: 50 });
    });
  }

  test('one that is being tried is tried to the end', () => {
    const before = tryBegan(kept(promised), 0);
    assert.equal(withoutBody(before, 50), before);
  });
});

describe('limits', () => {
  const aged = (id: string, createdAt: number, fields: Partial<KeptRequest> = {}) =>
    kept(told, { id, createdAt, ...fields });

  test('a request is kept for 24 hours', () => {
    assert.equal(isExpired(aged('a', 0), 24 * 3_600_000 - 1), false);
    assert.equal(isExpired(aged('a', 0), 24 * 3_600_000), true);
    assert.equal(isExpired(aged('a', 0, { state: 'running' }), 2 * maxAgeMs), false);
  });

  test('the oldest go when there are too many', () => {
    assert.deepEqual(overLimits([aged('b', 2), aged('a', 1), aged('c', 3)], 1), ['a', 'b']);
    assert.deepEqual(overLimits([aged('b', 2), aged('a', 1)], 2), []);
  });

  test('the oldest go when there is too much of them, bodies and answers', () => {
    const half = maxStoredBytes / 2;
    const all = [
      aged('a', 1, { bodyBytes: half }),
      aged('b', 2, { bodyBytes: 0, resultBytes: half }),
      aged('c', 3, { bodyBytes: 1 }),
    ];
    assert.deepEqual(overLimits(all, 9), ['a']);
    assert.deepEqual(overLimits(all.slice(0, 2), 9), []);
  });

  test('what was promised to nobody goes before what was promised, however old that is', () => {
    const all = [
      aged('done', 1, { isAsync: true, state: 'done' }),
      aged('waits', 2, { isAsync: true }),
      aged('given up', 3, { isAsync: true, state: 'failed' }),
      aged('interactive', 4),
    ];
    assert.deepEqual(overLimits(all, 3), ['given up']);
    assert.deepEqual(overLimits(all, 2), ['given up', 'interactive']);
    assert.deepEqual(overLimits(all, 1), ['given up', 'interactive', 'done']);
  });

  test('what is left is within the limits, or is being tried', () => {
    const request = fc.record({
      isAsync: fc.boolean(),
      createdAt: fc.nat(5),
      bodyBytes: fc.nat(maxStoredBytes),
      resultBytes: fc.nat(maxStoredBytes),
      state: fc.constantFrom('pending', 'running', 'done', 'failed'),
    });
    fc.assert(
      fc.property(fc.array(request), fc.nat(5), (sketches, maxItems) => {
        const all = sketches.map((fields, index) => kept(told, { ...fields, id: String(index) }));
        const gone = overLimits(all, maxItems);
        const left = all.filter(({ id }) => !gone.includes(id));
        const isWithin = left.length <= maxItems && storedBytes(left) <= maxStoredBytes;
        assert.ok(isWithin || left.every(({ state }) => state === 'running'));
        assert.ok(all.every(({ id, state }) => state !== 'running' || !gone.includes(id)));
        const rank = ({ isAsync, state, createdAt }: KeptRequest) =>
          createdAt + (isAsync && state !== 'failed' ? 10 : 0);
        const lastGone = Math.max(...all.filter(({ id }) => gone.includes(id)).map(rank));
        for (const one of left) assert.ok(one.state === 'running' || rank(one) >= lastGone);
      }),
    );
  });

  test('an answer can be promised only if requests are kept whole and tried by themselves', () => {
    assert.equal(canAnswerLater(defaultQueue), true);
    assert.equal(canAnswerLater({ ...defaultQueue, maxItems: 0 }), false);
    assert.equal(canAnswerLater({ ...defaultQueue, keepBodies: false }), false);
    assert.equal(canAnswerLater({ ...defaultQueue, maxRetries: 0 }), false);
  });
});
