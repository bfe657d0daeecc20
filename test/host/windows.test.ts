import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { EditorWindow } from '../support/editor.ts';
import { addProfile, treeShows } from '../support/endpointsView.ts';
import { demoContents, messageBody, QccEditor, statusBarId } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

/*
 * What happens to the proxy, to running streams and to the configuration when windows come and go, in a real VS Code.
 */

const key = 'sk-host-test';
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A stream as it is but for the id that every message has of its own. */
const withoutId = (stream: string): string => stream.replace(/"id":"[^"]*"/, '"id":""');

/** The same answer from the endpoint itself. */
async function askDirectly(endpoint: SimulatedEndpoint): Promise<string> {
  const response = await fetch(`${endpoint.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: messageBody('tell me'),
  });
  return response.text();
}

describe('windows of a real VS Code', () => {
  let slow: SimulatedEndpoint;
  let qcc: QccEditor;
  let first: EditorWindow;
  let second: EditorWindow;

  before(async () => {
    slow = await startSimulatedEndpoint({
      name: 'slow',
      key,
      firstTokenMs: 50,
      tokensPerSecond: 20,
      words: 240,
    });
    qcc = await QccEditor.start({ keepFolder: true, contents: demoContents('work', [slow], () => key) });
    first = await qcc.openWindow();
    second = await qcc.openWindow();
  });
  after(async () => {
    await qcc.stop();
    await slow.close();
  });

  /** Starts a stream, does something to the editor while it runs, and checks that the answer came whole. */
  async function survives(event: () => Promise<void>): Promise<void> {
    const direct = askDirectly(slow);
    const response = await qcc.ask('tell me');
    assert.equal(response.status, 200);
    let isOver = false;
    const received = response.text().finally(() => {
      isOver = true;
    });
    await event();
    assert.equal(isOver, false, 'the stream is still running afterwards');
    const stream = await received;
    assert.match(stream, /event: message_stop\n/);
    assert.equal(hash(withoutId(stream)), hash(withoutId(await direct)));
  }

  it('share one proxy', async () => {
    const pid = await qcc.proxy();
    for (const window of [first, second]) await window.statusBarText(statusBarId, /work/);
    assert.deepEqual(qcc.proxies(), [pid]);
  });

  it('show a profile that is added in the other one', async () => {
    await addProfile(first, 'shared');
    const isShownIn = (window: EditorWindow, which: string) =>
      treeShows(window, [/Profile shared/]).catch((cause: unknown) => {
        throw new Error(`${which}: ${(cause as Error).message}`, { cause });
      });
    await isShownIn(first, 'the window where it was added');
    await isShownIn(second, 'the other window');
  });

  it('keep both profiles that are added in both at the same moment', async () => {
    const added: [EditorWindow, string][] = [
      [first, 'left'],
      [second, 'right'],
    ];
    for (const [window, name] of added) {
      await window.runCommand('QCC: Add Profile');
      await window.type(name, { title: /1\/4/ });
      await window.type('', { title: /2\/4/ });
      await window.pick('Weighted', { title: /3\/4/ });
    }
    await Promise.all(added.map(([window]) => window.pick('None', { title: /4\/4/ })));
    await first.openSideBar('QCC');
    for (const [window] of added) {
      await waitFor('the window shows both', async () => {
        const items = await window.treeItems('Endpoints');
        return added.every(([, name]) => items.some((item) => item.includes(`Profile ${name}`))) || undefined;
      });
    }
  });

  it('do not break a stream when one is reloaded', () => survives(() => second.reload(statusBarId)));

  it('do not break a stream when an extension host is killed', () =>
    survives(async () => {
      const pids = qcc.editor.extensionHostPids();
      process.kill(pids.at(-1) as number, 'SIGKILL');
      await waitFor(
        'it is gone',
        () => qcc.editor.extensionHostPids().every((pid) => pid !== pids.at(-1)) || undefined,
      );
    }));

  it('do not break a stream when one is closed', () => survives(() => second.close()));

  it('bring a killed proxy back with profiles and keys', async () => {
    const pid = await qcc.proxy();
    process.kill(pid, 'SIGKILL');
    await waitFor('there is another proxy', () => {
      const pids = qcc.proxies();
      return (pids.length === 1 && pids[0] !== pid) || undefined;
    });
    const response = await waitFor('it serves', () => qcc.ask('hello').catch(() => undefined));
    assert.equal(response.status, 200);
    assert.match(await response.text(), /message_stop/);
  });

  it('leave nothing running 15 s after the last one is closed, not even a stream’s proxy', async () => {
    await first.close();
    await waitFor('the proxy has ended', () => qcc.proxies().length === 0 || undefined, 15_000);
  });

  it('find profiles and keys again after a restart of the editor', async () => {
    await qcc.restart();
    const again = await qcc.openWindow();
    await again.openSideBar('QCC');
    await waitFor('both profiles are there', async () => {
      const items = await again.treeItems('Endpoints');
      return (
        ['work', 'shared', 'left', 'right'].every((name) =>
          items.some((item) => item.includes(`Profile ${name}`)),
        ) || undefined
      );
    });
    const response = await qcc.ask('hello');
    assert.equal(response.status, 200);
    await response.body?.cancel();
  });
});
