import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { defaultHomeFolder } from '../protocol/home.ts';
import {
  forgetInstallations,
  hasOtherVersion,
  isInstalled,
  isOfSameEditor,
  isOther,
  readInstallations,
} from '../protocol/installations.ts';
import { platform } from '../protocol/platform.ts';
import { isServed, removeState, takeOutEntries } from './removeState.ts';

/*
 * Run by the editor, without the extension, after the user has removed it: takes our entries out of the settings of Claude
 * Code where a process that was killed has left them, and removes what we wrote outside of the editor, unless another
 * installation still needs that. Nobody reads what it says, and nothing may go wrong loudly.
 */

/** How long a proxy whose last window has just gone may take to end, with its streams, in milliseconds. */
const endLimitMs = 90_000;
const lookIntervalMs = 500;

/** What there is to clean up. */
interface Task {
  /** The folder in the user's home. */
  readonly home: string;
  /** Where the extension is, or was. */
  readonly own: string;
  /** The state folders that it has used. */
  readonly folders: readonly string[];
}

async function uninstall(): Promise<void> {
  // The editor adds an argument of its own.
  const { values } = parseArgs({
    options: {
      home: { type: 'string' },
      extension: { type: 'string' },
      folder: { type: 'string', multiple: true },
      waiting: { type: 'boolean' },
    },
    strict: false,
  });
  const home = typeof values.home === 'string' ? values.home : defaultHomeFolder();
  const own = typeof values.extension === 'string' ? values.extension : path.dirname(import.meta.dirname);
  const isWaiting = values.waiting === true;
  const folders = isWaiting ? [values.folder ?? []].flat().map(String) : foldersOf(home, own);
  const task = { home, own, folders };
  const until = isWaiting ? Date.now() + endLimitMs : 0;
  if (hasOtherVersion(own)) return;
  while (await isServedAnywhere(task)) {
    if (!isWaiting) return goOnAlone(task);
    if (Date.now() > until) break;
    await delay(lookIntervalMs);
  }
  // Meanwhile it may have been installed again.
  if (isWaiting && (isInstalled(own) || hasOtherVersion(own))) return;
  const unused = unusedFolders(task);
  for (const folder of folders) {
    await forgetInstallations(folder, (each) => !isOther(each, own)).catch(() => undefined);
  }
  for (const folder of unused) {
    if (await isServed(folder)) continue;
    // The folder in the user's home may be another installation's that has recorded nothing, or another program's.
    if (folders.includes(folder)) await removeState(folder);
    else await takeOutEntries(folder);
  }
}

/** What this installation has recorded. */
function foldersOf(home: string, own: string): string[] {
  const known = [...readInstallations(own), ...readInstallations(home)];
  const mine = known.filter(
    ({ host, extension }) => host === platform.hostTag && isOfSameEditor(extension, own),
  );
  return [...new Set(mine.map(({ stateFolder }) => stateFolder))];
}

/** The folders that nobody else uses. */
function unusedFolders({ home, own, folders }: Task): string[] {
  const isHomeOwn = folders.some((folder) => path.relative(folder, withoutLinks(home)) === '');
  return [...folders, ...(isHomeOwn ? [] : [home])].filter(
    (folder) => !readInstallations(folder).some((each) => isOther(each, own)),
  );
}

function withoutLinks(folder: string): string {
  try {
    return fs.realpathSync(folder);
  } catch {
    // It is not there, or not ours to look into.
    return folder;
  }
}

async function isServedAnywhere(task: Task): Promise<boolean> {
  for (const folder of unusedFolders(task)) if (await isServed(folder)) return true;
  return false;
}

/**
 * Waits for the proxy in a process of its own: the editor gives us five seconds
 * (`extensionLifecycle.ts` of VS Code) and then removes our folder, this script with it.
 */
async function goOnAlone({ home, own, folders }: Task): Promise<void> {
  const used = folders.flatMap((folder) => ['--folder', folder]);
  const parameters = ['-', '--home', home, '--extension', own, ...used, '--waiting'];
  const child = spawn(process.execPath, parameters, {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: path.parse(process.execPath).root,
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    windowsHide: true,
  });
  child.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.stdin.once('error', () => resolve());
    child.stdin.end(fs.readFileSync(path.join(import.meta.dirname, 'uninstall.cjs')), resolve);
  });
  child.unref();
}

// Whatever is wrong with it, the extension is gone, and there is nobody to tell.
uninstall().catch(() => undefined);
