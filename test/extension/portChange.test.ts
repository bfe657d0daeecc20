import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import type { ConfigurationDocument } from '../../src/core/configuration.ts';
import { proxyRequests } from '../../src/extension/proxyLink/proxyRequests.ts';
import { configureClaudeCodeRequest } from '../../src/protocol/clients.ts';
import { affinityPath, controlAddress, historyPath, openHome } from '../../src/protocol/home.ts';
import { answerOf, answers, refuses } from '../support/answers.ts';
import { conversation } from '../support/claudeCode.ts';
import { ClaudeFolder } from '../support/claudeFolder.ts';
import { documentOf } from '../support/contents.ts';
import { gate } from '../support/gate.ts';
import {
  freePort,
  LinkedWindow,
  proxiesOf,
  type SharedStore,
  temporaryHome,
} from '../support/linkedWindow.ts';
import { apiError, call, open, type Target } from '../support/proxyClient.ts';
import { rawStatus } from '../support/rawConnection.ts';
import { onEnd } from '../support/scope.ts';
import { type Script, type ScriptedUpstream, startUpstream } from '../support/scriptedUpstream.ts';
import { waitFor } from '../support/waitFor.ts';
import {
  chunk,
  lastChunk,
  messageEnd,
  messageStart,
  smallMessage,
  streamHead,
  textDelta,
} from '../support/wire.ts';

/* A change of the port as the proxy process and its windows go through it. Built by `npm run vsix`. */

const onLinux = { skip: process.platform !== 'linux' };

/** An editor's windows over one state folder, and an endpoint that the proxy serves from. */
async function start(t: TestContext, script: Script = answers('hello')) {
  const upstream = await startUpstream(t, script);
  const { folder: home, remove } = temporaryHome();
  const port = await freePort();
  const windows: LinkedWindow[] = [];
  onEnd(t, async () => {
    for (const { link } of windows) await link.stop();
    await Promise.all(windows.map(({ link }) => link.dispose()));
    await waitFor('no process is left', () => proxiesOf(home).length === 0 || undefined, 70_000);
    remove();
  });
  const store: SharedStore = { document: servingFrom(upstream), saves: 0 };
  const openWindow = (options: { port?: number; store?: SharedStore } = {}): LinkedWindow => {
    const window = new LinkedWindow({ home, port, store, ...options });
    window.routing = { ...window.routing, patienceSeconds: 0 };
    window.overrides = { ...window.overrides, health: { ...window.overrides.health, enabled: false } };
    windows.push(window);
    window.link.start(true);
    return window;
  };
  const { token } = openHome(home);
  return { upstream, home, port, openWindow, at: (port: number): Target => ({ port, token }) };
}

function servingFrom({ url, key }: ScriptedUpstream): ConfigurationDocument {
  return documentOf(1, [{ id: 'p', endpoints: [{ id: 'a', baseUrl: url, apiKey: key }] }]);
}

/** Changes the setting of an editor, which reaches all its windows. */
async function changePort(windows: readonly LinkedWindow[], port: number): Promise<void> {
  for (const window of windows) window.port = port;
  await Promise.all(windows.map(({ link }) => link.settingsChanged()));
}

const isAt = (window: LinkedWindow, port: number) =>
  waitFor(
    `the window is attached at ${port}`,
    () => {
      const { status, state } = window;
      return (status?.kind === 'attached' && status.port === port && state?.port === port) || undefined;
    },
    15_000,
    10,
  );

