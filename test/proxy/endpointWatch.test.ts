import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { EndpointChecks } from '../../src/core/checkMetrics.ts';
import { EndpointMemory } from '../../src/core/endpointMemory.ts';
import type { CheckHistory, CheckRecord } from '../../src/core/healthCheck.ts';
import { Steering } from '../../src/core/steering.ts';
import { EndpointWatch } from '../../src/proxy/endpointWatch.ts';
import { Quotas } from '../../src/proxy/quotas.ts';
import { UpstreamPool } from '../../src/proxy/upstreamPool.ts';
import { refuses } from '../support/answers.ts';
import { contentsOf, type EndpointSketch } from '../support/contents.ts';
import { onEnd, type Scope } from '../support/scope.ts';
import { startUpstream } from '../support/scriptedUpstream.ts';

/** The watch over one endpoint, as the proxy sets it up. */
function watchOver(scope: Scope, endpoint: EndpointSketch, histories: readonly CheckHistory[] = []) {
  let contents = contentsOf([{ id: 'p', endpoints: [endpoint] }]);
  const { routing } = contents.configuration;
  const health = { ...contents.configuration.health, enabled: true };
  const memory = new EndpointMemory(() => 0);
  const upstreams = new UpstreamPool({
    proxyUrl: null,
    noProxy: [],
    strictSsl: true,
    systemCertificates: false,
  });
  const watch = new EndpointWatch({
    version: '1.2.3',
    memory,
    steering: new Steering(memory, () => [7860]),
    upstreams,
    quotas: new Quotas(),
    history: { record: () => undefined, checkHistories: async () => [...histories] },
    contents: () => contents,
    routing: () => routing,
    health: () => health,
    ownPorts: () => [7860],
    log: () => undefined,
    failed: (error) => assert.ifError(error),
    changed: () => undefined,
    clock: () => performance.now(),
    now: Date.now,
    toWall: (time) => time,
  });
  const configure = (it: EndpointSketch) => {
    contents = contentsOf([{ id: 'p', endpoints: [it] }]);
    watch.configured(memory.configure(contents, routing, health));
  };
  configure(endpoint);
  onEnd(scope, () => {
    watch.stop();
    upstreams.retain(new Set());
  });
  return { watch, memory, configure };
}

test('an endpoint that refused checks in an earlier run is not waited for to pass one', async (t) => {
  const refused: CheckRecord = {
    endpointId: 'e1',
    at: Date.now(),
    class: 'refused',
    score: null,
    model: 'claude-haiku-5-5',
    firstContentMs: null,
    durationMs: 10,
    status: 403,
    tokens: 0,
    manual: false,
  };
  const byClass = { ...new EndpointChecks().metrics.byClass, refused: 1 };
  const { watch, memory } = watchOver(t, { id: 'e1' }, [
    { endpointId: 'e1', byClass, tokens: 0, last: [refused] },
  ]);
  await turn();
  assert.equal(watch.checkStateOf('e1').isRefused, true);
  assert.equal(memory.proofs.isChecked('e1'), false);
});

test('what a client asked for at one address is not told to another by a check', async (t) => {
  const moved = await startUpstream(t, refuses('404 Not Found'));
  const { watch, configure } = watchOver(t, { id: 'e1' });
  const at = Date.now();
  configure({ id: 'e1', baseUrl: moved.url, apiKey: moved.key });
  // It was answered by the old address, and ends now.
  watch.traced({
    requestId: 'r',
    at,
    route: 'messages',
    model: 'model-of-a-client',
    conversation: null,
    steps: [
      {
        kind: 'attempt',
        endpointId: 'e1',
        profileId: 'p',
        considered: {},
        outcome: 'served',
        reason: 'strategy',
        durationMs: 1,
      },
    ],
    outcome: 'served',
    status: 200,
    durationMs: 1,
  });
  await watch.check('e1');
  assert.ok(moved.requests.length > 0);
  for (const { body } of moved.requests) assert.doesNotMatch(body.toString(), /model-of-a-client/);
});
