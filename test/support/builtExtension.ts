import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What the package is made of. */
const parts = [
  'src',
  'webview',
  'media',
  'l10n',
  'package.json',
  'package.nls.json',
  'package.nls.zh-cn.json',
  'README.md',
  'README.zh-cn.md',
  'CHANGELOG.md',
  'LICENSE',
  'esbuild.mjs',
  '.vscodeignore',
];

/** The extension of this checkout, packaged as another version. */
export interface BuiltExtension {
  readonly version: string;
  /** Path of the package. */
  readonly vsix: string;
  /** Path of the bundled proxy that is in it. */
  readonly proxy: string;
}

/** The package that `npm run vsix` has made. */
export function packagedVersion(): BuiltExtension {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as BuiltExtension;
  return inFolder(root, version);
}

function inFolder(folder: string, version: string): BuiltExtension {
  const dist = path.join(folder, 'dist');
  return { version, vsix: path.join(dist, 'qcc.vsix'), proxy: path.join(dist, 'proxy.cjs') };
}

const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const built = new Map<string, Promise<BuiltExtension>>();

/**
 * Packages this checkout as another version, in the way that `npm run vsix` does. Each version is made once in a process,
 * and is there until the process ends.
 */
export function buildExtension(version: string): Promise<BuiltExtension> {
  const known = built.get(version);
  if (known) return known;
  const building = build(version);
  built.set(version, building);
  return building;
}

async function build(version: string): Promise<BuiltExtension> {
  const folder = mkdtempSync(path.join(tmpdir(), 'qcc-vsix-'));
  folders.push(folder);
  for (const part of parts) cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  const manifest = path.join(folder, 'package.json');
  writeFileSync(
    manifest,
    JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), version }, null, 2),
  );
  await promisify(execFile)('npm', ['run', '--silent', 'vsix'], { cwd: folder });
  return inFolder(folder, version);
}
