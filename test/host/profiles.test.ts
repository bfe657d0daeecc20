import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { EditorWindow } from '../support/editor.ts';
import {
  atStep,
  cancelInput,
  goBack,
  inputValue,
  type QuickInputStep,
  row,
} from '../support/editorQuickInput.ts';
import {
  addProfile,
  chooseStrategyAndLevel,
  pressEnter,
  treeShows,
  welcomeButton,
  welcomeText,
} from '../support/endpointsView.ts';
import { ownProblems, QccEditor, statusBarId } from '../support/qccEditor.ts';

/* What a user does with profiles, from an empty editor on. */

const nameStep = { title: /Add Profile.*1\/4/ };
const descriptionStep = { title: /Add Profile.*2\/4/ };
const strategyStep = { title: /Add Profile.*3\/4/ };
const levelStep = { title: /Add Profile.*4\/4/ };
const urlStep = { title: /Add Endpoint.*1\/5/ };

describe('profiles', () => {
  let qcc: QccEditor;
  let window: EditorWindow;

  before(async () => {
    qcc = await QccEditor.start();
    window = await qcc.openWindow();
  });
  after(() => qcc.stop());

  /** A row of the open quick pick. */
  const choice = (label: string) => row(window.page, label);

  /** The label of the row that Enter would take. */
  const focusedRow = async (step: QuickInputStep): Promise<string> => {
    const widget = await atStep(window.page, step);
    return widget.locator('.monaco-list-row.focused .label-name').first().innerText();
  };

  it('are explained where there is none, with a button that adds the first', async () => {
    await welcomeText(window, /^A profile is a set of endpoints/);
    assert.equal(await window.statusBarText(statusBarId), 'QCC');
    await welcomeButton(window, 'Add Profile').click();
    await cancelInput(window.page, nameStep);
    await welcomeText(window, /A profile is a set of endpoints/);
  });

  it('are not added when the input is cancelled at any step', async () => {
    await window.runCommand('QCC: Add Profile');
    await window.type('given up', nameStep);
    await cancelInput(window.page, descriptionStep);
    await window.runCommand('QCC: Add Profile');
    await window.type('given up', nameStep);
    await window.type('', descriptionStep);
    await cancelInput(window.page, strategyStep);
    await window.runCommand('QCC: Add Profile');
    await window.type('given up', nameStep);
    await window.type('', descriptionStep);
    await window.pick('Weighted', strategyStep);
    await cancelInput(window.page, levelStep);
    await welcomeText(window, /A profile is a set of endpoints/);
    assert.equal(await window.statusBarText(statusBarId), 'QCC');
  });

  it('refuse a bad name while it is typed', async () => {
    await window.runCommand('QCC: Add Profile');
    await window.fill('   ', nameStep);
    assert.equal(await window.inputMessage(/Enter a name/), 'Enter a name.');
    await window.fill('x'.repeat(65), nameStep);
    await window.inputMessage(/The name is too long\. Use 64 characters at most\./);
    await window.page.keyboard.press('Enter');
    await window.inputMessage(/too long/);
    await window.fill('x'.repeat(64), nameStep);
    await window.inputMessage(/Name of the profile/);
    await cancelInput(window.page, nameStep);
  });

  it('keep what was entered on the way back, and lead the first one on to its endpoint', async () => {
    await window.runCommand('QCC: Add Profile');
    await window.type('work', nameStep);
    await window.fill('for the office', descriptionStep);
    await goBack(window.page, descriptionStep);
    assert.equal(await inputValue(window.page, nameStep), 'work');
    await window.type('office', nameStep);
    assert.equal(await inputValue(window.page, descriptionStep), 'for the office');
    await window.page.keyboard.press('Enter');
    await window.pick('In turn', strategyStep);
    await goBack(window.page, levelStep);
    assert.equal(await focusedRow(strategyStep), 'In turn');
    await chooseStrategyAndLevel(window);
    await cancelInput(window.page, urlStep);
    assert.deepEqual(await treeShows(window, [/Profile office/]), [
      'Profile office, active, no endpoints',
      'Add an endpoint to office',
    ]);
    await window.statusBarText(statusBarId, /office/);
  });

  it('refuse a name that is taken, whatever its case and spaces', async () => {
    await window.runCommand('QCC: Add Profile');
    for (const name of ['office', ' office ']) {
      await window.fill(name, nameStep);
      await window.inputMessage(/This name is taken\. Enter another one\./);
    }
    await cancelInput(window.page, nameStep);
  });

  it('are added beside the first without becoming active', async () => {
    await addProfile(window, 'home', { description: 'for the evening' });
    const rows = await treeShows(window, [/Profile office/, /Profile home/]);
    assert.deepEqual(
      rows.filter((row) => row.startsWith('Profile ')),
      ['Profile office, active, no endpoints', 'Profile home, no endpoints'],
    );
  });

  it('are edited: name and description, with the present values to start from', async () => {
    await window.inlineAction('Profile home', 'Edit Profile');
    const title = /Edit Profile.*1\/4/;
    assert.equal(await inputValue(window.page, { title }), 'home');
    await window.fill('office', { title });
    await window.inputMessage(/This name is taken/);
    await window.type('evening', { title });
    assert.equal(await inputValue(window.page, { title: /2\/4/ }), 'for the evening');
    await window.type('after work', { title: /2\/4/ });
    await chooseStrategyAndLevel(window);
    await treeShows(window, [/Profile evening/], [/Profile home/]);
    assert.match(await window.tooltip(window.treeItem('Profile evening')), /after work/);
  });

  it('get a strategy, each of which is explained, with the present one marked', async () => {
    await window.contextMenu('Profile evening', 'Edit Profile');
    await pressEnter(window, /Edit Profile.*1\/4/);
    await pressEnter(window, /Edit Profile.*2\/4/);
    const title = { title: /Edit Profile.*3\/4/ };
    const labels = ['Weighted', 'Least busy', 'Fastest', 'By priority', 'In turn', 'Random'];
    assert.deepEqual(await window.choices(title), labels);
    assert.match(await choice('Weighted').innerText(), /present choice[\s\S]*share[\s\S]*weight/);
    assert.equal(await focusedRow(title), 'Weighted');
    await chooseStrategyAndLevel(window, { strategy: 'Least busy' });
    await treeShows(window, [/Profile evening, Least busy/]);
    assert.match(await window.tooltip(window.treeItem('Profile evening')), /Strategy: Least busy/);
  });

  it('get a level, which moves from the profile that held it', async () => {
    const edit = async (name: string) => {
      await window.contextMenu(`Profile ${name}`, 'Edit Profile');
      for (const step of [/1\/4/, /2\/4/, /3\/4/]) await pressEnter(window, step);
    };
    const level = { title: /Edit Profile.*4\/4/ };
    await edit('evening');
    assert.deepEqual(await window.choices(level), ['None', 'Primary', 'Secondary', 'Fallback']);
    await window.pick('Primary', level);
    await treeShows(window, [/Profile evening, primary/]);
    await edit('office');
    assert.match(await choice('Primary').innerText(), /moves here from “evening”/);
    await window.pick('Primary', level);
    await treeShows(window, [/Profile office, active, primary/], [/Profile evening, primary/]);
    await edit('office');
    assert.match(await choice('Primary').innerText(), /present choice/);
    await window.pick('None', level);
    await treeShows(window, [/Profile office, active, no endpoints/], [/, primary/]);
  });

  it('keep their values when editing is cancelled', async () => {
    await window.contextMenu('Profile evening', 'Edit Profile');
    await window.type('other', { title: /Edit Profile.*1\/4/ });
    await cancelInput(window.page, { title: /Edit Profile.*2\/4/ });
    await treeShows(window, [/Profile evening/], [/other/]);
  });

  it('are put to use from the status bar, where the active one is marked', async () => {
    await window.clickStatusBar(statusBarId);
    const rows = window.page.locator('.quick-input-widget:visible .monaco-list-row');
    const office = rows.filter({ hasText: 'office' });
    await office.locator('.codicon-check').waitFor();
    assert.match(await office.innerText(), /active/);
    assert.equal(await rows.locator('.codicon-check').count(), 1);
    await rows.filter({ hasText: 'evening' }).click();
    await window.statusBarText(statusBarId, /evening/);
    await treeShows(window, [/Profile evening, active/], [/Profile office, active/]);
  });

  it('are put to use from the tree', async () => {
    await window.inlineAction('Profile office', 'Use Profile');
    await window.statusBarText(statusBarId, /office/);
    await treeShows(window, [/Profile office, active/], [/Profile evening, active/]);
    await window.contextMenu('Profile evening', 'Use Profile');
    await window.statusBarText(statusBarId, /evening/);
    await treeShows(window, [/Profile evening, active/], [/Profile office, active/]);
  });

  it('are duplicated under a name that is suggested, which can be another one but no taken one', async () => {
    const step = { title: 'Duplicate Profile' };
    await window.contextMenu('Profile office', 'Duplicate Profile');
    assert.equal(await inputValue(window.page, step), 'office 2');
    await window.fill('evening', step);
    await window.inputMessage(/This name is taken/);
    await cancelInput(window.page, step);
    await window.runCommand('QCC: Duplicate Profile');
    await window.pick('office');
    await window.type('copy', step);
    await treeShows(window, [/^Profile copy, no endpoints/, /^Profile office,/], [/office 2/]);
    await window.contextMenu('Profile copy', 'Remove Profile');
    await window.dialogButton('Remove');
    await treeShows(window, [/^Profile office/], [/Profile copy/]);
  });

  it('are disabled and enabled, from the tree and from the palette, which offers those that fit', async () => {
    await window.contextMenu('Profile office', 'Disable Profile');
    await treeShows(window, [/^Profile office, disabled/]);
    await window.runCommand('QCC: Disable Profile');
    assert.deepEqual(await window.choices(), ['evening']);
    await cancelInput(window.page);
    await treeShows(window, [/^Profile evening, active/]);
    await window.runCommand('QCC: Enable Profile');
    await window.pick('office');
    await treeShows(window, [/^Profile office, no endpoints/]);
    await window.contextMenu('Profile office', 'Disable Profile');
    await treeShows(window, [/^Profile office, disabled/]);
    await window.inlineAction('Profile office', 'Enable Profile');
    await treeShows(window, [/^Profile office, no endpoints/]);
  });

  it('are enabled when they are put to use', async () => {
    await window.contextMenu('Profile office', 'Disable Profile');
    await treeShows(window, [/^Profile office, disabled/]);
    await window.contextMenu('Profile office', 'Use Profile');
    await treeShows(window, [/^Profile office, active/]);
    await window.contextMenu('Profile evening', 'Use Profile');
    await treeShows(window, [/^Profile evening, active/]);
  });

  it('stay when their removal is not confirmed', async () => {
    await window.contextMenu('Profile evening', 'Remove Profile');
    const text = await window.dialogText();
    assert.match(text, /Remove the profile “evening”\?/);
    assert.match(text, /It is the active profile: nothing serves until you choose another one\./);
    await window.dialogButton('Cancel');
    await treeShows(window, [/Profile evening, active/]);
  });

  it('leave none active when the active one is removed, and say so', async () => {
    await window.contextMenu('Profile evening', 'Remove Profile');
    await window.dialogButton('Remove');
    assert.deepEqual(await treeShows(window, [/Profile office/], [/evening/, /active/]), [
      'Profile office, no endpoints',
      'Add an endpoint to office',
    ]);
    assert.equal(await window.statusBarText(statusBarId, /^\s*QCC/), 'QCC');
    assert.match(
      await window.tooltip(window.page.locator(`[id="${statusBarId}"]`)),
      /No profile is active\./,
    );
  });

  it('lead back to the welcome when the last one is removed through the palette', async () => {
    await window.runCommand('QCC: Remove Profile');
    await window.pick('office');
    assert.doesNotMatch(await window.dialogText(), /It is the active profile/);
    await window.dialogButton('Remove');
    await welcomeText(window, /A profile is a set of endpoints/);
    assert.deepEqual(window.problems(ownProblems), []);
  });
});
