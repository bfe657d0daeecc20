import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { claudeCodePanel } from '../support/claudeCodePanel.ts';
import type { EditorWindow } from '../support/editor.ts';
import { cancelInput, quickInput } from '../support/editorQuickInput.ts';
import { treeShows, welcomeButton, welcomeText } from '../support/endpointsView.ts';
import { demoContents, ownProblems, QccEditor } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

/* How clients outside of terminals are pointed at the proxy, as users see it, with a settings folder of the test's own. */

const settings = `{
  "model": "opus",
  "env": {
    "ANTHROPIC_BASE_URL": "https://relay.example/v1",
    "ANTHROPIC_AUTH_TOKEN": "sk-old-relay-key-wxyz"
  }
}
`;

const restore = 'QCC: Restore Claude Code Settings';

/** Waits until a command can be run, or cannot. */
async function offered(window: EditorWindow, title: string, wanted: boolean): Promise<void> {
  await waitFor(`"${title}" is ${wanted ? '' : 'not '}offered`, async () => {
    await window.page.keyboard.press('F1');
    await quickInput(window.page).locator('input[type=text]').fill(`>${title}`);
    await quickInput(window.page).locator('.monaco-list-row').first().waitFor();
    const rows = await quickInput(window.page).locator('.monaco-list-row').allInnerTexts();
    await cancelInput(window.page);
    return rows.some((row) => row.includes(title)) === wanted || undefined;
  });
}

