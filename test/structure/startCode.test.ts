import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { settings } from '../../src/extension/contributions.ts';
import { openHome } from '../../src/protocol/home.ts';
import { findDesktopEditor } from '../support/desktopEditor.ts';
import { proxiesOf } from '../support/linkedWindow.ts';
import { messageBody, packagedExtension } from '../support/qccEditor.ts';
import { waitFor } from '../support/waitFor.ts';

/* `npm run start:code`, with a stand-in for the command of a desktop editor; package, settings and proxy are real. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const standIn = fileURLToPath(new URL('../support/standInForCode.mjs', import.meta.url));

/** What the stand-in says of one call. */
interface Call {
  readonly args: readonly string[];
  readonly settings: Record<string, unknown>;
  readonly foreign: readonly string[];
  readonly vsixBytes?: number;
}

/** The demo, as `npm run start:code` runs it once everything is built. */
interface RunningDemo {
  readonly process: ChildProcess;
  /** Resolves with exit code and signal when it has ended and everything that it printed is there. */
  readonly ended: Promise<unknown[]>;
  /** Everything that the stand-in has told, one entry for each call. */
  told(): (Call | { ended: true })[];
  printed(): string;
  /** Resolves with the call that opened the window. */
  opened(): Promise<Call>;
}

function start(
  t: TestContext,
  { command = 'code', environment = {} as NodeJS.ProcessEnv } = {},
): RunningDemo {
  const folder = mkdtempSync(join(tmpdir(), 'qcc-code-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const script = `#!/bin/sh\nexec '${process.execPath}' '${standIn}' "$@"\n`;
  writeFileSync(join(folder, command), script, { mode: 0o755 });
  const account = join(folder, 'account');
  const demo = spawn(process.execPath, ['test/support/codeDemo.ts'], {
    cwd: root,
    env: { HOME: process.env.HOME, PATH: folder, STAND_IN_ACCOUNT: account, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(demo, 'close');
  // It ends in order, with all that it has started.
  t.after(async () => {
    demo.kill('SIGTERM');
    await ended;
  });
  let text = '';
  for (const stream of [demo.stdout, demo.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const told = () =>
    existsSync(account)
      ? readFileSync(account, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line))
      : [];
  const opened = () =>
    waitFor(
      'the window is open',
      () => {
        const call = told().find(({ args = [] }: Partial<Call>) => args.includes('--wait'));
        return call && existsSync(join(optionOf(call, '--user-data-dir'), 'code.lock')) ? call : undefined;
      },
      30_000,
    );
  return { process: demo, ended, told, printed: () => text, opened };
}

function optionOf({ args }: Call, option: string): string {
  return args[args.indexOf(option) + 1] ?? '';
}

/** What a demo has written: the editor's folders and the state folder. */
function foldersOf(call: Call): string[] {
  return [dirname(optionOf(call, '--user-data-dir')), String(call.settings[settings.stateFolder])];
}

describe('npm run start:code', () => {
  it('opens a window with the package and the settings of a proxy that serves', async (t) => {
    const demo = start(t);
    const window = await demo.opened();
    const [install] = demo.told() as Call[];
    assert.deepEqual(install?.args.slice(4), ['--install-extension', packagedExtension, '--force']);
    assert.equal(install?.vsixBytes, statSync(packagedExtension).size);
    assert.deepEqual(install?.args.slice(0, 4), window.args.slice(0, 4));
    assert.ok(optionOf(window, '--extensions-dir').startsWith(dirname(optionOf(window, '--user-data-dir'))));
    assert.ok(window.args.includes('--new-window'));
    assert.ok(statSync(window.args.at(-1) ?? '').isDirectory());

    // Both calls find the settings, and by them a proxy.
    assert.deepEqual(install?.settings, window.settings);
    const port = Number(window.settings[settings.port]);
    const { token } = openHome(String(window.settings[settings.stateFolder]));
    const answer = await fetch(`http://127.0.0.1:${port}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': token },
      body: messageBody('hello'),
    });
    assert.match(await answer.text(), /message_stop/);
    assert.match(demo.printed(), /Closing the window or Ctrl\+C ends everything/);
  });

  it('ends when the window is closed, and leaves nothing', async (t) => {
    const demo = start(t);
    const window = await demo.opened();
    const folders = foldersOf(window);
    assert.equal(proxiesOf(folders[1] ?? '').length, 1);
    writeFileSync(join(optionOf(window, '--user-data-dir'), 'close-window'), '');
    assert.deepEqual(await demo.ended, [0, null]);
    assert.deepEqual(folders.filter(existsSync), []);
    await waitFor('the proxy has ended', () => proxiesOf(folders[1] ?? '').length === 0 || undefined);
  });

  it('ends the editor on Ctrl+C, not only the command that waits for it', async (t) => {
    const demo = start(t);
    const window = await demo.opened();
    demo.process.kill('SIGINT');
    assert.deepEqual(await demo.ended, [0, null]);
    assert.deepEqual(demo.told().at(-1), { ended: true });
    assert.deepEqual(foldersOf(window).filter(existsSync), []);
  });

  it('hands nothing on of an editor around it, or of npm', async (t) => {
    const environment = { VSCODE_PID: '1', ELECTRON_RUN_AS_NODE: '1', npm_config_user_agent: 'npm' };
    const window = await start(t, { environment }).opened();
    assert.deepEqual(window.foreign, []);
  });

  it('ends with the exit code 1 when the editor refuses the extension', async (t) => {
    const demo = start(t, { environment: { STAND_IN_REFUSES: 'yes' } });
    assert.deepEqual(await demo.ended, [1, null]);
    assert.match(demo.printed(), /exit code 1/);
    const [install] = demo.told() as Call[];
    assert.ok(install);
    assert.deepEqual(foldersOf(install).filter(existsSync), []);
  });

  it('says what to do where there is no such command', async (t) => {
    const demo = start(t, { command: 'something-else' });
    assert.deepEqual(await demo.ended, [1, null]);
    assert.match(demo.printed(), /None of the commands code, code-insiders, codium is on the PATH/);
    assert.match(demo.printed(), /npm start/);
  });

  for (const variable of ['WSL_DISTRO_NAME', 'VSCODE_IPC_HOOK_CLI'])
    it(`calls no command where it would reach the user's own editor: ${variable}`, async (t) => {
      const demo = start(t, { environment: { [variable]: 'set' } });
      assert.deepEqual(await demo.ended, [1, null]);
      assert.match(demo.printed(), /use npm start there/);
      assert.deepEqual(demo.told(), []);
    });
});

describe('the command of a desktop editor', () => {
  const found = (platform: NodeJS.Platform, environment: NodeJS.ProcessEnv, ...commands: string[]) =>
    findDesktopEditor(platform, environment, (file) => commands.includes(file));

  it('is the first one on the PATH, VS Code before its relatives', () => {
    const PATH = '/a:/b';
    assert.equal(found('linux', { PATH }, '/b/code', '/a/codium', '/a/code-insiders'), '/b/code');
    assert.equal(found('darwin', { PATH }, '/a/codium', '/b/code-insiders'), '/b/code-insiders');
    assert.equal(found('linux', { PATH }, '/b/codium'), '/b/codium');
    assert.equal(found('linux', { PATH: '/b:/a' }, '/a/code', '/b/code'), '/b/code');
  });

  it('has the extension of a script on Windows', () => {
    const PATH = 'C:\\Windows;C:\\Program Files\\VS Code\\bin';
    const code = 'C:\\Program Files\\VS Code\\bin\\code.cmd';
    assert.equal(found('win32', { PATH }, code), code);
    assert.equal(found('win32', { PATH }, 'C:\\Windows\\code'), undefined);
  });

  it('is the one that QCC_CODE names, wherever that is', () => {
    assert.equal(found('linux', { PATH: '/a', QCC_CODE: '/opt/code' }, '/a/code'), '/opt/code');
  });

  it('is nothing where there is none', () => {
    assert.equal(found('linux', { PATH: '/a:' }), undefined);
    assert.equal(found('linux', {}), undefined);
  });
});
