import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Trial, Trials } from '../../src/core/trials.ts';

const visit = (trial: Trial = 'trial', id = 'a') => ({ endpoint: { id }, trial });

test('the request that began last decides, and no other one', () => {
  const trials = new Trials();
  const [first, second] = [visit(), visit()];
  trials.began(first, 1);
  assert.deepEqual([trials.isRunning(first), trials.isRunning(second)], [true, false]);
  trials.began(second, 2);
  assert.deepEqual([trials.isRunning(first), trials.isRunning(second)], [false, true]);
  trials.end(first);
  assert.equal(trials.isRunning(second), true, 'the end of another one means nothing');
  trials.end(second);
  assert.equal(trials.isRunning(second), false);
});

test('when an endpoint was last tried is known after the end too, until it is forgotten', () => {
  const trials = new Trials();
  const request = visit();
  assert.equal(trials.triedAt('a'), undefined);
  trials.began(request, 7);
  trials.end(request);
  assert.equal(trials.triedAt('a'), 7);
  trials.forget('a');
  assert.equal(trials.triedAt('a'), undefined);
});

test('forgetting an endpoint ends its trial', () => {
  const trials = new Trials();
  const request = visit();
  trials.began(request, 1);
  trials.forget('a');
  assert.equal(trials.isRunning(request), false);
});

test('a last resort is one for all endpoints', () => {
  const trials = new Trials();
  const resort = visit('lastResort');
  trials.began(visit('trial', 'b'), 1);
  assert.notEqual(trials.lastResort.nextAt, undefined, 'a trial that is due is none');
  trials.began(resort, 1);
  assert.equal(trials.lastResort.nextAt, undefined, 'while one runs there is no other');
  trials.lastResort.abandoned(resort);
  assert.notEqual(trials.lastResort.nextAt, undefined);
});
