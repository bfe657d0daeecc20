import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { addProfile } from '../../src/core/configurationEdits.ts';
import { controlAddress, holderPath, openHome } from '../../src/protocol/home.ts';
import { freePort, LinkedWindow, proxiesOf, temporaryHome } from '../support/linkedWindow.ts';
import { onEnd } from '../support/scope.ts';
import { waitFor } from '../support/waitFor.ts';

/* A process that holds the port and does nothing any more. Stopped by the system, as far as anybody can tell. */

const isLinux = process.platform === 'linux';
/** Five seconds until it is asked, five for the answer, fifteen for its last chance, and some for the next one. */
const replacedWithinMs = 40_000;

async function place(t: TestContext) {
  const { folder: home, remove } = temporaryHome();
  const port = await freePort();
  const windows: LinkedWindow[] = [];
  onEnd(t, async () => {
    for (const pid of proxiesOf(home)) process.kill(pid, 'SIGCONT');
    const attached = windows.find((window) => window.status?.kind === 'attached');
    await attached?.link.stop();
    await Promise.all(windows.map((window) => window.link.dispose()));
    await waitFor('no proxy is left', () => proxiesOf(home).length === 0 || undefined);
    remove();
  });
  const open = (): LinkedWindow => {
    const window = new LinkedWindow({ home, port });
    windows.push(window);
    window.link.start(true);
    return window;
  };
  return { home, port, open };
}

describe('a holder of the port that says nothing', { skip: !isLinux, concurrency: true }, () => {
  describe('when it is a proxy that hangs', { concurrency: true }, () => {
    it('is found out by a window that asks it nothing, and replaced', async (t) => {
      const { home, port, open } = await place(t);
      const window = open();
      const pid = await window.proxyPid();
      process.kill(pid, 'SIGSTOP');
      const next = await waitFor(
        'another one is there',
        () => (window.state && window.state.pid !== pid ? window.state.pid : undefined),
        replacedWithinMs,
      );
      assert.deepEqual(proxiesOf(home), [next]);
      assert.equal(fs.readFileSync(holderPath(home, port), 'utf8'), String(next));
      assert.ok(window.statuses.every(({ kind }) => kind === 'starting' || kind === 'attached'));
    });

    it('is replaced, and the change that was waiting for it is made', async (t) => {
      const { open } = await place(t);
      const window = open();
      const pid = await window.proxyPid();
      process.kill(pid, 'SIGSTOP');
      const outcome = await window.link.edit(addProfile({ id: 'p', name: 'Work', description: '' }));
      assert.deepEqual(outcome, { ok: true });
      assert.notEqual(await window.proxyPid(), pid);
      assert.equal(window.store.document?.configuration.profiles.length, 1);
    });

    it('is replaced once by windows that never heard of it', async (t) => {
      const { home, open } = await place(t);
      const first = open();
      const pid = await first.proxyPid();
      process.kill(pid, 'SIGSTOP');
      await first.link.dispose();
      const others = [open(), open(), open()];
      const next = await waitFor('another one is there', () => others[0]?.state?.pid, replacedWithinMs);
      for (const other of others) {
        assert.equal(await other.proxyPid(), next);
        assert.ok(other.statuses.every(({ kind }) => kind === 'starting' || kind === 'attached'));
      }
      assert.deepEqual(proxiesOf(home), [next]);
    });

    it('for less than its last chance is left alone', async (t) => {
      const { home, open } = await place(t);
      const window = open();
      const pid = await window.proxyPid();
      const other = open();
      await other.proxyPid();
      process.kill(pid, 'SIGSTOP');
      await Promise.all(
        [window, other].map((each) =>
          waitFor('it is found out', () => each.status?.kind === 'starting' || undefined, 15_000),
        ),
      );
      process.kill(pid, 'SIGCONT');
      assert.equal(await window.proxyPid(), pid);
      assert.equal(await other.proxyPid(), pid);
      assert.deepEqual(proxiesOf(home), [pid]);
    });
  });

  describe('when it only seems to be one', { concurrency: true }, () => {
    /** A program that takes our port and our address, and says nothing. */
    async function squat(t: TestContext, home: string, port: number): Promise<void> {
      const silent = net.createServer((socket) => socket.on('error', () => socket.destroy()));
      const holder = net.createServer();
      onEnd(t, () => {
        silent.close();
        holder.close();
      });
      holder.listen(port, '127.0.0.1');
      silent.listen(controlAddress(openHome(home), port));
      await Promise.all([once(holder, 'listening'), once(silent, 'listening')]);
    }

    it('is never ended, whatever the file says, when it was not started as one of ours', async (t) => {
      const { home, port, open } = await place(t);
      await squat(t, home, port);
      const bystander = spawn('sleep', ['600'], { stdio: 'ignore' });
      onEnd(t, () => bystander.kill('SIGKILL'));
      fs.writeFileSync(holderPath(home, port), String(bystander.pid));
      const window = open();
      await window.reaches('portTaken', replacedWithinMs);
      assert.equal(bystander.exitCode ?? bystander.signalCode, null);
    });

    it('is a foreign program when no file says whose it is', async (t) => {
      const { home, port, open } = await place(t);
      await squat(t, home, port);
      const window = open();
      await window.reaches('portTaken', 15_000);
    });
  });
});
