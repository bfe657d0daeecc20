import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { platform } from './platform.ts';
import { renameOver } from './renameOver.ts';

/*
 * Which installations of the extension use which state folders. Each is recorded in two places: in the state folder, so that
 * whoever leaves it knows who else needs it, by whatever path that one came there; and in the folder of the extension, where
 * the script that cleans up after its removal finds what it has used, and which goes with it. Each has a file of its own, so
 * that windows which start together do not write the same one.
 */

/** An installation as it was active once. The paths are free of links. */
export interface Installation {
  /** Where the editor has put the extension. */
  readonly extension: string;
  /** What it kept its state in. */
  readonly stateFolder: string;
}

/** An installation as it was found. */
export interface RecordedInstallation extends Installation {
  /** The machine or container that it is on: the paths mean nothing on another one that shares the folder. */
  readonly host: string;
}

/** The oldest are forgotten; what they used is then not cleaned up. */
const maxInstallations = 64;

const schema = v.object({
  version: v.literal(1),
  host: v.string(),
  extension: v.string(),
  stateFolder: v.string(),
});

/** The name of the file of an installation. */
function fileNameOf({ host, extension, stateFolder }: RecordedInstallation): string {
  const hash = createHash('sha256').update(`${host}\0${extension}\0${stateFolder}`).digest('hex');
  return `installation-${hash.slice(0, 16)}.json`;
}

/** What is recorded in a folder. */
export function readInstallations(place: string): RecordedInstallation[] {
  return namesIn(place).flatMap((name) => {
    try {
      const json: unknown = JSON.parse(fs.readFileSync(path.join(place, name), 'utf8'));
      const { host, extension, stateFolder } = v.parse(schema, json);
      return [{ host, extension, stateFolder }];
    } catch {
      // It is not ours, or damaged: whoever it was about writes it anew.
      return [];
    }
  });
}

/**
 * Records an installation on this machine in a folder, and forgets those that are not on it any more.
 *
 * @throws NodeJS.ErrnoException when it cannot be written
 */
export async function recordInstallation(place: string, installation: Installation): Promise<void> {
  const { extension, stateFolder } = installation;
  const added = { host: platform.hostTag, extension, stateFolder };
  if (readInstallations(place).some((each) => fileNameOf(each) === fileNameOf(added))) return;
  const file = path.join(place, fileNameOf(added));
  const draft = `${file}.qcc-draft-${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    const text = `${JSON.stringify({ version: 1, ...added }, undefined, 2)}\n`;
    await fs.promises.writeFile(draft, text, { mode: 0o600, flag: 'wx' });
    await renameOver(draft, file);
  } finally {
    await fs.promises.rm(draft, { force: true });
  }
  await forgetInstallations(place, (each) => !fs.existsSync(each.extension) && !isOther(each, extension));
  const oldest = namesIn(place)
    .map((name) => ({
      name,
      time: fs.statSync(path.join(place, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    }))
    .sort((a, b) => b.time - a.time)
    .slice(maxInstallations);
  for (const { name } of oldest) await fs.promises.rm(path.join(place, name), { force: true });
}

/** Removes what is recorded of some installations. @throws NodeJS.ErrnoException when it cannot be removed */
export async function forgetInstallations(
  place: string,
  isForgotten: (installation: RecordedInstallation) => boolean,
): Promise<void> {
  for (const each of readInstallations(place).filter(isForgotten)) {
    await fs.promises.rm(path.join(place, fileNameOf(each)), { force: true });
  }
}

function namesIn(place: string): string[] {
  try {
    return fs.readdirSync(place).filter((name) => /^installation-[0-9a-f]{16}\.json$/.test(name));
  } catch {
    // Nobody was active yet.
    return [];
  }
}

/**
 * Whether an installation uses its state folder and is none of the editor that `own` is in. Of one on another machine that
 * shares the folder nobody here can tell that it is gone.
 */
export function isOther({ host, extension }: RecordedInstallation, own: string): boolean {
  if (host !== platform.hostTag) return true;
  // One that was just updated has not been active yet as what it is now.
  return !isOfSameEditor(extension, own) && (isInstalled(extension) || hasOtherVersion(extension));
}

/** Whether two installations are the same, or versions of one in the same editor. */
export function isOfSameEditor(one: string, other: string): boolean {
  if (path.relative(one, other) === '') return true;
  const id = idOf(one);
  return (
    id !== undefined && id === idOf(other) && path.relative(path.dirname(one), path.dirname(other)) === ''
  );
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
