import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { gate } from '../support/gate.ts';
import { call, open } from '../support/proxyClient.ts';
import { connectRaw } from '../support/rawConnection.ts';
import { refusingPort } from '../support/refusingPort.ts';
import { startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, runServer, startProxy, writeConfig } from '../support/servedProxy.ts';
import {
  chunk,
  lastChunk,
  messageEnd,
  messageStart,
  plainResponse,
  streamHead,
  wholeMessage,
} from '../support/wire.ts';

test('one line on stdout says where the server listens', async (t) => {
  const proxy = await startProxy(t, configOf([]));

  assert.deepEqual(JSON.parse(proxy.stdout), {
    event: 'listening',
    url: `http://127.0.0.1:${proxy.port}`,
    token: proxy.token,
    pid: proxy.child.pid,
  });
  assert.match(proxy.stdout, /^[^\n]+\n$/);
});

test('--port chooses the port', async (t) => {
  const port = await refusingPort();
  const proxy = await startProxy(t, configOf([]), { args: ['--no-token', '--port', String(port)] });
  assert.equal(proxy.port, port);
});

test('without a token of its own it makes one in the state folder and shows it', async (t) => {
  const run = runServer(t, ['--config', writeConfig(t, configOf([])), '--port', '0']);
  const { url, token } = await run.listening;

  assert.match(token ?? '', /^[\w-]{43}$/);
  assert.equal(statSync(join(run.stateFolder, 'token')).mode & 0o777, 0o600);
  const answer = await call({ port: Number(new URL(url).port), token: token ?? '' });
  assert.equal(answer.status, 503);
});

test('--no-token is said on the line and makes no token', async (t) => {
  const run = runServer(t, ['--config', writeConfig(t, configOf([])), '--port', '0', '--no-token']);
  const { token } = await run.listening;

  assert.equal(token, null);
  assert.equal(existsSync(join(run.stateFolder, 'token')), false);
});

