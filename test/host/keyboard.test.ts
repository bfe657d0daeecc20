import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { canaryKey } from '../support/canaries.ts';
import type { EditorWindow } from '../support/editor.ts';
import { editorProgram } from '../support/editorProgram.ts';
import { atStep, quickInput } from '../support/editorQuickInput.ts';
import { ownProblems, QccEditor, statusBarId } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

/* All that it takes to begin, for somebody who has no mouse: only keys are pressed here. */

const extensionId = 'qcc.qcc';
/** More controls than the panel has. */
const mostControls = 200;

describe('with the keyboard alone', () => {
  let relay: SimulatedEndpoint;
  let qcc: QccEditor;
  let window: EditorWindow;

  before(async () => {
    relay = await startSimulatedEndpoint({ name: 'relay', firstTokenMs: 20, tokensPerSecond: 200 });
    qcc = await QccEditor.start();
    window = await qcc.openWindow();
  });
  after(async () => {
    await qcc.stop();
    await relay.close();
  });

  const press = (key: string) => window.page.keyboard.press(key);
  const write = (text: string) => window.page.keyboard.insertText(text);
  /** The row of a quick input that Enter would choose. */
  const focusedRow = () => quickInput(window.page).locator('.monaco-list-row.focused');

  /** Runs a command from the Command Palette. */
  async function run(title: string): Promise<void> {
    await press('F1');
    await quickInput(window.page).locator('input[type=text]').waitFor();
    await write(title);
    await focusedRow()
      .locator('.label-name')
      .filter({ hasText: new RegExp(`^${title}$`) })
      .first()
      .waitFor();
    await press('Enter');
  }

  /** Writes into a step, or leaves it as it is, and goes on. */
  async function answer(title: RegExp, text = ''): Promise<void> {
    await atStep(window.page, { title });
    if (text !== '') await write(text);
    await press('Enter');
  }

  /** Moves down a list until the row has the focus. */
  async function moveTo(text: string): Promise<void> {
    await focusedRow().waitFor();
    for (let moves = 0; !(await focusedRow().innerText()).includes(text); moves += 1) {
      assert.ok(moves < mostControls, `there is no row ${text}`);
      await press('ArrowDown');
    }
  }

  it('a profile is added, and its first endpoint right behind it', async () => {
    await run('QCC: Add Profile');
    await answer(/Add Profile.*1\/4/, 'work');
    await answer(/Add Profile.*2\/4/);
    await atStep(window.page, { title: /Add Profile.*3\/4/ });
    await moveTo('By priority');
    await press('Enter');
    await answer(/Add Profile.*4\/4/);
    await answer(
      /Add Endpoint.*1\/5/,
      `ANTHROPIC_BASE_URL=${relay.url} ANTHROPIC_API_KEY=${canaryKey(relay.port)}`,
    );
    await answer(/Add Endpoint.*2\/5/, 'relay');
    await answer(/Add Endpoint.*3\/5/);
    await answer(/Add Endpoint.*4\/5/);
    await atStep(window.page, { title: /Add Endpoint.*5\/5/ });
    await quickInput(window.page).locator('.codicon-pass').waitFor();
    await moveTo('Save');
    await press('Enter');
    await quickInput(window.page).waitFor({ state: 'hidden' });
    await run('QCC: Focus on Endpoints View');
    await waitFor(
      'the tree has it',
      async () =>
        (await window.treeItems('Endpoints')).some((row) => row.startsWith('Endpoint relay')) || undefined,
    );
  });

  it('the buttons beside the title are reached', { skip: editorProgram.titleButtonsOutOfReach }, async () => {
    await run('QCC: Add Endpoint');
    const widget = await atStep(window.page, { title: /Add Endpoint.*1\/5/ });
    await press('Shift+Tab');
    const button = widget.getByRole('button', { name: 'Paste from the Clipboard' });
    await button.and(window.page.locator(':focus')).waitFor();
    await press('Escape');
    await widget.waitFor({ state: 'hidden' });
  });

  it('it is tested', async () => {
    await run('QCC: Test Endpoint');
    await moveTo('relay');
    await press('Enter');
    await window.editorText('Check of relay', /Result +Passed/);
  });

  it('another profile is used, and the first one again', async () => {
    await run('QCC: Add Profile');
    await answer(/Add Profile.*1\/4/, 'evening');
    for (const number of [2, 3, 4]) await answer(new RegExp(`Add Profile.*${number}/4`));
    await quickInput(window.page).waitFor({ state: 'hidden' });
    for (const name of ['evening', 'work']) {
      await run('QCC: Use Profile');
      await moveTo(name);
      await press('Enter');
      await window.statusBarText(statusBarId, new RegExp(name));
    }
    assert.match(await (await qcc.ask('hello')).text(), /message_stop/);
  });

  it('the metrics are opened, and moved through', async () => {
    await run('QCC: Open Metrics');
    const panel = window.webview(extensionId);
    await panel.getByRole('heading', { name: 'QCC Metrics' }).waitFor();
    const seen = new Set<string>();
    /** What has the focus in the panel, if anything there has it. */
    const focused = async (): Promise<string> => {
      const element = panel.locator('*:focus');
      if ((await element.count()) === 0) return '';
      return element
        .first()
        .evaluate((node) => `${node.tagName} ${node.id} ${node.textContent?.slice(0, 40)}`);
    };
    const ranges = panel.locator('input[name="range"]');
    const isOnRanges = async () => (await ranges.and(panel.locator(':focus')).count()) > 0;
    for (let moves = 0; !(await isOnRanges()); moves += 1) {
      assert.ok(moves < mostControls, 'the ranges are not reached');
      await press('Tab');
    }
    const before = await panel.locator('input[name="range"]:checked').getAttribute('value');
    await press('ArrowRight');
    await waitFor(
      'another range is chosen',
      async () =>
        (await panel.locator('input[name="range"]:checked').getAttribute('value')) !== before || undefined,
    );
    for (let moves = 0; moves < 12; moves += 1) {
      seen.add(await focused());
      await press('Tab');
    }
    assert.ok(seen.size > 3, [...seen].join('\n'));
    assert.deepEqual(window.problems(ownProblems), []);
  });
});
