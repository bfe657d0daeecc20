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
  readInstallations,
} from '../protocol/installations.ts';
import { isServed, removeState } from './removeState.ts';

/*
 * Run by the editor, without the extension, after the user has removed it: takes our entries out of the settings of Claude
 * Code where a process that was killed has left them, and removes what we wrote outside of the editor, unless another
 * installation still needs that. Nobody reads what it says, and nothing may go wrong loudly.
 */

/** How long a proxy whose last window has just gone may take to end, with its streams, in milliseconds. */
const endLimitMs = 90_000;
const lookIntervalMs = 500;

async function uninstall(): Promise<void> {
  // The editor adds an argument of its own.
  const { values } = parseArgs({
    options: { home: { type: 'string' }, extension: { type: 'string' }, waiting: { type: 'boolean' } },
    strict: false,
  });
  const home = typeof values.home === 'string' ? values.home : defaultHomeFolder();
  const own = typeof values.extension === 'string' ? values.extension : path.dirname(import.meta.dirname);
  const isWaiting = values.waiting === true;
  const until = isWaiting ? Date.now() + endLimitMs : 0;
  if (hasOtherVersion(own)) return;
  while (await isServedAnywhere(home, own)) {
    if (!isWaiting) return goOnAlone(home, own);
    if (Date.now() > until) break;
    await delay(lookIntervalMs);
  }
  // Meanwhile it may have been installed again.
  if (isWaiting && (isInstalled(own) || hasOtherVersion(own))) return;
  const folders = unusedFolders(home, own);
  const isGone = (extension: string) => extension === own || !isInstalled(extension);
  await forgetInstallations(home, ({ extension }) => isGone(extension)).catch(() => undefined);
  for (const folder of folders) if (!(await isServed(folder))) await removeState(folder);
}

/** The folders that this installation used, and nobody else does. */
function unusedFolders(home: string, own: string): string[] {
  const known = readInstallations(home);
  const used = known.filter(({ extension }) => extension !== own && isInstalled(extension));
  const mine = known.filter(({ extension }) => extension === own).map(({ stateFolder }) => stateFolder);
  return [...new Set([...mine, home])].filter(
    (folder) => !used.some(({ stateFolder }) => path.relative(stateFolder, folder) === ''),
  );
}

async function isServedAnywhere(home: string, own: string): Promise<boolean> {
  for (const folder of unusedFolders(home, own)) if (await isServed(folder)) return true;
  return false;
}

/**
 * Waits for the proxy in a process of its own: the editor gives us five seconds
 * (`extensionLifecycle.ts` of VS Code) and then removes our folder, this script with it.
 */
async function goOnAlone(home: string, own: string): Promise<void> {
  const parameters = ['-', '--home', home, '--extension', own, '--waiting'];
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
