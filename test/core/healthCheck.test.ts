import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classify } from '../../src/core/classification.ts';
import { checkClasses, checkClassOf, isProof } from '../../src/core/healthCheck.ts';
import { answers } from '../support/fleet.ts';

test('a check proves something unless it was refused or limited', () => {
  assert.deepEqual(checkClasses.filter(isProof), ['passed', 'wrongAnswer', 'failed', 'timeout', 'badKey']);
});

for (const [status, expected, details] of [
  [400, 'refused'],
  [400, 'badKey', { message: 'Your credit balance is too low' }],
  [401, 'badKey'],
  [402, 'badKey'],
  [403, 'refused'],
  [403, 'refused', { form: 'html' }],
  [404, 'refused'],
  [405, 'refused'],
  [408, 'failed'],
  [413, 'refused'],
  [422, 'refused'],
  [429, 'rateLimited'],
  [429, 'rateLimited', { retryAfterMs: 1_000 }],
  [429, 'badKey', { errorCode: 'enforced_spend_limit_reached' }],
  [500, 'failed'],
  [501, 'refused'],
  [503, 'failed'],
  [520, 'failed'],
  [529, 'failed'],
  [418, 'failed'],
] as const) {
  test(`${status} ${details ? JSON.stringify(details) : ''} makes a check ${expected}`, () => {
    assert.equal(checkClassOf(classify(answers(status, details)), status), expected);
  });
}
