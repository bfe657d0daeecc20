import fs from 'node:fs';
import path from 'node:path';
import { platform } from '../protocol/platform.ts';
import { isRunning } from './claudeCode/wholeFile.ts';
import { homeFilesIn } from './homeFiles.ts';

/** How many histories that could not be used are kept for each port: somebody may still want to look into them. */
const maxSetAside = 3;
/** Nothing is written for longer than this, in milliseconds, on other machines that share the folder either. */
const draftAgeMs = 60_000;

/**
 * Removes what processes that were killed have left, and the oldest of what was set aside, so that no folder grows for
 * ever. What cannot be removed stays.
 *
 * @param now milliseconds since 1970
 */
export function tidyHome(folder: string, now: number): void {
  const files = homeFilesIn(folder);
  const named = (kind: (typeof files)[number]['kind']) =>
    files.flatMap((file) => (file.kind === kind ? [file.name] : []));
  const left = files.flatMap(({ name, pid }) =>
    pid !== undefined && !isRunning(pid) && ageOf(path.join(folder, name), now) > draftAgeMs ? [name] : [],
  );
  const abandoned = named('holder').flatMap((name) => abandonedBy(folder, name));
  for (const name of [...left, ...abandoned, ...tooOld(named('setAside'))]) {
    try {
      fs.rmSync(path.join(folder, name), { force: true });
    } catch {
      // The folder is read-only, or somebody has the file open.
    }
  }
}

/** What a holder of a port has left that is there no more. On another machine it cannot be seen from here. */
function abandonedBy(folder: string, holderFile: string): string[] {
  if (!holderFile.endsWith(`-${platform.hostTag}.pid`)) return [];
  let pid: number;
  try {
    pid = Number(fs.readFileSync(path.join(folder, holderFile), 'utf8'));
  } catch {
    // It has just been removed.
    return [];
  }
  return pid > 0 && isRunning(pid) ? [] : [holderFile, holderFile.replace(/pid$/, 'sock')];
}

/** Those beyond the newest of each history; their names sort by time. */
function tooOld(names: readonly string[]): string[] {
  const historyOf = (name: string) => name.slice(0, name.indexOf('.db'));
  const databases = names.filter((name) => !/-(wal|shm)$/.test(name)).sort();
  const kept = databases.filter((name, index) => {
    const newer = databases.slice(index + 1).filter((other) => historyOf(other) === historyOf(name));
    return newer.length < maxSetAside;
  });
  // What SQLite keeps beside a database goes with it.
  return names.filter((name) => !kept.includes(name.replace(/-(wal|shm)$/, '')));
}

function ageOf(file: string, now: number): number {
  return now - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now);
}
