// Bundles what runs: `node esbuild.mjs [--production] [--watch]`.
import fs from 'node:fs';
import esbuild from 'esbuild';

const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');
const { version } = JSON.parse(fs.readFileSync('package.json', 'utf8'));

/** @type {esbuild.BuildOptions} */
const shared = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  legalComments: 'none',
  metafile: true,
  logLevel: 'info',
  outdir: 'dist',
};

/** Runs in the editor's Node: 22 in VS Code 1.104, the oldest one supported. */
const node = {
  ...shared,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  // What it names first cannot be bundled: it looks for its parts while it runs.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  define: {
    QCC_VERSION: JSON.stringify(version),
    QCC_HISTORY_WORKER: JSON.stringify('historyWorker.cjs'),
    // Which CommonJS has under another name.
    'import.meta.dirname': '__dirname',
  },
};

/** One bundle each, so that the test of the dependency rule sees what goes into which. @type {Record<string, esbuild.BuildOptions>} */
const bundles = {
  extension: { ...node, entryPoints: { extension: 'src/extension/extension.ts' }, external: ['vscode'] },
  proxy: { ...node, entryPoints: { proxy: 'src/proxy/main.ts' } },
  serve: { ...node, entryPoints: { serve: 'src/proxy/serve.ts' } },
  uninstall: { ...node, entryPoints: { uninstall: 'src/proxy/uninstall.ts' } },
  // A thread of the proxy process, which looks for it beside its own bundle.
  historyWorker: { ...node, entryPoints: { historyWorker: 'src/proxy/history/historyWorker.ts' } },
  webview: {
    ...shared,
    entryPoints: { webview: 'webview/main.ts' },
    platform: 'browser',
    target: 'chrome138',
    format: 'iife',
  },
  styles: { ...shared, entryPoints: { webview: 'webview/styles.css' } },
};

fs.mkdirSync('dist', { recursive: true });
const metafiles = {};
for (const [name, options] of Object.entries(bundles)) {
  if (watch) {
    const context = await esbuild.context(options);
    await context.watch();
  } else {
    const { metafile } = await esbuild.build({ ...options, logLevel: 'warning' });
    metafiles[name] = metafile;
  }
}
if (!watch) fs.writeFileSync('dist/meta.json', JSON.stringify(metafiles));
