import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

/*
 * The dependency rule of ARCHITECTURE.md, read from what the bundler really put together, and the sizes that keep
 * activation and installation quick. Built by `npm run vsix`.
 */

interface Metafile {
  inputs: Record<string, { imports: { path: string; external?: boolean; kind: string }[] }>;
  outputs: Record<string, { bytes: number; inputs: Record<string, unknown> }>;
}

const metafiles = JSON.parse(readFileSync('dist/meta.json', 'utf8')) as Record<string, Metafile>;
const kilobyte = 1024;

const layers = ['core', 'protocol', 'proxy', 'extension', 'webview'] as const;
type Layer = (typeof layers)[number];

/** Whom each layer may import, itself apart. */
const allowed: Record<Layer, readonly Layer[]> = {
  core: [],
  protocol: ['core'],
  proxy: ['core', 'protocol'],
  extension: ['core', 'protocol'],
  webview: ['core', 'protocol'],
};

function layerOf(path: string): Layer | undefined {
  const match = /^(?:src\/)?(core|protocol|proxy|extension|webview)\//.exec(path);
  return match?.[1] as Layer | undefined;
}

/** Every import of every source file, from all bundles. */
function imports(): { from: string; layer: Layer; to: string; external: boolean }[] {
  return Object.values(metafiles).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([from, { imports }]) => {
      const layer = layerOf(from);
      if (layer === undefined) return [];
      return imports.map(({ path, external }) => ({ from, layer, to: path, external: external === true }));
    }),
  );
}

const importersOf = (matches: (to: string) => boolean): string[] =>
  [
    ...new Set(
      imports()
        .filter(({ to }) => matches(to))
        .map(({ from }) => from),
    ),
  ].sort();

const packageIn = (name: string) => (to: string) => to === name || to.startsWith(`node_modules/${name}/`);

describe('the dependency rule', () => {
  it('sees every layer', () => {
    assert.deepEqual([...new Set(imports().map(({ layer }) => layer))].sort(), [...layers].sort());
  });

  it('has no arrow that points the wrong way', () => {
    const wrong = imports()
      .map(({ from, layer, to }) => ({ from, layer, to, target: layerOf(to) }))
      .filter(
        ({ layer, target }) => target !== undefined && target !== layer && !allowed[layer].includes(target),
      )
      .map(({ from, to }) => `${from} → ${to}`);
    assert.deepEqual(wrong, []);
  });

  it('keeps Node and the editor out of core and webview', () => {
    const wrong = imports()
      .filter(({ layer, external }) => external && (layer === 'core' || layer === 'webview'))
      .map(({ from, to }) => `${from} → ${to}`);
    assert.deepEqual(wrong, []);
  });

  it('lets only the extension layer import vscode', () => {
    const importers = importersOf((to) => to === 'vscode');
    assert.ok(importers.length > 0);
    assert.deepEqual(
      importers.filter((from) => layerOf(from) !== 'extension'),
      [],
    );
  });

  it('has one importer each of undici, of SQLite, of the webview toolkit and of the charts', () => {
    assert.deepEqual(importersOf(packageIn('undici')), ['src/proxy/upstream.ts']);
    assert.deepEqual(importersOf(packageIn('node:sqlite')), ['src/proxy/history/database.ts']);
    assert.deepEqual(importersOf(packageIn('@vscode/webview-ui-toolkit')), ['webview/controls.ts']);
    assert.deepEqual(importersOf(packageIn('uplot')), ['webview/charts/lineChart.ts', 'webview/styles.css']);
  });

  it('has no code that no bundle contains', () => {
    const bundled = new Set(Object.values(metafiles).flatMap(({ inputs }) => Object.keys(inputs)));
    const files = ['src', 'webview'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => path.posix.join(folder, file)),
    );
    const unused = files
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !bundled.has(file))
      // Types leave nothing in a bundle.
      .filter((file) =>
        /^export (default |async )*(const|let|function|class)\b/m.test(readFileSync(file, 'utf8')),
      );
    assert.deepEqual(unused, []);
  });

  it('keeps every module of the link to the proxy free of vscode, so that it runs without an editor', () => {
    const link = importersOf((to) => to === 'vscode').filter((from) => from.includes('/proxyLink/'));
    assert.deepEqual(link, []);
  });
});

describe('the bundles', () => {
  const inputsOf = (name: string) => Object.keys(metafiles[name]?.inputs ?? {});

  it('keep undici out of the extension, whose process it would share with every other extension', () => {
    assert.deepEqual(
      inputsOf('extension').filter((path) => path.includes('node_modules/undici/')),
      [],
    );
    assert.doesNotMatch(readFileSync('dist/extension.cjs', 'utf8'), /undici/);
  });

  it('contain no package but the runtime dependencies that are declared here', () => {
    const packages = new Set(
      Object.values(metafiles)
        .flatMap(({ inputs }) => Object.keys(inputs))
        .flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
    );
    assert.deepEqual([...packages].sort(), [
      '@microsoft/fast-element',
      '@microsoft/fast-foundation',
      '@microsoft/fast-web-utilities',
      '@vscode/webview-ui-toolkit',
      'exenv-es6',
      'jsonc-parser',
      'tabbable',
      'tslib',
      'undici',
      'uplot',
      'valibot',
      'vscode-jsonrpc',
    ]);
  });

  it('are small: extension under 350 KB, panel under 200 KB, package under 1 MB', () => {
    assert.ok(statSync('dist/extension.cjs').size < 350 * kilobyte, `${statSync('dist/extension.cjs').size}`);
    assert.ok(statSync('dist/webview.js').size < 200 * kilobyte, `${statSync('dist/webview.js').size}`);
    assert.ok(statSync('dist/qcc.vsix').size < 1024 * kilobyte, `${statSync('dist/qcc.vsix').size}`);
  });
});
