import fs from 'node:fs';
import { Database, isDamage } from './database.ts';
import { moveAside } from './openDatabase.ts';

/**
 * Gives a database that is closed another name. What lies there is set aside.
 *
 * @param now milliseconds since 1970; part of the name of a file that is set aside
 * @returns the new name of a file that was set aside
 * @throws with the code `SQLITE_BUSY` while another process has either of them open: it would go on writing to the write-ahead
 *   log by its name, which is then that of another database (https://www.sqlite.org/howtocorrupt.html#unlink)
 */
export function moveDatabase(from: string, to: string, now: number): string | undefined {
  for (const file of [from, to]) {
    if (isInUse(file)) throw Object.assign(new Error('in use'), { code: 'SQLITE_BUSY' });
  }
  const isTaken = fs.lstatSync(to, { throwIfNoEntry: false }) !== undefined;
  const setAside = isTaken ? moveAside(to, 'replaced', now) : undefined;
  fs.renameSync(from, to);
  return setAside;
}

/** Whether another process has a database open: the last one that closes it removes its write-ahead log. */
function isInUse(file: string): boolean {
  if (!fs.lstatSync(file, { throwIfNoEntry: false })?.isFile()) return false;
  try {
    const database = new Database(file);
    try {
      database.first('SELECT 1 FROM sqlite_schema');
    } finally {
      database.close();
    }
  } catch (error) {
    if (isDamage(error)) return false;
    throw error;
  }
  return fs.existsSync(`${file}-wal`);
}
