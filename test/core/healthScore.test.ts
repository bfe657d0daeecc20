import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { healthScore, scoreWithoutAnswer } from '../../src/core/healthScore.ts';

const answer = fc.record({
  isCorrect: fc.boolean(),
  firstContentMs: fc.integer({ min: 0, max: 60_000 }),
  form: fc.double({ min: 0, max: 1, noNaN: true }),
});

test('a right answer within a second, in good form, is worth 100', () => {
  assert.equal(healthScore({ isCorrect: true, firstContentMs: 0, form: 1 }), 100);
  assert.equal(healthScore({ isCorrect: true, firstContentMs: 1_000, form: 1 }), 100);
});

test('a right answer is worth 60 however late and odd it is', () => {
  assert.equal(healthScore({ isCorrect: true, firstContentMs: 15_000, form: 0 }), 60);
  assert.equal(healthScore({ isCorrect: true, firstContentMs: 1e9, form: 0 }), 60);
});

test('half of the time in orders of magnitude costs half of its 30 points', () => {
  assert.equal(healthScore({ isCorrect: true, firstContentMs: 1_000 * Math.sqrt(15), form: 1 }), 85);
});

test('a score is a whole number from 0 to 100', () => {
  fc.assert(
    fc.property(answer, (it) => {
      const score = healthScore(it);
      return Number.isInteger(score) && score >= 0 && score <= 100;
    }),
  );
});

test('a right answer is worth more than a wrong one, whatever else there is', () => {
  fc.assert(
    fc.property(answer, answer, (a, b) => {
      assert.ok(healthScore({ ...a, isCorrect: true }) > healthScore({ ...b, isCorrect: false }));
    }),
  );
});

test('a quicker answer is never worth less', () => {
  fc.assert(
    fc.property(answer, fc.nat(60_000), (it, earlierBy) => {
      const firstContentMs = Math.max(0, it.firstContentMs - earlierBy);
      assert.ok(healthScore({ ...it, firstContentMs }) >= healthScore(it));
    }),
  );
});

test('an answer in better form is never worth less', () => {
  fc.assert(
    fc.property(answer, fc.double({ min: 0, max: 1, noNaN: true }), (it, better) => {
      assert.ok(healthScore({ ...it, form: Math.min(1, it.form + better) }) >= healthScore(it));
    }),
  );
});

test('a check that proves nothing has no score, any other without a right answer has 0', () => {
  assert.deepEqual((['refused', 'rateLimited'] as const).map(scoreWithoutAnswer), [null, null]);
  assert.deepEqual(
    (['wrongAnswer', 'failed', 'timeout', 'badKey'] as const).map(scoreWithoutAnswer),
    [0, 0, 0, 0],
  );
});
