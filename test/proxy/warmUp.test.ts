import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { createDataPlane } from '../../src/proxy/dataPlane.ts';
import { UpstreamPool } from '../../src/proxy/upstreamPool.ts';
import { WarmUp } from '../../src/proxy/warmUp.ts';
import { canaryToken } from '../support/canaries.ts';
import { contentsOf, documentOf, type EndpointSketch, type ProfileSketch } from '../support/contents.ts';
import { call } from '../support/proxyClient.ts';
import { refusingPort } from '../support/refusingPort.ts';
import { onEnd } from '../support/scope.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { waitFor } from '../support/waitFor.ts';
import { plainResponse } from '../support/wire.ts';

const ok: Script = (exchange) => exchange.send(plainResponse('200 OK', '{}'));
const network = { proxyUrl: null, noProxy: [], strictSsl: true, systemCertificates: false };
const connectTimeoutMs = 5_000;

function start(t: TestContext, ownPort = 7860) {
  const upstreams = new UpstreamPool(network);
  let changes = 0;
  const warmUp = new WarmUp({
    upstreams,
    ownPort: () => ownPort,
    now: () => 1_700_000_000_000,
    changed: () => {
      changes += 1;
    },
  });
  onEnd(t, () => {
    warmUp.stop();
    upstreams.retain(new Set());
  });
  return {
    warmUp,
    upstreams,
    changes: () => changes,
    begin: (...profiles: ProfileSketch[]) => warmUp.begin(contentsOf(profiles), connectTimeoutMs),
    done: (...ids: string[]) =>
      waitFor(`${ids} are warm`, () => ids.every((id) => warmUp.of(id)) || undefined, 10_000, 5),
  };
}

/** A server with which no TLS connection comes about until `letGo`, and then none either. */
async function startMute(t: TestContext) {
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const letGo = () => {
    for (const socket of sockets) socket.destroy();
  };
  onEnd(t, () => {
    letGo();
    server.close();
  });
  const { port } = server.address() as net.AddressInfo;
  return { baseUrl: `https://127.0.0.1:${port}`, count: () => sockets.length, letGo };
}

