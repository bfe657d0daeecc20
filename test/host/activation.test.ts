import assert from 'node:assert/strict';
import { readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { defaultHomeFolder } from '../../src/protocol/home.ts';
import { readInstallations } from '../../src/protocol/installations.ts';
import { platform } from '../../src/protocol/platform.ts';
import type { EditorWindow } from '../support/editor.ts';
import { closePage } from '../support/editorPages.ts';
import { untilStored } from '../support/editorStorage.ts';
import { addProfile, enterEndpoint, treeShows } from '../support/endpointsView.ts';
import { ownProblems, QccEditor, statusBarId } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

/* How the extension starts, by VS Code's own account, and that its panel works and stays. */

const extensionId = 'qcc.qcc';
const activationLimitMs = 200;
const windowLoads = 3;

describe('the extension', () => {
  let relay: SimulatedEndpoint;
  let qcc: QccEditor;
  let window: EditorWindow;

  before(async () => {
    relay = await startSimulatedEndpoint({ name: 'relay', firstTokenMs: 20, tokensPerSecond: 200 });
    // An error is to be seen at once.
    qcc = await QccEditor.start({ settings: { 'qcc.routing.patienceSeconds': 0 } });
    window = await qcc.openWindow();
  });
  after(async () => {
    await qcc.stop();
    await relay.close();
  });

  /** What the list of running extensions says about ours. */
  async function runningExtension(): Promise<string> {
    await window.runCommand('Developer: Show Running Extensions');
    const row = window.page
      .locator('.runtime-extensions-editor .monaco-list-row')
      .filter({ has: window.page.locator('.name', { hasText: /^QCC$/ }) });
    await row.filter({ hasText: /Activation: \d+\s?ms/ }).waitFor();
    const text = await row.innerText();
    await closePage(window, 'Running Extensions');
    await row.waitFor({ state: 'detached' });
    return text;
  }

  it('is activated in less than 200 ms', async (test) => {
    const times: number[] = [];
    while (times.length < windowLoads) {
      if (times.length > 0) await window.reload(statusBarId);
      const text = await runningExtension();
      assert.doesNotMatch(text, /uncaught|unresponsive/i);
      times.push(Number(/Activation: (\d+)/.exec(text)?.[1]));
    }
    test.diagnostic(`activation times: ${times.join(', ')} ms`);
    // The machine may be busy with other things at any one of them.
    assert.ok(Math.min(...times) < activationLimitMs, `${times.join(', ')} ms`);
  });

  /** Waits until what the panel's card of the endpoint says, by its title, matches; of its state where none is given. */
  async function panelShows(title: string | null, expected: RegExp): Promise<void> {
    const card = window.webview(extensionId).getByRole('article', { name: 'relay', exact: true });
    const value =
      title === null
        ? card.locator('.state')
        : card.locator('dt').getByText(title, { exact: true }).locator('xpath=../dd');
    await waitFor(`${title} of relay matches ${expected}`, async () =>
      (await value.count()) === 1 && expected.test((await value.innerText()).trim()) ? true : undefined,
    );
  }

  it('opens its panel, which shows a profile and an endpoint as soon as they are added', async () => {
    await window.runCommand('QCC: Open Metrics');
    const panel = window.webview(extensionId);
    await panel.getByRole('heading', { name: 'QCC Metrics' }).waitFor();
    await panel.getByText(qcc.url).waitFor();
    await addProfile(window, 'work');
    await enterEndpoint(window, { baseUrl: relay.url, name: 'relay', key: 'sk-host-test' });
    await treeShows(window, [/^Endpoint relay/]);
    await panelShows(null, /Not used yet/);
    await panelShows('Requests', /^0$/);
  });

  it('shows requests in the panel as they happen', async () => {
    await (await qcc.ask('hello')).text();
    await panelShows(null, /Working/);
    await panelShows('Requests', /^1$/);
    relay.refuse(500);
    await (await qcc.ask('hello')).text();
    await panelShows(null, /^Failing$/);
    await panelShows('Last failure', /Error status 500/);
    // The only endpoint is asked once more before its error is passed on.
    await panelShows('Requests', /^3$/);
    await panelShows('Success rate', /^33\.3\s?%$/);
    relay.refuse(undefined);
  });

  it('keeps the panel when the window is reloaded', async () => {
    await untilStored(window.page, 'mainThreadWebview-qcc.metrics');
    await window.reload(statusBarId);
    await panelShows('Requests', /^3$/);
    await (await qcc.ask('hello')).text();
    await panelShows('Requests', /^4$/);
    await panelShows(null, /Working/);
  });

  it('copies the address from the panel', async () => {
    const panel = window.webview(extensionId);
    await panel.getByRole('button', { name: 'Copy Address' }).click();
    await panel.getByText('Address copied.').waitFor();
    assert.equal(await window.clipboard(/^http/), qcc.url);
  });

  it('records that it uses its state folder, there and in its own folder, and nothing in the home of the user', async () => {
    const { extensions } = qcc.editor.folder;
    const name = readdirSync(extensions).find((each) => each.startsWith(`${extensionId}-`));
    const installation = {
      host: platform.hostTag,
      extension: realpathSync(path.join(extensions, String(name))),
      stateFolder: realpathSync(qcc.home),
    };
    for (const place of [installation.stateFolder, installation.extension]) {
      await waitFor('it is recorded', () => readInstallations(place).length > 0 || undefined);
      assert.deepEqual(readInstallations(place), [installation]);
    }
    const inHome = readInstallations(defaultHomeFolder());
    assert.ok(!inHome.some(({ extension }) => extension === installation.extension));
  });

  it('leaves no error in the console, of the content security policy neither', () => {
    assert.deepEqual(window.problems(ownProblems), []);
  });
});
