import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { canaryKey, leaksInLog } from '../support/canaries.ts';
import type { EditorWindow } from '../support/editor.ts';
import { cancelInput, quickInput } from '../support/editorQuickInput.ts';
import {
  addProfile,
  chooseStrategyAndLevel,
  enterEndpoint,
  pressEnter,
  saveWhenPassed,
  treeShows,
  viewName,
} from '../support/endpointsView.ts';
import { filesThatHold } from '../support/filesThatHold.ts';
import { ownProblems, QccEditor, statusBarId } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

/* What a user does with endpoints and what the view says of them, with real requests through the proxy. */

const urlStep = { title: /Add Endpoint.*1\/5/ };
const keyStep = { title: /Add Endpoint.*3\/5/ };

describe('endpoints', () => {
  let relay: SimulatedEndpoint;
  let spare: SimulatedEndpoint;
  let relayKey: string;
  let spareKey: string;
  let newKey: string;
  let qcc: QccEditor;
  let window: EditorWindow;

  before(async () => {
    const pace = { firstTokenMs: 20, tokensPerSecond: 100, words: 80 };
    relay = await startSimulatedEndpoint({ name: 'relay', ...pace });
    spare = await startSimulatedEndpoint({ name: 'spare', ...pace });
    relayKey = canaryKey(relay.port);
    spareKey = canaryKey(spare.port);
    newKey = canaryKey(spare.port);
    qcc = await QccEditor.start();
    window = await qcc.openWindow();
    await addProfile(window, 'work', { strategy: 'By priority' });
    await cancelInput(window.page, urlStep);
    await treeShows(window, [/Profile work, active, By priority, no endpoints/]);
  });
  after(async () => {
    await qcc.stop();
    await relay.close();
    await spare.close();
  });

  const ask = async (): Promise<string> => (await qcc.ask('hello')).text();

  /** Opens one part of an endpoint for editing. */
  async function editPart(endpoint: string, part: string): Promise<void> {
    await window.inlineAction(`Endpoint ${endpoint}`, 'Edit Endpoint');
    await window.pick(part, { title: `Edit Endpoint: ${endpoint}` });
  }

  it('refuse a bad address while it is typed, and say what is wrong', async () => {
    await window.inlineAction('Profile work', 'Add Endpoint');
    const refused: [string, RegExp][] = [
      ['relay', /This is not a URL\. Enter one like https:\/\/api\.example\.com\./],
      ['ftp://relay.example', /The URL must begin with https:\/\/\./],
      ['http://relay.example', /Use https:\/\/\. With http:\/\/ the key could be read on the network\./],
      ['https://me:word@relay.example', /Leave user name and password out of the URL/],
      ['https://169.254.169.254/', /metadata service/],
      [`http://localhost:${qcc.port}/v1`, /This is the address of the QCC proxy itself/],
    ];
    for (const [url, words] of refused) {
      await window.fill(url, urlStep);
      await window.inputMessage(words);
      await window.page.keyboard.press('Enter');
      await window.inputMessage(words);
    }
    await cancelInput(window.page, urlStep);
  });

  it('ask for a key that is hidden and cannot be left out', async () => {
    await window.inlineAction('Profile work', 'Add Endpoint');
    await window.type(`${relay.url}/v1/`, urlStep);
    await pressEnter(window, /2\/5/);
    await window.fill('', keyStep);
    assert.equal(await quickInput(window.page).locator('input[type=password]').count(), 1);
    await window.page.keyboard.press('Enter');
    await window.inputMessage(/Enter the key\./);
    await window.fill('密钥', keyStep);
    await window.inputMessage(/characters that cannot be sent/);
    await cancelInput(window.page, keyStep);
    await treeShows(window, [/Profile work, active, By priority, no endpoints/], [/^Endpoint/]);
  });

  it('are added to the only profile without asking for it, with the host as their name', async () => {
    await window.runCommand('QCC: Add Endpoint');
    await enterEndpoint(window, { baseUrl: `${relay.url}/v1/`, key: relayKey });
    const [, row] = await treeShows(window, [/^Profile work/, /^Endpoint /]);
    assert.equal(row, `Endpoint 127.0.0.1:${relay.port}, Not used yet`);
    assert.match(await window.tooltip(window.treeItem('Endpoint')), new RegExp(`Address: ${relay.url}\\n`));
  });

  it('are added with the keyboard alone', async () => {
    const { keyboard } = window.page;
    const enter = async (title: RegExp, text?: string) => {
      await quickInput(window.page).locator('.quick-input-title').filter({ hasText: title }).waitFor();
      if (text !== undefined) await keyboard.insertText(text);
      await keyboard.press('Enter');
    };
    await keyboard.press('F1');
    await quickInput(window.page).waitFor();
    await keyboard.insertText('QCC: Add Endpoint');
    const row = quickInput(window.page).locator('.monaco-list-row.focused .label-name');
    await row.filter({ hasText: /^QCC: Add Endpoint$/ }).waitFor();
    await keyboard.press('Enter');
    await enter(/1\/5/, spare.url);
    // The suggested name is selected: typing replaces it.
    await enter(/2\/5/, 'spare');
    await enter(/3\/5/, spareKey);
    await enter(/4\/5/);
    await saveWhenPassed(window, /5\/5/);
    await treeShows(window, [/^Endpoint spare, Not used yet, 127\.0\.0\.1/]);
    await editPart('spare', 'Priority');
    await window.type('2', { title: /Edit Endpoint/ });
    await window.tooltip(window.treeItem('Endpoint spare'), /Priority: 2/);
  });

  it('show that they work, and in flight while they do', async () => {
    await editPart(`127.0.0.1:${relay.port}`, 'Name');
    await window.type('relay', { title: /Edit Endpoint/ });
    await treeShows(window, [/^Endpoint relay, Not used yet/]);
    const answer = ask();
    await treeShows(window, [/^Endpoint relay, Working.*1 in flight/]);
    assert.match(await answer, /message_stop/);
    await treeShows(window, [/^Endpoint relay, Working, \d+ ms, 127/]);
    assert.equal(relay.requests.at(-1)?.headers['x-api-key'], relayKey);
  });

  it('show why they fail while another one serves, and are forgiven by hand', async () => {
    const refusals: [number, RegExp][] = [
      [429, /^Endpoint relay, Too many requests \(status 429\), Cooling down/],
      [500, /^Endpoint relay, Error status 500, Failing/],
      [401, /^Endpoint relay, Key refused \(status 401\), Quarantined/],
    ];
    for (const [status, words] of refusals) {
      relay.refuse(status);
      assert.match(await ask(), /message_stop/);
      await treeShows(window, [words]);
      await window.contextMenu('Endpoint relay', 'Reset Endpoint Health');
      await treeShows(window, [/^Endpoint relay, Working/]);
    }
    await window.notificationButton('Edit Endpoint', /QCC has stopped using the endpoint “relay”/);
    await cancelInput(window.page, { title: 'Edit Endpoint: relay' });
  });

  it('show in the status bar that not all are well, until they work again', async () => {
    await ask();
    await treeShows(window, [/^Endpoint relay, Key refused/]);
    const item = window.page.locator(`[id="${statusBarId}"]`);
    await item.locator('.codicon-warning').waitFor();
    assert.match(
      await window.tooltip(item, /relay/),
      /Some endpoints have trouble\.\n+.*relay · Key refused \(status 401\) · next try in \d+ min/,
    );
    await window.runCommand('QCC: Reset Endpoint Health');
    assert.deepEqual(await window.choices(), ['relay']);
    await cancelInput(window.page);
    await treeShows(window, [/^Endpoint relay, Key refused/]);
    await window.runCommand('QCC: Reset Endpoint Health');
    await window.pick('relay');
    relay.refuse(undefined);
    await ask();
    await treeShows(window, [/^Endpoint relay, Working/]);
    await item.locator('.codicon-pass').waitFor();
  });

  it('are disabled and enabled with the icon and the menu, from the next request on', async () => {
    await window.inlineAction('Endpoint relay', 'Disable Endpoint');
    await treeShows(window, [/^Endpoint relay, Disabled/]);
    const before = relay.requests.length;
    assert.match(await ask(), /message_stop/);
    assert.equal(relay.requests.length, before);
    await window.contextMenu('Endpoint spare', 'Disable Endpoint');
    await treeShows(window, [/^Endpoint spare, Disabled/]);
    await window.inlineAction('Endpoint spare', 'Enable Endpoint');
    await window.contextMenu('Endpoint relay', 'Enable Endpoint');
    await treeShows(window, [/^Endpoint spare, Working/, /^Endpoint relay, Working/]);
  });

  it('change address and key together, and the old key never meets the new address', async () => {
    await editPart('relay', 'Address and key');
    await window.type(spare.url, { title: /1\/3/ });
    await window.type(newKey, { title: /2\/3/ });
    await saveWhenPassed(window, /3\/3/);
    const before = { relay: relay.requests.length, spare: spare.requests.length };
    await treeShows(window, [new RegExp(`^Endpoint relay, .*${spare.port}`)]);
    await ask();
    assert.deepEqual([relay.requests.length, spare.requests.length], [before.relay, before.spare + 1]);
    assert.equal(spare.requests.at(-1)?.headers['x-api-key'], newKey);
  });

  it('change key, way of authentication, weight and priority by themselves', async () => {
    await editPart('relay', 'Key');
    await window.type(spareKey, { title: /Edit Endpoint.*1\/2/ });
    await saveWhenPassed(window, /2\/2/);
    await editPart('relay', 'Authentication');
    await window.pick('Authorization: Bearer header', { title: 'Edit Endpoint' });
    await editPart('relay', 'Weight');
    await window.fill('0', { title: /Edit Endpoint/ });
    await window.inputMessage(/Enter a whole number from 1 to 1000\./);
    await window.type('300', { title: /Edit Endpoint/ });
    await editPart('relay', 'Priority');
    await window.fill('1001', { title: /Edit Endpoint/ });
    await window.inputMessage(/Enter a whole number from 1 to 1000\./);
    await window.type('7', { title: /Edit Endpoint/ });
    await waitFor(
      'the one with the higher number comes last',
      async () => (await window.treeItems(viewName)).at(-1)?.startsWith('Endpoint relay') || undefined,
    );
    const words = await window.tooltip(window.treeItem('Endpoint relay'), /Priority: 7/);
    assert.match(words, /Authentication: Authorization: Bearer header/);
    assert.match(words, /Weight: 300/);
    await window.inlineAction('Endpoint spare', 'Disable Endpoint');
    await treeShows(window, [/^Endpoint spare, Disabled/]);
    await ask();
    const headers = spare.requests.at(-1)?.headers ?? {};
    assert.equal(headers.authorization, `Bearer ${spareKey}`);
    assert.equal(headers['x-api-key'], undefined);
  });

  it('are asked for a priority only where the strategy goes by it', async () => {
    await window.contextMenu('Profile work', 'Edit Profile');
    await pressEnter(window, /1\/4/);
    await pressEnter(window, /2\/4/);
    await chooseStrategyAndLevel(window, { strategy: 'Weighted' });
    await treeShows(window, [/^Profile work, active$/]);
    await treeShows(window, [/^Endpoint relay, .*weight 300/]);
    await window.inlineAction('Endpoint relay', 'Edit Endpoint');
    const parts = ['Name', 'Address and key', 'Key', 'Authentication', 'Weight'];
    assert.deepEqual(await window.choices({ title: 'Edit Endpoint: relay' }), parts);
    await cancelInput(window.page, { title: 'Edit Endpoint: relay' });
  });

  it('are removed after a question, with their key', async () => {
    await window.contextMenu('Endpoint relay', 'Remove Endpoint');
    assert.match(await window.dialogText(), /Remove the endpoint “relay” from the profile “work”\?/);
    await window.dialogButton('Cancel');
    await treeShows(window, [/^Endpoint relay/]);
    await window.contextMenu('Endpoint relay', 'Remove Endpoint');
    await window.dialogButton('Remove');
    await treeShows(window, [/^Endpoint spare/], [/^Endpoint relay/]);
  });

  it('never show their keys: not on screen, not in the output, not in a file', async () => {
    await window.inlineAction('Endpoint spare', 'Edit Endpoint');
    await window.choices({ title: 'Edit Endpoint' });
    assert.deepEqual(leaksInLog(await window.page.content()), []);
    await window.pick('Key', { title: 'Edit Endpoint' });
    assert.equal(await quickInput(window.page).locator('input').inputValue(), '');
    await cancelInput(window.page, { title: 'Edit Endpoint' });
    await window.runCommand('QCC: Show Log');
    const output = window.page.locator('.part.panel .view-lines');
    await output.filter({ hasText: /attempt/ }).waitFor();
    assert.deepEqual(leaksInLog(await window.page.content()), []);
    assert.deepEqual(leaksInLog(await window.tooltip(window.treeItem('Endpoint spare'))), []);
    const { data, home, temporary, workspace } = qcc.editor.folder;
    assert.notDeepEqual(filesThatHold('outcome=served', [data]), [], 'the output is among the files');
    assert.deepEqual(filesThatHold('sk-canary-', [qcc.home, data, home, temporary, workspace]), []);
    assert.deepEqual(window.problems(ownProblems), []);
  });
});
