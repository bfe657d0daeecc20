import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { configureClaudeCodeRequest } from '../../src/protocol/clients.ts';
import { controlAddress, holderPath, openHome } from '../../src/protocol/home.ts';
import { homeFilesIn } from '../../src/proxy/homeFiles.ts';
import { ClaudeFolder } from '../support/claudeFolder.ts';
import { freePort, LinkedWindow, proxiesOf, proxyScript } from '../support/linkedWindow.ts';
import { call } from '../support/proxyClient.ts';
import { onEnd } from '../support/scope.ts';
import { seededRandom } from '../support/seededRandom.ts';
import { smallDisk } from '../support/smallDisk.ts';
import { waitFor } from '../support/waitFor.ts';
import { windowsAt } from '../support/windowsAt.ts';

/* The ways in which a process ends, and what it leaves. Built by `npm run vsix`. */

/** What must not stay behind a process that ended by itself. */
function traces(home: string): string[] {
  return homeFilesIn(home).flatMap(({ name, kind }) =>
    ['socket', 'holder', 'draft'].includes(kind) || /-(wal|shm)$/.test(name) ? [name] : [],
  );
}

describe('a proxy process', { skip: process.platform !== 'linux' }, () => {
  it('that is told to end twice, and again, ends once and cleanly', async (t) => {
    const { home, port } = await windowsAt(t);
    const child = spawn(process.execPath, [proxyScript, '--port', String(port), '--home', home], {
      stdio: 'ignore',
    });
    await waitFor('it is there', () => fs.existsSync(holderPath(home, port)) || undefined);
    const ended = once(child, 'exit');
    for (let i = 0; i < 20; i += 1) child.kill('SIGTERM');
    child.kill('SIGHUP');
    assert.deepEqual(await ended, [0, null]);
    assert.deepEqual(traces(home), []);
  });

  it('that is told to end at any moment of its start leaves nothing, and Claude Code as it was', async (t) => {
    const { home, port, open } = await windowsAt(t);
    const claude = new ClaudeFolder(t);
    const settings = '{\n  "model": "opus"\n}\n';
    claude.write(settings);
    const window = open();
    await window.reaches('attached');
    assert.deepEqual(await window.link.ask((proxy) => proxy.ask(configureClaudeCodeRequest, claude.target)), {
      ok: true,
    });
    await window.link.stop();
    await window.link.dispose();
    await waitFor('it has ended', () => proxiesOf(home).length === 0 || undefined);
    const random = seededRandom(6);
    for (let round = 0; round < 25; round += 1) {
      const child = spawn(process.execPath, [proxyScript, '--port', String(port), '--home', home], {
        stdio: 'ignore',
      });
      const ended = once(child, 'exit');
      // A moment of its start, whichever that is on this machine.
      await delay(random() * 400);
      child.kill('SIGTERM');
      await ended;
      assert.equal(claude.text, settings, `round ${round}`);
      assert.deepEqual(traces(home), [], `round ${round}`);
    }
    assert.equal(await open().proxyPid().then(Boolean), true);
  });

  it('removes what one that was killed has left at another port', async (t) => {
    const { home, port, open } = await windowsAt(t);
    const window = open();
    const pid = await window.proxyPid();
    await window.link.dispose();
    process.kill(pid, 'SIGKILL');
    await waitFor('it is gone', () => proxiesOf(home).length === 0 || undefined);
    assert.ok(fs.existsSync(holderPath(home, port)));
    const next = new LinkedWindow({ home, port: await freePort() });
    onEnd(t, async () => {
      await next.link.stop();
      await next.link.dispose();
    });
    next.link.start(true);
    await next.proxyPid();
    await waitFor('it is tidied up', () => !fs.existsSync(holderPath(home, port)) || undefined);
    assert.equal(fs.existsSync(controlAddress(openHome(home), port)), false);
  });

  it('that can put nothing into its folder says so, and starts when there is room', async (t) => {
    const disk = smallDisk(t, 4096);
    if (!disk) return t.skip('no disk can be made');
    const { home, open } = await windowsAt(t, disk.folder);
    const first = open();
    await first.proxyPid();
    await first.link.stop();
    await waitFor('it has ended', () => proxiesOf(home).length === 0 || undefined);
    disk.fill('files');
    const second = open();
    await second.reaches('unusableHome');
    assert.deepEqual(proxiesOf(home), []);
    disk.empty();
    await second.reaches('attached');
  });

  it('starts where there is no room for contents, and serves', async (t) => {
    const disk = smallDisk(t, 4096);
    if (!disk) return t.skip('no disk can be made');
    const { port, open, home } = await windowsAt(t, disk.folder);
    const { token } = openHome(home);
    disk.fill();
    await open().proxyPid();
    assert.equal((await call({ port, token }, { method: 'HEAD', path: '/' })).status, 200);
  });
});

describe('a window', { skip: process.platform !== 'linux' }, () => {
  it('that is closed while it starts a process leaves none that stays', async (t) => {
    const { home, open } = await windowsAt(t);
    const random = seededRandom(7);
    for (let round = 0; round < 5; round += 1) {
      const window = open();
      await delay(random() * 200);
      await window.link.dispose();
    }
    await waitFor('none is left', () => proxiesOf(home).length === 0 || undefined, 25_000);
    assert.deepEqual(traces(home), []);
  });
});