describe('when all windows want another port', () => {
  it('the same process listens there, and no window has to attach again', async (t) => {
    const { openWindow, port, home } = await start(t);
    const windows = [openWindow(), openWindow(), openWindow()];
    const pids = await Promise.all(windows.map((window) => window.proxyPid()));
    const statuses = windows.map((window) => window.statuses.length);
    const next = await freePort();
    await changePort(windows, next);
    for (const window of windows) await isAt(window, next);
    for (const [index, window] of windows.entries()) {
      assert.equal(window.state?.pid, pids[0]);
      assert.deepEqual(window.statuses.slice(statuses[index]), [{ kind: 'attached', port: next }]);
    }
    assert.ok(windows[0]?.log.some(({ event, port }) => event === 'moved' && port === next));
    if (process.platform === 'linux') assert.deepEqual(proxiesOf(home), [pids[0]]);
    // A window that is opened now attaches there.
    const late = openWindow({ port: next });
    assert.equal(await late.proxyPid(), pids[0]);
    assert.notEqual(port, next);
  });

  it('a running stream arrives byte for byte, and its connection is told afterwards', async (t) => {
    const [first, second] = [gate(), gate()];
    const { openWindow, port, at } = await start(t, async ({ send }) => {
      await send(streamHead);
      await send(chunk(messageStart + textDelta('before')));
      await first.opened;
      await send(chunk(textDelta('while it moves')));
      await second.opened;
      await send(chunk(textDelta('after') + messageEnd));
      await send(lastChunk);
    });
    const window = openWindow();
    await window.reaches('attached');
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    onEnd(t, () => agent.destroy());
    const opened = await open(at(port), { agent });
    first.open();
    const next = await freePort();
    await changePort([window], next);
    await isAt(window, next);
    second.open();
    assert.equal(await opened.body.finished(), 'clean');
    assert.equal(
      (await opened.body.rest()).toString(),
      messageStart +
        ['before', 'while it moves', 'after'].map((text) => textDelta(text)).join('') +
        messageEnd,
    );
    const told = await call(at(port), { agent });
    assert.equal(told.status, 503);
    assert.match(apiError(told).message, new RegExp(`http://127\\.0\\.0\\.1:${next}`));
    assert.deepEqual([told.header('x-should-retry'), told.header('connection')], ['false', 'close']);
  });

  it('the old address tells where the proxy is to whoever shows the token, and nothing to others', async (t) => {
    const { openWindow, port, at, upstream } = await start(t);
    const window = openWindow();
    await window.reaches('attached');
    const next = await freePort();
    await changePort([window], next);
    await isAt(window, next);
    const target = at(port);
    for (const path of ['/v1/messages', '/v1/messages/count_tokens']) {
      const told = await call(target, { path, body: JSON.stringify({ filler: 'x'.repeat(3 << 20) }) });
      assert.equal(told.status, 503, path);
      assert.match(apiError(told).message, new RegExp(`http://127\\.0\\.0\\.1:${next}`));
    }
    const isSilent = async (status: number, answer: ReturnType<typeof call>) => {
      const { text, ...got } = await answer;
      assert.equal(got.status, status);
      assert.ok(!text.includes(String(next)), text);
    };
    await isSilent(403, call(target, { headers: ['origin', 'https://evil.example'] }));
    await isSilent(401, call(target, { withToken: false }));
    await isSilent(404, call(target, { path: '/v1/other' }));
    // Each listener answers to its own name only.
    for (const [listener, named] of [
      [port, next],
      [next, port],
    ] as const) {
      const head = [`x-api-key: ${target.token}`, 'content-type: application/json', 'content-length: 2'];
      const lines = ['POST /v1/messages HTTP/1.1', `host: 127.0.0.1:${named}`, ...head];
      assert.equal(await rawStatus(listener, lines, '{}'), 403);
    }
    assert.equal(upstream.requests.length, 0);
    assert.equal((await call(at(next))).status, 200);
  });

  it('history, kept requests and bindings go along, and are there after a restart at the new port', async (t) => {
    const { openWindow, port, home, at } = await start(t, async (exchange) => {
      const isToFail = exchange.request.body.includes('keep me');
      await (isToFail ? refuses('500 Internal Server Error') : answers('hello'))(exchange);
    });
    const window = openWindow();
    await window.reaches('attached');
    const requests = proxyRequests(window.link);
    const talk = await call(at(port), { headers: conversation('talk') });
    assert.equal(talk.status, 200);
    const kept = await call(at(port), {
      headers: ['prefer', 'respond-async'],
      body: smallMessage.replace('hello', 'keep me'),
    });
    assert.equal(kept.status, 202, kept.text);
    const past = await requests.requests({ limit: 9 });
    assert.equal(past?.length, 2);
    const next = await freePort();
    await changePort([window], next);
    await isAt(window, next);
    const isThere = async () => {
      assert.deepEqual(await requests.requests({ limit: 9 }), past);
      assert.equal((await requests.queue())?.length, 1);
    };
    await isThere();
    for (const pathOf of [affinityPath, historyPath]) {
      await waitFor('the file is at its new name only', () => {
        const [there, here] = [existsSync(pathOf(home, next)), existsSync(pathOf(home, port))];
        return (there && !here) || undefined;
      });
    }
    const bindings = () => JSON.parse(readFileSync(affinityPath(home, next), 'utf8')).bindings;
    assert.deepEqual(bindings()[0].slice(1, 2), ['a']);
    const location = kept.header('location') ?? 'none';
    assert.equal((await call(at(next), { method: 'GET', path: location })).status, 202);
    await window.link.restart();
    await isAt(window, next);
    await isThere();
    assert.deepEqual(
      window.log.filter(({ level }) => level === 'error'),
      [],
    );
  });

  it('a request that is tried again goes to the new port', async (t) => {
    let isMended = false;
    const { openWindow, port, at } = await start(t, (exchange) =>
      (isMended ? answers('at last') : refuses('500 Internal Server Error'))(exchange),
    );
    const window = openWindow();
    await window.reaches('attached');
    const kept = await call(at(port), { headers: ['prefer', 'respond-async'] });
    assert.equal(kept.status, 202);
    const next = await freePort();
    await changePort([window], next);
    await isAt(window, next);
    isMended = true;
    const requests = proxyRequests(window.link);
    await requests.retryAll();
    const answer = await waitFor('the answer', async () => {
      const fetched = await call(at(next), { method: 'GET', path: kept.header('location') ?? 'none' });
      return fetched.status === 202 ? undefined : fetched;
    });
    assert.deepEqual([answer.status, answer.text], [200, answerOf('at last', false)]);
  });

  it('Claude Code is pointed at the new port, and at none when the proxy ends', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write('{}\n');
    const { openWindow } = await start(t);
    const window = openWindow();
    await window.reaches('attached');
    await window.link.ask((proxy) => proxy.ask(configureClaudeCodeRequest, folder.target));
    const next = await freePort();
    await changePort([window], next);
    await waitFor(
      'it points there',
      () => folder.variables.ANTHROPIC_BASE_URL === `http://127.0.0.1:${next}` || undefined,
    );
    await window.link.stop();
    await waitFor('it points nowhere', () => folder.variables.ANTHROPIC_BASE_URL === undefined || undefined);
  });

  it('and the first one again at once, the old address serves as before', async (t) => {
    const { openWindow, port, home, at } = await start(t);
    const windows = [openWindow(), openWindow()];
    const [window] = windows as [LinkedWindow, LinkedWindow];
    const pid = await window.proxyPid();
    await windows[1]?.reaches('attached');
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    onEnd(t, () => agent.destroy());
    assert.equal((await call(at(port), { agent })).status, 200);
    const next = await freePort();
    for (const to of [next, port, next, port]) {
      await changePort(windows, to);
      for (const each of windows) await isAt(each, to);
    }
    // A connection from before is served again, and the other port is the old one now.
    assert.equal((await call(at(port), { agent })).status, 200);
    assert.equal((await call(at(next))).status, 503);
    assert.equal(window.state?.pid, pid);
    const past = await proxyRequests(window.link).requests({ limit: 9 });
    assert.equal(past?.length, 2);
    await waitFor('the history is back', () => existsSync(historyPath(home, port)) || undefined);
    assert.ok(!existsSync(historyPath(home, next)));
  });

  it('and yet another one before the minute is over, both old addresses name it', async (t) => {
    const { openWindow, port, at } = await start(t);
    const window = openWindow();
    await window.reaches('attached');
    const [second, third] = [await freePort(), await freePort()];
    for (const to of [second, third]) {
      await changePort([window], to);
      await isAt(window, to);
    }
    for (const old of [port, second]) {
      assert.match(apiError(await call(at(old))).message, new RegExp(`:${third}[ ,]`));
    }
    assert.equal((await call(at(third))).status, 200);
  });
});

