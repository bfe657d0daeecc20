import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOwnAddress } from '../../src/core/baseUrl.ts';
import type { NetworkOptions, TrialParams } from '../../src/protocol/control.ts';
import { EndpointTrials } from '../../src/proxy/endpointTrials.ts';
import { UpstreamPool } from '../../src/proxy/upstreamPool.ts';
import { refuses } from '../support/answers.ts';
import { startCorporateProxy } from '../support/corporateProxy.ts';
import { refusingEndpoint, unknownHostEndpoint } from '../support/faultyEndpoints.ts';
import { gate } from '../support/gate.ts';
import { askedModel, honest } from '../support/lyingEndpoints.ts';
import { onEnd, type Scope } from '../support/scope.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { seededRandom } from '../support/seededRandom.ts';
import { waitFor } from '../support/waitFor.ts';

const direct: NetworkOptions = { proxyUrl: null, noProxy: [], strictSsl: true, systemCertificates: false };

/** Trials as the proxy makes them, with the model `setting` in the settings. */
function trialsOf(scope: Scope, { network = direct, ownPort = 1, setting = '' } = {}): EndpointTrials {
  const upstreams = new UpstreamPool(network);
  onEnd(scope, () => upstreams.retain(new Set()));
  return new EndpointTrials({
    version: '1.2.3',
    upstreams,
    ownPorts: () => [ownPort],
    model: () => setting,
    connectMs: () => 2_000,
    random: seededRandom(1),
    clock: () => performance.now(),
    now: Date.now,
  });
}

const paramsOf = (baseUrl: string, fields: Partial<TrialParams> = {}): TrialParams => ({
  baseUrl,
  auth: 'auto',
  protocol: 'auto',
  models: [],
  modelMap: {},
  apiKey: 'key',
  headers: {},
  model: '',
  ...fields,
});

const unhurried = new AbortController().signal;

test('an endpoint that nobody has configured is asked as traffic would ask it', async (t) => {
  const upstream = await startUpstream(t, honest);
  const params = paramsOf(upstream.url, {
    apiKey: upstream.key,
    auth: 'bearer',
    headers: { 'x-group': 'a' },
  });

  const result = await trialsOf(t).try(params, unhurried);

  assert.deepEqual([result?.class, result?.status, result?.score], ['passed', 200, 100]);
  assert.ok(result && result.tokens > 0 && result.tokens < 50);
  const [request] = upstream.requests;
  assert.equal(request?.target, '/v1/messages');
  assert.deepEqual(request?.values('authorization'), [`Bearer ${upstream.key}`]);
  assert.deepEqual(request?.values('x-api-key'), []);
  assert.deepEqual(request?.values('x-group'), ['a']);
});

test('what is told of it holds neither key nor headers', async (t) => {
  const upstream = await startUpstream(t, honest);
  const params = paramsOf(upstream.url, { apiKey: upstream.key, headers: { 'x-group': 'secret' } });
  const result = await trialsOf(t).try(params, unhurried);
  assert.deepEqual(Object.keys(result ?? {}).sort(), [
    ...['at', 'class', 'durationMs', 'firstContentMs', 'model', 'score', 'status', 'tokens'],
  ]);
});

test('its connection is closed afterwards', async (t) => {
  let isClosed = false;
  const upstream = await startUpstream(t, (exchange) => {
    void exchange.closed.then(() => {
      isClosed = true;
    });
    return honest(exchange);
  });
  await trialsOf(t).try(paramsOf(upstream.url, { apiKey: upstream.key }), unhurried);
  await waitFor('the connection is closed', () => isClosed || undefined);
});

