import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import fc from 'fast-check';
import { admit, type FrontDoorRules } from '../../src/proxy/frontDoor.ts';

/** The parts of a request that the front door looks at. */
interface Head {
  readonly method?: string;
  readonly url?: string;
  readonly httpVersion?: string;
  readonly rawHeaders?: readonly string[];
}

const rules: FrontDoorRules = { port: 7860, token: 'secret' };
const good = ['Host', '127.0.0.1:7860', 'x-api-key', 'secret', 'content-type', 'application/json'];

function decide(head: Head, changed: Partial<FrontDoorRules> = {}) {
  const request = { method: 'POST', url: '/v1/messages', httpVersion: '1.1', rawHeaders: good, ...head };
  return admit(request as IncomingMessage, { ...rules, ...changed });
}

for (const [method, url, route] of [
  ['POST', '/v1/messages', 'messages'],
  ['POST', '/v1/messages/count_tokens', 'countTokens'],
  ['GET', '/v1/models', 'models'],
  ['HEAD', '/', 'probe'],
  ['HEAD', '/api/hello', 'hello'],
] as const) {
  test(`${method} ${url} is the route ${route}`, () => {
    const request = { method, path: url, route, query: '' };
    assert.deepEqual(decide({ method, url }), { ok: true, request });
  });
}

test('GET /v1/queue/<id> asks for the answer to a kept request, whatever its query', () => {
  for (const url of ['/v1/queue/a-Z_9', '/v1/queue/a-Z_9?x=/v1/messages']) {
    assert.deepEqual(decide({ method: 'GET', url }), {
      ok: true,
      request: { route: 'keptAnswer', id: 'a-Z_9' },
    });
  }
});

test('answers to kept requests are asked for like everything else', () => {
  const head = { method: 'GET', url: '/v1/queue/x' };
  const host = ['host', 'localhost:7860'];
  for (const [rawHeaders, refusal] of [
    [host, 'badToken'],
    [['host', 'evil', 'x-api-key', 'secret'], 'wrongHost'],
    [[...good, 'origin', 'https://evil.example'], 'browserRequest'],
  ] as const) {
    assert.deepEqual(decide({ ...head, rawHeaders }), { ok: false, refusal });
  }
});

test('only GET and the id of a request lead to an answer', () => {
  const long = 'x'.repeat(65);
  for (const url of [
    '/v1/queue',
    '/v1/queue/',
    '/v1/queue/a/b',
    '/v1/queue/..',
    '/v1/queue/%61',
    `/v1/queue/${long}`,
  ]) {
    assert.deepEqual(decide({ method: 'GET', url }), { ok: false, refusal: 'unknownRoute' });
  }
  for (const method of ['POST', 'HEAD', 'DELETE']) {
    assert.deepEqual(decide({ method, url: '/v1/queue/x' }), { ok: false, refusal: 'unknownRoute' });
  }
});

test('the query is handed on with its question mark', () => {
  const request = { method: 'POST', path: '/v1/messages', route: 'messages', query: '?beta=true?&x' };
  assert.deepEqual(decide({ url: '/v1/messages?beta=true?&x' }), { ok: true, request });
});

test('whatever the target, the path that goes on is one of the routes', () => {
  const paths = new Set(['/v1/messages', '/v1/messages/count_tokens', '/v1/models', '/', '/api/hello']);
  const part = fc.constantFrom(
    '/',
    'v1',
    'messages',
    '..',
    '.',
    '%2f',
    '@',
    '?',
    '#',
    '\\',
    ';',
    'evil',
    ':',
    'http:',
  );
  const target = fc.oneof(
    fc.array(part).map((parts) => parts.join('')),
    fc.string(),
  );
  fc.assert(
    fc.property(target, fc.constantFrom('POST', 'GET', 'HEAD'), (url, method) => {
      const result = decide({ url, method });
      if (!result.ok || result.request.route === 'keptAnswer') return;
      assert.ok(paths.has(result.request.path));
      assert.equal(result.request.path + result.request.query, url);
    }),
  );
});

test('reasons are looked at in a fixed order, so that each tells as little as it can', () => {
  const everything = {
    method: 'PUT',
    url: 'x',
    httpVersion: '1.0',
    rawHeaders: ['host', 'evil', 'origin', 'x'],
  };
  const order = [
    [everything, 'browserRequest'],
    [{ ...everything, rawHeaders: ['host', 'evil'] }, 'badTarget'],
    [{ method: 'PUT', url: '/x', rawHeaders: ['host', 'evil'] }, 'wrongHost'],
    [{ method: 'PUT', url: '/x', rawHeaders: ['host', 'localhost:7860'] }, 'badToken'],
    [{ method: 'PUT', url: '/x' }, 'unknownRoute'],
    [{ rawHeaders: good.slice(0, 4) }, 'notJson'],
  ] as const;
  for (const [head, refusal] of order) assert.deepEqual(decide(head), { ok: false, refusal });
});

test('the token that counts is the one of this moment', () => {
  assert.equal(decide({}, { token: 'rotated' }).ok, false);
  assert.equal(
    decide({ rawHeaders: ['host', 'localhost:7860', 'content-type', 'application/json'] }, { token: null })
      .ok,
    true,
  );
});

test('tokens that were replaced are as good', () => {
  const formerTokens = ['older', 'secret'];
  assert.equal(decide({}, { token: 'new', formerTokens }).ok, true);
  assert.equal(decide({}, { token: 'new', formerTokens: ['older'] }).ok, false);
  // Nobody asks for any, so none is wrong either.
  assert.equal(decide({}, { token: null, formerTokens: [] }).ok, true);
});

test('no other text than the token opens the door', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('x-api-key', 'authorization'), (text, name) => {
      fc.pre(text.trim() !== 'secret');
      const value = name === 'authorization' ? `Bearer ${text}` : text;
      const result = decide({ rawHeaders: ['host', 'localhost:7860', name, value] });
      assert.deepEqual(result, { ok: false, refusal: 'badToken' });
    }),
  );
});

test('the port is part of the name', () => {
  assert.equal(decide({}, { port: 7861 }).ok, false);
});
