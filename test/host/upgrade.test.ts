import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type BuiltExtension, buildExtension, packagedVersion } from '../support/builtExtension.ts';
import type { EditorWindow } from '../support/editor.ts';
import { untilStored } from '../support/editorStorage.ts';
import { connectFrequently } from '../support/frequentClient.ts';
import { demoContents, messageBody, QccEditor, statusBarId } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

/* The extension is updated in a real VS Code while it serves. */

const key = 'sk-host-test';
const streams = 50;

/** A stream as it is but for the id that every message has of its own. */
const withoutId = (stream: string): string => stream.replace(/"id":"[^"]*"/, '"id":""');

describe('an update of the extension', () => {
  let older: BuiltExtension;
  let newer: BuiltExtension;
  let slow: SimulatedEndpoint;
  let qcc: QccEditor;
  let first: EditorWindow;
  let second: EditorWindow;

  before(async () => {
    older = await buildExtension('0.1.0');
    newer = packagedVersion();
    slow = await startSimulatedEndpoint({
      name: 'slow',
      key,
      firstTokenMs: 50,
      tokensPerSecond: 15,
      words: 360,
    });
    qcc = await QccEditor.start({ build: older, contents: demoContents('work', [slow], () => key) });
    first = await qcc.openWindow();
    second = await qcc.openWindow();
    for (const window of [first, second]) await window.statusBarText(statusBarId, /work/);
    await untilStored(first.page, 'qcc.document');
  });
  after(async () => {
    await qcc?.stop();
    await slow?.close();
  });

  /** Which build the proxy of a window is of, and its process, as the window says. */
  async function proxyOf(window: EditorWindow): Promise<{ version: string; pid: number }> {
    await window.runCommand('QCC: Show Proxy Status');
    const text = await window.dialogText();
    await window.page.keyboard.press('Escape');
    return {
      version: /Version: (\d+\.\d+\.\d+)/.exec(text)?.[1] ?? '',
      pid: Number(/Process: (\d+)/.exec(text)?.[1]),
    };
  }

  /** What a client in a terminal goes by. */
  async function environmentIn(window: EditorWindow): Promise<string> {
    const { output } = await window.openTerminalAndRun('env | grep ^ANTHROPIC_ | sort');
    return output;
  }

  it('breaks no stream and next to no connection when a window is reloaded, then the other', async () => {
    const before = await proxyOf(first);
    assert.deepEqual(before, { version: older.version, pid: await qcc.proxy() });
    const environment = await environmentIn(first);
    assert.match(environment, /ANTHROPIC_BASE_URL/);

    const direct = fetch(`${slow.url}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: messageBody('tell me'),
    });
    const answers = await Promise.all(Array.from({ length: streams }, () => qcc.ask('tell me')));
    let ended = 0;
    const texts = answers.map(async (answer) => {
      const text = await answer.text();
      ended += 1;
      return text;
    });
    const stop = connectFrequently(qcc.port, 5);

    await qcc.editor.installVsix(newer.vsix);
    await second.reload(statusBarId);
    await waitFor(
      'there is a process of the newer build',
      () => qcc.proxies().some((pid) => pid !== before.pid) || undefined,
    );
    assert.equal(ended, 0, 'the streams run across the hand-over');
    await first.reload(statusBarId);

    const whole = withoutId(await (await direct).text());
    assert.match(whole, /event: message_stop\n/);
    for (const text of await Promise.all(texts)) assert.equal(withoutId(text), whole);
    const { tried, answered, failures } = await stop();
    assert.ok(failures.length <= 2, failures.join());
    assert.equal(answered + failures.length, tried);

    await waitFor('the older process has ended', () => qcc.proxies().length === 1 || undefined);
    const pid = await qcc.proxy();
    assert.notEqual(pid, before.pid);
    for (const window of [first, second]) {
      assert.deepEqual(await proxyOf(window), { version: newer.version, pid });
    }
    assert.equal(await environmentIn(first), environment);
  });

  it('that goes back to an older version leaves the newer proxy in place and says so', async () => {
    const pid = await qcc.proxy();
    await qcc.editor.installVsix(older.vsix);
    await first.reload(statusBarId);
    await first.statusBarText(statusBarId, /work/);
    const words = `is of version ${newer.version}, which is newer than version ${older.version} of this window`;
    await first.notifications(new RegExp(words));
    assert.deepEqual(await proxyOf(first), { version: newer.version, pid });
    assert.deepEqual(qcc.proxies(), [pid]);
    assert.equal((await qcc.ask('hello')).status, 200);
  });
});