describe('warm-up', () => {
  test('opens one connection to each endpoint, and says how long it took', async (t) => {
    const [a, b] = [await startUpstream(t, ok), await startUpstream(t, ok, { tls: true })];
    const scene = start(t);
    scene.upstreams.network = { ...network, strictSsl: false };
    scene.begin({
      id: 'p',
      endpoints: [
        { id: 'a', baseUrl: a.url },
        { id: 'b', baseUrl: b.url },
      ],
    });
    assert.equal(scene.warmUp.of('a'), null);
    await scene.done('a', 'b');

    const { durationMs, ...rest } = scene.warmUp.of('b') ?? assert.fail();
    assert.deepEqual(rest, { at: 1_700_000_000_000 });
    assert.ok(durationMs >= 0 && durationMs < connectTimeoutMs);
    assert.deepEqual([a.connections, b.connections], [1, 1]);
    assert.deepEqual([...a.requests, ...b.requests], []);
    assert.equal(scene.changes(), 2);
  });

  test('says why there is no connection, and goes on with the others', async (t) => {
    const b = await startUpstream(t, ok);
    const scene = start(t);
    const refusing = `http://127.0.0.1:${await refusingPort()}`;
    scene.begin({
      id: 'p',
      endpoints: [
        { id: 'a', baseUrl: refusing },
        { id: 'b', baseUrl: b.url },
      ],
    });
    await scene.done('a', 'b');
    assert.equal(scene.warmUp.of('a')?.failure, 'connectRefused');
    assert.equal(scene.warmUp.of('b')?.failure, undefined);
  });

  test('leaves out endpoints that no request goes to', async (t) => {
    const upstream = await startUpstream(t, ok);
    const baseUrl = upstream.url;
    const own = await startUpstream(t, ok);
    const scene = start(t, own.port);
    scene.begin(
      {
        id: 'p',
        priority: 'primary',
        endpoints: [
          { id: 'off', baseUrl, enabled: false },
          { id: 'keyless', baseUrl, apiKey: '' },
          { id: 'own', baseUrl: own.url },
        ],
      },
      { id: 's', priority: 'secondary', endpoints: [{ id: 'wanted', baseUrl }] },
      { id: 'f', priority: 'fallback', enabled: false, endpoints: [{ id: 'offWithAll', baseUrl }] },
      { id: 'other', endpoints: [{ id: 'unused', baseUrl }] },
    );
    await scene.done('wanted');
    for (const id of ['off', 'keyless', 'own', 'offWithAll', 'unused'])
      assert.equal(scene.warmUp.of(id), null, id);
    assert.deepEqual([upstream.connections, own.connections], [1, 0]);
  });

  test('opens four at once at most, those of the first profile first', async (t) => {
    const mute = await startMute(t);
    const last = await startUpstream(t, ok);
    const scene = start(t);
    const muteOnes: EndpointSketch[] = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, baseUrl: mute.baseUrl }));
    scene.begin(
      { id: 'p', priority: 'primary', endpoints: muteOnes },
      { id: 's', priority: 'secondary', endpoints: [{ id: 'last', baseUrl: last.url }] },
    );
    await waitFor('four are being opened', () => mute.count() >= 4 || undefined, 10_000, 5);
    assert.equal(mute.count(), 4);
    assert.equal(last.connections, 0);
    mute.letGo();
    await scene.done('a', 'b', 'c', 'd', 'last');
    mute.letGo();
    await scene.done('e');
    assert.equal(mute.count(), 5);
  });

  test('after a change concerns what has changed, and what has failed', async (t) => {
    const [a, b, c] = [await startUpstream(t, ok), await startUpstream(t, ok), await startUpstream(t, ok)];
    const scene = start(t);
    const refusing = `http://127.0.0.1:${await refusingPort()}`;
    const endpoints = [
      { id: 'a', baseUrl: a.url },
      { id: 'b', baseUrl: b.url },
      { id: 'c', baseUrl: refusing },
    ];
    scene.begin({ id: 'p', endpoints });
    await scene.done('a', 'b', 'c');

    const [first, second] = endpoints as [EndpointSketch, EndpointSketch];
    scene.begin({
      id: 'p',
      endpoints: [
        { ...first, weight: 7 },
        { ...second, baseUrl: c.url },
        { id: 'c', baseUrl: refusing },
      ],
    });
    await waitFor('b and c are warm anew', () => scene.changes() === 5 || undefined, 10_000, 5);
    assert.deepEqual([a.connections, b.connections, c.connections], [1, 1, 1]);
  });

  test('after a change of the network concerns everybody', async (t) => {
    const a = await startUpstream(t, ok);
    const scene = start(t);
    scene.begin({ id: 'p', endpoints: [{ id: 'a', baseUrl: a.url }] });
    await scene.done('a');
    scene.upstreams.network = { ...network, noProxy: ['example.test'] };
    scene.begin({ id: 'p', endpoints: [{ id: 'a', baseUrl: a.url }] });
    await waitFor('it is warm anew', () => a.connections === 2 || undefined, 10_000, 5);
  });

  test('forgets endpoints that are gone', async (t) => {
    const a = await startUpstream(t, ok);
    const scene = start(t);
    scene.begin({ id: 'p', endpoints: [{ id: 'a', baseUrl: a.url }] });
    await scene.done('a');
    scene.begin({ id: 'p', endpoints: [] });
    assert.equal(scene.warmUp.of('a'), null);
  });

  test('opens none after it was stopped', async (t) => {
    const mute = await startMute(t);
    const scene = start(t);
    const endpoints = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, baseUrl: mute.baseUrl }));
    scene.begin({ id: 'p', endpoints });
    await waitFor('four are being opened', () => mute.count() >= 4 || undefined, 10_000, 5);
    scene.warmUp.stop();
    mute.letGo();
    await scene.done('a', 'b', 'c', 'd');
    assert.equal(mute.count(), 4);
    assert.equal(scene.warmUp.of('e'), null);
  });
});

test('a connection opened in advance that breaks under a request is nobody’s fault: it is sent again', async (t) => {
  const upstream = await startUpstream(t, [(exchange) => exchange.reset(), ok]);
  const token = canaryToken();
  const plane = createDataPlane({
    version: 'test',
    network,
    token: () => token,
    stateChanged: () => undefined,
    affinityFile: undefined,
    historyFile: undefined,
    revisionId: () => 'changed',
    documentChanged: () => undefined,
    inFlightChanged: () => undefined,
  });
  await plane.listen(0);
  onEnd(t, () => plane.drain(0));
  const document = documentOf(1, [
    { id: 'p', endpoints: [{ id: 'a', baseUrl: upstream.url, apiKey: upstream.key }] },
  ]);
  plane.documents.sync(document);
  const [endpoint] = document.configuration.profiles[0]?.endpoints ?? assert.fail();
  const { connect } = document.configuration.routing.timeouts;
  assert.equal((await plane.upstreams.of(endpoint ?? assert.fail(), connect).warmUp()).failure, undefined);

  const answer = await call({ port: plane.gateway.port, token });

  assert.equal(answer.status, 200);
  assert.equal(upstream.requests.length, 2);
  assert.equal(upstream.connections, 2);
  const state = plane.state(0).endpoints.a;
  assert.deepEqual([state?.standing, state?.failures, state?.requests], ['healthy', 0, 1]);
});
