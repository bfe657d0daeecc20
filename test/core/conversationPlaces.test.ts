import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConversationPlaces, placeKeyOf } from '../../src/core/conversationPlaces.ts';
import type { RouteQuery } from '../../src/core/routing.ts';
import { haiku, minute, opus } from '../support/fleet.ts';

function query(conversation: string | undefined, model: string | undefined = opus): RouteQuery {
  return { route: 'messages', model, conversation };
}

const talk = query('talk');
const side = query('talk', haiku);
const nameless = query(undefined);

describe('the key of a place', () => {
  test('names the conversation and the class of the model', () => {
    assert.equal(placeKeyOf(talk), 'talk.opus');
    assert.equal(placeKeyOf(query('talk', 'claude-3-5-haiku-20241022')), 'talk.haiku');
    assert.equal(placeKeyOf(query('talk', 'gpt')), 'talk.other');
  });

  test('is the same on every route, and for every model of a class', () => {
    assert.equal(placeKeyOf({ ...talk, route: 'countTokens' }), placeKeyOf(talk));
    assert.equal(placeKeyOf(query('talk', 'claude-opus-4-1')), placeKeyOf(talk));
  });

  test('does not exist without a conversation', () => {
    assert.equal(placeKeyOf(nameless), undefined);
  });
});

describe('the home of a conversation', () => {
  test('is unknown to begin with', () => {
    assert.equal(new ConversationPlaces().homeOf(talk, 0), undefined);
  });

  test('is where it was served last, for each class of models by itself', () => {
    const places = new ConversationPlaces();
    places.settle(talk, 'e1', 0);
    places.settle(side, 'e2', 1);
    assert.deepEqual([places.homeOf(talk, 2), places.homeOf(side, 2)], ['e1', 'e2']);
    places.settle(talk, 'e3', 3);
    assert.deepEqual([places.homeOf(talk, 4), places.homeOf(side, 4)], ['e3', 'e2']);
  });

  test('does not exist for requests without a conversation', () => {
    const places = new ConversationPlaces();
    places.settle(nameless, 'e1', 0);
    places.leave(nameless, 'e1', 0);
    assert.equal(places.homeOf(nameless, 0), undefined);
    assert.equal(places.isAvoided(nameless, 'e1', 0), false);
    assert.equal(places.affinity.size, 0);
  });
});

describe('the neighbour of a request', () => {
  test('is where its conversation is for other models', () => {
    const places = new ConversationPlaces();
    places.settle(talk, 'e1', 0);
    assert.equal(places.neighbourOf(side, 1), 'e1');
  });

  test('is not its own home, and not that of another conversation', () => {
    const places = new ConversationPlaces();
    places.settle(talk, 'e1', 0);
    assert.equal(places.neighbourOf(talk, 1), undefined);
    assert.equal(places.neighbourOf(query('other', haiku), 1), undefined);
    assert.equal(places.neighbourOf(nameless, 1), undefined);
  });
});

describe('an endpoint that broke off an answer', () => {
  function left(): ConversationPlaces {
    const places = new ConversationPlaces();
    places.settle(talk, 'e1', 0);
    places.settle(side, 'e1', 0);
    places.leave(talk, 'e1', 0);
    return places;
  }

  test('is no longer the home of the conversation', () => {
    assert.equal(left().homeOf(talk, 0), undefined);
  });

  test('is avoided by it for five minutes', () => {
    const places = left();
    assert.equal(places.isAvoided(talk, 'e1', 5 * minute - 1), true);
    assert.equal(places.isAvoided(talk, 'e1', 5 * minute), false);
  });

  test('is avoided by no other conversation, and not for other models', () => {
    const places = left();
    assert.equal(places.isAvoided(query('other'), 'e1', 1), false);
    assert.equal(places.isAvoided(side, 'e1', 1), false);
    assert.equal(places.homeOf(side, 1), 'e1');
  });

  test('leaves a home elsewhere as it is', () => {
    const places = left();
    places.settle(talk, 'e2', 1);
    places.leave(talk, 'e1', 2);
    assert.equal(places.homeOf(talk, 3), 'e2');
    assert.equal(places.isAvoided(talk, 'e1', 5 * minute + 1), true);
  });

  test('is forgotten by the sweep when its time is over, and no sooner', () => {
    const places = left();
    places.sweep(5 * minute - 1);
    assert.equal(places.isAvoided(talk, 'e1', 0), true);
    places.sweep(5 * minute);
    assert.equal(places.isAvoided(talk, 'e1', 0), false);
  });
});

test('ten thousand conversations are remembered to avoid an endpoint; the oldest goes first', () => {
  const places = new ConversationPlaces();
  for (let i = 0; i <= 10_000; i += 1) {
    places.leave(query(`talk-${i}`), 'e1', 0);
    // A second time makes it young again.
    if (i === 5_000) places.leave(query('talk-0'), 'e1', 0);
  }
  const avoids = (name: string) => places.isAvoided(query(name), 'e1', 1);
  assert.deepEqual(['talk-0', 'talk-1', 'talk-2', 'talk-10000'].map(avoids), [true, false, true, true]);
});
