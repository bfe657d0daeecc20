import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { parseConfigFile } from '../../src/core/configFile.ts';
import type { EditorWindow } from '../support/editor.ts';
import { openWalkthrough } from '../support/editorPages.ts';
import { atStep, cancelInput, goBack, inputValue } from '../support/editorQuickInput.ts';
import { addProfile, pressEnter, treeShows } from '../support/endpointsView.ts';
import { ownProblems, QccEditor } from '../support/qccEditor.ts';

/* Links and keys lead somewhere also where there is nothing yet for them to act on. */

describe('with nothing to act on', () => {
  let qcc: QccEditor;
  let window: EditorWindow;

  before(async () => {
    qcc = await QccEditor.start();
    window = await qcc.openWindow();
  });
  after(() => qcc.stop());

  const profileStep = { title: /Add Profile.*1\/4/ };
  const step = (number: number) => ({ title: new RegExp(`Add Endpoint.*${number}/5`) });

  /** Presses a button of the walkthrough, in the step of this title. */
  async function follow(title: string, label: string): Promise<void> {
    const page = await openWalkthrough(window, { help: 'QCC: Help', start: 'Get Started', step: title });
    await page.locator('.step-title', { hasText: title }).click();
    await page.getByRole('button', { name: label, exact: true }).click();
  }

  it('the walkthrough adds the profile first that an endpoint needs', async () => {
    await follow('Add your endpoints', 'Add Endpoint');
    await cancelInput(window.page, profileStep);
  });

  it('the walkthrough says what is missing for levels and checks, and offers to add it', async () => {
    for (const [title, label] of [
      ['Let another profile stand in', 'Set Profile Level'],
      ['See that they really answer', 'Check All Endpoints'],
    ] as const) {
      await follow(title, label);
      await window.notifications(/There is no profile yet/);
      await window.page.getByRole('button', { name: 'Add Profile', exact: true }).last().click();
      await cancelInput(window.page, profileStep);
    }
  });

  it('a key that nobody has entered is asked for again, and an empty one is not kept', async () => {
    await addProfile(window, 'work');
    await cancelInput(window.page, step(1));
    await window.runCommand('QCC: Add Endpoint');
    await window.type('https://relay.example', step(1));
    await pressEnter(window, step(2).title);
    await window.inputMessage(/^API key or token of the endpoint/);
    await goBack(window.page, step(3));
    await pressEnter(window, step(2).title);
    await window.inputMessage(/^API key or token of the endpoint/);
    await pressEnter(window, step(3).title);
    await window.inputMessage(/key/);
    await atStep(window.page, step(3));
    await cancelInput(window.page, step(3));
  });

  it('a key that is pasted over a longer text is hidden at once, too', async () => {
    await window.runCommand('QCC: Add Endpoint');
    const widget = await atStep(window.page, step(1));
    await widget
      .locator('input')
      .first()
      .fill(`https://relay.example/a/path/as/long/as/what/comes/${'x'.repeat(60)}`);
    await window.page.keyboard.press('ControlOrMeta+A');
    const pasted = 'ANTHROPIC_BASE_URL=https://relay.example ANTHROPIC_API_KEY=sk-canary-1';
    await window.page.evaluate((text) => navigator.clipboard.writeText(text), pasted);
    await window.page.keyboard.press('ControlOrMeta+V');
    await window.inputMessage(/Address and key were taken from what you pasted\./);
    assert.equal(await inputValue(window.page), 'https://relay.example');
    await cancelInput(window.page, step(1));
    await treeShows(window, [/^Profile work/]);
    assert.deepEqual(window.problems(ownProblems), []);
  });
});

describe('with little to act on', () => {
  let qcc: QccEditor;
  let window: EditorWindow;

  before(async () => {
    const endpoint = { name: 'one', baseUrl: 'https://relay.example', apiKey: 'sk-host-test' };
    const profiles = [
      { name: 'work', priority: 'primary', endpoints: [endpoint] },
      { name: 'spare', endpoints: [] },
    ];
    const parsed = parseConfigFile(JSON.stringify({ version: 1, activeProfile: 'work', profiles }), () =>
      randomUUID(),
    );
    assert.ok(parsed.ok);
    qcc = await QccEditor.start({ contents: parsed.contents });
    window = await qcc.openWindow();
    await treeShows(window, [/^Endpoint one/, /^Add an endpoint to spare/]);
  });
  after(() => qcc.stop());

  it('says that no other profile has endpoints to reuse', async () => {
    await window.contextMenu('Profile work', 'Reuse Endpoints');
    await window.notifications(/There is nothing that this could be done with/);
  });

  it('takes an endpoint that is dropped where the first one of a profile is added', async () => {
    await window.treeItem('Endpoint one').dragTo(window.treeItem('Add an endpoint to spare'));
    await treeShows(window, [/^Add an endpoint to work/, /^Endpoint one/], [/^Add an endpoint to spare/]);
    assert.deepEqual(window.problems(ownProblems), []);
  });

  it('does not take that row itself for what it stands in', async () => {
    const before = await treeShows(window, [/^Add an endpoint to work/]);
    await window.treeItem('Add an endpoint to work').dragTo(window.treeItem('Level Fallback'));
    assert.deepEqual(await treeShows(window, [/^Add an endpoint to work/]), before);
  });
});
