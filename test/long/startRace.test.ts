import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { untilStored } from '../support/editorStorage.ts';
import { demoContents, QccEditor, statusBarId } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

const key = 'sk-race-test';

describe('two windows of a real VS Code', () => {
  let endpoint: SimulatedEndpoint;
  let qcc: QccEditor;

  before(async () => {
    endpoint = await startSimulatedEndpoint({
      name: 'quick',
      key,
      firstTokenMs: 1,
      tokensPerSecond: 1000,
      words: 5,
    });
    qcc = await QccEditor.start({ contents: demoContents('work', [endpoint], () => key) });
    // What the windows start from later has to be in the editor's stores first.
    const window = await qcc.openWindow();
    await untilStored(window.page, 'qcc.document');
    await window.close();
  });
  after(async () => {
    await qcc.stop();
    await endpoint.close();
  });

  /** A request goes through, with the key that only the windows' stores have kept. */
  async function serves(): Promise<void> {
    const response = await waitFor('a request is served', async () => {
      const answer = await qcc.ask('hello').catch(() => undefined);
      return answer?.status === 200 ? answer : undefined;
    });
    assert.match(await response.text(), /message_stop/);
  }

  it('end up with one proxy when both start at once, twenty times', async () => {
    for (let round = 0; round < 20; round += 1) {
      const windows = await Promise.all([qcc.openWindow(), qcc.openWindow()]);
      const pid = await qcc.proxy();
      for (const window of windows) await window.statusBarText(statusBarId, /work/);
      await serves();
      assert.deepEqual(qcc.proxies(), [pid], `round ${round}`);
      await Promise.all(windows.map((window) => window.close()));
      // One that is still there would start another proxy.
      await waitFor(
        'their extension hosts have ended',
        () => qcc.editor.extensionHostPids().length === 0 || undefined,
      );
      process.kill(pid, 'SIGTERM');
      await waitFor('the proxy has ended', () => qcc.proxies().length === 0 || undefined);
    }
  });

  it('end up with one proxy after a kill -9, twenty times', async () => {
    const windows = await Promise.all([qcc.openWindow(), qcc.openWindow()]);
    for (let round = 0; round < 20; round += 1) {
      const pid = await qcc.proxy();
      process.kill(pid, 'SIGKILL');
      await waitFor('another proxy is there', () => {
        const pids = qcc.proxies();
        return (pids.length === 1 && pids[0] !== pid) || undefined;
      });
      await serves();
    }
    await Promise.all(windows.map((window) => window.close()));
  });
});