describe('when the new port cannot be had', () => {
  it('since another program holds it, the proxy stays, and the window says so', async (t) => {
    const { openWindow, port, at } = await start(t);
    const window = openWindow();
    const pid = await window.proxyPid();
    const foreign = net.createServer((socket) => socket.on('error', () => socket.destroy()));
    await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
    onEnd(t, () => foreign.close());
    const taken = (foreign.address() as net.AddressInfo).port;
    await changePort([window], taken);
    await waitFor('the proxy says why', () => window.log.find(({ event }) => event === 'notMoved'));
    assert.equal((await call(at(port))).status, 200);
    await window.reaches('portTaken');
    await changePort([window], port);
    await isAt(window, port);
    assert.equal(window.state?.pid, pid);
  });

  it('since another proxy is there already, the window attaches to that one', async (t) => {
    const { openWindow, port } = await start(t);
    const window = openWindow();
    const pid = await window.proxyPid();
    const next = await freePort();
    const other = openWindow({ port: next });
    const otherPid = await other.proxyPid();
    assert.notEqual(otherPid, pid);
    await changePort([window], next);
    await isAt(window, next);
    assert.equal(window.state?.pid, otherPid);
    assert.notEqual(port, next);
  });
});

describe('when windows want different ports', () => {
  it(
    'the one that wants another leaves for a process of its own, and the others keep theirs',
    onLinux,
    async (t) => {
      const { openWindow, port, home } = await start(t);
      const [stays, leaves] = [openWindow(), openWindow()];
      const pid = await stays.proxyPid();
      await leaves.reaches('attached');
      const next = await freePort();
      await changePort([leaves], next);
      await isAt(leaves, next);
      assert.notEqual(leaves.state?.pid, pid);
      assert.deepEqual([stays.status, stays.state?.pid], [{ kind: 'attached', port }, pid]);
      assert.equal(proxiesOf(home).length, 2);
    },
  );

  it('one that wants the port which the proxy has just left gets it for a process of its own', async (t) => {
    const { openWindow, port, at } = await start(t);
    const window = openWindow();
    const pid = await window.proxyPid();
    const next = await freePort();
    await changePort([window], next);
    await isAt(window, next);
    assert.equal((await call(at(port))).status, 503);
    const other = openWindow({ port });
    await isAt(other, port);
    assert.notEqual(other.state?.pid, pid);
    assert.deepEqual(
      other.statuses.filter(({ kind }) => kind === 'portTaken' || kind === 'crashing'),
      [],
    );
    assert.equal((await call(at(port))).status, 200);
    assert.equal((await call(at(next))).status, 200);
    assert.deepEqual([window.status, window.state?.pid], [{ kind: 'attached', port: next }, pid]);
  });

  it('and one that was attached goes back to the port that was left', async (t) => {
    const { openWindow, port } = await start(t);
    const [stays, leaves] = [openWindow(), openWindow()];
    const pid = await stays.proxyPid();
    await leaves.reaches('attached');
    const next = await freePort();
    await changePort([stays, leaves], next);
    await isAt(leaves, next);
    await isAt(stays, next);
    await changePort([leaves], port);
    await isAt(leaves, port);
    assert.notEqual(leaves.state?.pid, pid);
    assert.equal(stays.state?.pid, pid);
  });

  it('the proxy moves when the last one that wanted it to stay has gone', async (t) => {
    const { openWindow } = await start(t);
    const [stays, moves] = [openWindow(), openWindow()];
    const pid = await stays.proxyPid();
    await moves.reaches('attached');
    const next = await freePort();
    await changePort([moves], next);
    await stays.link.dispose();
    await isAt(moves, next);
    assert.equal(moves.state?.pid, pid);
  });
});

it('a window that comes back to the port that was left brings the proxy back there', async (t) => {
  const { openWindow, port } = await start(t);
  const window = openWindow();
  const pid = await window.proxyPid();
  const next = await freePort();
  await changePort([window], next);
  await isAt(window, next);
  await window.link.dispose();
  const reloaded = openWindow();
  await isAt(reloaded, port);
  assert.equal(reloaded.state?.pid, pid);
});

it('nothing is left of the addresses when the proxy ends within the minute', onLinux, async (t) => {
  const { openWindow, port, home } = await start(t);
  const window = openWindow();
  await window.reaches('attached');
  const next = await freePort();
  await changePort([window], next);
  await isAt(window, next);
  await window.link.stop();
  await waitFor('no process is left', () => proxiesOf(home).length === 0 || undefined);
  for (const each of [port, next]) {
    assert.ok(!existsSync(controlAddress(openHome(home), each)));
    assert.equal(await freePort(each), each);
  }
});
