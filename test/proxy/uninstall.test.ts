import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createInstallationRecorder } from '../../src/extension/installationRecorder.ts';
import { openHome } from '../../src/protocol/home.ts';
import { readInstallations } from '../../src/protocol/installations.ts';
import { platform } from '../../src/protocol/platform.ts';
import { homeFilesIn } from '../../src/proxy/homeFiles.ts';
import { freePort, LinkedWindow, proxiesOf, temporaryHome } from '../support/linkedWindow.ts';
import { onEnd } from '../support/scope.ts';
import { waitFor } from '../support/waitFor.ts';

/*
 * What the script leaves that an editor runs after the extension was removed. What it does to Claude Code's settings is in
 * claudeCode/process.test.ts. Built by `npm run vsix`.
 */

const script = fileURLToPath(new URL('../../dist/uninstall.cjs', import.meta.url));

/** A user's machine with editors on it. */
class Machine {
  readonly #t: TestContext;
  readonly #folder: string;
  /** The folder in the user's home. */
  readonly home: string;

  constructor(t: TestContext) {
    const { folder, remove } = temporaryHome();
    this.#t = t;
    this.#folder = folder;
    this.home = path.join(folder, 'home');
    onEnd(t, remove);
  }

  place(name: string): string {
    return path.join(this.#folder, name);
  }

  /** Puts the extension into an editor. */
  install(editor: string, version = '1.0.0'): string {
    const extension = path.join(this.#folder, editor, 'extensions', `qcc.qcc-${version}`);
    fs.mkdirSync(path.join(extension, 'dist'), { recursive: true });
    fs.writeFileSync(path.join(extension, 'package.json'), '{}');
    fs.copyFileSync(script, path.join(extension, 'dist', 'uninstall.cjs'));
    return extension;
  }

  /** A window of an editor that is open, with its proxy. */
  async open(extension: string, stateFolder = this.home): Promise<LinkedWindow> {
    openHome(stateFolder);
    createInstallationRecorder(extension)(stateFolder);
    const here = fs.realpathSync(extension);
    const isRecorded = () =>
      readInstallations(here).some((each) => each.stateFolder === fs.realpathSync(stateFolder));
    await waitFor('it is recorded', () => isRecorded() || undefined);
    const window = new LinkedWindow({ home: stateFolder, port: await freePort() });
    onEnd(this.#t, async () => {
      await window.link.stop();
      await window.link.dispose();
      await waitFor('no process is left', () => proxiesOf(stateFolder).length === 0 || undefined, 20_000);
    });
    window.link.start(true);
    await window.proxyPid();
    return window;
  }

  /** Has an editor used for a while. */
  async use(extension: string, stateFolder = this.home): Promise<void> {
    await end(await this.open(extension, stateFolder));
    await waitFor('the proxy has ended', () => proxiesOf(stateFolder).length === 0 || undefined);
  }

  /** Has the editor remove the extension: the script runs first, and is gone with the folder then. */
  async uninstall(extension: string): Promise<void> {
    const parameters = [path.join(extension, 'dist', 'uninstall.cjs'), '--type=extension-post-uninstall'];
    const child = spawn(process.execPath, [...parameters, '--home', this.home], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += String(data)));
    const started = performance.now();
    assert.deepEqual(await once(child, 'close'), [0, null]);
    assert.equal(said, '');
    // An editor waits for five seconds.
    assert.ok(performance.now() - started < 4_500);
    fs.rmSync(extension, { recursive: true });
  }
}

/** Closes a window for good, and ends its proxy. A window that is still there would make the folder again. */
async function end(window: LinkedWindow): Promise<void> {
  const pid = await window.proxyPid();
  await window.link.dispose();
  process.kill(pid, 'SIGTERM');
}

