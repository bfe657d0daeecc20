import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  readSettingsFile,
  settingsPlaces,
  userSettingsFile,
} from '../../../src/extension/clients/claudeCodeFiles.ts';

describe('the settings of the user', () => {
  it('are in the home folder, unless the environment says otherwise', () => {
    assert.equal(userSettingsFile({}, '/home/u'), '/home/u/.claude/settings.json');
    assert.equal(userSettingsFile({ CLAUDE_CONFIG_DIR: ' ' }, '/home/u'), '/home/u/.claude/settings.json');
    assert.equal(userSettingsFile({ CLAUDE_CONFIG_DIR: '/etc/c' }, '/home/u'), '/etc/c/settings.json');
    assert.equal(userSettingsFile({ CLAUDE_CONFIG_DIR: 'c' }, '/home/u'), '/home/u/c/settings.json');
  });

  it('are weaker than those of a project, and those of an organization are the strongest', () => {
    const kinds = settingsPlaces('/home/u/.claude/settings.json', '/work').map(({ kind }) => kind);
    assert.deepEqual([...new Set(kinds)], ['managed', 'local', 'project', 'user']);
  });
});

describe('reading a settings file', () => {
  it('tells what is in it, what is wrong with it, or that there is none', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'qcc-test-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'settings.json');
    const read = () => readSettingsFile({ kind: 'user', file });
    assert.equal(await read(), undefined);
    writeFileSync(file, '{"env": {"A": "1"}}');
    assert.equal((await read())?.settings?.variables.get('A')?.value, '1');
    writeFileSync(file, '{');
    assert.equal((await read())?.problem?.code, 'notJson');
    rmSync(file);
    mkdirSync(file);
    assert.deepEqual((await read())?.problem, { code: 'unreadable', system: 'EISDIR' });
  });
});
