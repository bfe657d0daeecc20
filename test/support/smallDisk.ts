import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { temporaryHome } from './linkedWindow.ts';
import { onEnd, type Scope } from './scope.ts';

/** A folder on a disk of its own that can be filled. */
export interface SmallDisk {
  readonly folder: string;
  /** Leaves no room. */
  fill(): void;
  /** Makes room again. */
  empty(): void;
}

/** Makes such a disk; undefined where this user may not. @param kibibytes its size */
export function smallDisk(scope: Scope, kibibytes: number): SmallDisk | undefined {
  const { folder, remove } = temporaryHome();
  onEnd(scope, remove);
  try {
    const options = `size=${kibibytes}k,mode=700`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', folder], { stdio: 'ignore' });
  } catch {
    // Only an administrator of Linux may.
    return undefined;
  }
  // A process of the test may still be ending on it.
  onEnd(scope, () => execFileSync('umount', ['--lazy', folder]));
  const ballast = path.join(folder, 'ballast');
  return {
    folder,
    fill: () => fillUp(ballast),
    empty: () => fs.rmSync(ballast),
  };
}

function fillUp(file: string): void {
  const descriptor = fs.openSync(file, 'w');
  try {
    for (;;) fs.writeSync(descriptor, Buffer.alloc(4096));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    fs.closeSync(descriptor);
  }
}
