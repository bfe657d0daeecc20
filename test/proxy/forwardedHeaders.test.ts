import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type CallOptions, call } from '../support/proxyClient.ts';
import { connectRaw } from '../support/rawConnection.ts';
import { type ReceivedRequest, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { plainResponse, smallMessage } from '../support/wire.ts';

/** Sends one request and returns it as the upstream received it. */
async function forwarded(
  t: TestContext,
  options: CallOptions = {},
  fields: Record<string, unknown> = {},
): Promise<ReceivedRequest & { key: string }> {
  const upstream = await startUpstream(t, (exchange) => exchange.send(plainResponse('200 OK', '{}')));
  const endpoint = upstream.endpoint(fields);
  const proxy = await startProxy(t, configOf([endpoint]));
  const answer = await call(proxy, options);
  assert.equal(answer.status, 200);
  const [received] = upstream.requests;
  assert.ok(received);
  return { ...received, key: endpoint.apiKey };
}

/** Sends one request, has it answered with these header lines, and returns what of them the client sees. */
async function returned(t: TestContext, lines: readonly string[]): Promise<readonly string[]> {
  const upstream = await startUpstream(t, (exchange) => exchange.send(plainResponse('200 OK', '{}', lines)));
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));
  return (await call(proxy)).rawHeaders;
}

test('the query is passed on as text, never resolved', async (t) => {
  const query = '?beta=true&x=%2e%2e%2f&y=../../z&u=http://evil/&a=1&a=2&@&%zz';
  const received = await forwarded(t, { path: `/v1/messages${query}` });
  assert.equal(received.target, `/v1/messages${query}`);
});

test('the path of a base URL comes before the route', async (t) => {
  const upstream = await startUpstream(t, (exchange) => exchange.send(plainResponse('200 OK', '{}')));
  const baseUrl = `${upstream.url}/relay/anthropic/v1/`;
  const proxy = await startProxy(t, configOf([upstream.endpoint({ baseUrl })]));

  await call(proxy, { path: '/v1/messages/count_tokens?beta=true' });

  assert.equal(upstream.requests[0]?.target, '/relay/anthropic/v1/messages/count_tokens?beta=true');
});

test('the headers of a client keep their order, spelling and repetitions', async (t) => {
  const headers = [
    'X-Zeta',
    '1',
    'anthropic-beta',
    'a,b',
    'X-App',
    'cli',
    'x-zeta',
    '2',
    'USER-Agent',
    'ü/1',
  ];
  const received = await forwarded(t, { headers });
  const sent = new Set(['x-zeta', 'anthropic-beta', 'x-app', 'user-agent']);
  const kept = received.rawHeaders.filter((_, i) =>
    sent.has(received.rawHeaders[i - (i % 2)]?.toLowerCase() ?? ''),
  );
  assert.deepEqual(kept, headers);
});

test('headers named like members of an object are headers like any other', async (t) => {
  const received = await forwarded(t, { headers: ['constructor', 'a', 'toString', 'b', '__proto__', 'c'] });
  assert.deepEqual(received.values('constructor'), ['a']);
  assert.deepEqual(received.values('tostring'), ['b']);
  assert.deepEqual(received.values('__proto__'), ['c']);
});

test('headers of the connection and those it lists do not reach the upstream', async (t) => {
  const upstream = await startUpstream(t, (exchange) => exchange.send(plainResponse('200 OK', '{}')));
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));
  const connection = await connectRaw(proxy.port);
  connection.send(
    [
      'POST /v1/messages HTTP/1.1',
      `Host: localhost:${proxy.port}`,
      `Authorization: Bearer ${proxy.token}`,
      'Content-Type: application/json',
      `Content-Length: ${smallMessage.length}`,
      'Connection: keep-alive, X-Private',
      'Connection: x-other',
      'X-Private: 1',
      'X-Other: 2',
      'Keep-Alive: timeout=5',
      'TE: trailers',
      'Trailer: x-end',
      'Proxy-Authorization: Basic abc',
      'Proxy-Connection: keep-alive',
      'Proxy-Anything: 1',
      'X-Public: 3',
      '',
      smallMessage,
    ].join('\r\n'),
  );
  assert.equal(await connection.status(), 200);
  connection.socket.destroy();

  const received = upstream.requests[0];
  const names = received?.rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()) ?? [];
  for (const name of ['x-private', 'x-other', 'keep-alive', 'te', 'trailer'])
    assert.ok(!names.includes(name), name);
  assert.deepEqual(
    names.filter((name) => name.startsWith('proxy-')),
    [],
  );
  assert.deepEqual(received?.values('x-public'), ['3']);
});

test('credentials and cookies of a client do not reach the upstream', async (t) => {
  const headers = ['Authorization', 'Bearer of-somebody-else', 'X-Api-Key', 'another', 'Cookie', 'a=b'];
  const received = await forwarded(t, { headers });
  assert.deepEqual(received.values('x-api-key'), [received.key]);
  assert.deepEqual(received.values('authorization'), [`Bearer ${received.key}`]);
  assert.deepEqual(received.values('cookie'), []);
});

test('the upstream is addressed by its own name', async (t) => {
  const received = await forwarded(t);
  assert.equal(received.values('host').length, 1);
  assert.match(received.values('host')[0] ?? '', /^127\.0\.0\.1:\d+$/);
});

