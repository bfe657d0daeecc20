import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CoolDowns } from '../../src/core/coolDowns.ts';
import { modelClasses } from '../../src/core/failure.ts';

const hour = 3_600_000;
/** As late as full jitter can be. */
const latest = () => 1 - 2 ** -32;

/** The lengths of cool-downs, each of which begins when the one before is over. */
function lengths(times: number, begin: (coolDowns: CoolDowns, now: number) => void): number[] {
  const coolDowns = new CoolDowns();
  let now = 0;
  return Array.from({ length: times }, () => {
    begin(coolDowns, now);
    const until = coolDowns.until('a', 'opus', now) ?? now;
    const length = until - now;
    now = until;
    return Math.round(length);
  });
}

test('an account that nothing is known of may be used', () => {
  assert.equal(new CoolDowns().until('a', 'opus', 0), undefined);
});

test('a told cool-down lasts as long as told', () => {
  const coolDowns = new CoolDowns();
  coolDowns.asTold('a', 'opus', 1_000, 30_000);
  assert.equal(coolDowns.until('a', 'opus', 30_999), 31_000);
  assert.equal(coolDowns.until('a', 'opus', 31_000), undefined);
});

test('more than an hour counts as an hour', () => {
  const coolDowns = new CoolDowns();
  coolDowns.asTold('a', 'opus', 0, 86_400_000);
  assert.equal(coolDowns.until('a', 'opus', 0), hour);
});

test('a told time that is none is no cool-down', () => {
  const coolDowns = new CoolDowns();
  for (const ms of [0, -5_000, Number.NaN]) coolDowns.asTold('a', 'opus', 0, ms);
  assert.equal(coolDowns.until('a', 'opus', 0), undefined);
});

test('other classes of models and other accounts go on', () => {
  const coolDowns = new CoolDowns();
  coolDowns.asTold('a', 'opus', 0, 30_000);
  assert.equal(coolDowns.until('a', 'sonnet', 0), undefined);
  assert.equal(coolDowns.until('b', 'opus', 0), undefined);
});

test('untold cool-downs grow from a second to a minute, doubling', () => {
  const grown = lengths(8, (coolDowns, now) => coolDowns.growing('a', 'opus', now));
  assert.deepEqual(grown, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
});

test('overload grows from two seconds to thirty, doubling', () => {
  const grown = lengths(6, (coolDowns, now) => coolDowns.overloaded('a', 'opus', now, latest));
  assert.deepEqual(grown, [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

test('overload has full jitter, from nothing at all', () => {
  const coolDowns = new CoolDowns();
  coolDowns.overloaded('a', 'opus', 0, () => 0);
  assert.equal(coolDowns.until('a', 'opus', 0), undefined);
  coolDowns.overloaded('a', 'opus', 0, () => 0.5);
  assert.equal(coolDowns.until('a', 'opus', 0), 2_000);
});

test('a told cool-down keeps how far the guesses have grown', () => {
  const coolDowns = new CoolDowns();
  coolDowns.growing('a', 'opus', 0);
  coolDowns.asTold('a', 'opus', 1_000, 5_000);
  coolDowns.growing('a', 'opus', 6_000);
  assert.equal(coolDowns.until('a', 'opus', 6_000), 8_000);
});

test('a told cool-down is no guess', () => {
  const coolDowns = new CoolDowns();
  coolDowns.asTold('a', 'opus', 0, 5_000);
  coolDowns.growing('a', 'opus', 5_000);
  assert.equal(coolDowns.until('a', 'opus', 5_000), 6_000);
});

test('requests that were on their way together make a cool-down grow once', () => {
  const coolDowns = new CoolDowns();
  for (let now = 0; now < 100; now += 1) coolDowns.growing('a', 'opus', now);
  assert.equal(coolDowns.until('a', 'opus', 100), 1_000);
  coolDowns.growing('a', 'opus', 1_000);
  assert.equal(coolDowns.until('a', 'opus', 1_000), 3_000);
});

test('a success forgets the cool-down and its growth', () => {
  const coolDowns = new CoolDowns();
  coolDowns.growing('a', 'opus', 0);
  coolDowns.growing('a', 'opus', 1_000);
  coolDowns.succeeded('a', 'opus', 1_500);
  assert.equal(coolDowns.until('a', 'opus', 1_500), undefined);
  coolDowns.growing('a', 'opus', 2_000);
  assert.equal(coolDowns.until('a', 'opus', 2_000), 3_000);
});

test('the success of a request from before the cool-down forgets nothing', () => {
  const coolDowns = new CoolDowns();
  coolDowns.asTold('a', 'opus', 1_000, 30_000);
  coolDowns.succeeded('a', 'opus', 999);
  assert.equal(coolDowns.until('a', 'opus', 2_000), 31_000);
});

test('a success with one class of models says nothing about another', () => {
  const coolDowns = new CoolDowns();
  coolDowns.asTold('a', 'opus', 0, 30_000);
  coolDowns.succeeded('a', 'haiku', 1_000);
  assert.equal(coolDowns.until('a', 'opus', 1_000), 30_000);
});

test('an account that is forgotten has no cool-down of any class', () => {
  const coolDowns = new CoolDowns();
  for (const models of modelClasses) coolDowns.asTold('a', models, 0, 30_000);
  coolDowns.asTold('b', 'opus', 0, 30_000);
  coolDowns.forget('a');
  assert.deepEqual(coolDowns.of('a', 0), []);
  assert.deepEqual(coolDowns.of('b', 0), [{ models: 'opus', until: 30_000 }]);
});

test('those that run are listed, and those that are over are not', () => {
  const coolDowns = new CoolDowns();
  coolDowns.asTold('a', 'haiku', 0, 5_000);
  coolDowns.asTold('a', 'opus', 0, 30_000);
  assert.deepEqual(coolDowns.of('a', 5_000), [{ models: 'opus', until: 30_000 }]);
});

test('a sweep keeps what runs and how far the guesses have grown', () => {
  const coolDowns = new CoolDowns();
  coolDowns.asTold('b', 'opus', 0, hour);
  coolDowns.growing('a', 'opus', 0);
  coolDowns.sweep(600_999);
  assert.equal(coolDowns.until('b', 'opus', 600_999), hour);
  coolDowns.growing('a', 'opus', 601_000);
  assert.equal(coolDowns.until('a', 'opus', 601_000), 603_000);
});

test('ten minutes after the end a sweep forgets the growth', () => {
  const coolDowns = new CoolDowns();
  coolDowns.growing('a', 'opus', 0);
  coolDowns.sweep(601_000);
  coolDowns.growing('a', 'opus', 601_000);
  assert.equal(coolDowns.until('a', 'opus', 601_000), 602_000);
});

test('no failure ever shortens a cool-down, and none lasts longer than an hour', () => {
  const failures = fc.array(
    fc.tuple(fc.nat(5_000), fc.constantFrom('told', 'growing', 'overloaded'), fc.nat(2 * hour)),
  );
  fc.assert(
    fc.property(failures, (steps) => {
      const coolDowns = new CoolDowns();
      let now = 0;
      for (const [pause, kind, ms] of steps) {
        now += pause;
        const before = coolDowns.until('a', 'opus', now) ?? now;
        if (kind === 'told') coolDowns.asTold('a', 'opus', now, ms);
        else if (kind === 'growing') coolDowns.growing('a', 'opus', now);
        else coolDowns.overloaded('a', 'opus', now, latest);
        const after = coolDowns.until('a', 'opus', now) ?? now;
        assert.ok(after >= before && after <= now + hour);
      }
    }),
  );
});
