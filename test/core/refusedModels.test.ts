import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RefusedModels } from '../../src/core/refusedModels.ts';

const minute = 60_000;
const opus = { route: 'messages', model: 'claude-opus' } as const;
const haiku = { route: 'messages', model: 'claude-haiku' } as const;

test('nothing is refused to begin with', () => {
  assert.equal(new RefusedModels().isMarked('e', opus, 0), false);
});

test('a mark lasts ten minutes', () => {
  const refused = new RefusedModels();
  refused.mark('e', opus, 0);
  assert.equal(refused.isMarked('e', opus, 10 * minute - 1), true);
  assert.equal(refused.isMarked('e', opus, 10 * minute), false);
});

test('a mark is set again for ten minutes more', () => {
  const refused = new RefusedModels();
  refused.mark('e', opus, 0);
  refused.mark('e', opus, 5 * minute);
  assert.equal(refused.isMarked('e', opus, 14 * minute), true);
});

test('a mark is about one endpoint, one route and one model', () => {
  const refused = new RefusedModels();
  refused.mark('e', opus, 0);
  assert.equal(refused.isMarked('other', opus, 1), false);
  assert.equal(refused.isMarked('e', haiku, 1), false);
  assert.equal(refused.isMarked('e', { ...opus, route: 'countTokens' }, 1), false);
});

test('a request without a model can be marked too', () => {
  const refused = new RefusedModels();
  refused.mark('e', { route: 'messages', model: undefined }, 0);
  assert.equal(refused.isMarked('e', { route: 'messages', model: undefined }, 1), true);
  assert.equal(refused.isMarked('e', opus, 1), false);
});

test('three different conversations make a suspicion a mark', () => {
  const refused = new RefusedModels();
  for (const conversation of ['a', 'b', 'a', 'b']) refused.suspect('e', opus, conversation, 0);
  assert.equal(refused.isMarked('e', opus, 1), false);
  refused.suspect('e', opus, 'c', 0);
  assert.equal(refused.isMarked('e', opus, 1), true);
});

test('suspicions of different models are not added up', () => {
  const refused = new RefusedModels();
  refused.suspect('e', opus, 'a', 0);
  refused.suspect('e', haiku, 'b', 0);
  refused.suspect('e', opus, 'c', 0);
  assert.equal(refused.isMarked('e', opus, 1), false);
});

test('a suspicion begins anew after it became a mark', () => {
  const refused = new RefusedModels();
  for (const conversation of ['a', 'b', 'c']) refused.suspect('e', opus, conversation, 0);
  refused.suspect('e', opus, 'd', 10 * minute);
  assert.equal(refused.isMarked('e', opus, 10 * minute), false);
});

test('a suspicion is over ten minutes after the first conversation', () => {
  const refused = new RefusedModels();
  refused.suspect('e', opus, 'a', 0);
  refused.suspect('e', opus, 'b', 9 * minute);
  refused.suspect('e', opus, 'c', 10 * minute);
  refused.suspect('e', opus, 'd', 10 * minute);
  assert.equal(refused.isMarked('e', opus, 10 * minute), false);
  refused.suspect('e', opus, 'e', 20 * minute - 1);
  assert.equal(refused.isMarked('e', opus, 20 * minute - 1), true);
});

test('a sweep lets go of suspicions that are over, and of no others', () => {
  const refused = new RefusedModels();
  refused.suspect('e', opus, 'a', 0);
  refused.suspect('e', opus, 'b', 0);
  refused.suspect('e', haiku, 'a', minute);
  refused.suspect('e', haiku, 'b', minute);
  refused.sweep(10 * minute);
  // As before that time, so that only what was let go of is missing.
  refused.suspect('e', opus, 'c', 9 * minute);
  refused.suspect('e', haiku, 'c', 9 * minute);
  assert.equal(refused.isMarked('e', opus, 9 * minute), false);
  assert.equal(refused.isMarked('e', haiku, 9 * minute), true);
});

test('models that a key may not use are counted once, on whichever routes, and only while they are marked', () => {
  const refused = new RefusedModels();
  refused.mark('e', opus, 0, 'forbidden');
  refused.mark('e', { ...opus, route: 'countTokens' }, 0, 'forbidden');
  refused.mark('e', haiku, minute, 'forbidden');
  refused.mark('other', haiku, minute, 'forbidden');
  assert.equal(refused.forbiddenCount('e', 2 * minute), 2);
  assert.equal(refused.forbiddenCount('e', 10 * minute), 1);
});

test('models that are merely not served are not counted with them', () => {
  const refused = new RefusedModels();
  refused.mark('e', opus, 0);
  refused.mark('e', haiku, 0, 'forbidden');
  assert.equal(refused.forbiddenCount('e', 1), 1);
});

test('the marks of an endpoint tell the model and the time', () => {
  const refused = new RefusedModels();
  refused.mark('e', opus, minute);
  const told = refused.of('e', minute).map(({ model, until }) => ({ model, until }));
  assert.deepEqual(told, [{ model: 'claude-opus', until: 11 * minute }]);
});

test('a long name is shortened, and still known', () => {
  const refused = new RefusedModels();
  const long = { route: 'messages', model: 'x'.repeat(10_000) } as const;
  refused.mark('e', long, 0);
  assert.equal(refused.of('e', 0)[0]?.model.length, 128);
  assert.equal(refused.isMarked('e', long, 0), true);
});

test('an endpoint that is forgotten loses its marks and its suspicions, and only it', () => {
  const refused = new RefusedModels();
  refused.mark('e', opus, 0);
  refused.mark('other', opus, 0);
  for (const conversation of ['a', 'b']) refused.suspect('e', haiku, conversation, 0);
  refused.forget('e');
  refused.suspect('e', haiku, 'c', 0);
  assert.equal(refused.isMarked('e', opus, 1), false);
  assert.equal(refused.isMarked('e', haiku, 1), false);
  assert.equal(refused.isMarked('other', opus, 1), true);
});

test('a sweep lets go of marks that are over, and of no others', () => {
  const refused = new RefusedModels();
  refused.mark('e', opus, 0);
  refused.mark('e', haiku, minute);
  refused.sweep(10 * minute);
  assert.deepEqual(
    refused.of('e', 0).map(({ model }) => model),
    ['claude-haiku'],
  );
});

test('a thousand marks are kept; the oldest goes first', () => {
  const refused = new RefusedModels();
  for (let i = 0; i <= 1_000; i += 1) refused.mark('e', { route: 'messages', model: `m${i}` }, i);
  assert.equal(refused.of('e', 1_000).length, 1_000);
  assert.equal(refused.isMarked('e', { route: 'messages', model: 'm0' }, 1_000), false);
});
