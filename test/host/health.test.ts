import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { EditorWindow } from '../support/editor.ts';
import { cancelInput, quickInput } from '../support/editorQuickInput.ts';
import { treeShows } from '../support/endpointsView.ts';
import { demoContents, ownProblems, QccEditor } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

/* What users see of checks, and do about what they find. Checks run by hand only here, so that nothing comes between. */

describe('checks of endpoints', () => {
  let relay: SimulatedEndpoint;
  let liar: SimulatedEndpoint;
  let qcc: QccEditor;
  let window: EditorWindow;

  before(async () => {
    const pace = { firstTokenMs: 20, tokensPerSecond: 200 };
    relay = await startSimulatedEndpoint({ name: 'relay', ...pace });
    liar = await startSimulatedEndpoint({ name: 'liar', ...pace });
    qcc = await QccEditor.start({ contents: demoContents('work', [relay, liar], () => 'sk-host-test') });
    window = await qcc.openWindow();
    await treeShows(window, [/^Endpoint relay/, /^Endpoint liar/]);
  });
  after(async () => {
    await qcc.stop();
    await relay.close();
    await liar.close();
  });

  it('are made from the tree, and shown with all that is known of them', async () => {
    await window.contextMenu('Endpoint relay', 'Test Endpoint');
    const text = await window.editorText('Check of relay', /Passed/);
    assert.match(text, /Endpoint +relay\n/);
    assert.match(text, /Result +Passed\n/);
    assert.match(text, /Score +\d+\n/);
    assert.match(text, /Tokens +\d+/);
    assert.match(text, /The model repeated a random code/);
    await window.tooltip(window.treeItem('Endpoint relay'), /Last check: Passed · score \d+/);
  });

  it('find out who answers without doing what is asked', async () => {
    liar.say('Hello! How can I help you today?');
    await window.runCommand('QCC: Test Endpoint');
    await window.pick('liar');
    await window.editorText('Check of liar', /Result +Wrong answer/);
    await treeShows(window, [/^Endpoint liar, Answers something else than it is asked/]);
  });

  it('are made of all endpoints, one after the other, and come in one table', async () => {
    await window.runCommand('QCC: Check All Endpoints');
    const text = await window.editorText('Endpoint Checks', /liar/);
    assert.match(text, /relay +work +Passed +\d+/);
    assert.match(text, /liar +work +Wrong answer/);
  });

  it('bring an endpoint back that is good again', async () => {
    liar.say(undefined);
    await window.runCommand('QCC: Show Endpoint Health');
    const row = quickInput(window.page).locator('.monaco-list-row').filter({ hasText: 'liar' });
    await row.filter({ hasText: /Wrong answer/ }).waitFor();
    await row.hover();
    await row.locator('a[aria-label="Check Now"]').click();
    // The list comes again, with what the check has found.
    await row.filter({ hasText: /last check: Passed/ }).waitFor();
    await cancelInput(window.page);
    await treeShows(window, [/^Endpoint liar/], [/^Endpoint liar, (Answers|Quarantined)/]);
  });

  it('are kept, with what they come to', async () => {
    await window.contextMenu('Endpoint liar', 'Show Endpoint Checks');
    const checks = await window.editorText('Checks of liar', /Wrong answer/);
    assert.match(checks, /Passed.*Wrong answer.*Wrong answer/s);
    assert.match(checks, /by hand/);
    await (await qcc.ask('hello')).text();
    await waitFor('the request is counted', async () => {
      await window.runCommand('QCC: Show Health Metrics');
      const text = await window.editorText('Health Metrics', /Requests today/);
      return /relay +work +2 +2 +0/.test(text) || undefined;
    });
  });

  it('can be configured from a command', async () => {
    await window.runCommand('QCC: Configure Health Checks');
    await window.page.locator('.settings-editor').getByText('Dynamic Weights').first().waitFor();
    assert.deepEqual(window.problems(ownProblems), []);
  });
});

describe('a check that takes long', () => {
  let relay: SimulatedEndpoint;
  let slow: SimulatedEndpoint;
  let qcc: QccEditor;
  let window: EditorWindow;

  before(async () => {
    relay = await startSimulatedEndpoint({ name: 'relay', firstTokenMs: 20, tokensPerSecond: 200 });
    slow = await startSimulatedEndpoint({ name: 'slow', firstTokenMs: 10_000, tokensPerSecond: 200 });
    qcc = await QccEditor.start({ contents: demoContents('work', [relay, slow], () => 'sk-host-test') });
    window = await qcc.openWindow();
    await treeShows(window, [/^Endpoint relay/, /^Endpoint slow/]);
  });
  after(async () => {
    await qcc.stop();
    await relay.close();
    await slow.close();
  });

  const rows = () => quickInput(window.page).locator('.monaco-list-row');

  it('leaves the list open, which would else come back over what the user does then', async () => {
    await window.runCommand('QCC: Show Endpoint Health');
    const row = rows().filter({ hasText: 'slow' });
    await row.hover();
    await row.locator('a[aria-label="Check Now"]').click();
    await row.filter({ hasText: /check running/ }).waitFor({ timeout: 5_000 });
    await cancelInput(window.page);
  });

  it('keeps nobody waiting who cancels', async () => {
    await window.runCommand('QCC: Check All Endpoints');
    const notice = window.page.locator('.notification-list-item:visible').filter({ hasText: '2 of 2' });
    await notice.getByRole('button', { name: 'Cancel' }).click();
    const tab = window.page.locator('.tabs-container .tab').filter({ hasText: 'Endpoint Checks' });
    await tab.waitFor({ timeout: 4_000 });
  });

  it('is no matter for the keyboard: the first row of the list has the focus', async () => {
    await window.runCommand('QCC: Show Endpoint Health');
    await rows().filter({ hasText: 'relay' }).waitFor();
    await quickInput(window.page).locator('.monaco-list-row.focused').waitFor({ timeout: 3_000 });
    await window.page.keyboard.press('Enter');
    await window.editorText('Checks of relay', /Passed/);
    assert.deepEqual(window.problems(ownProblems), []);
  });
});
