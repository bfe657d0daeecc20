import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { describe, test } from 'node:test';
import { bodyFor, type ClientRequest, goesOnByItself, queryOf } from '../../src/proxy/clientRequest.ts';
import { RequestBody } from '../../src/proxy/requestBody.ts';
import { RequestScanner } from '../../src/proxy/requestScan.ts';
import { claudeCodeHeaders } from '../support/claudeCode.ts';
import { contentsOf, endpointOf } from '../support/contents.ts';

interface Sketch {
  readonly headers?: readonly string[];
  /** The body's text; null for none. */
  readonly body?: string | null;
  readonly route?: ClientRequest['admitted']['route'];
  readonly isReplay?: boolean;
}

function requestOf({
  headers = [],
  body = '{}',
  route = 'messages',
  isReplay = false,
}: Sketch): ClientRequest {
  const request = new http.IncomingMessage(new net.Socket());
  request.rawHeaders = [...headers];
  return {
    id: 'r',
    receivedAt: 0,
    admitted: { route, method: 'POST', path: '/v1/messages', query: '' },
    request,
    response: new http.ServerResponse(request),
    body: body === null ? null : bodyOf(body),
    isReplay,
  };
}

function bodyOf(text: string): RequestBody {
  const bytes = Buffer.from(text);
  const pieces = [bytes.subarray(0, 5), bytes.subarray(5)];
  const scanner = new RequestScanner();
  for (const piece of pieces) scanner.push(piece);
  return new RequestBody(pieces, bytes.length, scanner.end());
}

const conversationOf = (sketch: Sketch): string | undefined => queryOf(requestOf(sketch)).conversation;

describe('what decides where a request may go', () => {
  test('is its route and its model', () => {
    const { route, model } = queryOf(requestOf({ route: 'countTokens', body: '{"model":"claude-x"}' }));
    assert.deepEqual([route, model], ['countTokens', 'claude-x']);
  });

  test('is no model and no conversation where there is no body', () => {
    assert.deepEqual(queryOf(requestOf({ body: null, route: 'models' })), {
      route: 'models',
      model: undefined,
      conversation: undefined,
    });
  });

  test('is its conversation, in a form that does not tell its name', () => {
    const conversation = conversationOf({ headers: ['x-conversation-id', 'secret-name'] });
    assert.match(conversation ?? '', /^[A-Za-z0-9_-]{22}$/);
  });

  test('is the same conversation each time, however the header is spelled', () => {
    const once = conversationOf({ headers: ['x-claude-code-session-id', 's1'] });
    assert.equal(conversationOf({ headers: ['X-Claude-Code-Session-Id', 's1'] }), once);
    assert.notEqual(conversationOf({ headers: ['x-claude-code-session-id', 's2'] }), once);
  });

  test('is a conversation of its own for each agent of a session', () => {
    const session = ['x-claude-code-session-id', 's1'];
    const main = conversationOf({ headers: session });
    const agent = conversationOf({ headers: [...session, 'x-claude-code-agent-id', 'a1'] });
    assert.notEqual(agent, main);
  });

  test('is the conversation that the body names where no header does', () => {
    const named = conversationOf({ body: '{"conversation_id":"c1"}' });
    assert.notEqual(named, undefined);
    assert.equal(conversationOf({ body: '{"model":"x","conversation_id":"c1"}' }), named);
  });
});

describe('a client goes on by itself', () => {
  test('when it is Claude Code in a conversation', () => {
    assert.equal(goesOnByItself(requestOf({ headers: claudeCodeHeaders() })), true);
  });

  test('when it does not say what the request is for, but sends tools', () => {
    const headers = ['user-agent', 'claude-cli/2.1.0'];
    assert.equal(goesOnByItself(requestOf({ headers, body: '{"tools":[{"name":"x"}]}' })), true);
    assert.equal(goesOnByItself(requestOf({ headers, body: '{"tools":[]}' })), false);
  });

  test('not when it is another one', () => {
    assert.equal(goesOnByItself(requestOf({ headers: ['user-agent', 'anthropic-sdk/1.0'] })), false);
  });

  test('not when its request is tried again without it', () => {
    assert.equal(goesOnByItself(requestOf({ headers: claudeCodeHeaders(), isReplay: true })), false);
  });

  test('not when there is no body', () => {
    assert.equal(goesOnByItself(requestOf({ headers: claudeCodeHeaders(), body: null })), false);
  });
});

