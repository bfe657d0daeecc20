import assert from 'node:assert/strict';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import {
  CancellationTokenSource,
  createMessageConnection,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import {
  checkRequest,
  chooseRequest,
  controlProtocolVersion,
  helloRequest,
  syncRequest,
  type TrialParams,
  tryEndpointRequest,
} from '../../src/protocol/control.ts';
import {
  checksRequest,
  requestsRequest,
  seriesRequest,
  switchesRequest,
  timelineRequest,
  totalsRequest,
  traceRequest,
} from '../../src/protocol/history.ts';
import { controlAddress, openHome } from '../../src/protocol/home.ts';
import { proveAsWindow } from '../../src/protocol/proof.ts';
import {
  type QueueItemState,
  queueListRequest,
  queueResultRequest,
  queueRetryRequest,
} from '../../src/protocol/queue.ts';
import { answers, refuses } from '../support/answers.ts';
import { contentsOf, documentOf } from '../support/contents.ts';
import { freePort, LinkedWindow, temporaryHome } from '../support/linkedWindow.ts';
import { honest } from '../support/lyingEndpoints.ts';
import { call } from '../support/proxyClient.ts';
import { onEnd } from '../support/scope.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { waitFor } from '../support/waitFor.ts';

/*
 * What a window can ask, over the control connection of a running proxy.
 */

/** An endpoint that serves and can be checked, behind a proxy that a window has started. */
async function start(t: TestContext, requests: Script = answers('Hello')) {
  const upstream = await startUpstream(t, (exchange) => {
    const isCheck = /^qcc-health-check\//.test(exchange.request.values('user-agent')[0] ?? '');
    return (isCheck ? honest : requests)(exchange);
  });
  const home = temporaryHome();
  const port = await freePort();
  const document = documentOf(1, [
    { id: 'p', name: 'profile', endpoints: [{ id: 'e1', baseUrl: upstream.url, apiKey: upstream.key }] },
  ]);
  const window = new LinkedWindow({ home: home.folder, port, store: { document, saves: 0 } });
  window.overrides = { ...window.overrides, health: { ...window.overrides.health, enabled: false } };
  window.routing = { ...window.routing, patienceSeconds: 0 };
  window.link.start(true);
  await window.proxyPid();
  onEnd(t, async () => {
    await window.link.stop();
    await window.link.dispose();
    home.remove();
  });
  const { token } = openHome(home.folder);
  return { upstream, window, home: home.folder, port, client: { port, token } };
}

/** A conversation with the proxy, with a lease unless the test wants to come less far. */
async function converse(
  t: TestContext,
  { home, port, window }: { home: string; port: number; window: LinkedWindow },
  until: 'proof' | 'hello' | 'lease' = 'lease',
): Promise<MessageConnection> {
  const folder = openHome(home);
  const socket = net.connect(controlAddress(folder, port));
  onEnd(t, () => socket.destroy());
  await proveAsWindow(socket, { secret: folder.installSecret, port, timeoutMs: 3_000 });
  const connection = createMessageConnection(socket, socket);
  connection.listen();
  if (until === 'proof') return connection;
  await connection.sendRequest(helloRequest, {
    protocol: controlProtocolVersion,
    version: '0.0.0',
    queueKey: null,
    logSince: 0,
    network: { proxyUrl: null, noProxy: [], strictSsl: true, systemCertificates: false },
    requireToken: true,
    port,
    routing: window.routing,
    ...window.overrides,
  });
  if (until === 'lease') await connection.sendRequest(syncRequest, null);
  return connection;
}

const today = () => ({ from: Date.now() - 3_600_000, to: Date.now() + 60_000 });

test('a request that was served is told with its trace, in the sums and in the series', async (t) => {
  const proxy = await start(t);
  const { status } = await call(proxy.client, { body: '{"model":"claude-sonnet-5-5","stream":true}' });
  assert.equal(status, 200);
  const ask = await converse(t, proxy);

  const [record, ...others] = await ask.sendRequest(requestsRequest, { limit: 10 });
  assert.ok(record);
  assert.deepEqual(others, []);
  assert.deepEqual([record.model, record.outcome, record.steps.length], ['claude-sonnet-5-5', 'served', 1]);
  assert.ok(record.usage && record.usage.output > 0, 'its tokens are counted');
  assert.ok(record.cost !== null && record.cost > 0, 'and priced');
  assert.deepEqual(await ask.sendRequest(traceRequest, record.requestId), record);
  assert.equal(await ask.sendRequest(traceRequest, 'req_unknown'), null);

  const totals = await ask.sendRequest(totalsRequest, today());
  assert.deepEqual([totals.all.requests, totals.all.served], [1, 1]);
  assert.deepEqual(totals.all.usage, record.usage);
  assert.deepEqual(
    totals.byEndpoint.map(({ endpointId, requests }) => [endpointId, requests]),
    [['e1', 1]],
  );
  const { points } = await ask.sendRequest(seriesRequest, { ...today(), endpointId: 'e1' });
  assert.equal(
    points.reduce((sum, { requests }) => sum + requests, 0),
    1,
  );
});

test('a check by hand is told with its result, and kept', async (t) => {
  const proxy = await start(t);
  const ask = await converse(t, proxy);

  const record = await ask.sendRequest(checkRequest, 'e1');
  assert.ok(record);
  assert.deepEqual([record.class, record.manual], ['passed', true]);
  assert.ok(record.tokens > 0 && record.tokens < 50, `${record.tokens} tokens`);
  assert.deepEqual(await ask.sendRequest(checksRequest, { endpointId: 'e1', limit: 10 }), [record]);
  assert.equal(await ask.sendRequest(checkRequest, 'nobody'), null);
});

test('what happens to endpoints and profiles is told', async (t) => {
  const proxy = await start(t, refuses('401 Unauthorized', 'authentication_error'));
  await call(proxy.client);
  const ask = await converse(t, proxy);

  const { standings, switches } = await ask.sendRequest(timelineRequest, today());
  assert.deepEqual(
    standings.map(({ endpointId, from, to, reason }) => [endpointId, from, to, reason]),
    [['e1', 'healthy', 'quarantined', 'keyRefused']],
  );
  assert.deepEqual(switches, []);
  await proxy.window.link.edit(() => ({
    ok: true,
    contents: contentsOf([{ id: 'q', name: 'other' }]),
  }));
  const told = await ask.sendRequest(switchesRequest, null);
  assert.deepEqual(
    told.map(({ fromName, toName, reason }) => [fromName, toName, reason]),
    [['profile', 'other', 'manual']],
  );
});

test('a request that nobody could serve is listed, tried again and its answer told', async (t) => {
  let isBack = false;
  const proxy = await start(t, (exchange) =>
    (isBack ? answers('Here I am') : refuses('500 Internal Server Error'))(exchange),
  );
  assert.equal((await call(proxy.client)).status, 500);
  const ask = await converse(t, proxy);
  const until = (state: QueueItemState) =>
    waitFor(`the request is ${state}`, async () => {
      const [item] = await ask.sendRequest(queueListRequest);
      return item?.state === state ? item : undefined;
    });
  const item = await until('pending');
  assert.equal(await ask.sendRequest(queueResultRequest, item.id), null);

  isBack = true;
  assert.equal(await ask.sendRequest(queueRetryRequest, item.id), 'started');
  await until('done');
  const result = await ask.sendRequest(queueResultRequest, item.id);
  assert.deepEqual([result?.status, result?.text], [200, 'Here I am']);
});

/** An endpoint that is not configured, and what to try it with. */
async function stranger(t: TestContext, script: Script) {
  const upstream = await startUpstream(t, script);
  const params: TrialParams = {
    baseUrl: `${upstream.url}/hidden-path`,
    apiKey: upstream.key,
    ...{ auth: 'auto', protocol: 'auto', models: [], modelMap: {}, headers: {}, model: '' },
  };
  return { upstream, params };
}

test('an endpoint that is not configured can be tried, and nothing is kept or logged of it', async (t) => {
  const proxy = await start(t);
  const { upstream, params } = await stranger(t, honest);
  const ask = await converse(t, proxy);
  const before = proxy.window.state;

  const result = await ask.sendRequest(tryEndpointRequest, params);

  assert.equal(result?.class, 'passed');
  assert.equal(upstream.requests[0]?.target, '/hidden-path/v1/messages');
  assert.deepEqual(await ask.sendRequest(requestsRequest, { limit: 10 }), []);
  assert.deepEqual((await ask.sendRequest(timelineRequest, today())).standings, []);
  assert.equal(proxy.window.state?.checkTokens, before?.checkTokens);
  const logged = JSON.stringify(proxy.window.log);
  for (const secret of [upstream.key, 'hidden-path', String(upstream.port)]) {
    assert.ok(!logged.includes(secret), secret);
  }
});

test('a trial ends when the window takes it back, and when the window leaves', async (t) => {
  const proxy = await start(t);
  const { upstream, params } = await stranger(t, (exchange) => exchange.closed);
  const ask = await converse(t, proxy);
  const cancellation = new CancellationTokenSource();
  const takenBack = ask.sendRequest(tryEndpointRequest, params, cancellation.token);
  await upstream.received(1);
  cancellation.cancel();
  assert.equal(await takenBack, null);
  await upstream.cutOff(1);

  const left = ask.sendRequest(tryEndpointRequest, params).catch(() => 'over');
  await upstream.received(2);
  ask.end();
  ask.dispose();
  await left;
  await upstream.cutOff(2);
});

test('what makes no sense is refused', async (t) => {
  const proxy = await start(t);
  const ask = await converse(t, proxy);
  await assert.rejects(ask.sendRequest(requestsRequest, { limit: 1e9 }));
  await assert.rejects(ask.sendRequest(seriesRequest, { from: Number.NaN, to: 1 }));
  await assert.rejects(ask.sendRequest(checksRequest, { endpointId: '', limit: 1 }));
  await assert.rejects(ask.sendRequest(queueRetryRequest, '../../etc/passwd'));
  const { params } = await stranger(t, honest);
  await assert.rejects(ask.sendRequest(tryEndpointRequest, { ...params, baseUrl: 'http://relay.example' }));
  await assert.rejects(ask.sendRequest(tryEndpointRequest, { ...params, apiKey: 'a\r\nb: c' }));
});

test('nothing is told to who has no lease', async (t) => {
  const proxy = await start(t);
  const ask = await converse(t, proxy, 'proof');
  await assert.rejects(ask.sendRequest(requestsRequest, { limit: 1 }), /sync comes first/);
  await assert.rejects(ask.sendRequest(queueListRequest), /sync comes first/);
  await assert.rejects(ask.sendRequest(checkRequest, 'e1'), /sync comes first/);
  const { upstream, params } = await stranger(t, honest);
  await assert.rejects(ask.sendRequest(tryEndpointRequest, params), /sync comes first/);
  assert.equal(upstream.connections, 0);
});

test('who has no lease may tell what the user has decided, and brings a document that is one', async (t) => {
  const proxy = await start(t);
  const ask = await converse(t, proxy, 'hello');
  const brought = { ...documentOf(2, [{ id: 'q' }]), storeId: 'other' };
  const decision = { choice: 'brought', inForce: 'r1', brought } as const;
  const nobody = await converse(t, proxy, 'proof');
  await assert.rejects(nobody.sendRequest(chooseRequest, decision), /hello comes first/);
  await assert.rejects(
    ask.sendRequest(chooseRequest, { ...decision, choice: 'both' as never }),
    /not a choice/,
  );
  await assert.rejects(
    ask.sendRequest(chooseRequest, { ...decision, brought: {} as never }),
    /not a document/,
  );
  const late = await ask.sendRequest(chooseRequest, { ...decision, inForce: 'r0' });
  assert.deepEqual([late.accepted, late.document.storeId], [false, 'store']);
  const made = await ask.sendRequest(chooseRequest, decision);
  assert.deepEqual([made.accepted, made.document.storeId, made.document.revision], [true, 'other', 3]);
  await waitFor('the window follows', () => proxy.window.store.document?.storeId === 'other' || undefined);
});
