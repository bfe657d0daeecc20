import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { renameOver } from './renameOver.ts';

/*
 * Which installations of the extension there are on this machine: a file for each in the folder in the user's home, so that
 * windows which start together do not write the same one. Several editors, and several versions during an update, share
 * state folders; the last one to be removed cleans them up.
 */

/** An installation as it was active once. */
export interface Installation {
  /** Where the editor has put the extension. */
  readonly extension: string;
  /** What it kept its state in. */
  readonly stateFolder: string;
}

/** The oldest are forgotten; what they used is then not cleaned up. */
const maxInstallations = 64;

const schema = v.object({ version: v.literal(1), extension: v.string(), stateFolder: v.string() });

/** The name of the file of an installation. */
function fileNameOf({ extension, stateFolder }: Installation): string {
  const hash = createHash('sha256').update(`${extension}\0${stateFolder}`).digest('hex');
  return `installation-${hash.slice(0, 16)}.json`;
}

/** What is recorded. @param home the folder in the user's home, whatever state folder was chosen */
export function readInstallations(home: string): Installation[] {
  return namesIn(home).flatMap((name) => {
    try {
      const json: unknown = JSON.parse(fs.readFileSync(path.join(home, name), 'utf8'));
      const { extension, stateFolder } = v.parse(schema, json);
      return [{ extension, stateFolder }];
    } catch {
      // It is not ours, or damaged: whoever it was about writes it anew.
      return [];
    }
  });
}

/**
 * Records an installation, and forgets those whose folder is gone.
 *
 * @throws NodeJS.ErrnoException when it cannot be written
 */
export async function recordInstallation(home: string, added: Installation): Promise<void> {
  if (readInstallations(home).some((each) => fileNameOf(each) === fileNameOf(added))) return;
  const file = path.join(home, fileNameOf(added));
  const draft = `${file}.qcc-draft-${process.pid}-${randomBytes(4).toString('hex')}`;
  await fs.promises.mkdir(home, { recursive: true, mode: 0o700 });
  try {
    const text = `${JSON.stringify({ version: 1, ...added }, undefined, 2)}\n`;
    await fs.promises.writeFile(draft, text, { mode: 0o600, flag: 'wx' });
    await renameOver(draft, file);
  } finally {
    await fs.promises.rm(draft, { force: true });
  }
  await forgetInstallations(home, ({ extension }) => !fs.existsSync(extension));
  const oldest = namesIn(home)
    .map((name) => ({
      name,
      time: fs.statSync(path.join(home, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    }))
    .sort((a, b) => b.time - a.time)
    .slice(maxInstallations);
  for (const { name } of oldest) await fs.promises.rm(path.join(home, name), { force: true });
}

/** Removes what is recorded of some installations. @throws NodeJS.ErrnoException when it cannot be removed */
export async function forgetInstallations(
  home: string,
  isForgotten: (installation: Installation) => boolean,
): Promise<void> {
  for (const each of readInstallations(home).filter(isForgotten)) {
    await fs.promises.rm(path.join(home, fileNameOf(each)), { force: true });
  }
}

function namesIn(home: string): string[] {
  try {
    return fs.readdirSync(home).filter((name) => /^installation-[0-9a-f]{16}\.json$/.test(name));
  } catch {
    // Nobody was active yet.
    return [];
  }
}

/**
 * Whether an editor still has an extension in a folder: it is there, and the editor has not noted that it is to be removed
 * (`.obsolete` beside it, as VS Code keeps it).
 */
export function isInstalled(extension: string): boolean {
  return fs.existsSync(path.join(extension, 'package.json')) && !isObsolete(extension);
}

function isObsolete(extension: string): boolean {
  try {
    const text = fs.readFileSync(path.join(path.dirname(extension), '.obsolete'), 'utf8');
    return (JSON.parse(text) as Record<string, unknown>)[path.basename(extension)] === true;
  } catch {
    // Most of the time nothing is to be removed.
    return false;
  }
}

/** Whether the same editor has another version of an extension installed: it was updated, and not removed. */
export function hasOtherVersion(extension: string): boolean {
  const id = idOf(extension);
  if (id === undefined) return false;
  const parent = path.dirname(extension);
  try {
    return fs
      .readdirSync(parent)
      .filter((name) => name !== path.basename(extension) && idOf(name) === id)
      .some((name) => isInstalled(path.join(parent, name)));
  } catch {
    // The editor has removed all of its extensions.
    return false;
  }
}

/** Editors name the folder of an extension by its id and version: `publisher.name-1.2.3`, perhaps with a platform. */
const idOf = (folder: string): string | undefined =>
  /^(.+?)-\d+\.\d+\.\d+/.exec(path.basename(folder))?.[1]?.toLowerCase();
