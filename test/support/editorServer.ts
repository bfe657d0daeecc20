import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EditorFolder, EditorLocale } from './editorFolder.ts';
import { editorProgram } from './editorProgram.ts';
import { endGroup, endWithThisProcess } from './processGroup.ts';
import { waitFor } from './waitFor.ts';

const keptLogCharacters = 100_000;

/** How to start a server. */
export interface ServerOptions {
  /** Port on 127.0.0.1; 0 or nothing takes a free one. */
  readonly port?: number;
  /** Default `en`. */
  readonly locale?: EditorLocale;
  /** Variables added to the cleaned environment of the server, its extension hosts and terminals. */
  readonly environment?: Record<string, string>;
  /**
   * Turns on VS Code's own test automation, which runs test modules inside an extension host (the `payload` of the
   * address). It also turns off notification toasts, so it is off by default.
   */
  readonly automation?: boolean;
}

/** A running code-server: the server half of VS Code, which starts one extension host for each window. */
export interface EditorServer {
  readonly port: number;
  /** Process id, which is also the id of the process group of everything the editor starts itself. */
  readonly pid: number;
  /** The last 100 000 characters of what it printed. */
  log(): string;
  /** Ends the whole process group. */
  stop(): Promise<void>;
}

/**
 * Starts code-server on 127.0.0.1 and resolves when it answers.
 *
 * @throws with what it printed, when it exits or does not answer within 10 seconds
 */
export async function startEditorServer(folder: EditorFolder, options: ServerOptions): Promise<EditorServer> {
  const args = [
    editorProgram.entry,
    ...folderArguments(folder),
    ...[
      '--bind-addr',
      `127.0.0.1:${options.port ?? 0}`,
      '--auth',
      'none',
      '--locale',
      options.locale ?? 'en',
    ],
    ...['--disable-telemetry', '--disable-update-check', '--disable-workspace-trust'],
    ...['--disable-getting-started-override', '--ignore-last-opened'],
    ...(options.automation ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
  ];
  const child = spawn(editorProgram.node, args, {
    cwd: folder.workspace,
    env: { ...cleanEnvironment(folder), ...options.environment },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-keptLogCharacters);
    });
  }
  try {
    const bound = await listening(child, () => text);
    const pid = child.pid as number;
    endWithThisProcess(pid);
    return { port: bound, pid, log: () => text, stop: () => endGroup(pid) };
  } catch (error) {
    if (child.pid !== undefined) await endGroup(child.pid);
    throw new Error(`code-server did not start: ${(error as Error).message}\n${text}`, { cause: error });
  }
}

/** Installs (or replaces) an extension from a VSIX file; windows that are open see it after a reload. */
export async function installVsix(folder: EditorFolder, vsix: string): Promise<void> {
  const args = [editorProgram.entry, ...folderArguments(folder), '--install-extension', vsix, '--force'];
  await promisify(execFile)(editorProgram.node, args, {
    env: cleanEnvironment(folder),
    cwd: folder.workspace,
  });
}

/**
 * Process ids of the extension hosts in a process group, oldest first. Linux only: it reads `/proc`.
 *
 * @param group process group id of an editor server
 */
export function extensionHostPids(group: number): number[] {
  const found: { pid: number; startedAt: number }[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (!command.includes('--type=extensionHost')) continue;
      // The fields after the command name, which is in parentheses and may contain anything:
      // state, parent, process group, …, and the start time as the 20th of them.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(fields[2]) === group) found.push({ pid: Number(pid), startedAt: Number(fields[19]) });
    } catch {
      // The process ended between the listing and the look.
    }
  }
  return found.sort((a, b) => a.startedAt - b.startedAt).map(({ pid }) => pid);
}

async function listening(child: ChildProcess, log: () => string): Promise<number> {
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  child.once('exit', (code) => {
    failure = new Error(`it exited with code ${code}`);
  });
  const port = await waitFor('the server names its port', () => {
    if (failure) throw failure;
    const address = /HTTP server listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(log());
    return address ? Number(address[1]) : undefined;
  });
  await waitFor('the server answers', async () => {
    if (failure) throw failure;
    const response = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    return response?.ok || undefined;
  });
  return port;
}

function folderArguments(folder: EditorFolder): string[] {
  return ['--user-data-dir', folder.data, '--extensions-dir', folder.extensions];
}

/**
 * Only what a shell needs, by an allow-list: variables of npm, of an outer VS Code, of a proxy or of a Claude Code
 * around the tests would change what is tested.
 */
function cleanEnvironment(folder: EditorFolder): Record<string, string> {
  const kept = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'SHELL', 'USER', 'LOGNAME'];
  const environment: Record<string, string> = {
    HOME: folder.home,
    TMPDIR: folder.temporary,
    XDG_CONFIG_HOME: join(folder.home, '.config'),
    XDG_DATA_HOME: join(folder.home, '.local', 'share'),
    XDG_CACHE_HOME: join(folder.home, '.cache'),
    XDG_STATE_HOME: join(folder.home, '.local', 'state'),
    XDG_RUNTIME_DIR: folder.temporary,
    // No extension gallery, so nothing is looked up on the internet.
    EXTENSIONS_GALLERY: '{"serviceUrl":""}',
  };
  for (const name of kept) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}