test('a refused key, a port that refuses and a host that does not exist are told apart', async (t) => {
  const upstream = await startUpstream(t, refuses('401 No', 'authentication_error'));
  const trials = trialsOf(t);
  const told = async (baseUrl: string, apiKey = 'key') => {
    const result = await trials.try(paramsOf(baseUrl, { apiKey }), unhurried);
    return [result?.class, result?.failure, result?.status];
  };
  assert.deepEqual(await told(upstream.url, upstream.key), ['badKey', 'errorStatus', 401]);
  assert.deepEqual(await told((await refusingEndpoint()).baseUrl), ['failed', 'connectRefused', undefined]);
  assert.deepEqual(await told(unknownHostEndpoint().baseUrl), ['failed', 'dnsFailed', undefined]);
});

test('what cannot be asked is not asked', async (t) => {
  const upstream = await startUpstream(t, honest);
  const { url } = upstream;
  assert.ok(isOwnAddress(url, [upstream.port]));
  const own = trialsOf(t, { ownPort: upstream.port });
  const trials = trialsOf(t);
  assert.equal(await own.try(paramsOf(url), unhurried), null);
  assert.equal(await trials.try(paramsOf(url, { apiKey: '' }), unhurried), null);
  assert.equal(await trials.try(paramsOf(url, { protocol: 'openai' }), unhurried), null);
  assert.equal(upstream.connections, 0);
});

test('the model that was named is asked for, else one of the list, else that of the settings', async (t) => {
  const upstream = await startUpstream(t, honest);
  const trials = trialsOf(t, { setting: 'of-the-settings' });
  const asked = async (fields: Partial<TrialParams>) => {
    await trials.try(paramsOf(upstream.url, { apiKey: upstream.key, ...fields }), unhurried);
    const request = upstream.requests.at(-1);
    return request && askedModel(request);
  };
  assert.equal(await asked({}), 'of-the-settings');
  assert.equal(await asked({ model: 'named' }), 'named');
  assert.equal(await asked({ models: ['big', 'listed-haiku'], model: 'named' }), 'listed-haiku');
  assert.equal(await asked({ models: ['a'], modelMap: { a: 'mapped' } }), 'mapped');
});

test('it goes the way that traffic goes: through the proxy of the company, and with TLS checked', async (t) => {
  const upstream = await startUpstream(t, honest, { tls: true });
  const corporate = await startCorporateProxy(t, upstream.port);
  const trials = trialsOf(t, { network: { ...direct, proxyUrl: corporate.url } });

  const result = await trials.try(
    paramsOf('https://relay.example:8443', { apiKey: upstream.key }),
    unhurried,
  );

  assert.deepEqual([result?.class, result?.failure], ['failed', 'tlsFailed']);
  assert.equal(corporate.asked[0]?.target, 'relay.example:8443');
  assert.equal(upstream.requests.length, 0);
});

test('one that is called off ends at once', async (t) => {
  const upstream = await startUpstream(t, (exchange) => exchange.closed);
  const controller = new AbortController();
  const running = trialsOf(t).try(paramsOf(upstream.url, { apiKey: upstream.key }), controller.signal);
  await upstream.received(1);
  controller.abort();
  assert.equal(await running, null);
  await upstream.cutOff(1);
});

test('four at once; the others wait, and who is called off while waiting asks nobody', async (t) => {
  const { open, opened } = gate();
  const held: Script = async (exchange) => {
    await opened;
    await honest(exchange);
  };
  const upstream = await startUpstream(t, held);
  const trials = trialsOf(t);
  const controller = new AbortController();
  const tried = (signal: AbortSignal) => trials.try(paramsOf(upstream.url, { apiKey: upstream.key }), signal);
  const first = Array.from({ length: 4 }, () => tried(unhurried));
  await upstream.received(4);
  const calledOff = tried(controller.signal);
  const last = tried(unhurried);
  controller.abort();
  assert.equal(upstream.connections, 4);
  open();
  assert.deepEqual(
    (await Promise.all(first)).map((result) => result?.class),
    Array.from({ length: 4 }, () => 'passed'),
  );
  assert.equal(await calledOff, null);
  assert.equal((await last)?.class, 'passed');
  assert.equal(upstream.requests.length, 5);
});
