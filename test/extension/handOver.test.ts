import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { proxyRequests } from '../../src/extension/proxyLink/proxyRequests.ts';
import {
  controlProtocolVersion,
  homeUnusableExitCode,
  portTakenExitCode,
} from '../../src/protocol/control.ts';
import { converse } from '../../src/protocol/conversation.ts';
import { dialProxy } from '../../src/protocol/dial.ts';
import { controlAddress, openHome, processLogPath } from '../../src/protocol/home.ts';
import { answerOf, answers, refuses } from '../support/answers.ts';
import {
  type BuiltVersion,
  builtVersion,
  nextProtocol,
  nextSchema,
  type SourceChange,
} from '../support/builtVersions.ts';
import { conversation } from '../support/claudeCode.ts';
import { documentOf } from '../support/contents.ts';
import { type Gate, gate } from '../support/gate.ts';
import {
  freePort,
  LinkedWindow,
  proxiesOf,
  type SharedStore,
  temporaryHome,
} from '../support/linkedWindow.ts';
import { call, open, type Target } from '../support/proxyClient.ts';
import { onEnd } from '../support/scope.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { waitFor } from '../support/waitFor.ts';
import {
  chunk,
  lastChunk,
  messageEnd,
  messageRequest,
  messageStart,
  streamHead,
  textDelta,
} from '../support/wire.ts';

const streamed = messageRequest({ stream: true });
const wholeStream = messageStart + textDelta('a') + textDelta('b') + messageEnd;

/** A stream that stands still in its middle until the gate opens. */
function standsStill(goOn: Gate): Script {
  return async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(messageStart + textDelta('a')));
    await goOn.opened;
    await exchange.send(chunk(textDelta('b')));
    await exchange.send(chunk(messageEnd));
    await exchange.send(lastChunk);
  };
}

/** A state folder and a port, endpoints, and windows of any build. */
async function scene(t: TestContext, script: Script | readonly Script[] = answers('ok'), endpoints = 1) {
  const home = temporaryHome();
  onEnd(t, home.remove);
  const port = await freePort();
  const upstreams = await Promise.all(Array.from({ length: endpoints }, () => startUpstream(t, script)));
  const document = documentOf(1, [
    {
      id: 'p',
      endpoints: upstreams.map(({ url, key }, index) => ({ id: `e${index}`, baseUrl: url, apiKey: key })),
    },
  ]);
  const store: SharedStore = { document, saves: 0 };
  const windows: LinkedWindow[] = [];
  onEnd(t, async () => {
    await Promise.all(windows.map((window) => window.link.dispose()));
    for (const pid of proxiesOf(home.folder)) process.kill(pid, 'SIGKILL');
    await waitFor('no process is left', () => proxiesOf(home.folder).length === 0 || undefined);
  });
  const target: Target = { port, token: openHome(home.folder).token };
  return {
    ...target,
    home: home.folder,
    upstreams,
    /** Opens a window of a build. */
    window: (build: BuiltVersion): LinkedWindow => {
      const { script: bundle, version } = build;
      const window = new LinkedWindow({ home: home.folder, port, store, script: bundle, version });
      window.overrides = {
        ...window.overrides,
        health: { ...window.overrides.health, enabled: false },
      };
      windows.push(window);
      window.link.start(true);
      return window;
    },
    /** What the processes wrote, event by event. */
    events: (): string[] =>
      readFileSync(processLogPath(home.folder, port), 'utf8')
        .split('\n')
        .flatMap((line) => /"event":"(\w+)"/.exec(line)?.[1] ?? []),
    /** Starts a process as a window does. */
    process: ({ script: bundle }: BuiltVersion, ...options: string[]) =>
      spawn(process.execPath, [bundle, '--port', String(port), '--home', home.folder, ...options], {
        stdio: 'ignore',
      }),
  };
}

type Scene = Awaited<ReturnType<typeof scene>>;

/** Resolves when a window is attached to a proxy of that version. @returns its pid */
async function servedBy(window: LinkedWindow, { version }: BuiltVersion): Promise<number> {
  return waitFor(
    `the window is attached to ${version}`,
    () =>
      window.status?.kind === 'attached' && window.state?.version === version ? window.state.pid : undefined,
    15_000,
    5,
  );
}