test('unknown keys of the config are reported', async (t) => {
  const config = { ...configOf([]), policies: {}, routing: { timeouts: { conect: 1 } } };
  const proxy = await startProxy(t, config);

  const paths = proxy
    .logLines()
    .filter((line) => line.event === 'unknownKey')
    .map((line) => line.path);
  assert.deepEqual(paths, ['$.routing.timeouts.conect', '$.policies']);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} lets a running stream end and then exits with 0`, async (t) => {
    const goOn = gate();
    const upstream = await startUpstream(t, async (exchange) => {
      await exchange.send(streamHead);
      await exchange.send(chunk(messageStart));
      await goOn.opened;
      await exchange.send(chunk(messageEnd));
      await exchange.send(lastChunk);
    });
    const proxy = await startProxy(t, configOf([upstream.endpoint()]));

    const stream = await open(proxy);
    await stream.body.through('message_start');
    proxy.child.kill(signal);
    await proxy.logged('draining');
    await assert.rejects(connectRaw(proxy.port), /ECONNREFUSED/);
    assert.equal(proxy.child.exitCode, null);
    goOn.open();

    assert.ok((await stream.body.rest()).toString().endsWith(messageEnd));
    assert.equal(await stream.body.finished(), 'clean');
    assert.equal(await proxy.exited, 0);
  });
}

test('a second SIGTERM does not hurry it', async (t) => {
  const goOn = gate();
  const upstream = await startUpstream(t, async (exchange) => {
    await goOn.opened;
    await exchange.send(plainResponse('200 OK', '{}'));
  });
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));

  const answer = call(proxy);
  await upstream.received(1);
  proxy.child.kill('SIGTERM');
  await proxy.logged('draining');
  proxy.child.kill('SIGTERM');
  goOn.open();

  assert.equal((await answer).end, 'clean');
  assert.equal(await proxy.exited, 0);
});

test('a bad config ends it with 2 and every problem on stderr, and no key', async (t) => {
  const file = writeConfig(t, {
    version: 1,
    activeProfile: 'nobody',
    profiles: [
      {
        name: 'a',
        strategy: 'best',
        endpoints: [
          { name: 'one', baseUrl: 'http://relay.example', apiKey: 'sk-canary-0-secret' },
          { name: 'One', baseUrl: 'https://relay.example', apiKey: 'sk-canary-0-sec\nret', weight: 0 },
          { baseUrl: 'https://user:sk-canary-0-x@relay.example' },
        ],
      },
    ],
  });
  const run = runServer(t, ['--config', file, '--port', '0', '--no-token']);

  assert.equal(await run.exited, 2);
  assert.equal(run.stdout, '');
  for (const problem of [
    '$.activeProfile: unknownProfile',
    '$.profiles[0].strategy: wrongType',
    '$.profiles[0].endpoints[0].baseUrl: insecureHost',
    '$.profiles[0].endpoints[1].name: duplicateName',
    '$.profiles[0].endpoints[1].apiKey: unsendableText',
    '$.profiles[0].endpoints[1].weight: outOfRange',
    '$.profiles[0].endpoints[2].name: missing',
    '$.profiles[0].endpoints[2].baseUrl: hasCredentials',
  ])
    assert.ok(run.stderr.includes(problem), `${problem} in ${run.stderr}`);
});

for (const [what, args, words] of [
  ['without --config', [], /--config is missing/],
  ['with a config file that is not there', ['--config', '/nowhere/at/all.json'], /all\.json.*ENOENT/],
  ['with an option that it does not know', ['--config', 'x', '--fast'], /--fast/],
  ['with an argument that belongs to nothing', ['--config', 'x', 'y'], /'y'/],
  ['with a port that is no number', ['--config', 'x', '--port', 'http'], /--port/],
  ['with a port that is empty', ['--config', 'x', '--port', ''], /--port/],
  ['with a port that is too high', ['--config', 'x', '--port', '65536'], /--port/],
  ['with a token and without', ['--config', 'x', '--token', 'a', '--no-token'], /exclude each other/],
  ['with an empty token', ['--config', 'x', '--token', ''], /--token/],
] as const) {
  test(`called ${what} it exits with 2 and says so`, async (t) => {
    const run = runServer(t, args);

    assert.equal(await run.exited, 2);
    assert.match(run.stderr, words);
    assert.doesNotMatch(run.stderr, /^ +at /m);
    assert.equal(run.stdout, '');
  });
}

test('a port that is taken ends it with 1 and says so', async (t) => {
  const server = net.createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;

  const run = runServer(t, ['--config', writeConfig(t, configOf([])), '--port', String(port), '--no-token']);

  assert.equal(await run.exited, 1);
  assert.match(run.stderr, /port is taken/);
  assert.equal(run.stdout, '');
  assert.equal(existsSync(run.stateFolder), false, 'what belongs to the holder of the port is not touched');
});

test('two servers do not share a port', async (t) => {
  const first = await startProxy(t, configOf([]));
  const second = runServer(t, [
    '--config',
    writeConfig(t, configOf([])),
    '--port',
    String(first.port),
    '--no-token',
  ]);

  assert.equal(await second.exited, 1);
  assert.equal((await call(first, { method: 'HEAD', path: '/' })).status, 200);
});

test('a log line tells of an attempt by names and numbers only', async (t) => {
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(wholeMessage('canary-prompt-in-the-answer')));
    await exchange.send(lastChunk);
  });
  const headers = { 'x-secret': 'sk-canary-header' };
  const proxy = await startProxy(t, configOf([upstream.endpoint({ name: 'relay-a', headers: {} })]));
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'canary-prompt-of-mine' }] });

  await call(proxy, {
    body,
    path: '/v1/messages?canary-prompt-query',
    headers: Object.entries(headers).flat(),
  });

  const [line] = await proxy.logged('attempt');
  assert.ok(line);
  const { time, requestId, firstByteMs, durationMs, responseBytes, ...rest } = line;
  assert.deepEqual(rest, {
    level: 'info',
    event: 'attempt',
    route: 'messages',
    profile: 'test',
    endpoint: 'relay-a',
    attempt: 1,
    reason: 'strategy',
    outcome: 'served',
    status: 200,
    standing: 'healthy',
    requestBytes: body.length,
  });
  for (const number of [time, firstByteMs, durationMs, responseBytes]) assert.equal(typeof number, 'number');
  assert.match(String(requestId), /^req_qcc_/);
});
