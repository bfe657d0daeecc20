import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onEnd, type Scope } from './scope.ts';

const vsce = fileURLToPath(new URL('../../node_modules/.bin/vsce', import.meta.url));

/**
 * An extension with the settings of Claude Code's and nothing else, as a package. It brings the setting of the settings sync
 * too, which an editor without that does not have.
 */
export function claudeCodePanel(scope: Scope): string {
  const folder = mkdtempSync(join(tmpdir(), 'qcc-test-'));
  onEnd(scope, () => rmSync(folder, { recursive: true, force: true }));
  const properties = {
    'claudeCode.environmentVariables': { type: 'array', default: [] },
    'claudeCode.disableLoginPrompt': { type: 'boolean', default: false },
    'settingsSync.ignoredSettings': { type: 'array', default: [] },
  };
  const manifest = {
    name: 'claude-code',
    publisher: 'anthropic',
    version: '1.0.0',
    engines: { vscode: '^1.104.0' },
    contributes: { configuration: { title: 'Claude Code', properties } },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const args = [
    'package',
    '--no-dependencies',
    '--allow-missing-repository',
    '--skip-license',
    '--out',
    'panel.vsix',
  ];
  execFileSync(vsce, args, { cwd: folder, stdio: ['ignore', 'ignore', 'ignore'] });
  return join(folder, 'panel.vsix');
}