describe('clients', () => {
  let relay: SimulatedEndpoint;
  let qcc: QccEditor;
  let window: EditorWindow;
  let folder: string;
  let file: string;

  before(async () => {
    relay = await startSimulatedEndpoint({ name: 'relay', firstTokenMs: 20, tokensPerSecond: 200 });
    folder = mkdtempSync(join(tmpdir(), 'qcc-claude-'));
    file = join(folder, 'settings.json');
    qcc = await QccEditor.start({
      contents: demoContents('work', [relay], () => 'sk-host-test'),
      environment: { CLAUDE_CONFIG_DIR: folder },
    });
    window = await qcc.openWindow();
    await window.page.setViewportSize({ width: 1600, height: 1200 });
    await treeShows(window, [/^Endpoint relay/]);
  });
  after(async () => {
    await qcc.stop();
    await relay.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const text = () => readFileSync(file, 'utf8');
  const variables = (): Record<string, string> => JSON.parse(text()).env;

  /** Runs the check and waits until the part about one way to start a client says something. */
  async function checked(part: string, expected: RegExp): Promise<string> {
    // A tab that is there already would be brought up to date first and get the focus later, in the middle of what comes next.
    await window.runCommand('View: Close All Editors');
    await window.runCommand('QCC: Check Clients');
    return waitFor(`the check says ${expected}`, async () => {
      const all = await window.editorText('Clients');
      const section = all.slice(all.indexOf(part)).split('\n\n')[0] ?? '';
      return expected.test(section) ? section : undefined;
    });
  }

  it('are checked: what each one really uses, and what overrides it', async () => {
    writeFileSync(file, settings);
    const outside = await checked('Claude Code outside of the editor', /another address, not the QCC proxy/);
    assert.match(outside, /Address +https:\/\/relay\.example\/v1 \(.*settings\.json\)/);
    assert.match(outside, /Token or key +ANTHROPIC_AUTH_TOKEN …wxyz/);
    assert.match(
      outside,
      /• ANTHROPIC_BASE_URL is set in .*settings\.json\.\n +→ To use the proxy, run “QCC: Configure Claude Code”\./,
    );
    // The file wins over the variables of terminals.
    await checked('Claude Code in new terminals of this window', /another address, not the QCC proxy/);
    await checked('New terminals of this window', /QCC sets +ANTHROPIC_BASE_URL, ANTHROPIC_AUTH_TOKEN/);
    assert.doesNotMatch(await window.editorText('Clients'), /sk-old-relay/);
  });

  it('stay as they are when the user says no', async () => {
    await window.runCommand('QCC: Configure Claude Code');
    const words = await window.dialogText();
    assert.ok(words.includes(file), words);
    assert.match(words, /ANTHROPIC_BASE_URL, ANTHROPIC_AUTH_TOKEN, CLAUDE_CODE_GATEWAY_HINT_HEADERS/);
    assert.match(
      words,
      /Replaced for that time.*ANTHROPIC_BASE_URL https:\/\/relay\.example, ANTHROPIC_AUTH_TOKEN …wxyz/,
    );
    await window.dialogButton('Cancel');
    assert.equal(text(), settings);
  });

  it('are pointed at the proxy by the settings of Claude Code', async () => {
    await window.runCommand('QCC: Configure Claude Code');
    await window.dialogButton('Write');
    await waitFor('it is written', () => variables().ANTHROPIC_BASE_URL === qcc.url || undefined);
    assert.equal(variables().ANTHROPIC_AUTH_TOKEN, qcc.token);
    assert.equal(JSON.parse(text()).model, 'opus');
    const outside = await checked('Claude Code outside of the editor', /Goes to +the QCC proxy$/m);
    assert.doesNotMatch(outside, new RegExp(qcc.token));
    await checked('The QCC proxy', /Claude Code +Written to .*settings\.json/);
    // The one about terminals may be there still.
    const notices = await window.notifications();
    assert.deepEqual(
      notices.filter((notice) => !/in new terminals/.test(notice)),
      [],
    );
  });

  it('are not pointed at a proxy that does not run, and are again when it does', async () => {
    await window.runCommand('QCC: Stop Proxy');
    await waitFor('the entries are out', () => text() === settings || undefined);
    await window.runCommand('QCC: Start Proxy');
    await waitFor('the entries are in', () => variables().ANTHROPIC_BASE_URL === qcc.url || undefined);
    await treeShows(window, [/^Endpoint relay/]);
  });

  it('are as they were when it is taken back, later edits apart', async () => {
    writeFileSync(file, text().replace('"opus"', '"sonnet"'));
    await offered(window, restore, true);
    await window.runCommand(restore);
    await waitFor('the entries are out', () => text() === settings.replace('opus', 'sonnet') || undefined);
    await offered(window, restore, false);
  });

  it('are left alone where their settings cannot be understood, which is said with the place', async () => {
    writeFileSync(file, '{\n  "env": {,\n}');
    await window.runCommand('QCC: Configure Claude Code');
    await window.notifications(
      /Nothing was changed\. .*settings\.json is not valid JSON \(line 2, column 11\)\./,
    );
    await window.notificationButton('Open File');
    await window.editorText('settings.json', /"env"/);
    assert.equal(text(), '{\n  "env": {,\n}');
    writeFileSync(file, settings);
  });

  it('in other shells get lines to copy', async () => {
    await window.runCommand('QCC: Copy Shell Lines');
    await cancelInput(window.page, { title: /Copy Shell Lines/ });
    await window.runCommand('QCC: Copy Shell Lines');
    await window.pick('bash, zsh', { title: /Copy Shell Lines/ });
    const lines = await window.clipboard(/ANTHROPIC_BASE_URL/);
    assert.ok(lines.includes(`export ANTHROPIC_AUTH_TOKEN='${qcc.token}'`));
    assert.deepEqual(window.problems(ownProblems), []);
  });
});

describe('the panel of Claude Code', () => {
  let qcc: QccEditor;
  let window: EditorWindow;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'qcc-claude-'));
    qcc = await QccEditor.start({ environment: { CLAUDE_CONFIG_DIR: folder } });
    await qcc.editor.installVsix(claudeCodePanel({ after }));
    window = await qcc.openWindow();
    await welcomeText(window);
    // It is there once the proxy is.
    await welcomeButton(window, 'Add Profile').waitFor();
  });
  after(async () => {
    await qcc.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Waits until the user's settings of the editor are as they should be; they can be read in the middle of a change. */
  const settingsShow = <T>(what: string, find: (all: Record<string, unknown>) => T | undefined): Promise<T> =>
    waitFor(what, () => {
      const all = readFileSync(join(qcc.editor.folder.data, 'User', 'settings.json'), 'utf8');
      return all.trimEnd().endsWith('}') ? find(JSON.parse(all)) : undefined;
    });
  const hint = /The panel of Claude Code asks for a login/;

  it('is left out when the user cancels', async () => {
    await window.runCommand('QCC: Configure Claude Code');
    assert.match((await quickInput(window.page).locator('input').getAttribute('placeholder')) ?? '', hint);
    await cancelInput(window.page);
    await settingsShow('nothing is set', (all) => !('claudeCode.disableLoginPrompt' in all) || undefined);
  });

  it('asks for no login when the user wants that, until it is taken back', async () => {
    await window.runCommand('QCC: Configure Claude Code');
    await window.pick('Do not ask for a login');
    await window.dialogButton('Write');
    const set = await settingsShow('it is set', (all) =>
      all['claudeCode.disableLoginPrompt'] === true ? all : undefined,
    );
    assert.equal('claudeCode.environmentVariables' in set, false);
    await offered(window, restore, true);
    await window.runCommand(restore);
    await settingsShow('it is taken back', (all) => !('claudeCode.disableLoginPrompt' in all) || undefined);
  });

  it('gets address and token when the user picks that, and they do not go to other machines', async () => {
    await window.runCommand('QCC: Configure Claude Code');
    await window.pick('Write address and token to the settings of the editor too');
    await window.dialogButton('Write');
    const all = await settingsShow('the variables are set', (now) =>
      'claudeCode.environmentVariables' in now ? now : undefined,
    );
    const set = all['claudeCode.environmentVariables'] as { name: string; value: string }[];
    assert.deepEqual(Object.fromEntries(set.map(({ name, value }) => [name, value])), {
      ANTHROPIC_BASE_URL: qcc.url,
      ANTHROPIC_AUTH_TOKEN: qcc.token,
      CLAUDE_CODE_GATEWAY_HINT_HEADERS: '1',
    });
    assert.deepEqual(all['settingsSync.ignoredSettings'], ['claudeCode.environmentVariables']);
    await offered(window, restore, true);
    await window.runCommand(restore);
    await settingsShow('all is taken back', (now) => {
      const ours = Object.keys(now).filter((id) => /^(claudeCode|settingsSync)\./.test(id));
      return ours.length === 0 || undefined;
    });
    assert.deepEqual(window.problems(ownProblems), []);
  });
});
