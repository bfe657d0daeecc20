import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A change of the source before it is built, for what another version does differently. */
export interface SourceChange {
  /** Under `src/`. */
  readonly file: string;
  /** A text that is in the file. */
  readonly from: string;
  readonly to: string;
}

/** The proxy of some version, ready to be started. */
export interface BuiltVersion {
  readonly version: string;
  /** Holds nothing but the bundles. */
  readonly folder: string;
  /** The bundle that a window starts. */
  readonly script: string;
}

/** The next schema of the history. */
export const nextSchema: SourceChange = {
  file: 'proxy/history/schema.ts',
  from: '\n];',
  to: '\n  `CREATE TABLE later (id INTEGER PRIMARY KEY);`,\n];',
};

/** A protocol that this build does not speak. */
export const nextProtocol: SourceChange = {
  file: 'protocol/control.ts',
  from: 'controlProtocolVersion = 5',
  to: 'controlProtocolVersion = 6',
};

/** Stands for the version until a build is given one. */
const placeholder = '0.0.987654321';
const bundles = new Map<string, Promise<string>>();

/** The proxy as `esbuild.mjs` builds it, as of some version. What is built is removed with the process. */
export async function builtVersion(
  version: string,
  changes: readonly SourceChange[] = [],
): Promise<BuiltVersion> {
  const key = JSON.stringify(changes);
  const bundle = bundles.get(key) ?? build(changes);
  bundles.set(key, bundle);
  const folder = newFolder();
  cpSync(await bundle, folder, { recursive: true });
  const script = path.join(folder, 'proxy.cjs');
  writeFileSync(script, readFileSync(script, 'utf8').replaceAll(placeholder, version));
  return { version, folder, script };
}

const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'qcc-build-'));
  folders.push(folder);
  return folder;
}

/** @returns the folder */
async function build(changes: readonly SourceChange[]): Promise<string> {
  const folder = newFolder();
  await esbuild.build({
    absWorkingDir: root,
    bundle: true,
    logLevel: 'error',
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    outdir: folder,
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    define: {
      QCC_VERSION: JSON.stringify(placeholder),
      QCC_HISTORY_WORKER: JSON.stringify('historyWorker.cjs'),
      'import.meta.dirname': '__dirname',
    },
    entryPoints: { proxy: 'src/proxy/main.ts', historyWorker: 'src/proxy/history/historyWorker.ts' },
    plugins: [changing(changes)],
  });
  return folder;
}

function changing(changes: readonly SourceChange[]): esbuild.Plugin {
  return {
    name: 'changes',
    setup: ({ onLoad }) => {
      onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path: file }) => {
        const own = changes.filter((change) => file.endsWith(`/src/${change.file}`));
        if (own.length === 0) return undefined;
        let contents = readFileSync(file, 'utf8');
        for (const { from, to } of own) {
          if (!contents.includes(from)) throw new Error(`${file} has no ${JSON.stringify(from)}`);
          contents = contents.replace(from, () => to);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
}
