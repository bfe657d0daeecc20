import fs from 'node:fs';
import path from 'node:path';
import type { Database } from './database.ts';

/*
 * A database whose file was removed while it was open: the system keeps it until it is closed, so that nothing is lost yet.
 */

/** Copies a database beside the path that it had. @returns the path of the copy, or undefined where that is not possible */
export function copyLost(database: Database, file: string): string | undefined {
  const copy = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    fs.rmSync(copy, { force: true });
    database.run('VACUUM INTO ?', copy);
    return copy;
  } catch {
    // The folder is full, read-only or out of reach.
    removeIfPossible(copy);
    return undefined;
  }
}

/** Gives the copy the name of the database that was lost and is closed; where another one has it by now, that one stays. */
export function putInPlace(copy: string, file: string): void {
  try {
    if (!fs.existsSync(file)) {
      // A write-ahead log is applied to whatever database has its name.
      for (const suffix of ['-wal', '-shm']) fs.rmSync(`${file}${suffix}`, { force: true });
      fs.renameSync(copy, file);
    }
  } catch {
    // The folder is gone again, or read-only; opening the database says so.
  }
  removeIfPossible(copy);
}

function removeIfPossible(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {
    // It is removed as a draft when a process starts that can.
  }
}