async function onlyOneIsLeft({ home }: Scene): Promise<void> {
  await waitFor('one process is left', () => proxiesOf(home).length === 1 || undefined, 15_000);
}

/** Connects every 5 ms until it is stopped; counts who was not let in. */
function knocking(port: number) {
  let connects = 0;
  let failures = 0;
  let lastAt = performance.now();
  let longestPauseMs = 0;
  const timer = setInterval(() => {
    longestPauseMs = Math.max(longestPauseMs, performance.now() - lastAt);
    lastAt = performance.now();
    const socket = net.connect({ host: '127.0.0.1', port });
    connects += 1;
    socket.once('connect', () => socket.end());
    socket.once('error', () => {
      failures += 1;
    });
  }, 5);
  return {
    stop: () => {
      clearInterval(timer);
      return { connects, failures, longestPauseMs };
    },
  };
}

describe('a proxy of a newer build', { skip: process.platform !== 'linux' }, () => {
  it('takes over from an older one under load: streams stay whole, connects find somebody', async (t) => {
    const goOn = gate();
    const place = await scene(t, standsStill(goOn));
    const [older, newer] = [await builtVersion('1.0.0'), await builtVersion('1.1.0')];
    const first = place.window(older);
    const pid = await servedBy(first, older);
    const streams = await Promise.all(Array.from({ length: 50 }, () => open(place, { body: streamed })));
    await Promise.all(streams.map(({ body }) => body.through('"a"')));
    const knocks = knocking(place.port);

    const second = place.window(newer);
    const successor = await servedBy(second, newer);
    assert.equal(await servedBy(first, newer), successor, 'windows of the older build follow');
    const { connects, failures, longestPauseMs } = knocks.stop();
    goOn.open();

    for (const stream of streams) {
      const rest = (await stream.body.rest()).toString();
      assert.ok(wholeStream.endsWith(rest) && rest.endsWith(messageEnd), rest);
      assert.equal(await stream.body.finished(), 'clean');
    }
    // A machine so busy that our own timer comes late lets the successor wait for its turn as well.
    const most = Math.max(2, longestPauseMs / 5);
    assert.ok(connects > 10 && failures <= most, `${failures} of ${connects} connects failed`);
    await onlyOneIsLeft(place);
    assert.deepEqual(proxiesOf(place.home), [successor]);
    assert.notEqual(successor, pid);
  });

  it('takes over ten times in a row, while streams of all of them run', async (t) => {
    const goOn = gate();
    const place = await scene(t, standsStill(goOn));
    const builds = await Promise.all(Array.from({ length: 11 }, (_, minor) => builtVersion(`1.${minor}.0`)));
    const streams = [];
    const windows: LinkedWindow[] = [];
    for (const build of builds) {
      const window = place.window(build);
      windows.push(window);
      await servedBy(window, build);
      const stream = await open(place, { body: streamed });
      await stream.body.through('"a"');
      streams.push(stream);
    }
    goOn.open();
    for (const stream of streams) {
      assert.ok((await stream.body.rest()).toString().endsWith(messageEnd));
      assert.equal(await stream.body.finished(), 'clean');
    }
    const last = builds.at(-1) ?? assert.fail();
    await Promise.all(windows.map((window) => servedBy(window, last)));
    await onlyOneIsLeft(place);
    const events = place.events();
    assert.equal(events.filter((event) => event === 'listening').length, 11);
    assert.equal(events.filter((event) => event === 'retiring').length, 10);
  });

  it('is used by an older window, which never retires it', async (t) => {
    const place = await scene(t);
    const [older, newer] = [await builtVersion('1.0.0'), await builtVersion('1.1.0')];
    const first = place.window(newer);
    const pid = await servedBy(first, newer);
    const second = place.window(older);
    assert.equal(await servedBy(second, newer), pid);
    // Nor does a process of the older build that is told to.
    const [code] = await once(place.process(older, '--take-over'), 'exit');
    assert.equal(code, portTakenExitCode);
    assert.equal(await servedBy(first, newer), pid);
    assert.deepEqual(proxiesOf(place.home), [pid]);
    assert.deepEqual(
      place.events().filter((event) => event === 'retiring'),
      [],
    );
  });

  it('makes way for an older one only when a user restarts with that, and closes its history first', async (t) => {
    const goOn = gate();
    const place = await scene(t, standsStill(goOn));
    const older = await builtVersion('1.0.0');
    const newer = await builtVersion('1.1.0', [nextSchema]);
    const first = place.window(newer);
    const pid = await servedBy(first, newer);
    const second = place.window(older);
    await servedBy(second, newer);
    const stream = await open(place, { body: streamed });
    await stream.body.through('"a"');
    await first.link.dispose();
    await second.link.restart();
    await servedBy(second, older);
    assert.deepEqual(historyFilesOf(pid), [], 'the newer process still runs, without the file');
    await waitFor('it is set aside', () => second.state?.history.setAside?.endsWith('.newer') || undefined);
    goOn.open();
    assert.ok((await stream.body.rest()).toString().endsWith(messageEnd));
  });

  it('says who it is in whichever protocol it is asked', async (t) => {
    const place = await scene(t);
    const build = await builtVersion('1.0.0');
    const pid = await servedBy(place.window(build), build);
    const socket = await dialProxy(openHome(place.home), place.port);
    const connection = converse(socket);
    onEnd(t, () => {
      connection.dispose();
      socket.destroy();
    });
    connection.listen();
    const answer = await connection.sendRequest('hello', { protocol: 99, version: { of: 'another kind' } });
    assert.deepEqual(answer, { protocol: controlProtocolVersion, version: '1.0.0', pid, port: place.port });
  });

  it('ends up in charge whoever is faster, without end to the taking over', async (t) => {
    const place = await scene(t);
    const [older, newer] = [await builtVersion('1.0.0'), await builtVersion('1.1.0')];
    const windows = [place.window(older), place.window(newer), place.window(older), place.window(newer)];
    for (let round = 1; round <= 3; round += 1) {
      const pids = await Promise.all(windows.map((window) => servedBy(window, newer)));
      assert.equal(new Set(pids).size, 1);
      await onlyOneIsLeft(place);
      // At most one of the older build first, and one that replaces it.
      const started = place.events().filter((event) => event === 'listening').length;
      assert.ok(started <= 2 * round, `${started} processes in ${round} rounds`);
      process.kill(pids[0] ?? assert.fail(), 'SIGKILL');
      await Promise.all(
        windows.map((window) =>
          waitFor('another one', () => window.state?.pid !== pids[0] || undefined, 10_000, 5),
        ),
      );
    }
  });

  it('leaves the older one in charge when it does not start, which is not tried again', async (t) => {
    const place = await scene(t);
    const older = await builtVersion('1.0.0');
    const broken = await builtVersion('1.1.0', [failing]);
    const first = place.window(older);
    const pid = await servedBy(first, older);
    const second = place.window(broken);
    assert.equal(await servedBy(second, older), pid);
    assert.equal((await call(place)).status, 200);
    const log = readFileSync(processLogPath(place.home, place.port), 'utf8');
    assert.equal(log.match(/it does not start/g)?.length, 1);
    assert.equal(await servedBy(first, older), pid);
  });

  it('is missed for three seconds when it dies between retirement and port; then a window starts one', async (t) => {
    const place = await scene(t);
    const older = await builtVersion('1.0.0');
    const mortal = await builtVersion('1.1.0', [dyingInBetween]);
    const first = place.window(older);
    const pid = await servedBy(first, older);
    const successor = place.process(mortal, '--take-over');
    const [, signal] = await once(successor, 'exit');
    assert.equal(signal, 'SIGKILL');
    const diedAt = performance.now();
    await waitFor('another one', () => (first.state && first.state.pid !== pid) || undefined, 10_000, 5);
    const missedMs = performance.now() - diedAt;
    assert.ok(missedMs > 2_000 && missedMs < 4_500, `${missedMs} ms`);
    assert.equal((await call(place)).status, 200);
  });

  it('is one when two windows of it are opened at once', async (t) => {
    const place = await scene(t);
    const [older, newer] = [await builtVersion('1.0.0'), await builtVersion('1.1.0')];
    const first = place.window(older);
    await servedBy(first, older);
    const windows = [place.window(newer), place.window(newer)];
    const pids = await Promise.all([...windows, first].map((window) => servedBy(window, newer)));
    assert.equal(new Set(pids).size, 1);
    await onlyOneIsLeft(place);
    assert.equal(place.events().filter((event) => event === 'retiring').length, 1);
  });

  it('resets no client that sends its next request right after an answer, 200 times', async (t) => {
    const place = await scene(t);
    const builds = await Promise.all(Array.from({ length: 6 }, (_, minor) => builtVersion(`1.${minor}.0`)));
    await servedBy(place.window(builds[0] ?? assert.fail()), builds[0] ?? assert.fail());
    const agents = Array.from({ length: 4 }, () => new http.Agent({ keepAlive: true, maxSockets: 1 }));
    onEnd(t, () => {
      for (const agent of agents) agent.destroy();
    });
    let served = 0;
    let isOver = false;
    const codes: string[] = [];
    const client = async (agent: http.Agent) => {
      while (!isOver) {
        try {
          const { status, end } = await call(place, { agent });
          assert.deepEqual([status, end], [200, 'clean']);
          served += 1;
        } catch (error) {
          codes.push((error as NodeJS.ErrnoException).code ?? String(error));
          await delay(5);
        }
      }
    };
    const clients = agents.map(client);
    for (const build of builds.slice(1)) {
      const before = served;
      await servedBy(place.window(build), build);
      await waitFor('requests are served meanwhile', () => served >= before + 40 || undefined, 20_000, 5);
    }
    isOver = true;
    await Promise.all(clients);
    assert.ok(served >= 200);
    // In the millisecond in which nobody has the port a new connection may be refused; that loses no request.
    assert.ok(
      codes.every((code) => code === 'ECONNREFUSED'),
      `${codes} among ${served}`,
    );
  });

  it('finds in the history what the older one served to its end after the hand-over', async (t) => {
    const goOn = gate();
    const place = await scene(t, standsStill(goOn));
    const [older, newer] = [await builtVersion('1.0.0'), await builtVersion('1.1.0')];
    await servedBy(place.window(older), older);
    const stream = await open(place, { body: streamed });
    await stream.body.through('"a"');
    const window = place.window(newer);
    await servedBy(window, newer);
    goOn.open();
    await stream.body.finished();
    await waitFor('it is in the history', async () => {
      const requests = await proxyRequests(window.link).requests({ limit: 10 });
      return requests?.length === 1 || undefined;
    });
    assert.equal(window.state?.history.kept, 'file');
  });

  it('opens a history of another schema only when the older one has closed it', async (t) => {
    const goOn = gate();
    const place = await scene(t, [answers('ok'), standsStill(goOn)]);
    const older = await builtVersion('1.0.0');
    const newer = await builtVersion('1.1.0', [nextSchema]);
    const pid = await servedBy(place.window(older), older);
    assert.equal((await call(place)).status, 200);
    const stream = await open(place, { body: streamed });
    await stream.body.through('"a"');
    await waitFor('the older process has the file', () => historyFilesOf(pid).length > 0 || undefined);
    const window = place.window(newer);
    await servedBy(window, newer);
    assert.deepEqual(historyFilesOf(pid), [], 'the older process still runs, without the file');
    goOn.open();
    assert.ok((await stream.body.rest()).toString().endsWith(messageEnd));
    await onlyOneIsLeft(place);
    const requests = await proxyRequests(window.link).requests({ limit: 10 });
    assert.equal(requests?.length, 1, 'what was served before is there, what ended later is not');
    assert.deepEqual(window.state?.history, { kept: 'file' });
  });

  it('finds Claude Code still pointed at the port, and takes that back when it ends itself', async (t) => {
    const place = await scene(t);
    const [older, newer] = [await builtVersion('1.0.0'), await builtVersion('1.1.0')];
    const first = place.window(older);
    await servedBy(first, older);
    const file = path.join(place.home, 'claude', 'settings.json');
    assert.deepEqual(
      await proxyRequests(first.link).configureClaudeCode({
        file,
        environment: { hasProxy: false, exclusions: {} },
      }),
      {
        ok: true,
      },
    );
    const text = readFileSync(file, 'utf8');
    const second = place.window(newer);
    await servedBy(second, newer);
    await onlyOneIsLeft(place);
    assert.equal(readFileSync(file, 'utf8'), text);
    assert.ok(!place.events().includes('claudeCodeRestored'));
    await second.link.stop();
    await waitFor('it is taken out', () => !existsSync(file) || undefined);
  });

  it('that cannot be reached by windows leaves nothing of itself in the settings of Claude Code', async (t) => {
    const place = await scene(t);
    const build = await builtVersion('1.0.0');
    const window = place.window(build);
    const pid = await servedBy(window, build);
    const file = path.join(place.home, 'claude', 'settings.json');
    const target = { file, environment: { hasProxy: false, exclusions: {} } };
    await proxyRequests(window.link).configureClaudeCode(target);
    await window.link.dispose();
    process.kill(pid, 'SIGKILL');
    await waitFor('it is gone', () => proxiesOf(place.home).length === 0 || undefined);
    assert.ok(existsSync(file), 'what was killed has left its entries');
    const address = controlAddress(openHome(place.home), place.port);
    rmSync(address);
    mkdirSync(address);
    const [code] = await once(place.process(build), 'exit');
    assert.equal(code, homeUnusableExitCode);
    assert.ok(!existsSync(file));
  });

  it('gets the port that an older one has left, which goes on where its windows want it', async (t) => {
    const place = await scene(t);
    const [older, newer] = [await builtVersion('1.0.0'), await builtVersion('1.1.0')];
    const first = place.window(older);
    const pid = await servedBy(first, older);
    first.port = await freePort();
    await first.link.settingsChanged();
    await waitFor('it has moved', () => first.state?.port === first.port || undefined);
    const successor = place.process(newer, '--take-over');
    await waitFor('it serves there', async () => {
      const { status } = await call(place, { method: 'HEAD', path: '/' }).catch(() => ({ status: 0 }));
      return status === 200 || undefined;
    });
    assert.deepEqual(new Set(proxiesOf(place.home)), new Set([pid, successor.pid]));
    assert.equal((await call({ ...place, port: first.port })).status, 200);
    assert.deepEqual(first.statuses.at(-1), { kind: 'attached', port: first.port });
    assert.ok(!place.events().includes('retiring'));
  });

  it('goes on with a kept request that the older one was trying, which tries it no more', async (t) => {
    let script: Script = refuses('500 Internal Server Error');
    const place = await scene(t, (exchange) => script(exchange));
    const upstream = place.upstreams[0] ?? assert.fail();
    const [older, newer] = [await builtVersion('1.0.0'), await builtVersion('1.1.0')];
    const first = place.window(older);
    first.routing = { ...first.routing, patienceSeconds: 0 };
    await servedBy(first, older);
    const kept = await call(place, { headers: ['prefer', 'respond-async'] });
    assert.equal(kept.status, 202);
    const asked = { method: 'GET', path: kept.header('location') ?? assert.fail() };
    script = () => new Promise(() => undefined);
    const before = upstream.requests.length;
    await proxyRequests(first.link).retryAll();
    await upstream.received(before + 1);
    script = answers('at last');
    const second = place.window(newer);
    second.routing = first.routing;
    await servedBy(second, newer);
    const answer = await waitFor('the answer', async () => {
      const fetched = await call(place, asked);
      return fetched.status === 202 ? undefined : fetched;
    });
    assert.deepEqual([answer.status, answer.text], [200, answerOf('at last', false)]);
    assert.deepEqual([upstream.requests.length, upstream.cut], [before + 2, 1]);
    await onlyOneIsLeft(place);
    assert.equal((await proxyRequests(second.link).queue())?.length, 1);
  });

  it('keeps every conversation at its endpoint', async (t) => {
    const place = await scene(t, answers('ok'), 3);
    const [older, newer] = [await builtVersion('1.0.0'), await builtVersion('1.1.0')];
    await servedBy(place.window(older), older);
    const talks = Array.from({ length: 9 }, (_, index) => `talk ${index}`);
    const whoServes = async (talk: string) => {
      const before = place.upstreams.map(({ requests }) => requests.length);
      assert.equal((await call(place, { headers: conversation(talk) })).status, 200);
      return place.upstreams.findIndex(({ requests }, index) => requests.length !== before[index]);
    };
    const atFirst: number[] = [];
    for (const talk of talks) atFirst.push(await whoServes(talk));
    assert.ok(new Set(atFirst).size > 1, 'they are not all at one');
    await servedBy(place.window(newer), newer);
    const later: number[] = [];
    for (const talk of talks) later.push(await whoServes(talk));
    assert.deepEqual(later, atFirst);
  });

  it('retires an older one that speaks another protocol, and is not understood by windows that do', async (t) => {
    const place = await scene(t);
    const foreign = await builtVersion('1.0.0', [nextProtocol]);
    const newer = await builtVersion('1.1.0');
    const old = place.process(foreign);
    await waitFor('it listens', () => answersAt(place.port), 10_000, 10);
    const first = place.window(newer);
    await servedBy(first, newer);
    assert.notEqual(first.state?.pid, old.pid);

    const newest = await builtVersion('1.2.0', [nextProtocol]);
    const replaced = first.state?.pid;
    const last = place.process(newest, '--take-over');
    await first.reaches('incompatible');
    assert.deepEqual(first.status, { kind: 'incompatible', version: '1.2.0', isOlder: false });
    await waitFor(
      'the other one has ended',
      () => !proxiesOf(place.home).includes(replaced ?? 0) || undefined,
    );
    last.kill('SIGKILL');
  });

  it('works on when its folder is removed by an update, and its history too', async (t) => {
    const place = await scene(t);
    const build = await builtVersion('1.0.0', endlessly);
    const window = place.window(build);
    await servedBy(window, build);
    rmSync(build.folder, { recursive: true });
    const requests = proxyRequests(window.link);
    await requests.trace('end').catch(() => undefined);
    await waitFor('the thread is missed', () => window.state?.history.kept === 'memory' || undefined);
    await waitFor('another thread has the file', () => window.state?.history.kept === 'file' || undefined);
    assert.equal((await call(place)).status, 200);
    await waitFor(
      'it is in the history',
      async () => (await requests.requests({ limit: 1 }))?.length === 1 || undefined,
    );
  });
});

