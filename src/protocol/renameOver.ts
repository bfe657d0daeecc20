import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { platform } from './platform.ts';

/** Pauses between tries, in milliseconds: nobody has a settings file open for longer than that. */
const pausesMs = [10, 30, 100, 300, 600];

/** What renaming is made of; a test has another system's. */
export interface RenameSystem {
  readonly rename: (from: string, to: string) => Promise<void>;
  /** Whether an error's code says that somebody has one of the files open, and that it helps to try again. */
  readonly isHeldOpen: (code: string) => boolean;
}

/**
 * Puts a file in the place of another, which on Windows fails for as long as somebody reads either.
 *
 * @throws NodeJS.ErrnoException when it cannot be done
 */
export async function renameOver(
  from: string,
  to: string,
  system: RenameSystem = { rename: fs.promises.rename, isHeldOpen: platform.isHeldOpen },
): Promise<void> {
  for (const pause of pausesMs) {
    try {
      return await system.rename(from, to);
    } catch (error) {
      if (!system.isHeldOpen((error as NodeJS.ErrnoException).code ?? '')) throw error;
      await delay(pause);
    }
  }
  await system.rename(from, to);
}
