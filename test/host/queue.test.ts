import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { EditorWindow } from '../support/editor.ts';
import { cancelInput, quickInput } from '../support/editorQuickInput.ts';
import { treeShows } from '../support/endpointsView.ts';
import { demoContents, ownProblems, QccEditor } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

/* What users see of requests that nobody could serve, and do with them. */

describe('requests that no endpoint could serve', () => {
  let relay: SimulatedEndpoint;
  let qcc: QccEditor;
  let window: EditorWindow;

  before(async () => {
    relay = await startSimulatedEndpoint({ name: 'relay', firstTokenMs: 20, tokensPerSecond: 200 });
    qcc = await QccEditor.start({
      contents: demoContents('work', [relay], () => 'sk-host-test'),
      settings: { 'qcc.routing.patienceSeconds': 0 },
    });
    window = await qcc.openWindow();
    await treeShows(window, [/^Endpoint relay/]);
    relay.refuse(500);
    for (const text of ['first question', 'second question']) await (await qcc.ask(text)).text();
  });
  after(async () => {
    await qcc.stop();
    await relay.close();
  });

  const rows = () => quickInput(window.page).locator('.monaco-list-row');

  /** Opens the list once it can be: a command for what is not there is not offered. */
  const openList = (): Promise<void> =>
    waitFor('the list is offered', async () => {
      try {
        await window.runCommand('QCC: Show Request Queue');
        return true as const;
      } catch {
        // The command was not in the palette yet.
        await window.page.keyboard.press('Escape');
        return undefined;
      }
    }).then(() => undefined);

  it('are listed with what is known of them, without what they ask', async () => {
    await openList();
    await rows().nth(1).waitFor();
    const text = (await rows().allInnerTexts()).join('\n');
    assert.match(text, /claude-sonnet-5-5/);
    assert.match(text, /status 500/);
    assert.doesNotMatch(text, /question/);
    await cancelInput(window.page);
  });

  it('are tried again from the list, and their answers are read as documents', async () => {
    relay.refuse(undefined);
    await window.runCommand('QCC: Show Request Queue');
    await rows().first().hover();
    await rows().first().locator('a[aria-label="Retry"]').click();
    await rows()
      .first()
      .filter({ hasText: /Answered/ })
      .waitFor();
    await rows().first().click();
    await window.editorText('Request claude-sonnet-5-5', /\[relay\] You said: second question/);
  });

  it('are all tried again at once', async () => {
    await window.runCommand('QCC: Retry All Queued Requests');
    // The list shows what changes while it is open.
    await window.runCommand('QCC: Show Request Queue');
    await waitFor('the other one is answered too', async () => {
      const states = await rows()
        .filter({ hasText: /Answered/ })
        .count();
      return states === 2 || undefined;
    });
    await cancelInput(window.page);
  });

  it('are removed when the user means it', async () => {
    await window.runCommand('QCC: Remove Queued Request');
    await rows().first().click();
    assert.match(await window.dialogText(), /Remove the request from the queue\?/);
    await window.dialogButton('Remove');
    await window.runCommand('QCC: Show Queue Status');
    await window.editorText('Request Queue', /In the queue +1/);
  });

  it('are forgotten together when the user says so twice', async () => {
    await window.runCommand('QCC: Clear Request Queue');
    // The second question comes in the place of the first one.
    const dialog = window.page.locator('.monaco-dialog-box');
    await dialog.getByRole('button', { name: 'Clear Queue', exact: true }).click();
    await dialog.getByText(/for good/).waitFor();
    await window.dialogButton('Forget All');
    await window.runCommand('QCC: Show Queue Status');
    await window.editorText('Request Queue', /In the queue +0/);
    assert.deepEqual(window.problems(ownProblems), []);
  });
});
