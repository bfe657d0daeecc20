import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { activateProfile, addProfile } from '../../src/core/configurationEdits.ts';
import { proxyRequests } from '../../src/extension/proxyLink/proxyRequests.ts';
import { configureClaudeCodeRequest } from '../../src/protocol/clients.ts';
import {
  claudeCodePath,
  controlAddress,
  historyPath,
  holderPath,
  openHome,
} from '../../src/protocol/home.ts';
import type { LogEntry } from '../../src/protocol/state.ts';
import { ClaudeFolder } from '../support/claudeFolder.ts';
import { type LinkedWindow, proxiesOf } from '../support/linkedWindow.ts';
import { call } from '../support/proxyClient.ts';
import { onEnd } from '../support/scope.ts';
import { smallDisk } from '../support/smallDisk.ts';
import { waitFor } from '../support/waitFor.ts';
import { windowsAt } from '../support/windowsAt.ts';

/* What the process does when its folder goes away under it. Built by `npm run vsix`. */

/** A proxy with a window, and what opens more of them. */
async function running(t: TestContext, folder?: string) {
  const place = await windowsAt(t, folder);
  const window = place.open();
  const pid = await window.proxyPid();
  return { ...place, window, pid };
}

/** The status that a client with a token gets; 401 to one with another. */
async function knock(port: number, token: string): Promise<number> {
  return (await call({ port, token }, { method: 'HEAD', path: '/' })).status;
}

const count = (window: LinkedWindow, event: LogEntry['event']): number =>
  window.log.filter((entry) => entry.event === event).length;

const contentsOf = (home: string) =>
  ['token', 'install-secret'].map((name) => fs.readFileSync(path.join(home, name), 'utf8'));

