import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers, refuses } from '../support/answers.ts';
import { honest, says } from '../support/lyingEndpoints.ts';
import { call } from '../support/proxyClient.ts';
import type { Scope } from '../support/scope.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { type LogLine, type ServedProxy, startProxy } from '../support/servedProxy.ts';
import { waitFor } from '../support/waitFor.ts';

/*
 * The whole way: a process that checks its endpoints by itself, and what that does to requests.
 */

/** An endpoint that serves every request in one way and every check in another. */
async function startChecked(scope: Scope, behaviour: { check: Script; request: Script }) {
  const upstream = await startUpstream(scope, (exchange) => {
    const isCheck = /^qcc-health-check\//.test(exchange.request.values('user-agent')[0] ?? '');
    return (isCheck ? behaviour.check : behaviour.request)(exchange);
  });
  return { behaviour, ...upstream };
}

const health = { enabled: true, intervalSeconds: 1 };
const fails = refuses('500 Internal Server Error');

/** Resolves with the first log line of an event, from the `after`th line on, that fits. */
function line(proxy: ServedProxy, event: string, fits: (line: LogLine) => boolean, after = 0) {
  const found = () =>
    proxy
      .logLines()
      .slice(after)
      .find((each) => each.event === event && fits(each));
  return waitFor(`the log line ${event}`, found, 20_000, 20);
}

/** The endpoint that served a request, by its name. */
async function servedBy(proxy: ServedProxy): Promise<unknown> {
  const before = (await proxy.logged('attempt', 0)).length;
  assert.equal((await call(proxy)).status, 200);
  const attempts = await waitFor(
    'the attempt that served',
    () => {
      const lines = proxy.logLines().filter(({ event }) => event === 'attempt');
      const served = lines.slice(before).find(({ outcome }) => outcome === 'served');
      return served;
    },
    10_000,
    5,
  );
  return attempts.endpoint;
}

test('an endpoint that answers something else than it was asked is found out, and is back within one interval when it is good again', async (t) => {
  const liar = await startChecked(t, {
    check: says(() => 'I am a helpful assistant. How can I help you today?'),
    request: answers('Hello'),
  });
  const good = await startChecked(t, { check: honest, request: answers('Hello') });
  const endpoints = [
    { name: 'liar', baseUrl: liar.url, apiKey: liar.key, priority: 1 },
    { name: 'good', baseUrl: good.url, apiKey: good.key, priority: 2 },
  ];
  const proxy = await startProxy(t, {
    version: 1,
    health,
    profiles: [{ name: 'p', priority: 'primary', strategy: 'priority', endpoints }],
  });

  await line(proxy, 'check', (it) => it.endpoint === 'liar' && it.check === 'wrongAnswer');
  await waitFor(
    'the second opinion',
    () => proxy.logLines().filter((it) => it.check === 'wrongAnswer').length >= 2 || undefined,
    10_000,
    5,
  );
  assert.equal(await servedBy(proxy), 'good');

  liar.behaviour.check = honest;
  await line(proxy, 'check', (it) => it.endpoint === 'liar' && it.check === 'passed');
  assert.equal(await servedBy(proxy), 'liar');
});

test('a profile that dies is left after three requests, none of which notices, and serves again after a passed check', async (t) => {
  const primary = await startChecked(t, { check: honest, request: answers('Hello') });
  const secondary = await startChecked(t, { check: honest, request: answers('Hello') });
  const profileOf = (name: string, { url, key }: { url: string; key: string }) => ({
    name,
    priority: name,
    endpoints: [{ name: `endpoint of ${name}`, baseUrl: url, apiKey: key }],
  });
  const proxy = await startProxy(t, {
    version: 1,
    health,
    policy: { failureThreshold: 3, cooldownSeconds: 2 },
    profiles: [profileOf('primary', primary), profileOf('secondary', secondary)],
  });
  assert.equal(await servedBy(proxy), 'endpoint of primary');

  primary.behaviour.request = fails;
  primary.behaviour.check = fails;
  for (let i = 0; i < 3; i += 1) assert.equal(await servedBy(proxy), 'endpoint of secondary');
  const left = await line(proxy, 'switched', () => true);
  assert.deepEqual([left.from, left.profile, left.switch], ['primary', 'secondary', 'failover']);

  primary.behaviour.request = answers('Hello');
  primary.behaviour.check = honest;
  const back = await line(proxy, 'switched', (it) => it.switch === 'recovery');
  assert.deepEqual([back.from, back.profile], ['secondary', 'primary']);
  assert.ok(Number(back.time) - Number(left.time) >= 2_000, 'not before the cool-down is over');
  assert.equal(await servedBy(proxy), 'endpoint of primary');
});

test('an endpoint that serves requests is not checked', async (t) => {
  const busy = await startChecked(t, { check: honest, request: answers('Hello') });
  const idle = await startChecked(t, { check: honest, request: answers('Hello') });
  const proxy = await startProxy(t, {
    version: 1,
    health,
    profiles: [
      {
        name: 'p',
        strategy: 'priority',
        endpoints: [
          { name: 'busy', baseUrl: busy.url, apiKey: busy.key, priority: 1 },
          { name: 'idle', baseUrl: idle.url, apiKey: idle.key, priority: 2 },
        ],
      },
    ],
  });
  await call(proxy);
  await line(proxy, 'check', (it) => it.endpoint === 'idle');
  const checks = () =>
    proxy.logLines().filter(({ event, endpoint }) => event === 'check' && endpoint === 'busy');
  assert.deepEqual(checks(), []);
});
