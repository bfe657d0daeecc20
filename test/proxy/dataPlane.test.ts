import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { defaultRouting, emptyContents, type PriorityLevel } from '../../src/core/configuration.ts';
import { PortTakenError } from '../../src/proxy/listener.ts';
import { answerOf, answers } from '../support/answers.ts';
import { canaryToken } from '../support/canaries.ts';
import { conversation } from '../support/claudeCode.ts';
import { contentsOf, documentOf } from '../support/contents.ts';
import { gate } from '../support/gate.ts';
import { call, open, request } from '../support/proxyClient.ts';
import { onEnd } from '../support/scope.ts';
import { type ScriptedUpstream, startUpstream } from '../support/scriptedUpstream.ts';
import { testPlane } from '../support/testPlane.ts';
import { waitFor } from '../support/waitFor.ts';
import {
  chunk,
  lastChunk,
  messageEnd,
  messageStart,
  plainResponse,
  streamHead,
  textDelta,
} from '../support/wire.ts';

/** The data plane in this process, so that its configuration can change while it serves. */
async function start(t: TestContext, affinityFile?: string) {
  let token: string | null = canaryToken();
  let published = 0;
  const plane = testPlane({
    token: () => token,
    stateChanged: () => {
      published += 1;
    },
    affinityFile,
  });
  await plane.listen(0);
  onEnd(t, () => plane.drain(0));
  const { history, ...rest } = plane;
  return {
    ...rest,
    records: history,
    port: plane.gateway.port,
    token,
    published: () => published,
    setToken: (to: string | null) => {
      token = to;
    },
    idle: () => waitFor('no request runs', () => plane.gateway.inFlight === 0 || undefined, 10_000, 5),
  };
}

/** The settings of a window that changes nothing, save that it does without checks. */
const unchanged = {
  ...emptyContents.configuration,
  health: { ...emptyContents.configuration.health, enabled: false },
};

/** A first document whose only endpoint is the given one. */
const serving = ({ url, key }: ScriptedUpstream) =>
  documentOf(1, [{ id: 'p', endpoints: [{ id: 'a', baseUrl: url, apiKey: key }] }]);

const ok = plainResponse('200 OK', '{}');

test('a request waits for the configuration of a proxy that has just started', async (t) => {
  const upstream = await startUpstream(t, (exchange) => exchange.send(ok));
  const proxy = await start(t);

  const answer = call(proxy);
  await waitFor('the request is there', () => proxy.gateway.inFlight === 1 || undefined, 10_000, 5);
  proxy.documents.sync(serving(upstream));

  assert.equal((await answer).status, 200);
});

test('a client that leaves while its request waits for the configuration costs no upstream call', async (t) => {
  const upstream = await startUpstream(t, (exchange) => exchange.send(ok));
  const proxy = await start(t);

  const sent = request(proxy);
  sent.on('error', () => undefined);
  await waitFor('the request is there', () => proxy.gateway.inFlight === 1 || undefined, 10_000, 5);
  sent.destroy();
  await proxy.idle();
  proxy.documents.sync(serving(upstream));
  assert.equal((await call(proxy)).status, 200);

  assert.equal(upstream.requests.length, 1);
  assert.equal(proxy.state(0).endpoints.a?.inFlight, 0);
});

test('a new key, address and order act on the next request', async (t) => {
  const first = await startUpstream(t, (exchange) => exchange.send(ok));
  const second = await startUpstream(t, (exchange) => exchange.send(ok));
  const proxy = await start(t);
  const a = { id: 'a', baseUrl: first.url, apiKey: first.key };

  proxy.documents.sync(documentOf(1, [{ id: 'p', endpoints: [a] }]));
  await call(proxy);
  proxy.documents.sync(documentOf(2, [{ id: 'p', endpoints: [{ ...a, apiKey: `${first.key}-rotated` }] }]));
  await call(proxy);
  proxy.documents.sync(
    documentOf(3, [{ id: 'p', endpoints: [{ ...a, baseUrl: second.url, apiKey: second.key }] }]),
  );
  await call(proxy);

  assert.deepEqual(
    [...first.requests, ...second.requests].map((received) => received.values('x-api-key')[0]),
    [first.key, `${first.key}-rotated`, second.key],
  );
});

