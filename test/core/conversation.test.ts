import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { conversationKeyOf } from '../../src/core/conversation.ts';

const uuid = '0b1f7a52-93c1-4b8e-a6c0-2f6b7c1d9e10';
const hex = 'a1'.repeat(32);
const legacy = `user_${hex}_account__session_${uuid}`;
const json = JSON.stringify({ device_id: hex, account_uuid: '', session_id: uuid });

/** The key of a request that has only a `metadata.user_id`. */
const ofUser = (userId: string) => conversationKeyOf({}, { userId });

test('the session header names the conversation', () => {
  assert.ok(conversationKeyOf({ sessionId: uuid }, {}));
  assert.notEqual(conversationKeyOf({ sessionId: uuid }, {}), conversationKeyOf({ sessionId: hex }, {}));
});

test('a sub-agent has a conversation of its own', () => {
  const main = conversationKeyOf({ sessionId: uuid }, {});
  const agent = conversationKeyOf({ sessionId: uuid, agentId: 'a1' }, {});
  const other = conversationKeyOf({ sessionId: uuid, agentId: 'a2' }, {});
  assert.equal(new Set([main, agent, other]).size, 3);
});

test('the agent id counts also where the session id is in the body', () => {
  assert.notEqual(conversationKeyOf({ agentId: 'a1' }, { userId: json }), ofUser(json));
});

test('an agent id alone names no conversation', () => {
  assert.equal(conversationKeyOf({ agentId: 'a1' }, {}), undefined);
});

test('the sources count in their order', () => {
  const all = { sessionId: 's', conversationId: 'c' };
  const body = { userId: json, conversationId: 'b' };
  assert.equal(conversationKeyOf(all, body), conversationKeyOf({ sessionId: 's' }, {}));
  assert.equal(
    conversationKeyOf({ conversationId: 'c' }, body),
    conversationKeyOf({ conversationId: 'c' }, {}),
  );
  assert.equal(conversationKeyOf({}, body), ofUser(json));
  assert.ok(conversationKeyOf({}, { conversationId: 'b' }));
});

test('the same id from different sources is not the same conversation', () => {
  const keys = [
    conversationKeyOf({ sessionId: uuid }, {}),
    conversationKeyOf({ conversationId: uuid }, {}),
    ofUser(json),
    conversationKeyOf({}, { conversationId: uuid }),
  ];
  assert.equal(new Set(keys).size, 4);
});

test('both forms of the user id hold the session id', () => {
  assert.ok(ofUser(json));
  assert.equal(ofUser(legacy), ofUser(json));
  assert.equal(ofUser(`user_${hex}_account_${uuid}_session_${uuid}`), ofUser(json));
});

const withoutSession = [
  'alice@example.com',
  'my_session_alice',
  `user_${hex}`,
  `user_${hex}_account_${uuid}`,
  `user_${hex}_account__session_`,
  `user_${hex}_account__session_${uuid}x`,
  '{"device_id":"d"}',
  '{"session_id":5}',
  '{"session_id":null}',
  '{"session_id":""}',
  '{"session_id":"a"',
  '[]',
  'null',
  '',
];

for (const userId of withoutSession) {
  test(`a user id without a session id is no key: ${userId.slice(0, 40)}`, () => {
    assert.equal(ofUser(userId), undefined);
  });
}

const garbage = ['', '   ', 'a\nb', 'a\u0000b', '\u007f', 'x'.repeat(257)];

for (const id of garbage) {
  test(`what cannot be an id is passed over: ${JSON.stringify(id.slice(0, 10))}`, () => {
    assert.equal(conversationKeyOf({ sessionId: id, conversationId: id }, { conversationId: id }), undefined);
    assert.equal(
      conversationKeyOf({ sessionId: id, conversationId: 'good' }, {}),
      conversationKeyOf({ conversationId: 'good' }, {}),
    );
  });
}

test('a sub-agent whose id is none belongs to the main conversation', () => {
  assert.equal(
    conversationKeyOf({ sessionId: uuid, agentId: '' }, {}),
    conversationKeyOf({ sessionId: uuid }, {}),
  );
});

test('a request that names nothing has no key', () => {
  assert.equal(conversationKeyOf({}, {}), undefined);
});

const text = fc.option(fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom(legacy, json)), {
  nil: undefined,
});
const headers = fc.record({ sessionId: text, agentId: text, conversationId: text });
const body = fc.record({ userId: text, conversationId: text });

test('whatever is sent, a key is bounded', () => {
  fc.assert(
    fc.property(headers, body, (sent, inBody) => {
      assert.ok((conversationKeyOf(sent, inBody)?.length ?? 0) <= 1_100);
    }),
  );
});

test('different pairs of session and agent never share a key', () => {
  const id = fc.stringMatching(/^[!-~]{1,8}$/);
  fc.assert(
    fc.property(id, id, id, id, (session, agent, otherSession, otherAgent) => {
      fc.pre(session !== otherSession || agent !== otherAgent);
      assert.notEqual(
        conversationKeyOf({ sessionId: session, agentId: agent }, {}),
        conversationKeyOf({ sessionId: otherSession, agentId: otherAgent }, {}),
      );
    }),
  );
});
