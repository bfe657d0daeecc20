import fs from 'node:fs';
import path from 'node:path';
import { type FileImage, readImage, removeSeen, replaceSeen, writeWhole } from './wholeFile.ts';

/** How many links lead on from one to the next at most. */
const maxLinks = 40;

/** How many earlier copies are kept; of more, the last one gives way. */
const maxOldCopies = 9;

/** The settings file of Claude Code, which may be a link into a folder of dot files: the link stays, its target changes. */
export class SettingsFile {
  /** As it was named. */
  readonly path: string;

  constructor(file: string) {
    this.path = file;
  }

  /** The copy of the file as it was without our entries. It stays beside the name, not beside the target of a link. */
  get copyPath(): string {
    return `${this.path}.qcc-backup`;
  }

  /** Null when there is none. @throws NodeJS.ErrnoException */
  async read(): Promise<FileImage | null> {
    return readImage(this.path);
  }

  /** @returns false when it is not as it was read any more @throws NodeJS.ErrnoException */
  async replace(seen: FileImage | null, next: FileImage): Promise<boolean> {
    return replaceSeen(await target(this.path), seen, next);
  }

  /** @returns false when it is not as it was read any more @throws NodeJS.ErrnoException */
  async remove(seen: FileImage): Promise<boolean> {
    return removeSeen(await target(this.path), seen);
  }

  /** Makes the folder. @returns the first folder that was not there, or null when all were */
  async makeFolder(): Promise<string | null> {
    const folder = path.dirname(await target(this.path));
    return (await fs.promises.mkdir(folder, { recursive: true, mode: 0o700 })) ?? null;
  }

  /** Removes the folders that were made for it, as far as nothing else is in them. @param first see `makeFolder` */
  async removeFolders(first: string): Promise<void> {
    let folder = path.dirname(await target(this.path));
    while (folder.startsWith(first)) {
      try {
        await fs.promises.rmdir(folder);
      } catch {
        // Something else is in it.
        return;
      }
      folder = path.dirname(folder);
    }
  }

  /** What the copy says, or undefined when there is none. @throws NodeJS.ErrnoException */
  async copy(): Promise<string | undefined> {
    return (await readImage(this.copyPath))?.text;
  }

  /** Keeps what the copy says under another name too, since it is about to be written over. */
  async setCopyAside(text: string): Promise<void> {
    for (let number = 1; ; number += 1) {
      const place = `${this.copyPath}-${number}`;
      const there = (await readImage(place))?.text;
      if (there !== undefined && there !== text && number < maxOldCopies) continue;
      return writeWhole(place, text);
    }
  }

  async removeCopy(): Promise<void> {
    await fs.promises.rm(this.copyPath, { force: true });
  }
}

/** Where a name leads to, though there may be nothing yet. */
async function target(file: string): Promise<string> {
  let place = file;
  for (let links = 0; links < maxLinks; links += 1) {
    const next = await fs.promises.readlink(place).catch(() => undefined);
    if (next === undefined) return place;
    place = path.resolve(path.dirname(place), next);
  }
  throw Object.assign(new Error('links in a circle'), { code: 'ELOOP' });
}