test('a stream whose endpoint is removed in its middle ends complete', async (t) => {
  const goOn = gate();
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(messageStart + textDelta('a')));
    await goOn.opened;
    await exchange.send(chunk(messageEnd));
    await exchange.send(lastChunk);
  });
  const proxy = await start(t);
  proxy.documents.sync(serving(upstream));

  const stream = await open(proxy);
  await stream.body.through('message_start');
  proxy.documents.change({ basedOn: 'r1', contents: contentsOf([]), cause: 'edit' });
  assert.equal((await call(proxy)).status, 503);
  goOn.open();

  assert.ok((await stream.body.rest()).toString().endsWith(messageEnd));
  assert.equal(await stream.body.finished(), 'clean');
});

test('a rotated token acts on the next request, and the running stream goes on', async (t) => {
  const goOn = gate();
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(messageStart + textDelta('a')));
    await goOn.opened;
    await exchange.send(chunk(messageEnd));
    await exchange.send(lastChunk);
  });
  const proxy = await start(t);
  proxy.documents.sync(serving(upstream));

  const stream = await open(proxy);
  proxy.setToken(canaryToken());
  assert.equal((await call(proxy)).status, 401);
  goOn.open();

  assert.equal(await stream.body.finished(), 'clean');
});

test('the published gauges go up with requests and back to zero, however they end', async (t) => {
  const upstream = await startUpstream(t, [
    (exchange) => exchange.send(ok),
    // On the kept connection, on a fresh one, and after a pause.
    (exchange) => exchange.reset(),
    (exchange) => exchange.reset(),
    (exchange) => exchange.reset(),
    (exchange) => exchange.send(plainResponse('504 Gateway Timeout', '{}', ['x-should-retry: false'])),
    (exchange) => exchange.closed,
  ]);
  const proxy = await start(t);
  proxy.documents.sync(serving(upstream));
  proxy.setOverrides({ ...unchanged, routing: { ...defaultRouting, patienceSeconds: 0 } });

  assert.equal((await call(proxy)).status, 200);
  assert.equal((await call(proxy)).status, 502);
  assert.equal((await call(proxy)).status, 504);
  const sent = request(proxy);
  sent.on('error', () => undefined);
  await upstream.received(6);
  assert.equal(proxy.state(0).inFlight, 1);
  assert.equal(proxy.state(0).endpoints.a?.inFlight, 1);
  sent.destroy();
  await upstream.cutOff(1);
  await proxy.idle();

  const { inFlight, endpoints } = proxy.state(0);
  assert.equal(inFlight, 0);
  const { inFlight: left, requests, failures, failure, hasKey } = endpoints.a ?? {};
  assert.deepEqual({ left, requests, failures, hasKey }, { left: 0, requests: 4, failures: 3, hasKey: true });
  assert.deepEqual({ code: failure?.code, status: failure?.status }, { code: 'errorStatus', status: 504 });
  assert.ok(proxy.published() > 8);
});

test('the published state holds no secret', async (t) => {
  const upstream = await startUpstream(t, (exchange) => exchange.send(ok));
  const proxy = await start(t);
  proxy.documents.sync(
    documentOf(1, [
      {
        id: 'p',
        endpoints: [{ id: 'a', baseUrl: upstream.url, apiKey: upstream.key, headers: { 'x-g': 'canary' } }],
      },
    ]),
  );
  await call(proxy);

  const text = JSON.stringify(proxy.state(1));
  assert.ok(!text.includes(upstream.key) && !text.includes('canary') && !text.includes(proxy.token));
});

test('a port that another holds is said to be taken', async (t) => {
  const first = await start(t);
  const { listen } = testPlane();
  await assert.rejects(listen(first.port), PortTakenError);
});

test('bindings of the last run outlive settings and empty documents that come before the endpoints', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'qcc-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'affinity.json');
  writeFileSync(
    file,
    JSON.stringify({ version: 1, savedAt: Date.now(), bindings: [['a conversation', 'a', 0]] }),
  );
  const upstream = await startUpstream(t, (exchange) => exchange.send(ok));
  const proxy = await start(t, file);

  proxy.documents.sync(null);
  proxy.setOverrides(unchanged);
  proxy.documents.sync(serving(upstream));
  await proxy.drain(0);

  assert.match(readFileSync(file, 'utf8'), /"a conversation","a"/);
});