describe('the script that an editor runs when the extension is removed', { concurrency: 2 }, () => {
  it('leaves nothing of what the last installation wrote', async (t) => {
    const machine = new Machine(t);
    const extension = machine.install('code');
    await machine.use(extension);
    assert.ok(homeFilesIn(machine.home).length > 4);
    await machine.uninstall(extension);
    assert.equal(fs.existsSync(machine.home), false);
  });

  it('leaves what is not ours', async (t) => {
    const machine = new Machine(t);
    const extension = machine.install('code');
    await machine.use(extension);
    for (const name of ['notes.md', 'token.txt', 'history-7860.db']) {
      fs.writeFileSync(path.join(machine.home, name), 'mine');
    }
    fs.mkdirSync(path.join(machine.home, 'proxy-1.log'));
    await machine.uninstall(extension);
    assert.deepEqual(fs.readdirSync(machine.home).sort(), [
      'history-7860.db',
      'notes.md',
      'proxy-1.log',
      'token.txt',
    ]);
  });

  it('is not meant when the editor has updated it', async (t) => {
    const machine = new Machine(t);
    const old = machine.install('code');
    await machine.use(old);
    const before = fs.readdirSync(machine.home);
    machine.install('code', '1.1.0');
    await machine.uninstall(old);
    assert.deepEqual(fs.readdirSync(machine.home), before);
  });

  it('is meant when the editor removes both versions', async (t) => {
    const machine = new Machine(t);
    const old = machine.install('code');
    const updated = machine.install('code', '1.1.0');
    await machine.use(old);
    await machine.use(updated);
    fs.writeFileSync(
      path.join(path.dirname(old), '.obsolete'),
      JSON.stringify({ [path.basename(old)]: true, [path.basename(updated)]: true }),
    );
    await machine.uninstall(updated);
    assert.equal(fs.existsSync(machine.home), false);
  });

  it('leaves what another editor uses, until that one removes it too', async (t) => {
    const machine = new Machine(t);
    const [one, other] = [machine.install('code'), machine.install('insiders')];
    await machine.use(one);
    await machine.use(other);
    const state = () => homeFilesIn(machine.home).filter(({ kind }) => kind !== 'installation');
    const before = state();
    await machine.uninstall(one);
    assert.deepEqual(state(), before);
    assert.deepEqual(readInstallations(machine.home), [
      { host: platform.hostTag, extension: other, stateFolder: machine.home },
    ]);
    await machine.uninstall(other);
    assert.equal(fs.existsSync(machine.home), false);
  });

  for (const [when, remove] of [
    ['before the old version is removed', () => undefined],
    ['after the old version was removed', (old: string) => fs.rmSync(old, { recursive: true })],
  ] as const) {
    it(`leaves what another editor uses that has updated it and not used it since, ${when}`, async (t) => {
      const machine = new Machine(t);
      const [one, old] = [machine.install('code'), machine.install('insiders')];
      await machine.use(old);
      const updated = machine.install('insiders', '1.1.0');
      fs.writeFileSync(
        path.join(path.dirname(old), '.obsolete'),
        JSON.stringify({ [path.basename(old)]: true }),
      );
      remove(old);
      await machine.use(one);
      await machine.uninstall(one);
      assert.ok(fs.existsSync(path.join(machine.home, 'token')));
      await machine.uninstall(updated);
      assert.equal(fs.existsSync(machine.home), false);
    });
  }

  it('does not wait for an editor that was deleted by hand', async (t) => {
    const machine = new Machine(t);
    const [one, other] = [machine.install('code'), machine.install('insiders')];
    await machine.use(one);
    await machine.use(other);
    fs.rmSync(other, { recursive: true });
    await machine.uninstall(one);
    assert.equal(fs.existsSync(machine.home), false);
  });

  it('cleans the chosen state folder too, unless another editor has chosen it as well', async (t) => {
    const machine = new Machine(t);
    const [one, other] = [machine.install('code'), machine.install('insiders')];
    const [own, shared] = [machine.place('own'), machine.place('shared')];
    await machine.use(one, own);
    await machine.use(one, shared);
    await machine.use(other, shared);
    await machine.uninstall(one);
    assert.equal(fs.existsSync(own), false);
    assert.ok(fs.existsSync(path.join(shared, 'token')));
    await machine.uninstall(other);
    assert.equal(fs.existsSync(shared), false);
    // Nobody has used the folder in the user's home.
    assert.equal(fs.existsSync(machine.home), false);
  });

  it('finds the chosen state folder also when it has to wait for its proxy', async (t) => {
    const machine = new Machine(t);
    const extension = machine.install('code');
    const own = machine.place('own');
    const window = await machine.open(extension, own);
    await machine.uninstall(extension);
    assert.ok(fs.existsSync(path.join(own, 'token')));
    await end(window);
    await waitFor('it is cleaned up', () => !fs.existsSync(own) || undefined, 20_000);
  });

  it('leaves a state folder that another editor has reached by another path', async (t) => {
    const machine = new Machine(t);
    const [one, other] = [machine.install('code'), machine.install('insiders')];
    fs.mkdirSync(machine.place('disk'));
    fs.symlinkSync('disk', machine.place('link'));
    const [direct, linked] = [machine.place('disk/state'), machine.place('link/state')];
    await machine.use(one, direct);
    await machine.use(other, linked);
    await machine.uninstall(one);
    assert.ok(fs.existsSync(path.join(direct, 'token')));
    await machine.uninstall(other);
    assert.equal(fs.existsSync(direct), false);
  });

  it('cleans up for an editor whose folder of extensions is reached by a link', async (t) => {
    const machine = new Machine(t);
    machine.install('disk');
    fs.symlinkSync('disk', machine.place('code'));
    const extension = machine.place('code/extensions/qcc.qcc-1.0.0');
    await machine.use(extension);
    await machine.uninstall(extension);
    assert.equal(fs.existsSync(machine.home), false);
  });

  it('leaves what a container uses that shares the folder', async (t) => {
    const machine = new Machine(t);
    const extension = machine.install('code');
    await machine.use(extension);
    fs.writeFileSync(
      path.join(machine.home, 'installation-0123456789abcdef.json'),
      JSON.stringify({
        version: 1,
        host: '01234567',
        extension: '/nowhere/here',
        stateFolder: '/home/dev/.qcc',
      }),
    );
    await machine.uninstall(extension);
    assert.ok(fs.existsSync(path.join(machine.home, 'token')));
  });

  it("leaves the folder in the user's home to whoever has recorded nothing there", async (t) => {
    const machine = new Machine(t);
    const extension = machine.install('code');
    const own = machine.place('own');
    openHome(machine.home);
    await machine.use(extension, own);
    await machine.uninstall(extension);
    assert.equal(fs.existsSync(own), false);
    assert.deepEqual(fs.readdirSync(machine.home).sort(), ['install-secret', 'token']);
  });

  it('leaves a proxy alone that still serves, and cleans up when it has ended', async (t) => {
    const machine = new Machine(t);
    const extension = machine.install('code');
    const window = await machine.open(extension);
    const pid = await window.proxyPid();
    await machine.uninstall(extension);
    assert.ok(fs.existsSync(path.join(machine.home, 'token')));
    assert.ok(proxiesOf(machine.home).includes(pid));
    await end(window);
    await waitFor('it is cleaned up', () => !fs.existsSync(machine.home) || undefined, 20_000);
    await waitFor('no process is left', () => proxiesOf(machine.home).length === 0 || undefined);
  });

  it('leaves everything when the extension is installed again before the proxy has ended', async (t) => {
    const machine = new Machine(t);
    const extension = machine.install('code');
    const window = await machine.open(extension);
    await machine.uninstall(extension);
    machine.install('code');
    await end(window);
    await waitFor('no process is left', () => proxiesOf(machine.home).length === 0 || undefined, 20_000);
    assert.ok(fs.existsSync(path.join(machine.home, 'token')));
    assert.deepEqual(readInstallations(machine.home), [
      { host: platform.hostTag, extension, stateFolder: machine.home },
    ]);
  });
});
