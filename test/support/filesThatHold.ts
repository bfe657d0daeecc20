import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of the files below some folders whose bytes hold a text, whatever else they are. */
export function filesThatHold(text: string, folders: readonly string[]): string[] {
  const wanted = Buffer.from(text);
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => readFileSync(path).includes(wanted)),
  );
}
