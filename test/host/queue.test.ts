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

/** The tree, by its name in English. */
const queueView = 'Request Queue';

/** A name that a client makes up for its model, of all that an editor makes something of. */
const hostileModel = '$(flame) **bold** [here](command:qcc.proxy.stop) <b>markup</b>';

describe('the tree of kept requests', () => {
  let relay: SimulatedEndpoint;
  let qcc: QccEditor;
  let window: EditorWindow;

  before(async () => {
    relay = await startSimulatedEndpoint({ name: 'relay', firstTokenMs: 20, tokensPerSecond: 200 });
    qcc = await QccEditor.start({
      contents: demoContents('work', [relay], () => 'sk-host-test'),
      settings: {
        'qcc.routing.patienceSeconds': 0,
        'qcc.queue.strategy': 'immediate',
        'qcc.queue.maxRetries': 1,
      },
    });
    window = await qcc.openWindow();
    await treeShows(window, [/^Endpoint relay/]);
    await window.runCommand('QCC: Focus on Request Queue View');
  });
  after(async () => {
    await qcc.stop();
    await relay.close();
  });

  const send = (model: string, text: string, headers: Record<string, string> = {}): Promise<string> =>
    fetch(`${qcc.url}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': qcc.token, ...headers },
      body: JSON.stringify({ model, max_tokens: 100, messages: [{ role: 'user', content: text }] }),
    }).then((response) => response.text());

  const shows = (present: readonly RegExp[], absent: readonly RegExp[] = []) =>
    treeShows(window, present, absent, queueView);
  const pane = () =>
    window.page
      .locator('.pane')
      .filter({ has: window.page.getByText(queueView).first() })
      .last();
  /** Takes the mouse away: an open tooltip would catch the next click. */
  const leave = async (): Promise<void> => {
    await window.page.mouse.move(640, 400);
    await window.page.locator('.monaco-hover:visible').waitFor({ state: 'hidden' });
  };
  const focused = () => window.page.locator('.monaco-list-row.focused[role="treeitem"]');

  it('says what it is for while there are none', async () => {
    await pane().getByText('No request is kept.').waitFor();
  });

  it('lists them, newest first, with what became of them, and counts them in its title', async () => {
    relay.refuse(500);
    for (const model of ['model-one', 'model-two', hostileModel]) await send(model, `question for ${model}`);
    const rows = await shows([
      /^Request model-one, Waiting, status 500, kept/,
      /^Request model-two/,
      /^Request \$\(flame\)/,
    ]);
    assert.deepEqual(
      rows.map((row) => /^Request ([^\s,]+)/.exec(row)?.[1]),
      ['$(flame)', 'model-two', 'model-one'],
    );
    await pane().locator('.pane-header .description', { hasText: /^3$/ }).waitFor();
  });

  it('shows the name of a model as it is, whatever it looks like', async () => {
    const row = window.treeItem(/^Request \$\(flame\)/);
    assert.equal(await row.locator('.label-name').innerText(), hostileModel);
    assert.equal(await row.locator('.label-name .codicon').count(), 0);
    await row.hover();
    const hover = window.page.locator('.monaco-hover:visible');
    await hover.getByText('The request can be tried again.').waitFor();
    assert.ok((await hover.innerText()).replaceAll('\u00a0', ' ').includes(hostileModel));
    assert.equal(await hover.locator('a, b').count(), 0);
    await leave();
  });

  it('opens what is known of one with a click, and of the next one with the keyboard', async () => {
    await window.treeItem('Request model-two').click();
    await window.editorText('Request model-two', /State +Waiting\n.*There is no answer yet\./s);
    await window.runCommand('QCC: Focus on Request Queue View');
    const tree = window.page.getByRole('tree', { name: 'Request Queue' });
    await tree.and(window.page.locator(':focus')).waitFor();
    await window.page.keyboard.press('ArrowDown');
    await focused().filter({ hasText: 'model-one' }).waitFor();
    await window.page.keyboard.press('Enter');
    await window.editorText('Request model-one', /Model +model-one/);
  });

  it('tries one again, which is then read as a document, and keeps what is selected selected', async () => {
    relay.refuse(undefined);
    await window.inlineAction('Request model-one', 'Retry Queued Request');
    await shows([/^Request model-one, Answered/]);
    await window.page.locator('.monaco-list-row.selected', { hasText: 'model-one' }).waitFor();
    await window.treeItem('Request model-one').click();
    await window.editorText('Request model-one', /\[relay\] You said: question for model-one/);
  });

  it('offers to try again what can be, and nothing else', async () => {
    const line = window.treeItem('Request model-one');
    await line.hover();
    await line.locator('.actions a[aria-label="Open Queued Request"]').waitFor();
    assert.equal(await line.locator('.actions a[aria-label="Retry Queued Request"]').count(), 0);
    await leave();
  });

  it('shows what has been given up', async () => {
    relay.refuse(500);
    await send('model-later', 'answer me later', { prefer: 'respond-async' });
    await shows([/^Request model-later, Failed, status 500, tries: 1/]);
  });

  it('removes one when the user means it', async () => {
    await window.contextMenu('Request model-later', 'Remove Queued Request');
    assert.match(
      await window.dialogText(),
      /model-later · kept .*status 500.*\nIt cannot be tried again then/,
    );
    await window.dialogButton('Cancel');
    await shows([/^Request model-later/]);
    await window.inlineAction('Request model-later', 'Remove Queued Request');
    await window.dialogButton('Remove');
    await shows([/^Request model-two/], [/^Request model-later/]);
  });

  it('lets go of one that is served meanwhile, and says so to whoever was about to remove it', async () => {
    await window.inlineAction('Request model-two', 'Remove Queued Request');
    await window.page.locator('.monaco-dialog-box').waitFor();
    relay.refuse(undefined);
    await send('model-two', 'question for model-two');
    await shows([/^Request model-one/], [/^Request model-two/]);
    await window.dialogButton('Remove');
    await window.page.locator('.statusbar', { hasText: 'The request is no longer in the queue.' }).waitFor();
  });

  it('tries all again and clears itself from its title', async () => {
    const action = (label: string) => pane().locator(`.pane-header a[aria-label="${label}"]`).click();
    await pane().locator('.pane-header').hover();
    await action('Retry All Queued Requests');
    await shows([/^Request \$\(flame\).*Answered/]);
    await pane().locator('.pane-header').hover();
    await action('Clear Request Queue');
    const dialog = window.page.locator('.monaco-dialog-box');
    await dialog.getByRole('button', { name: 'Clear Queue', exact: true }).click();
    await dialog.getByText(/for good/).waitFor();
    await window.dialogButton('Forget All');
    await pane().getByText('No request is kept.').waitFor();
  });

  it('offers to start the proxy while it is stopped, and shows again what was kept', async () => {
    relay.refuse(500);
    await send('model-kept', 'keep me');
    await shows([/^Request model-kept/]);
    await window.runCommand('QCC: Stop Proxy');
    await pane().getByRole('button', { name: 'Start Proxy' }).click();
    await shows([/^Request model-kept, Waiting/]);
    assert.deepEqual(window.problems(ownProblems), []);
  });
});
