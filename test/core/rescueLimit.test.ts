import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeKeyOf } from '../../src/core/conversationPlaces.ts';
import { RescueLimit } from '../../src/core/rescueLimit.ts';

function rescuedTimes(times: number, conversation: string | undefined = 'talk'): RescueLimit {
  const limit = new RescueLimit();
  for (let i = 0; i < times; i += 1) limit.rescued(conversation);
  return limit;
}

test('a conversation may be rescued three times in a row', () => {
  assert.equal(rescuedTimes(0).allows('talk'), true);
  assert.equal(rescuedTimes(2).allows('talk'), true);
  assert.equal(rescuedTimes(3).allows('talk'), false);
});

test('a whole answer ends the row', () => {
  const limit = rescuedTimes(3);
  limit.completed('talk');
  assert.equal(limit.allows('talk'), true);
});

test('each conversation has a row of its own', () => {
  const limit = rescuedTimes(3);
  assert.equal(limit.allows('other'), true);
  limit.completed('other');
  assert.equal(limit.allows('talk'), false);
});

test('a conversation has a row for each class of models, so that its side requests end none', () => {
  const key = (model: string) => placeKeyOf({ route: 'messages', model, conversation: 'talk' });
  const limit = rescuedTimes(3, key('claude-opus-5-5'));
  limit.completed(key('claude-haiku-5-5'));
  assert.equal(limit.allows(key('claude-opus-5-5')), false);
  assert.equal(limit.allows(key('claude-haiku-5-5')), true);
});

test('what belongs to no conversation is not counted', () => {
  const limit = rescuedTimes(5, undefined);
  limit.completed(undefined);
  assert.equal(limit.allows(undefined), true);
});

test('ten thousand conversations are remembered; the one that was rescued the longest ago goes', () => {
  const limit = rescuedTimes(3, 'old');
  const kept = 'kept';
  for (let i = 0; i < 3; i += 1) limit.rescued(kept);
  for (let i = 0; i < 9_998; i += 1) limit.rescued(`other-${i}`);
  assert.equal(limit.allows('old'), false);
  limit.rescued('one more');
  assert.equal(limit.allows('old'), true);
  assert.equal(limit.allows(kept), false);
});
