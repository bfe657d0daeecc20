import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { EditorWindow } from '../support/editor.ts';
import { writeSettings } from '../support/editorFolder.ts';
import { treeShows } from '../support/endpointsView.ts';
import { demoContents, ownProblems, QccEditor, statusBarId } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

/* What users see of endpoints that fail while their requests are served all the same. */

const extensionId = 'qcc.qcc';

describe('an endpoint that fails', () => {
  let relay: SimulatedEndpoint;
  let spare: SimulatedEndpoint;
  let qcc: QccEditor;
  let window: EditorWindow;

  before(async () => {
    const pace = { firstTokenMs: 20, tokensPerSecond: 200 };
    relay = await startSimulatedEndpoint({ name: 'relay', ...pace });
    spare = await startSimulatedEndpoint({ name: 'spare', ...pace });
    qcc = await QccEditor.start({
      contents: demoContents('work', [relay, spare], () => 'sk-host-test'),
      settings: { 'qcc.routing.breakerThreshold': 1, 'qcc.routing.breakerSeconds': 50 },
    });
    window = await qcc.openWindow();
  });
  after(async () => {
    await qcc.stop();
    await relay.close();
    await spare.close();
  });

  const ask = async (): Promise<string> => (await qcc.ask('hello')).text();
  const statusItem = () => window.page.locator(`[id="${statusBarId}"]`);

  /** What stands beside the name of an endpoint. */
  const description = (name: string): Promise<string> =>
    window.treeItem(`Endpoint ${name}`).locator('.label-description').innerText();

  /** The seconds until an endpoint is tried again, once there are fewer than `than`. */
  const secondsLeft = (name: string, than = Number.POSITIVE_INFINITY): Promise<number> =>
    waitFor(
      `${name} shows fewer than ${than} s`,
      async () => {
        const left = Number(/(\d+) s left/.exec(await description(name))?.[1] ?? Number.NaN);
        return left < than ? left : undefined;
      },
      // It counts in steps of ten.
      15_000,
    );

  it('is suspended as the settings say, and the time left counts down without any request', async () => {
    relay.refuse(500);
    assert.match(await ask(), /\[spare\]/);
    await treeShows(window, [/^Endpoint relay, Error status 500, Suspended/, /^Endpoint spare, Working/]);
    assert.match(await description('relay'), /^Suspended, ≤\d+ s left · Error status 500/);
    const first = await secondsLeft('relay');
    assert.ok(first <= 50);
    await secondsLeft('relay', first);
  });

  it('is explained in tooltip, status bar and panel', async () => {
    const words = await window.tooltip(window.treeItem('Endpoint relay'), /Next try/);
    assert.match(words, /State: Suspended\n.*Reason: Error status 500\n.*Next try: in ≤\d+ s/);
    await statusItem().locator('.codicon-warning').waitFor();
    await window.tooltip(statusItem(), /relay · Suspended, ≤\d+ s left · Error status 500/);
    await window.runCommand('QCC: Open Metrics');
    const card = window.webview(extensionId).getByRole('article', { name: 'relay', exact: true });
    await card.locator('.state').getByText('Suspended', { exact: true }).waitFor();
    const shows = (pattern: RegExp) =>
      waitFor(`the panel shows ${pattern}`, async () => pattern.exec(await card.innerText())?.[1]);
    const left = await shows(/^next try in (\d+) s$/m);
    await waitFor(
      'it counts down',
      async () => (await shows(/^next try in (\d+) s$/m)) !== left || undefined,
    );
    await window.runCommand('View: Close Editor');
  });

  it('is held to changed settings from the next request on', async () => {
    writeSettings(qcc.editor.folder, { 'qcc.routing.breakerThreshold': 3 });
    await window.contextMenu('Endpoint relay', 'Reset Endpoint Health');
    await treeShows(window, [], [/Suspended/]);
    await waitFor('one failure suspends it no longer', async () => {
      await ask();
      const items = await window.treeItems('Endpoints');
      return items.some((item) => /^Endpoint relay, Error status 500, Failing/.test(item)) || undefined;
    });
  });

  it('makes requests wait when no other one is ready, which tree and status bar show', async () => {
    await window.contextMenu('Endpoint relay', 'Reset Endpoint Health');
    for (const endpoint of [relay, spare]) endpoint.refuse(429);
    const answer = ask();
    await window.statusBarText(statusBarId, /work.*1 waiting/);
    await treeShows(window, [
      /^Profile work, active.*, 1 waiting/,
      /^Endpoint relay, Too many requests \(status 429\), Cooling down/,
    ]);
    assert.match(await description('spare'), /cooling down: Sonnet ≤\d+ s/);
    await window.tooltip(statusItem(), /Requests waiting for an endpoint: 1\. The next try is in ≤\d+ s\./);
    for (const endpoint of [relay, spare]) endpoint.refuse(undefined);
    assert.match(await answer, /message_stop/);
    await treeShows(window, [/^Profile work, active, primary/], [/waiting/]);
    await statusItem()
      .filter({ hasNotText: /waiting/ })
      .waitFor();
  });

  it('is announced in one of two windows when its key is refused, and offers the log', async () => {
    const second = await qcc.openWindow();
    // The one that did not answer last is behind the other for a while.
    for (const item of await window.treeItems('Endpoints')) {
      const name = /^Endpoint (\w+), (?!Working|Ready)/.exec(item)?.[1];
      if (name !== undefined) await window.contextMenu(`Endpoint ${name}`, 'Reset Endpoint Health');
    }
    await treeShows(window, [/^Endpoint relay, (Working|Ready)/, /^Endpoint spare, (Working|Ready)/]);
    relay.refuse(401);
    const notice = /QCC has stopped using the endpoint “relay”\. Key refused \(status 401\)\./;
    const told = async (one: EditorWindow) =>
      (await one.notifications()).filter((text) => notice.test(text)).length;
    await waitFor('relay has been asked', async () => {
      await ask();
      const items = await window.treeItems('Endpoints');
      return items.some((item) => /^Endpoint relay, Key refused/.test(item)) || undefined;
    });
    const teller = await waitFor('one window says so', async () => {
      for (const one of [window, second]) if ((await told(one)) > 0) return one;
      return undefined;
    });
    // Another endpoint in the same trouble is told of after the first one: by then a second notice would be there.
    spare.refuse(401);
    await ask();
    await waitFor('the other endpoint is told of', async () => {
      const texts = [...(await window.notifications()), ...(await second.notifications())];
      return texts.some((text) => text.includes('“spare”')) || undefined;
    });
    assert.equal((await told(window)) + (await told(second)), 1);
    await statusItem().locator('.codicon-error').waitFor();
    await teller.notificationButton('Show Log', notice);
    await teller.page.locator('.part.panel .view-lines').waitFor();
    await second.close();
    assert.deepEqual(window.problems(ownProblems), []);
  });
});
