import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { temporaryHome } from './linkedWindow.ts';
import { onEnd, type Scope } from './scope.ts';

/** A folder on a disk of its own that can be filled. */
export interface SmallDisk {
  readonly folder: string;
  /** Leaves no room for contents; `files` leaves none for another file either. */
  fill(what?: 'contents' | 'files'): void;
  /** Makes room again. */
  empty(): void;
}

const maxFiles = 64;

/** Makes such a disk; undefined where this user may not. @param kibibytes its size */
export function smallDisk(scope: Scope, kibibytes: number): SmallDisk | undefined {
  const { folder, remove } = temporaryHome();
  onEnd(scope, remove);
  try {
    const options = `size=${kibibytes}k,nr_inodes=${maxFiles},mode=700`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', folder], { stdio: 'ignore' });
  } catch {
    // Only an administrator of Linux may.
    return undefined;
  }
  // A process of the test may still be ending on it.
  onEnd(scope, () => execFileSync('umount', ['--lazy', folder]));
  const ballast = path.join(folder, 'ballast');
  fs.mkdirSync(ballast);
  return {
    folder,
    fill: (what) => {
      fillUp(path.join(ballast, 'contents'));
      if (what === 'files') for (let i = 0; i < maxFiles; i += 1) addFile(path.join(ballast, String(i)));
    },
    empty: () => {
      for (const name of fs.readdirSync(ballast)) fs.rmSync(path.join(ballast, name));
    },
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

function addFile(file: string): void {
  try {
    fs.writeFileSync(file, '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
