import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGuardedProxy } from '../support/guardedProxy.ts';
import { apiError, call } from '../support/proxyClient.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';

const { proxy, upstream, refuses, serves, headers } = await startGuardedProxy({ after });
const post = 'POST /v1/messages HTTP/1.1';
const { token } = proxy;

/** The credentials in place of the good one. */
const showing = (...lines: string[]): string[] => [post, ...headers({ 'X-Api-Key': undefined }), ...lines];

for (const [what, ...lines] of [
  ['in x-api-key', `x-api-key: ${token}`],
  ['as a bearer token', `Authorization: Bearer ${token}`],
  ['as a bearer token in other spelling', `AUTHORIZATION: bearer   ${token} `],
  ['in both places', `x-api-key: ${token}`, `Authorization: Bearer ${token}`],
  ['as a bearer token beside another key', 'x-api-key: sk-other', `Authorization: Bearer ${token}`],
  ['in x-api-key beside another bearer token', `x-api-key: ${token}`, 'Authorization: Bearer other'],
  ['in x-api-key beside Basic', `x-api-key: ${token}`, 'Authorization: Basic dTpw'],
  ['in the second of two x-api-key', 'x-api-key: other', `x-api-key: ${token}`],
] as const) {
  test(`the token opens the door ${what}`, () => serves(showing(...lines)));
}

for (const [what, ...lines] of [
  ['is missing'],
  ['is empty', 'x-api-key: ', 'Authorization: Bearer '],
  ['is too short', `x-api-key: ${token.slice(0, -1)}`],
  ['is too long', `x-api-key: ${token}x`],
  ['has another case', `x-api-key: ${token.toUpperCase()}`],
  ['is wrong twice', 'x-api-key: one', 'Authorization: Bearer two'],
  ['comes as Basic', `Authorization: Basic ${Buffer.from(`x:${token}`).toString('base64')}`],
  ['comes without its scheme', `Authorization: ${token}`],
  ['comes in a list', `x-api-key: other, ${token}`],
  ['comes as a cookie', `Cookie: x-api-key=${token}; token=${token}`],
  ['comes in another header', `Proxy-Authorization: Bearer ${token}`, `x-auth-token: ${token}`],
] as const) {
  test(`the door stays shut when the token ${what}`, () => refuses(401, showing(...lines)));
}

test('the token does not count in the query', () =>
  refuses(401, [
    `POST /v1/messages?x-api-key=${token}&token=${token} HTTP/1.1`,
    ...headers({ 'X-Api-Key': undefined }),
  ]));

for (const line of ['GET /v1/models', 'POST /v1/messages/count_tokens', 'HEAD /', 'POST /metrics', 'GET /']) {
  test(`${line} needs the token`, () =>
    refuses(401, [`${line} HTTP/1.1`, ...headers({ 'X-Api-Key': undefined })]));
}

test('the refusal has the shape of the API and repeats nothing', async () => {
  const answer = await call(proxy, { withToken: false, headers: ['x-api-key', 'sk-guess'] });

  assert.equal(answer.status, 401);
  assert.equal(apiError(answer).type, 'authentication_error');
  assert.ok(!answer.text.includes('sk-guess'));
  assert.ok(!answer.text.includes(token));
});

test('a warm-up without the token is answered and says nothing', async () => {
  const before = upstream.requests.length;
  const answer = await call(proxy, { method: 'HEAD', path: '/api/hello', withToken: false });

  assert.equal(answer.status, 200);
  assert.equal(answer.bytes.length, 0);
  assert.equal(upstream.requests.length, before);
});

test('HEAD / is answered without asking anybody', async () => {
  const before = upstream.requests.length;
  assert.equal((await call(proxy, { method: 'HEAD', path: '/' })).status, 200);
  assert.equal(upstream.requests.length, before);
});

test('GET /v1/models is passed on without a body', async () => {
  const before = upstream.requests.length;
  const answer = await call(proxy, { method: 'GET', path: '/v1/models?limit=1000' });

  assert.equal(answer.status, 200);
  const request = upstream.requests[before];
  assert.equal(`${request?.method} ${request?.target}`, 'GET /v1/models?limit=1000');
  assert.deepEqual(request?.values('content-length'), []);
});

test('without a token to show, every credential is accepted and none is passed on', async (t) => {
  const open = await startProxy(t, configOf([upstream.endpoint()]), { args: ['--no-token'] });
  const before = upstream.requests.length;

  const answer = await call(open, { withToken: false, headers: ['x-api-key', 'sk-of-the-client'] });

  assert.equal(answer.status, 200);
  assert.deepEqual(upstream.requests[before]?.values('x-api-key'), [upstream.key]);
});

for (const type of [
  undefined,
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/jsonp',
  'text/json',
  'text/plain; application/json',
]) {
  test(`a body of type ${type} is refused`, () => refuses(415, [post, ...headers({ 'Content-Type': type })]));
}

test('a body of two types is refused', () => refuses(415, [post, ...headers(), 'Content-Type: text/plain']));

for (const type of ['application/json; charset=utf-8', 'Application/JSON', 'application/json ;x=y']) {
  test(`a body of type ${type} is accepted`, () => serves([post, ...headers({ 'Content-Type': type })]));
}
