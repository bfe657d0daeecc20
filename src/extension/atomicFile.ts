import { randomUUID } from 'node:crypto';
import { open, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { renameOver } from '../protocol/renameOver.ts';

/**
 * Writes a file whole or not at all: beside its place first, on the disk, then in its place. Where the path is a link, what
 * it leads to is replaced.
 *
 * @param mode who may read it, as for `chmod`; set before there is anything in it
 * @throws the error of the file system; the file is then as it was
 */
export async function writeAtomically(file: string, text: string, mode: number): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const draft = path.join(path.dirname(target), `.${path.basename(target)}.${randomUUID()}`);
  try {
    const handle = await open(draft, 'wx', mode);
    try {
      // What may be taken away by the process's mask is wanted.
      await handle.chmod(mode);
      await handle.writeFile(text, 'utf8');
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renameOver(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