test('a version is added when the client sends none', async (t) => {
  const received = await forwarded(t);
  assert.deepEqual(received.values('anthropic-version'), ['2023-06-01']);
});

test('the version of the client is left alone', async (t) => {
  const received = await forwarded(t, { headers: ['Anthropic-Version', '2026-10-21'] });
  assert.deepEqual(received.values('anthropic-version'), ['2026-10-21']);
});

for (const [auth, apiKey, expected] of [
  ['auto', 'sk-plain', { 'x-api-key': ['sk-plain'], authorization: ['Bearer sk-plain'] }],
  ['x-api-key', 'sk-plain', { 'x-api-key': ['sk-plain'], authorization: [] }],
  ['bearer', 'sk-plain', { 'x-api-key': [], authorization: ['Bearer sk-plain'] }],
  ['both', 'sk-plain', { 'x-api-key': ['sk-plain'], authorization: ['Bearer sk-plain'] }],
  ['auto', 'sk-ant-oat01-x', { 'x-api-key': [], authorization: ['Bearer sk-ant-oat01-x'] }],
] as const) {
  test(`with auth "${auth}" a key like ${apiKey} is sent in ${JSON.stringify(Object.keys(expected))}`, async (t) => {
    const received = await forwarded(t, {}, { auth, apiKey });
    const sent = {
      'x-api-key': received.values('x-api-key'),
      authorization: received.values('authorization'),
    };
    assert.deepEqual(sent, expected);
  });
}

for (const [sent, expected] of [
  [[], ['oauth-2025-04-20']],
  [['anthropic-beta', 'a,b'], ['a,b,oauth-2025-04-20']],
  [['anthropic-beta', 'a, oauth-2025-04-20 ,b'], ['a, oauth-2025-04-20 ,b']],
] as const) {
  test(`an OAuth token turns the betas ${JSON.stringify(sent)} into ${JSON.stringify(expected)}`, async (t) => {
    const received = await forwarded(t, { headers: sent }, { apiKey: 'sk-ant-oat01-x' });
    assert.deepEqual(received.values('anthropic-beta'), expected);
  });
}

test('an OAuth beta in a second header is not added again', async (t) => {
  const headers = ['anthropic-beta', 'a', 'anthropic-beta', 'oauth-2025-04-20'];
  const received = await forwarded(t, { headers }, { apiKey: 'sk-ant-oat01-x' });
  assert.equal(received.values('anthropic-beta').join().split('oauth-2025-04-20').length, 2);
});

test('configured headers are added and win over those of the client', async (t) => {
  const headers = { 'X-Group': 'premium', 'anthropic-version': '2024-01-01', 'User-Agent': 'mine' };
  const received = await forwarded(t, { headers: ['user-agent', 'theirs', 'x-group', 'a'] }, { headers });
  assert.deepEqual(received.values('x-group'), ['premium']);
  assert.deepEqual(received.values('anthropic-version'), ['2024-01-01']);
  assert.deepEqual(received.values('user-agent'), ['mine']);
});

test('configured headers cannot replace the key, the host or the framing', async (t) => {
  const headers = {
    'X-Api-Key': 'other',
    Authorization: 'Basic x',
    Host: 'evil.example',
    'Content-Length': '1',
    'Transfer-Encoding': 'chunked',
    Connection: 'close',
  };
  const received = await forwarded(t, {}, { headers });
  assert.deepEqual(received.values('x-api-key'), [received.key]);
  assert.deepEqual(received.values('authorization'), [`Bearer ${received.key}`]);
  assert.notDeepEqual(received.values('host'), ['evil.example']);
  assert.deepEqual(received.values('transfer-encoding'), []);
  assert.equal(received.body.toString(), smallMessage);
});

test('the headers of an upstream keep their order, spelling and repetitions', async (t) => {
  const lines = [
    'X-Zeta: 1',
    'Request-Id: req_1',
    'x-zeta: 2',
    'Anthropic-Organization-Id: ü',
    'Date: today',
  ];
  const seen = await returned(t, lines);
  const pairs = seen.flatMap((value, i) => (i % 2 === 0 ? [`${value}: ${seen[i + 1]}`] : []));
  assert.deepEqual(
    pairs.filter((pair) => !/^(content-length|connection|keep-alive):/i.test(pair)),
    lines,
  );
});

test('headers of the connection, cookies and permissions of an upstream do not reach the client', async (t) => {
  const seen = await returned(t, [
    'Connection: keep-alive, X-Private',
    'X-Private: 1',
    'Keep-Alive: timeout=1234',
    'Proxy-Authenticate: Basic',
    'Trailer: x',
    'Upgrade: h2c',
    'Set-Cookie: a=b',
    'Set-Cookie2: a=b',
    'Alt-Svc: h3=":443"',
    'Clear-Site-Data: "*"',
    'Access-Control-Allow-Origin: *',
    'Access-Control-Allow-Credentials: true',
    'Access-Control-Expose-Headers: *',
    'X-Public: 1',
  ]);
  const names = seen.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  // "connection" and "keep-alive" are those of our own connection to the client.
  assert.deepEqual(names.toSorted(), ['connection', 'content-length', 'x-public'].toSorted());
});