describe('a proxy that does not get the port', { skip: process.platform !== 'linux' }, () => {
  for (const options of [[], ['--take-over']]) {
    it(`leaves no trace of itself (${options.join() || 'no options'})`, async (t) => {
      const place = await scene(t);
      const holder = net.createServer((socket) => socket.destroy());
      holder.listen(place.port, '127.0.0.1');
      await once(holder, 'listening');
      onEnd(t, () => holder.close());
      const before = readdirSync(place.home);
      const [code] = await once(place.process(await builtVersion('1.0.0'), ...options), 'exit');
      assert.equal(code, portTakenExitCode);
      assert.deepEqual(readdirSync(place.home), before);
    });
  }
});

const failing: SourceChange = {
  file: 'proxy/main.ts',
  from: 'async function main(): Promise<void> {',
  to: "async function main(): Promise<void> { throw new Error('it does not start');",
};

const dyingInBetween: SourceChange = {
  file: 'proxy/takeOver.ts',
  from: '        isFirst = false;',
  to: "        if (reply === 'retires') process.kill(process.pid, 'SIGKILL');",
};

/** A thread that ends when it is asked for the request `end`, and is followed by another one soon. */
const endlessly: readonly SourceChange[] = [
  {
    file: 'proxy/history/historyStore.ts',
    from: '  trace(requestId: string): RequestRecord | null {',
    to: "  trace(requestId: string): RequestRecord | null { if (requestId === 'end') process.exit(1);",
  },
  { file: 'proxy/history/history.ts', from: 'restartMs = 60_000', to: 'restartMs = 500' },
];

/** The files of a history that a process has open. */
function historyFilesOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((name) => {
    try {
      const file = readlinkSync(path.join(folder, name));
      return file.includes('/history-') ? [file] : [];
    } catch {
      // It was closed meanwhile.
      return [];
    }
  });
}

async function answersAt(port: number): Promise<true | undefined> {
  const socket = net.connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    // Not yet.
    await delay(1);
    return undefined;
  } finally {
    socket.destroy();
  }
}
