import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { classify } from '../../src/core/classification.ts';
import { readErrorAnswer } from '../../src/core/errorAnswer.ts';
import type { FailureCode } from '../../src/core/failure.ts';
import { mostUseful, type Refusal, shapeAnswer } from '../../src/core/finalAnswer.ts';

function answered(status: number, body = '{"error":{"message":"no"}}'): Refusal {
  const answer = readErrorAnswer(status, undefined, body, undefined);
  return { verdict: classify({ kind: 'answer', answer }), answer };
}

function failed(failure: FailureCode): Refusal {
  return { verdict: classify({ kind: 'transport', failure }), answer: undefined };
}

const lowCredit = answered(400, '{"error":{"message":"Your credit balance is too low."}}');
const firewallPage = answered(403, '<html>Blocked</html>');

test('nothing is the most useful of nothing', () => {
  assert.equal(mostUseful([]), -1);
});

for (const [name, refusals, expected] of [
  ['a 429 goes before everything', [failed('slow'), answered(429), answered(401), answered(503)], 1],
  ['of several 429 the last counts', [answered(429), answered(429), answered(500)], 1],
  ['a refused key goes before a 404', [answered(401), answered(404), answered(500)], 0],
  ['of 401 and 403 the last counts', [answered(401), answered(403)], 1],
  ['the same backwards', [answered(403), answered(401)], 1],
  ['a spent key counts like a refused one', [answered(401), lowCredit, answered(404)], 1],
  ['so does 402', [answered(402), answered(500)], 0],
  ["a firewall's 403 does not blame the key", [answered(401), firewallPage], 0],
  ['it is an answer like any other', [answered(404), firewallPage], 0],
  ['a 404 goes before server errors', [answered(404), answered(500), answered(529)], 0],
  ['of other answers the last counts', [answered(500), answered(529), answered(400)], 2],
  ['any answer goes before none', [answered(502), failed('connectRefused')], 0],
  ['of several without an answer the last counts', [failed('dnsFailed'), failed('tlsFailed')], 1],
] as const) {
  test(`the most useful: ${name}`, () => {
    assert.equal(mostUseful(refusals), expected);
  });
}

test('an answer that is not passed on counts as none', () => {
  const redirect: Refusal = { verdict: failed('redirected').verdict, answer: answered(429).answer };
  assert.equal(mostUseful([answered(500), redirect]), 0);
});

for (const [name, [status, toldMs, soonestMs], expected] of [
  ['529 becomes 503', [529, undefined, undefined], { status: 503, retryAfterSeconds: 5 }],
  [
    '503 without a known end asks for 5 s',
    [503, undefined, undefined],
    { status: 503, retryAfterSeconds: 5 },
  ],
  [
    '429 without a known end asks for 1 s',
    [429, undefined, undefined],
    { status: 429, retryAfterSeconds: 1 },
  ],
  ['what an endpoint told is kept', [429, 20_000, undefined], { status: 429, retryAfterSeconds: 20 }],
  ['on 503 too', [503, 20_000, undefined], { status: 503, retryAfterSeconds: 20 }],
  ['what is known of all goes before it', [429, 20_000, 3_000], { status: 429, retryAfterSeconds: 3 }],
  ['also where it is later', [503, 3_000, 20_000], { status: 503, retryAfterSeconds: 20 }],
  ['parts of a second are rounded up', [429, undefined, 1_001], { status: 429, retryAfterSeconds: 2 }],
  ['never 0, which clients ignore', [429, undefined, 0], { status: 429, retryAfterSeconds: 1 }],
  ['nor less, when the time is past', [503, undefined, -5_000], { status: 503, retryAfterSeconds: 1 }],
  ['never above 60', [429, 90_000, undefined], { status: 429, retryAfterSeconds: 60 }],
  ['not by a moment', [503, undefined, 60_001], { status: 503, retryAfterSeconds: 60 }],
  ['11 minutes can be ridden out', [503, undefined, 660_000], { status: 503, retryAfterSeconds: 60 }],
  ['a 429 as well', [429, 660_000, undefined], { status: 429, retryAfterSeconds: 60 }],
  [
    'more cannot: final, as a 429',
    [503, undefined, 660_001],
    { status: 429, retryAfterSeconds: 60, shouldRetry: false },
  ],
  [
    'also when 529 was met',
    [529, 1_000, 3_600_000],
    { status: 429, retryAfterSeconds: 60, shouldRetry: false },
  ],
  [
    'a 429 that says so itself is believed',
    [429, 660_001, undefined],
    { status: 429, retryAfterSeconds: 60, shouldRetry: false },
  ],
  [
    'unless another endpoint is ready sooner',
    [429, 3_600_000, 10_000],
    { status: 429, retryAfterSeconds: 10 },
  ],
  ['a 503 is not: it cannot know', [503, 3_600_000, undefined], { status: 503, retryAfterSeconds: 60 }],
  ['a refused key is final', [401, undefined, undefined], { status: 401, shouldRetry: false }],
  [
    'whatever wait it names',
    [401, 90_000, 1_000],
    { status: 401, retryAfterSeconds: 60, shouldRetry: false },
  ],
  ['other errors stay as they are', [500, undefined, 5_000], { status: 500 }],
  ['with the wait they name', [500, 60_000, undefined], { status: 500 }],
  ['unless it is too long', [500, 60_001, undefined], { status: 500, retryAfterSeconds: 60 }],
] as const) {
  test(`the shape of the last error: ${name}`, () => {
    assert.deepEqual(shapeAnswer(status, toldMs, soonestMs), expected);
  });
}

test('the last error is never 529, and every 429 and 503 asks for 1 to 60 whole seconds', () => {
  const status = fc.oneof(fc.constantFrom(401, 429, 503, 529), fc.integer({ min: 400, max: 599 }));
  const wait = fc.option(fc.oneof(fc.double({ noNaN: true }), fc.integer()), { nil: undefined });
  fc.assert(
    fc.property(status, wait, wait, (met, toldMs, soonestMs) => {
      const shape = shapeAnswer(met, toldMs, soonestMs);
      const seconds = shape.retryAfterSeconds;
      assert.notEqual(shape.status, 529);
      assert.ok(seconds === undefined || (Number.isInteger(seconds) && seconds >= 1 && seconds <= 60));
      if (shape.status === 429 || shape.status === 503) assert.notEqual(seconds, undefined);
      if (toldMs !== undefined && toldMs > 60_000) assert.notEqual(seconds, undefined);
    }),
  );
});