test('a restart moves no conversation, another active profile those that are not at home in it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'qcc-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'affinity.json');
  const profileOf = async (id: string, priority: PriorityLevel) => {
    const { url, key } = await startUpstream(t, answers(id));
    return { id, priority, endpoints: [{ id: `endpoint-${id}`, baseUrl: url, apiKey: key }] };
  };
  const a = await profileOf('a', 'primary');
  const b = await profileOf('b', 'secondary');
  const c = await profileOf('c', 'fallback');
  const served = async (proxy: Parameters<typeof call>[0]) =>
    (await call(proxy, { headers: conversation('talk') })).text;

  const before = await start(t, file);
  before.documents.sync(documentOf(1, [c, a, b]));
  assert.equal(await served(before), answerOf('c', false));
  await before.drain(0);

  const proxy = await start(t, file);
  // From here on it is a profile to fall back on.
  proxy.documents.sync(documentOf(1, [a, b, c]));
  assert.equal(await served(proxy), answerOf('c', false));
  proxy.documents.sync(documentOf(2, [b, a, c]));
  assert.equal(await served(proxy), answerOf('b', false));
});

test('a request leaves a trace of what was considered, why, and what each attempt met', async (t) => {
  const first = await startUpstream(t, (exchange) =>
    exchange.send(plainResponse('500 Internal Server Error', '{}')),
  );
  const second = await startUpstream(t, (exchange) => exchange.send(ok));
  const proxy = await start(t);
  const endpoints = [
    { id: 'a', baseUrl: first.url, apiKey: first.key },
    { id: 'b', baseUrl: second.url, apiKey: second.key, priority: 2 },
    { id: 'c', enabled: false },
  ];
  proxy.documents.sync(documentOf(1, [{ id: 'p', strategy: 'priority', endpoints }]));

  await call(proxy, { headers: ['x-conversation-id', 'canary-talk'], body: '{"model":"claude-opus-5-5"}' });

  const [trace, ...others] = await proxy.records.requests({ limit: 10 });
  assert.equal(others.length, 0);
  const { route, model, outcome, status, steps } = trace ?? {};
  assert.deepEqual(
    { route, model, outcome, status },
    {
      route: 'messages',
      model: 'claude-opus-5-5',
      outcome: 'served',
      status: 200,
    },
  );
  assert.deepEqual(
    steps?.map((step) =>
      step.kind === 'attempt'
        ? [step.endpointId, step.reason, step.outcome, step.status, step.row, step.considered]
        : step.kind,
    ),
    [
      ['a', 'strategy', 'failed', 500, 'serverError', { a: 'ready', b: 'ready', c: 'disabled' }],
      ['b', 'strategy', 'served', 200, undefined, { a: 'tried', b: 'ready', c: 'disabled' }],
    ],
  );
  assert.ok(!JSON.stringify(trace).includes('canary'));
});

test('a request costs what the settings of the window say, and the limits that its answer tells are published', async (t) => {
  const answer = messageStart + textDelta('ok') + messageEnd;
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(
      streamHead.replace('\r\n\r\n', '\r\nanthropic-ratelimit-requests-remaining: 7\r\n\r\n'),
    );
    await exchange.send(chunk(answer));
    await exchange.send(lastChunk);
  });
  const proxy = await start(t);
  proxy.documents.sync(serving(upstream));
  proxy.setOverrides({ ...unchanged, usage: { prices: { 'house-model': { input: 1e6, output: 0 } } } });

  await call(proxy, { body: '{"model":"house-model","stream":true}' });

  const [record] = await proxy.records.requests({ limit: 1 });
  assert.ok(record?.usage && record.usage.input > 0, 'the answer tells its tokens');
  assert.equal(record.cost, record.usage.input);
  assert.deepEqual(
    proxy.state(1).endpoints.a?.quota.map(({ name, remaining }) => [name, remaining]),
    [['requests', 7]],
  );
});