describe('a proxy whose folder', { concurrency: 3 }, () => {
  it('is removed makes it again as it was, and the next window finds both', async (t) => {
    const { home, port, open, window, pid } = await running(t);
    const before = contentsOf(home);
    const { token } = openHome(home);
    fs.rmSync(home, { recursive: true });
    assert.equal(await knock(port, token), 200);
    await waitFor(
      'the socket is there again',
      () => fs.existsSync(controlAddress(openedBy(home), port)) || undefined,
    );
    assert.deepEqual(contentsOf(home), before);
    assert.equal(fs.statSync(home).mode & 0o777, 0o700);
    for (const name of ['token', 'install-secret']) {
      assert.equal(fs.statSync(path.join(home, name)).mode & 0o777, 0o600);
    }
    assert.equal(fs.readFileSync(holderPath(home, port), 'utf8'), String(pid));
    assert.equal(await open().proxyPid(), pid);
    assert.equal(await knock(port, token), 200);
    assert.equal(count(window, 'homeNotKept') + count(window, 'homeReplaced'), 0);
    assert.equal(count(window, 'controlReopened'), 1);
  });

  for (const name of ['token', 'install-secret']) {
    it(`loses its ${name} makes it again as it was`, async (t) => {
      const { home } = await running(t);
      const before = contentsOf(home);
      fs.rmSync(path.join(home, name));
      await waitFor('it is there again', () => fs.existsSync(path.join(home, name)) || undefined);
      assert.deepEqual(contentsOf(home), before);
      assert.deepEqual(
        fs.readdirSync(home).filter((file) => file.startsWith(`${name}.`)),
        [],
      );
    });
  }

  it('was replaced by a window takes that for its own, and terminals of both kinds go on', async (t) => {
    const { home, port, open, pid } = await running(t);
    const { token: old } = openHome(home);
    // The window is as fast as can be: it makes the folder before the proxy has found that it is gone.
    fs.rmSync(home, { recursive: true });
    const second = open();
    const { token } = openHome(home);
    assert.notEqual(token, old);
    assert.equal(await second.proxyPid(), pid);
    assert.ok(second.statuses.every(({ kind }) => kind === 'starting' || kind === 'attached'));
    assert.equal(await knock(port, token), 200);
    assert.equal(await knock(port, old), 200);
    assert.equal(await knock(port, 'another'), 401);
    assert.deepEqual(await second.link.edit(addProfile({ id: 'p', name: 'Work', description: '' })), {
      ok: true,
    });
  });

  it('cannot be used any more goes on, says so once, and recovers when it can', async (t) => {
    const { home, port, open, window, pid } = await running(t);
    const { token } = openHome(home);
    fs.rmSync(home, { recursive: true });
    fs.writeFileSync(home, 'in the way');
    await waitFor('it is said', () => count(window, 'homeNotKept') || undefined);
    const other = open();
    await other.reaches('unusableHome');
    // The socket is looked for after each look at the folder: with this it has been looked at again.
    await waitFor('the socket is missed', () => count(window, 'controlFailed') || undefined);
    assert.equal(await knock(port, token), 200);
    assert.deepEqual(await window.link.edit(addProfile({ id: 'p', name: 'Work', description: '' })), {
      ok: true,
    });
    fs.rmSync(home);
    await other.reaches('attached');
    assert.equal(await other.proxyPid(), pid);
    assert.equal(await knock(port, token), 200);
    assert.equal(count(window, 'homeNotKept'), 1);
    assert.equal(count(window, 'controlFailed'), 1);
  });

  it('is on a full disk goes on, says so once, and makes it again when there is room', async (t) => {
    const disk = smallDisk(t, 512);
    if (!disk) return t.skip('no disk can be made');
    const { home, port, open, window, pid } = await running(t, disk.folder);
    const { token } = openHome(home);
    fs.rmSync(path.join(home, 'token'));
    disk.fill();
    await waitFor('it is said', () => count(window, 'homeNotKept') || undefined);
    assert.equal(await knock(port, token), 200);
    disk.empty();
    await waitFor('it is there again', () => fs.existsSync(path.join(home, 'token')) || undefined);
    assert.equal(openHome(home).token, token);
    assert.equal(await open().proxyPid(), pid);
    assert.equal(count(window, 'homeNotKept'), 1);
  });

  it('becomes read-only goes on for all windows', async (t) => {
    const disk = smallDisk(t, 512);
    if (!disk) return t.skip('no disk can be made');
    const { home, port, open, window, pid } = await running(t, disk.folder);
    // What is open for writing keeps a disk from becoming read-only: the process log and the history.
    execFileSync('mount', ['--bind', home, home]);
    onEnd(t, () => execFileSync('umount', ['--lazy', home]));
    execFileSync('mount', ['-o', 'remount,ro,bind', home]);
    assert.throws(() => fs.writeFileSync(path.join(home, 'x'), ''), { code: 'EROFS' });
    assert.equal(await open().proxyPid(), pid);
    assert.equal(await knock(port, openHome(home).token), 200);
    assert.deepEqual(await window.link.edit(addProfile({ id: 'p', name: 'Work', description: '' })), {
      ok: true,
    });
  });

  it('is removed has the history and the kept requests of before, also after a restart', async (t) => {
    const { home, port, open, window, pid } = await running(t);
    const { link } = window;
    for (const id of ['p', 'q']) await link.edit(addProfile({ id, name: id, description: '' }));
    await link.edit(activateProfile('q', Date.now()));
    const switches = async () => {
      const now = Date.now();
      const timeline = await proxyRequests(link).timeline({ from: now - 60_000, to: now + 1_000 });
      return timeline?.switches.length;
    };
    await waitFor('it is in the history', async () => (await switches()) || undefined);
    fs.rmSync(home, { recursive: true });
    await waitFor('it is there again', () => fs.existsSync(historyPath(home, port)) || undefined);
    assert.equal(await switches(), 1);
    await link.restart();
    await waitFor('it has ended', () => !proxiesOf(home).includes(pid) || undefined);
    assert.notEqual(await open().proxyPid(), pid);
    assert.equal(await switches(), 1);
  });

  it('is removed takes its entries out of the settings of Claude Code all the same', async (t) => {
    const { home, window } = await running(t);
    const folder = new ClaudeFolder(t);
    folder.write('{}');
    const outcome = await window.link.ask((proxy) => proxy.ask(configureClaudeCodeRequest, folder.target));
    assert.deepEqual(outcome, { ok: true });
    fs.rmSync(home, { recursive: true });
    await waitFor('it is recorded', () => fs.existsSync(claudeCodePath(home)) || undefined);
    await window.link.stop();
    assert.equal(folder.text, '{}');
  });

  it('is removed while it starts has a history all the same', async (t) => {
    const { home, window } = await running(t);
    fs.rmSync(home, { recursive: true });
    await waitFor('it is there again', () => fs.existsSync(path.join(home, 'token')) || undefined);
    const requests = proxyRequests(window.link);
    assert.deepEqual(await requests.queue(), []);
    assert.deepEqual((await requests.totals({ from: 0, to: Date.now() }))?.byEndpoint, []);
  });
});

/** The folder as it is known to be, without making anything that is missing. */
function openedBy(folder: string) {
  return { folder, token: '', installSecret: Buffer.alloc(32) };
}
