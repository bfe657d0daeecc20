import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { AwakeClock } from '../../src/extension/proxyLink/awakeClock.ts';
import { ProcessStarter } from '../../src/extension/proxyLink/processStarter.ts';
import { holderPath, openHome } from '../../src/protocol/home.ts';
import { freePort, LinkedWindow, proxiesOf, proxyScript, temporaryHome } from '../support/linkedWindow.ts';
import { onEnd } from '../support/scope.ts';
import { waitFor } from '../support/waitFor.ts';

/*
 * What is done to the holder of a port that does not answer, with real processes and a clock that need not be waited for.
 * How windows find out that it does not answer is in test/long/hungProxy.test.ts. Built by `npm run vsix`.
 */

async function place(t: TestContext) {
  const { folder, remove } = temporaryHome();
  onEnd(t, async () => {
    for (const pid of proxiesOf(folder)) process.kill(pid, 'SIGKILL');
    await waitFor('nothing is left', () => proxiesOf(folder).length === 0 || undefined);
    remove();
  });
  const home = openHome(folder);
  const port = await freePort();
  let now = 0;
  const starter = new ProcessStarter(proxyScript, new AwakeClock(() => now));
  /** Tries to start a proxy where nobody answers. @param silent somebody takes connections all the same */
  const start = (silent: boolean) => {
    const before = proxiesOf(folder).length;
    return starter.start(home, port, {
      takesOver: false,
      connect: async () => {
        if (silent) starter.metSilence(folder, port);
        return undefined;
      },
      isWanted: () => true,
      pause: async () => {
        await delay(5);
        // The process that is started has all the time that it needs to find out that the port is taken.
        if (proxiesOf(folder).length <= before) now += 500;
      },
    });
  };
  /** A program of somebody else that has the port. */
  const squat = async () => {
    const squatter = net.createServer().listen(port, '127.0.0.1');
    onEnd(t, () => squatter.close());
    await once(squatter, 'listening');
  };
  return { folder, port, starter, start, squat };
}

/** A process that is none of ours. */
function bystander(t: TestContext) {
  const child = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] });
  const gone = once(child, 'exit').then(() => false);
  onEnd(t, () => child.kill('SIGKILL'));
  child.stdin.on('error', () => undefined);
  return {
    pid: child.pid ?? 0,
    isAlive: () => {
      child.stdin.write('?');
      return Promise.race([once(child.stdout, 'data').then(() => true), gone]);
    },
  };
}

/** A proxy that has the port, and hangs. */
async function hungProxy(t: TestContext, home: string, port: number) {
  const window = new LinkedWindow({ home, port });
  onEnd(t, () => window.link.dispose());
  window.link.start(true);
  const pid = await window.proxyPid();
  process.kill(pid, 'SIGSTOP');
  await window.link.dispose();
  return pid;
}

describe('the holder of a port that does not answer', { skip: process.platform !== 'linux' }, () => {
  it('is ended when it is a proxy that had proved itself', async (t) => {
    const { folder, port, starter, start } = await place(t);
    const pid = await hungProxy(t, folder, port);
    starter.stoppedAnswering(pid, folder, port);
    assert.equal(await start(false), undefined);
    await waitFor('it is gone', () => !proxiesOf(folder).includes(pid) || undefined);
  });

  it('is ended when it is a proxy by its file and by what it was started with', async (t) => {
    const { folder, port, start } = await place(t);
    const pid = await hungProxy(t, folder, port);
    assert.equal(await start(true), undefined);
    await waitFor('it is gone', () => !proxiesOf(folder).includes(pid) || undefined);
  });

  it('is left alone when nobody takes connections for it', async (t) => {
    const { folder, port, start } = await place(t);
    const pid = await hungProxy(t, folder, port);
    assert.equal(await start(false), 'portTaken');
    assert.deepEqual(proxiesOf(folder), [pid]);
  });

  it('is a foreign program when the process that had proved itself is gone and its id is used again', async (t) => {
    const { folder, port, starter, start, squat } = await place(t);
    await squat();
    const { pid, isAlive } = bystander(t);
    starter.stoppedAnswering(pid, folder, port);
    assert.equal(await start(false), 'portTaken');
    assert.equal(await isAlive(), true);
  });

  it('is a foreign program when the one that had proved itself holds another port, and may have recovered', async (t) => {
    const { folder, port, starter, start, squat } = await place(t);
    const other = await freePort();
    const pid = await hungProxy(t, folder, other);
    starter.stoppedAnswering(pid, folder, other);
    await squat();
    assert.notEqual(port, other);
    assert.equal(await start(false), 'portTaken');
    assert.deepEqual(proxiesOf(folder), [pid]);
  });

  it('is a foreign program when the file names a process that is none of ours', async (t) => {
    const { folder, port, start, squat } = await place(t);
    await squat();
    const { pid, isAlive } = bystander(t);
    fs.writeFileSync(holderPath(folder, port), String(pid));
    assert.equal(await start(true), 'portTaken');
    assert.equal(await isAlive(), true);
  });
});
