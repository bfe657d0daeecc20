import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { type BuiltExtension, buildExtension } from '../support/builtExtension.ts';
import { demoContents, QccEditor, statusBarId } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

const key = 'sk-upgrades-test';
const upgrades = 10;

let slow: SimulatedEndpoint;
let qcc: QccEditor;

before(async () => {
  slow = await startSimulatedEndpoint({ name: 'slow', key, tokensPerSecond: 15, words: 360 });
  const build = await buildExtension('0.1.0');
  qcc = await QccEditor.start({ build, contents: demoContents('work', [slow], () => key) });
});
after(async () => {
  await qcc?.stop();
  await slow?.close();
});

it('ten updates of the extension in a row each hand the port over and break no stream', async () => {
  const window = await qcc.openWindow();
  await window.statusBarText(statusBarId, /work/);
  let next: Promise<BuiltExtension> = buildExtension('0.1.1');
  for (let upgrade = 1; upgrade <= upgrades; upgrade += 1) {
    const build = await next;
    const pid = await qcc.proxy();
    const answer = await qcc.ask('tell me');
    let isOver = false;
    const text = answer.text().finally(() => {
      isOver = true;
    });
    await qcc.editor.installVsix(build.vsix);
    await window.reload(statusBarId);
    await waitFor(
      'there is a process of the newer build',
      () => qcc.proxies().some((other) => other !== pid) || undefined,
    );
    assert.equal(isOver, false, `upgrade ${upgrade}: the stream runs across the hand-over`);
    await window.statusBarText(statusBarId, /work/);
    if (upgrade < upgrades) next = buildExtension(`0.1.${upgrade + 1}`);
    assert.match(await text, /event: message_stop\n/, `upgrade ${upgrade}`);
    await waitFor('the older process has ended', () => !qcc.proxies().includes(pid) || undefined);
    await window.runCommand('QCC: Show Proxy Status');
    assert.match(await window.dialogText(), new RegExp(`Version: ${build.version.replaceAll('.', '\\.')}\n`));
    await window.page.keyboard.press('Escape');
  }
  assert.equal(qcc.proxies().length, 1);
});
