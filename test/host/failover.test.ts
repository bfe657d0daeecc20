import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { parseConfigFile } from '../../src/core/configFile.ts';
import type { EditorWindow } from '../support/editor.ts';
import { quickInput } from '../support/editorQuickInput.ts';
import { treeShows } from '../support/endpointsView.ts';
import { ownProblems, QccEditor, statusBarId } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

/* What users see when one profile stands in for another, and what they can do about it. */

describe('a profile that fails', () => {
  let relay: SimulatedEndpoint;
  let spare: SimulatedEndpoint;
  let qcc: QccEditor;
  let window: EditorWindow;

  before(async () => {
    const pace = { firstTokenMs: 20, tokensPerSecond: 200 };
    relay = await startSimulatedEndpoint({ name: 'relay', ...pace });
    spare = await startSimulatedEndpoint({ name: 'spare', ...pace });
    qcc = await QccEditor.start({
      contents: contentsOf({ work: relay, backup: spare }),
      settings: { 'qcc.health.enabled': true, 'qcc.health.intervalSeconds': 1 },
    });
    window = await qcc.openWindow();
    await treeShows(window, [/^Profile work, active, primary/, /^Profile backup, secondary/]);
  });
  after(async () => {
    await qcc.stop();
    await relay.close();
    await spare.close();
  });

  const failOver = async (): Promise<void> => {
    relay.refuse(500);
    await waitFor(
      'another profile stands in',
      async () => {
        assert.match(await (await qcc.ask('hello')).text(), /\[spare\]/);
        const items = await window.treeItems('Endpoints');
        return items.some((item) => /^Profile backup, stands in/.test(item)) || undefined;
      },
      20_000,
    );
  };

  it('is left as the policy says, which is changed step by step', async () => {
    await window.runCommand('QCC: Edit Failover Policy');
    await window.pick('On', { title: /1\/4/ });
    await window.pick('Off', { title: /2\/4/ });
    await window.fill('101', { title: /3\/4/ });
    assert.match(await window.inputMessage(/whole number/), /from 1 to 100\./);
    await window.type('1', { title: /3\/4/ });
    await window.type('0', { title: /4\/4/ });
    await failOver();
    await treeShows(window, [/^Profile work, chosen, another profile stands in, primary/]);
  });

  it('is shown to be replaced, in status bar and notification where nobody but the user brings it back', async () => {
    await window.statusBarText(statusBarId, /backup/);
    const item = window.page.locator(`[id="${statusBarId}"]`);
    await item.locator('.codicon-warning').waitFor();
    await window.tooltip(item, /The profile “backup” stands in for “work”, which failed\./);
    await window.notifications(/The profile “work” failed and “backup” stands in for it\./);
  });

  it('serves again when the user says so', async () => {
    relay.refuse(undefined);
    await window.contextMenu('Profile work', 'Switch Profile by Hand');
    await treeShows(window, [/^Profile work, active/, /^Profile backup, secondary/]);
    await window.statusBarText(statusBarId, /work/);
  });

  it('comes back by itself after a passed check where the policy says so', async () => {
    await window.runCommand('QCC: Edit Failover Policy');
    await window.pick('On', { title: /1\/4/ });
    await window.pick('On', { title: /2\/4/ });
    await window.type('1', { title: /3\/4/ });
    await window.type('2', { title: /4\/4/ });
    await failOver();
    await treeShows(window, [/^Profile work, chosen, serves again after a passed check/]);
    relay.refuse(undefined);
    await waitFor(
      'it serves again',
      async () =>
        (await window.treeItems('Endpoints')).some((row) => /^Profile work, active/.test(row)) || undefined,
      30_000,
    );
  });

  it('is in the list of switches, newest first, with the reasons', async () => {
    await window.runCommand('QCC: Show Profile Switches');
    const text = await window.editorText('Profile Switches', /recovered/);
    const reasons = text.match(/the profile failed|the profile recovered|by hand/g);
    assert.deepEqual(reasons, [
      'the profile recovered',
      'the profile failed',
      'by hand',
      'the profile failed',
    ]);
  });

  it('gives its level to another one, and the levels show it', async () => {
    await window.runCommand('QCC: Show Priority Levels');
    await quickInput(window.page).getByText('Fallback').waitFor();
    const rows = quickInput(window.page).locator('.monaco-list-row');
    const texts = await rows.allInnerTexts();
    const expected = [/Primary\s*work · chosen · serves now/, /Secondary\s*backup/, /Fallback\s*no profile/];
    for (const [index, words] of expected.entries()) assert.match(texts[index] ?? '', words);
    await rows.filter({ hasText: 'Fallback' }).click();
    // There is nothing else to do with a level that has no profile.
    await window.pick('backup', { title: /Fallback/ });
    await treeShows(window, [/^Profile backup, fallback/]);
    await window.contextMenu('Profile backup', 'Set Profile Level');
    await window.pick('None', { title: /Level of “backup”/ });
    await treeShows(window, [/^Profile backup(?!.*fallback)/]);
    assert.deepEqual(window.problems(ownProblems), []);
  });
});

/** Two profiles of one endpoint each: the first is the primary and active one, the second the secondary. */
function contentsOf(endpoints: Record<'work' | 'backup', SimulatedEndpoint>) {
  const file = {
    version: 1,
    activeProfile: 'work',
    profiles: Object.entries(endpoints).map(([name, { name: endpoint, url }], index) => ({
      name,
      priority: index === 0 ? 'primary' : 'secondary',
      endpoints: [{ name: endpoint, baseUrl: url, apiKey: 'sk-host-test' }],
    })),
  };
  const result = parseConfigFile(JSON.stringify(file), () => randomUUID());
  assert.ok(result.ok, JSON.stringify(result));
  return result.contents;
}
