import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { EditorWindow } from '../support/editor.ts';
import { comparedTexts } from '../support/editorFiles.ts';
import { atStep, cancelInput } from '../support/editorQuickInput.ts';
import { addProfile, treeShows } from '../support/endpointsView.ts';
import { freePort, proxiesOf, temporaryHome } from '../support/linkedWindow.ts';
import { demoContents, ownProblems, QccEditor, statusBarId } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

/* Two editors, each with what it has stored by itself, that come to have one state folder and port. */

const key = 'sk-canary-host';
const extensionId = 'qcc.qcc';

describe('two editors with configurations of their own', () => {
  let relay: SimulatedEndpoint;
  let local: SimulatedEndpoint;
  let office: QccEditor;
  let home: QccEditor;
  /** The one whose configuration is in force at first. */
  let first: EditorWindow;
  /** The one that comes to it with its own. */
  let second: EditorWindow;

  const place = (port: number, folder: string) => ({
    'qcc.proxy.port': port,
    'qcc.proxy.stateFolder': folder,
  });
  const choice = /another configuration than the one of this editor/;
  const isServed = async (): Promise<void> => {
    const response = await office.ask('hello');
    assert.match(await response.text(), /message_stop/);
  };

  before(async () => {
    const pace = { firstTokenMs: 20, tokensPerSecond: 200, key };
    relay = await startSimulatedEndpoint({ name: 'relay', ...pace });
    local = await startSimulatedEndpoint({ name: 'local', ...pace });
    office = await QccEditor.start({ contents: demoContents('office', [relay], () => key) });
    first = await office.openWindow();
    await first.statusBarText(statusBarId, /office/);
    await first.notificationButton('OK', /terminals/);
    home = await QccEditor.start({ contents: demoContents('home', [local], () => key) });
    second = await home.openWindow();
    await second.statusBarText(statusBarId, /home/);
    await second.notificationButton('OK', /terminals/);
    home.editor.changeSettings(place(office.port, office.home));
  });
  after(async () => {
    await home.stop();
    await office.stop();
    await relay.close();
    await local.close();
  });

  it('leave the one in force, and have the second one say that there is something to choose', async () => {
    await second.notifications(choice);
    await treeShows(second, [/home/]);
    assert.match(await second.page.locator('.part.sidebar .message').innerText(), choice);
    await first.statusBarText(statusBarId, /office/);
    await isServed();
    assert.equal(local.requests.length, 0);
  });

  it('show in a dialog what both are, without a key, and change nothing when it is left', async () => {
    await second.notificationButton('Choose…', choice);
    const text = await second.dialogText();
    assert.match(text, /Which configuration is to be used\?/);
    assert.match(text, /In force:[\s\S]*Profiles: office[\s\S]*Endpoints: 1/);
    assert.match(text, /This editor’s:[\s\S]*Profiles: home[\s\S]*Endpoints: 1/);
    assert.doesNotMatch(text, /canary/);
    await second.dialogButton('Cancel');
    await first.statusBarText(statusBarId, /office/);
    await second.statusBarText(statusBarId, /home/);
  });

  it('can be chosen between from the metrics panel too', async () => {
    await second.runCommand('QCC: Open Metrics');
    await second.webview(extensionId).getByRole('button', { name: 'Choose Configuration' }).click();
    assert.match(await second.dialogText(), /Which configuration is to be used\?/);
    await second.dialogButton('Cancel');
  });

  it('are compared side by side, and the dialog comes again', async () => {
    await second.clickStatusBar(statusBarId);
    await second.dialogButton('Compare');
    const [inForce, own] = await comparedTexts(
      second,
      /Configuration in force ↔ Configuration of this editor/,
    );
    assert.match(inForce, /"name": "office"/);
    assert.match(own, /"name": "home"/);
    assert.doesNotMatch(inForce + own, /canary/);
    await second.notificationButton('Choose…', /Compare the two configurations/);
    assert.match(await second.dialogText(), /Which configuration/);
  });

  it('both use the one of the second when it is chosen there, and the first one says so', async () => {
    await second.dialogButton('Use This Editor’s');
    await second.statusBarText(statusBarId, /home/);
    await treeShows(first, [/home/], [/office/]);
    await first.notifications(/Another configuration is in force now/);
    await isServed();
    assert.ok(local.requests.length > 0);
    assert.deepEqual(office.proxies(), [await office.proxy()]);
    // Nobody has to be told where it was chosen.
    assert.ok((await second.notifications()).every((text) => !text.includes('Another configuration')));
  });

  it('have what was not chosen in the history of the first, which can go back to it', async () => {
    await first.notificationButton('Show History', /Another configuration is in force now/);
    const widget = await atStep(first.page, { title: /Configuration History/ });
    await widget.locator('.monaco-list-row').filter({ hasText: 'not chosen' }).first().waitFor();
    await cancelInput(first.page, { title: /Configuration History/ });
    await first.runCommand('QCC: Roll Back Configuration');
    const step = { title: /Roll Back Configuration/ };
    const list = await atStep(first.page, step);
    await list.locator('.monaco-list-row').filter({ hasText: 'not chosen' }).first().click();
    const preview = await atStep(first.page, step);
    await preview
      .locator('.monaco-list-row')
      .filter({ hasText: /^.*Roll Back$/ })
      .first()
      .click();
    for (const window of [first, second]) await treeShows(window, [/office/, /relay/], [/home/]);
    const before = relay.requests.length;
    await isServed();
    assert.ok(relay.requests.length > before, 'with its key');
  });

  it('use the one in force when that is chosen, and have the other in the history', async () => {
    const apart = temporaryHome();
    home.editor.changeSettings(place(await freePort(), apart.folder));
    await addProfile(second, 'private');
    await treeShows(second, [/office/, /private/]);
    await addProfile(first, 'shared');
    home.editor.changeSettings(place(office.port, office.home));
    await second.notifications(choice);
    await second.notificationButton('Choose…', choice);
    const text = await second.dialogText();
    assert.match(text, /In force:[\s\S]*Profiles: .*shared/);
    assert.match(text, /This editor’s:[\s\S]*Profiles: .*private/);
    await second.dialogButton('Use the One in Force');
    await treeShows(second, [/office/, /shared/], [/private/]);
    await second.runCommand('QCC: Show Configuration History');
    const widget = await atStep(second.page, { title: /Configuration History/ });
    await widget.locator('.monaco-list-row').filter({ hasText: 'not chosen' }).first().waitFor();
    await cancelInput(second.page, { title: /Configuration History/ });
    // Its configuration holds on.
    assert.ok((await first.notifications()).every((one) => !one.includes('Another configuration')));
    await waitFor('the other proxy has ended', () => proxiesOf(apart.folder).length === 0 || undefined);
    apart.remove();
  });

  it('offer no choice where there is none, and keep what was chosen over a reload', async () => {
    await second.reload(statusBarId);
    await treeShows(second, [/office/, /shared/], [/private/]);
    assert.ok((await second.notifications()).every((text) => !choice.test(text)));
    for (const window of [first, second]) assert.deepEqual(window.problems(ownProblems), []);
  });
});
