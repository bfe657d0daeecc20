import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('only one file knows what system it runs on', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const asking = globSync('{src,webview}/**/*.ts', { cwd: root }).filter((file) =>
    /process\.platform|os\.platform\(|getuid|'win32'|'darwin'/.test(readFileSync(`${root}${file}`, 'utf8')),
  );
  assert.deepEqual(asking, ['src/protocol/platform.ts']);
});
