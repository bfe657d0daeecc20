import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { configureClaudeCodeRequest, restoreClaudeCodeRequest } from '../../../src/protocol/clients.ts';
import { claudeCodePath, openHome } from '../../../src/protocol/home.ts';
import { ClaudeFolder } from '../../support/claudeFolder.ts';
import { freePort, LinkedWindow, proxiesOf, temporaryHome } from '../../support/linkedWindow.ts';
import { onEnd } from '../../support/scope.ts';
import { waitFor } from '../../support/waitFor.ts';

/* The settings file over the lives of whole proxy processes. Built by `npm run vsix`. */

const settings = '{\n  "env": {\n    "ANTHROPIC_AUTH_TOKEN": "sk-own"\n  }\n}\n';
const uninstallScript = fileURLToPath(new URL('../../../dist/uninstall.cjs', import.meta.url));

/** A window whose proxy has put its entries into the settings. */
async function configured(t: TestContext) {
  const folder = new ClaudeFolder(t);
  folder.write(settings);
  const { folder: home, remove } = temporaryHome();
  const window = new LinkedWindow({ home, port: await freePort() });
  onEnd(t, async () => {
    await window.link.stop();
    await window.link.dispose();
    await waitFor('no proxy is left', () => proxiesOf(home).length === 0 || undefined);
    remove();
  });
  window.link.start(true);
  await window.proxyPid();
  const outcome = await window.link.ask((proxy) => proxy.ask(configureClaudeCodeRequest, folder.target));
  assert.deepEqual(outcome, { ok: true });
  return { folder, home, window };
}

const pointsAt = (folder: ClaudeFolder, port: number): boolean =>
  folder.variables.ANTHROPIC_BASE_URL === `http://127.0.0.1:${port}`;

/** Kills the proxy. @param isMissed whether its window is to start another one */
async function killed(window: LinkedWindow, { isMissed = true } = {}): Promise<void> {
  const pid = await window.proxyPid();
  if (!isMissed) await window.link.dispose();
  process.kill(pid, 'SIGKILL');
  await waitFor('it is gone', () => !proxiesOf(window.home).includes(pid) || undefined);
}

/** What the editor runs after the extension was removed. */
async function uninstall(home: string): Promise<number> {
  const args = [uninstallScript, '--type=extension-post-uninstall', '--home', home];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += String(data)));
  const [code] = await once(child, 'close');
  assert.equal(said, '');
  return code;
}

describe('a proxy process', () => {
  it('points Claude Code at itself, with its own token, and tells its windows', async (t) => {
    const { folder, home, window } = await configured(t);
    assert.ok(pointsAt(folder, window.port));
    assert.equal(folder.variables.ANTHROPIC_AUTH_TOKEN, openHome(home).token);
    const state = await waitFor('it is published', () => window.state?.claudeCode ?? undefined);
    assert.deepEqual(state, { file: folder.file, isWritten: true, problem: null });
    assert.equal(fs.statSync(claudeCodePath(home)).mode & 0o777, 0o600);
  });

  it('takes its entries out before anybody else can have its port, and puts them back when it starts', async (t) => {
    const { folder, window } = await configured(t);
    await window.link.stop();
    assert.equal(folder.text, settings);
    assert.equal(await window.link.attach(), true);
    await waitFor('they are back', () => pointsAt(folder, window.port) || undefined);
  });

  it('takes them out when it is told to end by the system', async (t) => {
    const { folder, window } = await configured(t);
    const pid = await window.proxyPid();
    const { length } = window.statuses;
    process.kill(pid, 'SIGTERM');
    await waitFor(
      'the window has heard of it',
      () => window.statuses.length > length || undefined,
      10_000,
      5,
    );
    // The window starts another one at once, which puts them in again.
    await waitFor('they are back', () => pointsAt(folder, window.port) || undefined);
    assert.match(fs.readFileSync(`${window.home}/proxy-${window.port}.log`, 'utf8'), /"claudeCodeRestored"/);
  });

  it('repairs what one that was killed has left, on another port too', async (t) => {
    const { folder, window } = await configured(t);
    const old = window.port;
    window.port = await freePort();
    await killed(window);
    assert.ok(pointsAt(folder, old), 'nobody could take them out');
    await waitFor('they are brought up to date', () => pointsAt(folder, window.port) || undefined);
    await window.reaches('attached');
    const outcome = await window.link.ask((proxy) => proxy.askPlainly(restoreClaudeCodeRequest));
    assert.deepEqual(outcome, { ok: true });
    assert.equal(folder.text, settings);
  });

  it('refuses what is no settings file', async (t) => {
    const { window, folder } = await configured(t);
    const target = { ...folder.target, file: '/etc/passwd' };
    const asked = window.link.ask((proxy) => proxy.ask(configureClaudeCodeRequest, target));
    await assert.rejects(asked);
    assert.ok(pointsAt(folder, window.port));
  });
});

describe('the script that the editor runs when the extension is removed', () => {
  it('takes out what a proxy that was killed has left, and its own record', async (t) => {
    const { folder, home, window } = await configured(t);
    await killed(window, { isMissed: false });
    assert.equal(await uninstall(home), 0);
    assert.equal(folder.text, settings);
    assert.deepEqual(folder.names, ['settings.json']);
    assert.equal(fs.existsSync(claudeCodePath(home)), false);
  });

  it('leaves them to a proxy that another editor still uses', async (t) => {
    const { folder, home, window } = await configured(t);
    assert.equal(await uninstall(home), 0);
    assert.ok(pointsAt(folder, window.port));
  });

  it('has nothing to say where there is nothing to do, or nothing can be done', async (t) => {
    const { folder, home, window } = await configured(t);
    await killed(window, { isMissed: false });
    folder.write('{ broken', 0o600);
    assert.equal(await uninstall(home), 0);
    assert.equal(folder.text, '{ broken');
    fs.writeFileSync(claudeCodePath(home), 'no record');
    assert.equal(await uninstall(home), 0);
    assert.equal(await uninstall(`${home}/nowhere`), 0);
    assert.equal(fs.existsSync(`${home}/nowhere`), false);
  });
});
