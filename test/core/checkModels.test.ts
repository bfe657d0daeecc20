import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CheckModels, isAboutModel } from '../../src/core/checkModels.ts';
import { endpointOf } from '../support/contents.ts';

const any = endpointOf({ id: 'e' });
const listing = (...models: string[]) => endpointOf({ id: 'e', models });

test('an endpoint that lists no models is asked for small ones', () => {
  const models = new CheckModels();
  assert.deepEqual(models.of(any, '', undefined), ['claude-haiku-5-5', 'claude-haiku-4-5']);
});

test('the setting goes before those, and the list of the endpoint before the setting', () => {
  const models = new CheckModels();
  assert.deepEqual(models.of(any, 'mine', undefined), ['mine', 'claude-haiku-5-5', 'claude-haiku-4-5']);
  assert.deepEqual(models.of(listing('theirs'), 'mine', undefined), ['theirs']);
});

test('of a list the one that looks cheapest goes first', () => {
  const listed = listing('claude-opus-5-5', 'claude-sonnet-5-5', 'claude-haiku-5-5', 'big');
  assert.deepEqual(new CheckModels().of(listed, '', undefined), [
    'claude-haiku-5-5',
    'claude-sonnet-5-5',
    'claude-opus-5-5',
  ]);
});

test('the model of the last traffic comes last, but it comes', () => {
  const models = new CheckModels();
  assert.deepEqual(models.of(any, '', 'served'), ['claude-haiku-5-5', 'claude-haiku-4-5', 'served']);
  assert.deepEqual(models.of(any, 'mine', 'served'), ['mine', 'claude-haiku-5-5', 'served']);
  assert.deepEqual(models.of(listing('a', 'b', 'c', 'd'), '', 'served'), ['a', 'b', 'served']);
});

test('the model that was accepted comes first', () => {
  const models = new CheckModels();
  models.accepted(any, '', 'claude-haiku-4-5');
  assert.deepEqual(models.of(any, '', undefined), ['claude-haiku-4-5', 'claude-haiku-5-5']);
  assert.ok(models.isAccepted(any, '', 'claude-haiku-4-5'));
  assert.ok(!models.isAccepted(any, '', 'claude-haiku-5-5'));
});

test('it no longer does when the endpoint is set up in another way, or another model is set', () => {
  const others = [
    { ...any, baseUrl: 'https://other.example' },
    { ...any, models: ['a'] },
    { ...any, modelMap: { a: 'b' } },
  ];
  for (const other of others) {
    const models = new CheckModels();
    models.accepted(any, '', 'claude-haiku-4-5');
    assert.ok(!models.isAccepted(other, '', 'claude-haiku-4-5'));
    assert.notEqual(models.of(other, '', undefined)[0], 'claude-haiku-4-5');
  }
  const models = new CheckModels();
  models.accepted(any, '', 'claude-haiku-4-5');
  assert.equal(models.of(any, 'mine', undefined)[0], 'mine');
});

test('it stays when the endpoint is only renamed', () => {
  const models = new CheckModels();
  models.accepted(any, '', 'claude-haiku-4-5');
  assert.ok(models.isAccepted({ ...any, name: 'other', weight: 7 }, '', 'claude-haiku-4-5'));
});

test('endpoints that are gone are forgotten', () => {
  const models = new CheckModels();
  models.accepted(any, '', 'claude-haiku-4-5');
  models.retain(new Set(['e']));
  assert.ok(models.isAccepted(any, '', 'claude-haiku-4-5'));
  models.retain(new Set());
  assert.ok(!models.isAccepted(any, '', 'claude-haiku-4-5'));
});

test('there are always one to three models, each of them once', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'claude-haiku-5-5', 'claude-haiku-4-5');
  fc.assert(
    fc.property(
      fc.array(name),
      fc.option(name),
      fc.option(name),
      fc.option(name),
      (list, set, served, accepted) => {
        const models = new CheckModels();
        if (accepted !== null) models.accepted(listing(...list), set ?? '', accepted);
        const all = models.of(listing(...list), set ?? '', served ?? undefined);
        assert.ok(all.length >= 1 && all.length <= 3);
        assert.equal(new Set(all).size, all.length);
        if (accepted !== null) assert.equal(all[0], accepted);
      },
    ),
  );
});

const error = (status: number, message?: string) => ({
  status,
  form: 'json' as const,
  ...(message === undefined ? {} : { message }),
});

for (const [status, message, isKnown, expected] of [
  [404, undefined, false, true],
  [404, 'no such route', true, true],
  [400, 'The model is not supported', false, true],
  [400, '模型不存在', false, true],
  [400, 'max_tokens: too small', false, false],
  [400, 'relay-small: no', false, true],
  [403, 'not for relay-small', true, true],
  [403, 'only for certain clients', false, false],
  [422, 'invalid model', false, true],
  [503, 'no channel for relay-small', false, true],
  [503, 'no channel for relay-small', true, false],
  [503, 'the model is overloaded', false, false],
  [503, undefined, false, false],
  [500, 'relay-small failed', false, false],
  [429, 'relay-small: slow down', false, false],
] as const) {
  const about = expected ? 'about the model' : 'not about the model';
  const which = isKnown ? 'a known' : 'an unknown';
  test(`${status} with "${message ?? ''}" is ${about}, of ${which} model`, () => {
    assert.equal(isAboutModel(error(status, message), 'relay-small', isKnown), expected);
  });
}
