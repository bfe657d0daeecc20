import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { promisify } from 'node:util';
import { holderPath } from '../../protocol/home.ts';
import { platform } from '../../protocol/platform.ts';

/** How long a program of the system may take to tell of a process, in milliseconds. */
const askLimitMs = 5_000;

/** The id of the process that says that it holds a port, in a file which only this user's processes can write. */
export function holderOf(folder: string, port: number): number | undefined {
  try {
    const text = fs.readFileSync(holderPath(folder, port), 'utf8');
    return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
  } catch {
    // Nobody says so, which is how it is most of the time.
    return undefined;
  }
}

/** What the system says of a process: it is a proxy on a state folder, something else, or gone, or not to be seen. */
export type ProcessIdentity = 'proxy' | 'other' | 'unknown';

/**
 * Whether a process is a proxy on a state folder: it was started with that. Ids are used again, and each container has its
 * own, so that a process is never ended for what a file, or the proxy itself, has said alone.
 */
export async function identityOf(folder: string, pid: number): Promise<ProcessIdentity> {
  try {
    const source = platform.commandLineOf(pid);
    const commandLine =
      source.kind === 'file'
        ? await fs.promises.readFile(source.file, 'utf8')
        : await outputOf(source.program, source.arguments);
    if (commandLine.trim() === '') return 'unknown';
    return hasHome(commandLine, folder) ? 'proxy' : 'other';
  } catch {
    // There is no such process, or the system does not tell.
    return 'unknown';
  }
}

/** Whether a command line, with spaces or NULs between its parts, has a state folder among them. */
export function hasHome(commandLine: string, folder: string): boolean {
  const parts = commandLine.replaceAll('\0', ' ').trimEnd();
  return [`--home ${folder}`, `--home "${folder}"`].some(
    (wanted) => parts.endsWith(` ${wanted}`) || parts.includes(` ${wanted} `),
  );
}

async function outputOf(program: string, parameters: readonly string[]): Promise<string> {
  const options = { timeout: askLimitMs, windowsHide: true };
  return (await promisify(execFile)(program, [...parameters], options)).stdout;
}
