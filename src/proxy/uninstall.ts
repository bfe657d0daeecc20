import net from 'node:net';
import { parseArgs } from 'node:util';
import { claudeCodePath, defaultHomeFolder } from '../protocol/home.ts';
import { takeOut } from './claudeCode/entriesInFile.ts';
import { type ClaudeCodeRecord, readRecord } from './claudeCode/record.ts';
import { isRunning } from './claudeCode/wholeFile.ts';

/*
 * Run by the editor, without the extension, after the user has removed it: takes our entries out of the settings of Claude
 * Code where a process that was killed has left them. Nobody reads what it says, and nothing may go wrong loudly.
 */

/** How long a proxy may take to accept a connection, in milliseconds. */
const connectLimitMs = 1_000;

async function uninstall(): Promise<void> {
  // The editor adds an argument of its own.
  const { values } = parseArgs({ options: { home: { type: 'string' } }, strict: false });
  const folder = typeof values.home === 'string' ? values.home : defaultHomeFolder();
  const recordPath = claudeCodePath(folder);
  const record = await readRecord(recordPath);
  // A proxy that another editor uses still takes them out itself, when it ends.
  if (!record || (await isServed(record))) return;
  await takeOut(recordPath, record, { forGood: true });
}

/** Whether the proxy that has put the entries in is still there. */
async function isServed({ pid, port }: ClaudeCodeRecord): Promise<boolean> {
  if (port === null || !isRunning(pid)) return false;
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port, timeout: connectLimitMs });
    const end = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

// Whatever is wrong with it, the extension is gone, and there is nobody to tell.
uninstall().catch(() => undefined);
