import fs from 'node:fs';

const root = new URL('../../', import.meta.url);

/** A JSON file of the project, by its path from the root. */
export function readJson<T>(path: string): T {
  return JSON.parse(fs.readFileSync(new URL(path, root), 'utf8')) as T;
}

/** True when a file of the project exists. */
export function hasFile(path: string): boolean {
  return fs.existsSync(new URL(path, root));
}

/** The sources of the extension layer, by their path in it. */
export function extensionSources(): Map<string, string> {
  const folder = new URL('src/extension/', root);
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    files
      .filter((file) => file.endsWith('.ts'))
      .map((file) => [
        file.replaceAll('\\', '/'),
        fs.readFileSync(new URL(file.replaceAll('\\', '/'), folder), 'utf8'),
      ]),
  );
}

/** Each match of a pattern's first group in all sources of the extension layer, repeated ones too. */
export function allMatches(pattern: RegExp): string[] {
  return [...extensionSources().values()].flatMap((source) =>
    [...source.matchAll(pattern)].map((match) => match[1] ?? ''),
  );
}
