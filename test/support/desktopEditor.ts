import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { openEditorFolder, writeSettings } from './editorFolder.ts';
import { waitFor } from './waitFor.ts';

/** The commands that open a desktop editor, the one that is preferred first. */
export const desktopCommands = ['code', 'code-insiders', 'codium'];

/**
 * Variables that npm has set, or an editor around this program for its terminals, and what would tell an Electron program
 * to be a Node: with them, the command would open something else than an editor of its own.
 */
const foreign = /^(VSCODE_|ELECTRON_|npm_|NODE_OPTIONS$|INIT_CWD$)/i;
const startMs = 5_000;
const quitMs = 15_000;

/**
 * Where the command of a desktop editor is.
 *
 * @param environment `QCC_CODE` has the path of one that is not on the `PATH`
 * @param isCommand whether a path is something that can be run
 */
export function findDesktopEditor(
  platform: NodeJS.Platform,
  environment: NodeJS.ProcessEnv,
  isCommand: (file: string) => boolean = canBeRun,
): string | undefined {
  if (environment.QCC_CODE) return environment.QCC_CODE;
  const { delimiter, join } = platform === 'win32' ? path.win32 : path.posix;
  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const suffix = platform === 'win32' ? '.cmd' : '';
  return desktopCommands
    .flatMap((command) => folders.map((folder) => join(folder, command + suffix)))
    .find(isCommand);
}

/** A desktop editor with one window, and folders of its own for user data and extensions. */
export interface DesktopEditor {
  /** Resolves when its window has been closed. @throws when the editor could not open it */
  readonly closed: Promise<void>;
  /** Ends the editor if it still runs, and removes what it has written. */
  end(): Promise<void>;
}

/**
 * Installs an extension in a desktop editor that shares nothing with the one of the user, and opens a window.
 *
 * @param command its path, see {@link findDesktopEditor}
 * @param settings on top of those that keep tours and chat away
 * @throws when the editor does not take the extension; its own words are on stderr then
 */
export async function openDesktopEditor(
  command: string,
  vsix: string,
  settings: Record<string, unknown>,
): Promise<DesktopEditor> {
  const folder = openEditorFolder();
  const removeFolder = () =>
    rmSync(folder.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  const folders = ['--user-data-dir', folder.data, '--extensions-dir', folder.extensions];
  // Keys of simulated endpoints are no secrets; a keyring would ask the user to be unlocked for them.
  const quiet = [
    '--skip-welcome',
    '--skip-release-notes',
    '--disable-workspace-trust',
    '--password-store=basic',
  ];
  const lock = path.join(folder.data, 'code.lock');
  try {
    writeSettings(folder, settings);
    await succeeds(run(command, [...folders, '--install-extension', vsix, '--force']));
  } catch (error) {
    removeFolder();
    throw error;
  }
  const window = run(command, [...folders, ...quiet, '--new-window', '--wait', folder.workspace]);
  const closed = succeeds(window);
  const end = async () => {
    // Whoever ends it right after it was opened ends it as soon as it has started.
    if (window.exitCode !== 0)
      await waitFor('the editor starts', () => pidIn(lock), startMs).catch(() => undefined);
    await endMainProcess(lock);
    window.kill();
    removeFolder();
  };
  return { closed, end };
}

function run(command: string, args: readonly string[]): ChildProcess {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  const options = { env: environment, stdio: ['ignore', 2, 2] as ['ignore', number, number] };
  if (process.platform !== 'win32') return spawn(command, args, options);
  // Only a shell starts .cmd files, and it is handed one line.
  return spawn([command, ...args].map((word) => `"${word}"`).join(' '), { ...options, shell: true });
}

/** Resolves when a command has ended well. */
function succeeds(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${child.spawnfile} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/**
 * The command is not the editor: it only waits for it, and on macOS the editor outlives its windows. The editor's own
 * process leaves its id in this file of its user data for as long as it runs.
 */
async function endMainProcess(lock: string): Promise<void> {
  const pid = pidIn(lock);
  if (pid === undefined || !signal(pid, 'SIGTERM')) return;
  await waitFor('the editor ends', () => !signal(pid, 0) || undefined, quitMs);
}

function pidIn(lock: string): number | undefined {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    // The editor did not get that far, or has ended.
    return undefined;
  }
}

/** Sends a signal to a process; false when there is none. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

function canBeRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
