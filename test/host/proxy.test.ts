import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';
import type { EditorWindow } from '../support/editor.ts';
import {
  addProfile,
  chooseStrategyAndLevel,
  clickViewAction,
  enterEndpoint,
  treeShows,
} from '../support/endpointsView.ts';
import { freePort } from '../support/linkedWindow.ts';
import { ownProblems, QccEditor, statusBarId } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

/* The proxy as a user sees and steers it from the editor. */

const portSetting = 'qcc.proxy.port';

describe('the proxy', () => {
  let relay: SimulatedEndpoint;
  let qcc: QccEditor;
  let window: EditorWindow;

  before(async () => {
    relay = await startSimulatedEndpoint({
      name: 'relay',
      firstTokenMs: 20,
      tokensPerSecond: 100,
      words: 150,
    });
    qcc = await QccEditor.start();
    window = await qcc.openWindow();
    await addProfile(window, 'work');
    await enterEndpoint(window, { baseUrl: relay.url, name: 'relay', key: 'sk-host-test' });
    await treeShows(window, [/^Endpoint relay/]);
  });
  after(async () => {
    await qcc.stop();
    await relay.close();
  });

  const statusItem = () => window.page.locator(`[id="${statusBarId}"]`);

  /** Waits until the proxy answers at a port. */
  const servesAt = (port: number) =>
    waitFor(`the proxy serves at ${port}`, async () => {
      const response = await qcc.ask('hello', { port }).catch(() => undefined);
      await response?.body?.cancel();
      return response?.status === 200 || undefined;
    });

  it('states its facts and copies its address', async () => {
    const pid = await qcc.proxy();
    await window.runCommand('QCC: Show Proxy Status');
    const text = await window.dialogText();
    assert.match(text, /^QCC proxy: Running\n/);
    assert.match(text, new RegExp(`Address: ${qcc.url}\n`));
    assert.match(text, /Version: \d+\.\d+\.\d+\n/);
    assert.match(text, new RegExp(`Process: ${pid}\n`));
    assert.match(
      text,
      /Running for: \d+ min\nWindows attached: 1\nRequests in flight: 0\nRequests waiting for an endpoint: 0\nTurns rescued: 0\nRequests in the queue: 0\nTokens used by checks: 0$/,
    );
    await window.dialogButton('Copy Address');
    assert.equal(await window.clipboard(/^http/), qcc.url);
  });

  it('logs one structured line for each attempt, without what was asked', async () => {
    assert.match(await (await qcc.ask('a secret question')).text(), /message_stop/);
    await window.runCommand('QCC: Show Log');
    const output = window.page.locator('.part.panel .view-lines');
    const line = /\[info\] attempt .*route=messages .*endpoint=relay .*outcome=served/;
    const text = await waitFor('the attempt is logged', async () => {
      // Long lines are wrapped.
      const shown = (await output.innerText()).replaceAll(/\s+/g, ' ');
      return line.test(shown) ? shown : undefined;
    });
    assert.doesNotMatch(text, /secret question|sk-host-test/);
    assert.ok(!text.includes(qcc.token));
    await window.runCommand('View: Toggle Panel Visibility');
  });

  it('lets in nobody without its token', async () => {
    for (const token of ['', 'wrong', `${qcc.token}x`]) {
      const response = await qcc.ask('hello', { token });
      assert.equal(response.status, 401);
      assert.match(await response.text(), /"type":"authentication_error"/);
    }
  });

  it('is another process after a restart and serves again', async () => {
    const pid = await qcc.proxy();
    await window.runCommand('QCC: Restart Proxy');
    await waitFor('there is another one', () => {
      const pids = qcc.proxies();
      return (pids.length === 1 && pids[0] !== pid) || undefined;
    });
    await servesAt(qcc.port);
    await statusItem().locator('.codicon-pass').waitFor();
  });

  it('asks before it is stopped while it answers, and finishes the answer', async () => {
    const response = await qcc.ask('hello');
    await treeShows(window, [/1 in flight/]);
    await window.runCommand('QCC: Stop Proxy');
    assert.match(await window.dialogText(), /Stop the proxy for all windows\?\n+Requests in flight: 1\./);
    await window.dialogButton('Stop Proxy');
    assert.match(await response.text(), /message_stop/);
    await waitFor('it has ended', () => qcc.proxies().length === 0 || undefined);
  });

  it('is shown as stopped in tree, tooltip and terminals', async () => {
    await statusItem().locator('.codicon-circle-slash').waitFor();
    await window.openSideBar('QCC');
    await window.page.locator('.part.sidebar').getByText('The proxy is stopped.').waitFor();
    assert.match(await window.tooltip(statusItem(), /stopped/), /Start Proxy · Use Profile/);
    const { output } = await window.openTerminalAndRun('env');
    assert.doesNotMatch(output, /ANTHROPIC_|127\.0\.0\.1,localhost/);
    await window.runCommand('View: Toggle Panel Visibility');
    await assert.rejects(qcc.ask('hello'));
  });

  it('is offered to be started before something is changed', async () => {
    await window.runCommand('QCC: Add Profile');
    await window.notificationButton('Cancel', /The proxy is stopped\. Start it to change profiles\?/);
    assert.deepEqual(qcc.proxies(), []);
    await window.runCommand('QCC: Add Profile');
    await window.notificationButton('Start', /The proxy is stopped/);
    await window.type('second', { title: /Add Profile.*1\/4/ });
    await window.type('', { title: /Add Profile.*2\/4/ });
    await chooseStrategyAndLevel(window);
    await treeShows(window, [/Profile second/, /^Endpoint relay/]);
    await servesAt(qcc.port);
  });

  it('starts again by the button of the view', async () => {
    // As long as a request is known to run, stopping asks first.
    await treeShows(window, [/^Endpoint relay/], [/in flight/]);
    await window.runCommand('QCC: Stop Proxy');
    await waitFor('it has ended', () => qcc.proxies().length === 0 || undefined);
    await clickViewAction(window, 'Start Proxy');
    await servesAt(qcc.port);
    await statusItem().locator('.codicon-pass').waitFor();
  });

  it('moves to another port when the setting changes', async () => {
    const pid = await qcc.proxy();
    const port = await freePort();
    qcc.editor.changeSettings({ [portSetting]: port });
    await servesAt(port);
    assert.equal(await qcc.proxy(), pid);
  });

  it('names a port that another program holds, and works at the one it offers', async () => {
    const received: string[] = [];
    const foreign = http.createServer((request, response) => {
      received.push(JSON.stringify(request.headers));
      response.writeHead(404).end();
    });
    foreign.listen(0, '127.0.0.1');
    await once(foreign, 'listening');
    try {
      const { port } = foreign.address() as { port: number };
      qcc.editor.changeSettings({ [portSetting]: port });
      const words = new RegExp(`Port ${port} is used by another program\\.`);
      await window.notifications(words);
      await statusItem().locator('.codicon-error').waitFor();
      await window.page.locator('.part.sidebar').getByText(words).waitFor();
      const offer = window.page.getByRole('button', { name: /^Use Port \d+$/ });
      const offered = Number((await offer.innerText()).replace(/\D/g, ''));
      assert.ok(offered > port && offered < port + 100, `${offered} is a neighbour of ${port}`);
      await offer.click();
      await servesAt(offered);
      await statusItem().locator('.codicon-pass').waitFor();
      assert.ok(!received.join('').includes(qcc.token), 'the other program was not given the token');
    } finally {
      foreign.closeAllConnections();
      foreign.close();
    }
  });

  it('leaves no process behind at the ports it had before', async () => {
    await waitFor('there is one', () => qcc.proxies().length === 1 || undefined, 15_000);
    assert.deepEqual(window.problems(ownProblems), []);
  });
});