describe('the body for an endpoint', () => {
  const text = '{"model":"claude-x","messages":[{"content":"claude-x äöü"}]}';

  /** The body as an endpoint with this map of models gets it. */
  function sent(modelMap: Readonly<Record<string, string>>, body: string = text) {
    const { configuration } = contentsOf([{ id: 'p', endpoints: [{ id: 'e', modelMap }] }]);
    const [profile] = configuration.profiles;
    assert.ok(profile);
    const candidate = { profile, endpoint: endpointOf({ id: 'e', modelMap }), level: 0 };
    const found = bodyFor(requestOf({ body }), candidate);
    assert.ok(found);
    return { length: found.length, text: Buffer.concat([...found.pieces()]).toString() };
  }

  test('is the one that came, byte by byte', () => {
    assert.deepEqual(sent({}), { length: Buffer.byteLength(text), text });
  });

  test('has the name that the model has there, and nothing else changed', () => {
    const mapped = text.replace('claude-x', 'relay/x');
    assert.deepEqual(sent({ 'claude-x': 'relay/x' }), { length: Buffer.byteLength(mapped), text: mapped });
  });

  test('has the right length with a name that has to be escaped, or is not in ASCII', () => {
    const name = 'a"b\\ü';
    const { length, text: mapped } = sent({ 'claude-x': name });
    assert.equal(length, Buffer.byteLength(mapped));
    assert.equal(JSON.parse(mapped).model, name);
  });

  test('is the one that came when the model is mapped to itself, or is not named', () => {
    assert.equal(sent({ 'claude-x': 'claude-x' }).text, text);
    assert.equal(sent({ 'claude-x': 'relay/x' }, '{"max_tokens":1}').text, '{"max_tokens":1}');
  });

  test('is none when none came', () => {
    const { configuration } = contentsOf([{ id: 'p', endpoints: [{ id: 'e' }] }]);
    const [profile] = configuration.profiles;
    assert.ok(profile);
    const candidate = { profile, endpoint: endpointOf({ id: 'e' }), level: 0 };
    assert.equal(bodyFor(requestOf({ body: null }), candidate), null);
  });
});

test('a request for a summary of the conversation is not one after which the client goes on by itself', () => {
  const body = JSON.stringify({
    messages: [
      { role: 'user', content: 'Your task is to create a detailed summary of the conversation so far' },
    ],
    tools: [{ name: 'Read' }],
  });
  const headers = ['user-agent', 'claude-cli/2.1.240 (external, cli)'];

  assert.equal(goesOnByItself(requestOf({ headers, body })), false);
  assert.equal(goesOnByItself(requestOf({ headers, body: body.replace('summary', 'story') })), true);
  // Where the client says what it is, its words do not matter: they may be quoted.
  const named = [...headers, 'x-claude-code-request-class', 'main'];
  assert.equal(goesOnByItself(requestOf({ headers: named, body })), true);
});

test('the words are found across the pieces of a body', () => {
  const text = 'some words that are looked for';
  for (let at = 0; at <= text.length; at += 1) {
    for (const second of [at, Math.min(at + 2, text.length)]) {
      const pieces = [text.slice(0, at), text.slice(at, second), text.slice(second)].map((part) =>
        Buffer.from(part),
      );
      const body = new RequestBody(pieces, text.length, new RequestScanner().end());
      assert.equal(body.includes('words that'), true, `cut at ${at} and ${second}`);
      assert.equal(body.includes('words than'), false);
    }
  }
});
