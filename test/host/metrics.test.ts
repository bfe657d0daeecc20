import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type PanelRange, panelRanges } from '../../src/protocol/panel.ts';
import type { EditorWindow } from '../support/editor.ts';
import { atStep, cancelInput } from '../support/editorQuickInput.ts';
import { saveTo } from '../support/editorSaveDialog.ts';
import { untilStored } from '../support/editorStorage.ts';
import { treeShows } from '../support/endpointsView.ts';
import { demoContents, ownProblems, QccEditor, statusBarId } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

/* The metrics panel with real requests: what the extension answers, and that the page shows it. */

const extensionId = 'qcc.qcc';
const hostileName = '<img src=x onerror=alert(1)> $(bug)';
const hostileModel = '=<b onclick="alert(1)">model</b>';
/** So that nobody waits for what is kept: sums are written half a second after a request at the latest. */
const patienceMs = 20_000;

describe('the metrics panel', () => {
  let relay: SimulatedEndpoint;
  let spare: SimulatedEndpoint;
  let qcc: QccEditor;
  let window: EditorWindow;

  before(async () => {
    const pace = { firstTokenMs: 20, tokensPerSecond: 400 };
    relay = await startSimulatedEndpoint({ name: 'relay', ...pace });
    spare = await startSimulatedEndpoint({ name: hostileName, ...pace });
    qcc = await QccEditor.start({ contents: demoContents('work', [relay, spare], () => 'sk-host-test') });
    window = await qcc.openWindow();
    await treeShows(window, [/^Endpoint relay/]);
    await window.runCommand('QCC: Open Metrics');
    await panel().getByRole('heading', { name: 'QCC Metrics' }).waitFor();
  });
  after(async () => {
    await qcc.stop();
    await relay.close();
    await spare.close();
  });

  const panel = () => window.webview(extensionId);
  const range = (name: PanelRange) => panel().locator(`input[name="range"][value="${name}"]`);
  const section = (title: string) => panel().getByRole('region', { name: title, exact: true });
  const rows = () => section('Last Requests').locator('tbody');
  const filterText = () => section('Last Requests').locator('vscode-text-field input');

  const ask = async (model = 'claude-sonnet-5-5'): Promise<void> => {
    const response = await fetch(`${qcc.url}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': qcc.token },
      body: JSON.stringify({
        model,
        max_tokens: 64,
        stream: true,
        messages: [{ role: 'user', content: 'hello' }],
      }),
    });
    assert.match(await response.text(), /message_stop/);
  };

  /** Waits until the sums of the range have so many requests. */
  const counts = (requests: number) =>
    waitFor(
      `${requests} requests are counted`,
      async () => {
        const tile = panel().locator('.totals > div').filter({ hasText: 'Requests' });
        const [value] = await tile.locator('.value').allInnerTexts();
        return value === String(requests) || undefined;
      },
      patienceMs,
    );

  it('shows requests as they come, without being loaded anew', async () => {
    await counts(0);
    await panel()
      .locator('main')
      .evaluate((main) => main.setAttribute('data-witness', 'first'));
    await ask();
    await counts(1);
    await rows().nth(0).filter({ hasText: 'Served' }).waitFor();
    await ask(hostileModel);
    await counts(2);
    await rows().nth(1).waitFor();
    assert.equal(await panel().locator('main').getAttribute('data-witness'), 'first');
  });

  it('answers for every range', async () => {
    for (const name of panelRanges) {
      await range(name).check({ force: true });
      await panel().locator('main .totals:not([aria-busy])').waitFor();
      await counts(2);
    }
    // The sums of whole days have today's among them.
    await section('By Day').getByRole('row').nth(1).waitFor();
    await range('15m').check({ force: true });
  });

  it('tells why a request went where it went', async () => {
    relay.refuse(500);
    await ask();
    relay.refuse(undefined);
    await rows().nth(2).waitFor({ timeout: patienceMs });
    await rows().nth(0).getByRole('button').click();
    const story = rows().nth(0).locator('.story');
    await story.getByText(/^Answered by .* at attempt 2, in .* altogether\.$/).waitFor();
    const steps = await story.locator('.steps > li').allInnerTexts();
    assert.equal(steps.length, 4);
    assert.match(steps[0] ?? '', /Sent to relay: the strategy of its profile chose it\.\s+Profile: work/);
    assert.ok(steps[0]?.includes(`${hostileName}: was ready too`), steps[0]);
    assert.match(
      steps[1] ?? '',
      /Failed after \d+ ms: Error status 500\. Nothing had reached the client\.[\s\S]*a trouble in passing \(serverError\)/,
    );
    assert.ok(steps[2]?.includes(`Sent to ${hostileName}`), steps[2]);
    assert.ok(steps[2]?.includes('relay: had been tried already'), steps[2]);
    assert.match(steps[3] ?? '', /Answered: the first content came after .*[\s\S]*Tokens: \d+ in, \d+ out/);
  });

  it('finds requests by what they are narrowed down by', async () => {
    await filterText().fill('onclick');
    await waitFor('one is left', async () => (await rows().count()) === 1 || undefined);
    assert.ok((await rows().nth(0).innerText()).includes(hostileModel));
    await filterText().fill('no such model');
    await section('Last Requests').getByText('No request matches the filter.').waitFor();
    await filterText().fill('');
    await rows().nth(2).waitFor();
  });

  it('shows names as the text that they are', async () => {
    assert.equal(await panel().locator('main img, main b[onclick]').count(), 0);
    await section('Endpoints').getByText(hostileName).first().waitFor();
  });

  /** Saves what a part of the page shows, through the dialog of the editor, and reads the file. */
  const exported = async (title: string, format: 'CSV' | 'JSON', file: string): Promise<string> => {
    const path = join(qcc.editor.folder.workspace, file);
    await section(title)
      .getByRole('button', { name: `Export “${title}” as ${format}` })
      .click();
    await saveTo(window, 'Export Metrics', path);
    return waitFor('the file is written', () => {
      try {
        return readFileSync(path, 'utf8') || undefined;
      } catch {
        // It is not there yet.
        return undefined;
      }
    });
  };

  it('saves its tables for spreadsheets, in which no name is a formula', async () => {
    const text = await exported('Last Requests', 'CSV', 'requests.csv');
    const [titles, ...lines] = text.slice(1).trimEnd().split('\r\n');
    assert.equal(
      titles,
      'Time,Request ID,Model,Endpoint,Outcome,HTTP status,Attempts,Duration (ms),Input tokens,Output tokens,Cost (US$)',
    );
    assert.equal(lines.length, 3);
    const failedOver = lines[0] ?? '';
    assert.match(failedOver, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,[\w-]+,claude-sonnet-5-5,<img /);
    assert.match(failedOver, /,Served,200,2,/);
    assert.ok(lines[1]?.includes(`"'${hostileModel.replaceAll('"', '""')}"`), lines[1]);
  });

  it('saves its tables for programs', async () => {
    const models = JSON.parse(await exported('By Model', 'JSON', 'models.json'));
    assert.equal(models.range, '15m');
    const requests = models.rows.map((row: { model: string; requests: number }) => [row.model, row.requests]);
    assert.deepEqual(requests, [
      ['claude-sonnet-5-5', 2],
      [hostileModel, 1],
    ]);
    const endpoints = JSON.parse(await exported('Endpoints', 'JSON', 'endpoints.json'));
    const attempts = endpoints.rows.map((row: { name: string; requests: number; failed: number }) => [
      row.name,
      row.requests,
      row.failed,
    ]);
    assert.deepEqual(attempts, [
      ['relay', 3, 1],
      [hostileName, 1, 0],
    ]);
  });

  it('says why a table could not be saved, and nothing when the user does not want to', async () => {
    const button = section('Last Requests').getByRole('button', { name: /as CSV$/ });
    await button.click();
    await atStep(window.page, { title: 'Export Metrics' });
    await cancelInput(window.page);
    assert.deepEqual(await window.notifications(), []);
    await button.click();
    // Where nobody can make a file.
    await saveTo(window, 'Export Metrics', '/proc/requests.csv');
    await window.notifications(/^The metrics were not exported\. .*requests\.csv/);
  });

  it('says so when the proxy is stopped, and goes on when it is there again', async () => {
    await window.runCommand('QCC: Stop Proxy');
    await panel().getByText('The proxy is stopped.').waitFor();
    await panel().getByText('There is no history to show, because no proxy can be asked.').first().waitFor();
    await panel().getByRole('button', { name: 'Start Proxy' }).click();
    await counts(3);
  });

  it('shows the same as before after the window was reloaded', async () => {
    await range('7d').check({ force: true });
    await counts(3);
    await filterText().fill('claude-sonnet');
    await waitFor('two are left', async () => (await rows().count()) === 2 || undefined);
    await untilStored(window.page, 'claude-sonnet');
    await window.reload(statusBarId);
    await counts(3);
    await waitFor('two are left', async () => (await rows().count()) === 2 || undefined);
    assert.equal(await range('7d').isChecked(), true);
    await rows().nth(0).locator('.story .steps').waitFor();
    assert.deepEqual(window.problems(ownProblems), []);
  });

  it('tells the open story again when the page is there before the proxy', async () => {
    qcc.editor.changeSettings({ 'qcc.proxy.autoStart': false });
    await window.runCommand('QCC: Stop Proxy');
    await panel().getByText('The proxy is stopped.').waitFor();
    await window.reload(statusBarId);
    await panel().getByText('The proxy is stopped.').waitFor();
    await panel().getByRole('button', { name: 'Start Proxy' }).click();
    await rows().nth(0).locator('.story .steps').waitFor();
  });
});
