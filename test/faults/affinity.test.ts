import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { answers } from '../support/answers.ts';
import { conversation } from '../support/claudeCode.ts';
import { type CallOptions, call, type Target } from '../support/proxyClient.ts';
import { type Script, type ScriptedUpstream, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { messageRequest, plainResponse } from '../support/wire.ts';

/*
 * A conversation stays with its endpoint: its prompt cache is there.
 */

const asMessage = (name: string): Script => {
  const response = plainResponse('200 OK', `{"type":"message","name":"${name}"}`, [
    'content-type: application/json',
  ]);
  return (exchange) => exchange.send(response);
};

const nameIn = (text: string): string => text.match(/"name":"(\w+)"/)?.[1] ?? text;

const session = randomUUID();
const userId = `user_${'0f'.repeat(32)}_account__session_`;
const sources: Record<string, (id: string) => CallOptions> = {
  'the header of Claude Code': (id) => ({ headers: ['x-claude-code-session-id', id] }),
  'the header of Claude Code and its agent': (id) => ({
    headers: ['x-claude-code-session-id', session, 'x-claude-code-agent-id', id],
  }),
  'the header of other clients': (id) => ({ headers: ['x-conversation-id', id] }),
  'metadata.user_id': (id) => ({ body: messageRequest({ metadata: { user_id: userId + id } }) }),
  'metadata.user_id as JSON': (id) => ({
    body: messageRequest({
      metadata: {
        user_id: JSON.stringify({ device_id: '0f'.repeat(32), account_uuid: '', session_id: id }),
      },
    }),
  }),
  'conversation_id in the body': (id) => ({ body: messageRequest({ conversation_id: id }) }),
};

/** Three endpoints that take turns, but for conversations. */
async function threeInTurn(t: TestContext): Promise<{ proxy: Target; upstreams: ScriptedUpstream[] }> {
  const upstreams = await Promise.all(['a', 'b', 'c'].map((name) => startUpstream(t, asMessage(name))));
  const endpoints = upstreams.map((upstream) => upstream.endpoint());
  const config = configOf(endpoints, { patienceSeconds: 0 }, { strategy: 'roundRobin' });
  return { proxy: await startProxy(t, config), upstreams };
}

test('a conversation is known by each of its names', async (t) => {
  const { proxy } = await threeInTurn(t);

  for (const [source, optionsFor] of Object.entries(sources)) {
    const ids = Array.from({ length: 3 }, () => randomUUID());
    const seen = new Map<string, Set<string>>();
    for (let turn = 0; turn < 4; turn += 1) {
      for (const id of ids) {
        const name = nameIn((await call(proxy, optionsFor(id))).text);
        seen.set(id, (seen.get(id) ?? new Set()).add(name));
      }
    }
    assert.ok(
      [...seen.values()].every((names) => names.size === 1),
      `by ${source} it was at several endpoints`,
    );
    assert.equal(new Set([...seen.values()].flatMap((names) => [...names])).size, 3, source);
  }
});

test('requests of no conversation take turns', async (t) => {
  const { proxy } = await threeInTurn(t);

  const names: string[] = [];
  for (let i = 0; i < 6; i += 1) names.push(nameIn((await call(proxy)).text));

  assert.deepEqual(names.toSorted(), ['a', 'a', 'b', 'b', 'c', 'c']);
});

test('count_tokens and answers in one piece go where the conversation is', async (t) => {
  const { proxy } = await threeInTurn(t);
  await call(proxy);
  const headers = conversation('mine');

  const name = nameIn((await call(proxy, { headers })).text);
  await call(proxy);
  for (const path of ['/v1/messages/count_tokens', '/v1/messages', '/v1/messages/count_tokens']) {
    assert.equal(nameIn((await call(proxy, { headers, path })).text), name);
  }
});

test('with affinityHours 0 no conversation is bound', async (t) => {
  const upstreams = await Promise.all(['a', 'b'].map((name) => startUpstream(t, asMessage(name))));
  const endpoints = upstreams.map((upstream) => upstream.endpoint());
  const routing = { patienceSeconds: 0, affinityHours: 0 };
  const proxy = await startProxy(t, configOf(endpoints, routing, { strategy: 'roundRobin' }));

  for (let i = 0; i < 4; i += 1) await call(proxy, { headers: conversation('mine') });

  assert.deepEqual(
    upstreams.map((upstream) => upstream.requests.length),
    [2, 2],
  );
});

test('a conversation is bound where it was served, not where it was refused', async (t) => {
  const e1 = await startUpstream(t, [(exchange) => exchange.reset(), answers('first')]);
  const e2 = await startUpstream(t, asMessage('b'));
  const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], { patienceSeconds: 0 }));

  for (let i = 0; i < 3; i += 1) {
    assert.equal(nameIn((await call(proxy, { headers: conversation('mine') })).text), 'b');
  }
  assert.equal(e1.requests.length, 1);
});
