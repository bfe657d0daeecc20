import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { maxSettingsBytes } from '../../core/claudeSettings.ts';
import { platform } from '../../protocol/platform.ts';
import { renameOver } from '../../protocol/renameOver.ts';

/*
 * Files that are only ever seen whole: written aside in the same folder, and put into their place when they are on the disk.
 */

/** A file that others write too. */
export interface FileImage {
  readonly text: string;
  /** Permission bits. */
  readonly mode: number;
}

/** Without waiting for somebody to write, where it is a pipe. Windows has no such pipes among its files. */
const readOnly = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0);

/**
 * Reads a file; null when there is none.
 *
 * @throws NodeJS.ErrnoException, `EILSEQ` when it is not UTF-8, `EFBIG` when it is too long, `EINVAL` when it is no file
 */
export async function readImage(file: string): Promise<FileImage | null> {
  let handle: fs.promises.FileHandle;
  try {
    handle = await fs.promises.open(file, readOnly);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) throw problem('EISDIR');
    if (!stats.isFile()) throw problem('EINVAL');
    if (stats.size > maxSettingsBytes) throw problem('EFBIG');
    const bytes = await handle.readFile();
    const text = bytes.toString('utf8');
    // What cannot be read as text could not be written back as it was.
    if (!Buffer.from(text).equals(bytes)) throw problem('EILSEQ');
    return { text, mode: stats.mode & 0o777 };
  } finally {
    await handle.close();
  }
}

/** An error as the system has them. */
const problem = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });

/** Writes a file that is ours alone. @throws NodeJS.ErrnoException */
export async function writeWhole(file: string, text: string): Promise<void> {
  await replace(file, { text, mode: 0o600 }, async () => true);
}

/**
 * Replaces a file, unless somebody has changed it since it was read. Its folder has to be there.
 *
 * @param seen what was read, or null when there was no file
 * @returns false when it has changed meanwhile; nothing was done then
 * @throws NodeJS.ErrnoException when it may not be written
 */
export async function replaceSeen(file: string, seen: FileImage | null, next: FileImage): Promise<boolean> {
  if (seen) await checkIsOurs(file);
  return replace(file, next, async () => (await readImage(file))?.text === seen?.text);
}

/** Removes a file, unless somebody has changed it since it was read. @returns false when somebody has */
export async function removeSeen(file: string, seen: FileImage): Promise<boolean> {
  const now = await readImage(file);
  if (now?.text !== seen.text) return now === null;
  await fs.promises.unlink(file);
  return true;
}

async function replace(
  file: string,
  { text, mode }: FileImage,
  isStillSo: () => Promise<boolean>,
): Promise<boolean> {
  await removeLeftDrafts(file);
  const draft = `${file}${draftMark}${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    const handle = await fs.promises.open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      // The mask of the process must not decide about somebody else's file.
      await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // As late as possible: whoever writes between this look and the next line is overwritten.
    if (!(await isStillSo())) return false;
    await renameOver(draft, file);
  } finally {
    await fs.promises.rm(draft, { force: true });
  }
  await syncFolder(path.dirname(file));
  return true;
}

const draftMark = '.qcc-draft-';

/** A process that was killed while it wrote leaves its draft, with the local token in it. */
async function removeLeftDrafts(file: string): Promise<void> {
  const folder = path.dirname(file);
  const prefix = path.basename(file) + draftMark;
  for (const name of await fs.promises.readdir(folder)) {
    if (!name.startsWith(prefix) || isRunning(Number.parseInt(name.slice(prefix.length), 10))) continue;
    await fs.promises.rm(path.join(folder, name), { force: true });
  }
}

/** Whether there is a process with this id. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** To replace a file needs no right to write it, but whoever took that right away does not want it changed. */
async function checkIsOurs(file: string): Promise<void> {
  const { uid, mode } = await fs.promises.stat(file);
  const refusal =
    (mode & 0o200) === 0 ? 'EACCES' : platform.owner !== null && uid !== platform.owner ? 'EPERM' : null;
  if (refusal) throw problem(refusal);
}

/** Makes a new name last. Not every system can. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await fs.promises.open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows opens no folders, and some network file systems do not sync them.
  }
}
