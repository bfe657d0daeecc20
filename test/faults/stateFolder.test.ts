import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { answerOf, answers } from '../support/answers.ts';
import { conversation } from '../support/claudeCode.ts';
import { call } from '../support/proxyClient.ts';
import { startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';

/*
 * Row 46: where nothing can be saved, traffic does not notice.
 */

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'qcc-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('row 46: a state folder that cannot be written costs a warning and nothing else', async (t) => {
  const folder = temporaryFolder(t);
  // A file where the folder should be stops everybody, an administrator too.
  const state = join(folder, 'file', 'state');
  writeFileSync(join(folder, 'file'), '');
  const e1 = await startUpstream(t, answers('served'));
  const proxy = await startProxy(t, configOf([e1.endpoint()]), { state });

  for (let i = 0; i < 20; i += 1) {
    const answer = await call(proxy, { headers: conversation(`talk-${i}`) });
    assert.equal(answer.text, answerOf('served', false));
  }
  assert.equal(await proxy.stop(), 0);

  for (const event of ['affinityNotSaved', 'historyNotKept', 'queueKeyNotKept']) {
    assert.equal(proxy.logLines().filter((line) => line.event === event).length, 1, event);
  }
});

for (const [what, damage] of [
  ['empty', ''],
  ['cut', '{"version":1,"bindings":[["a'],
  ['garbage', Buffer.from([0xff, 0x00, 0xfe, 0x7b]).toString('latin1')],
  ['of another kind', '[1,2,3]'],
] as const) {
  test(`rows 46, 47: state files that are ${what} are no obstacle, and the history is set aside`, async (t) => {
    const state = join(temporaryFolder(t), 'state');
    mkdirSync(state, { mode: 0o700 });
    const e1 = await startUpstream(t, answers('served'));
    const config = configOf([e1.endpoint()]);
    const first = await startProxy(t, config, { state });
    await call(first, { headers: conversation('mine') });
    assert.equal(await first.stop(), 0);
    const saved = readdirSync(state);
    assert.ok(saved.length > 0, 'something was saved');
    for (const name of saved) writeFileSync(join(state, name), damage, { mode: 0o600 });

    const second = await startProxy(t, config, { state });

    assert.equal((await call(second, { headers: conversation('mine') })).status, 200);
    assert.equal(await second.stop(), 0);
    const kept = readdirSync(state).filter((name) => name.startsWith('history-'));
    // A file without anything in it is as good as none.
    assert.equal(kept.length, damage === '' ? 1 : 2, kept.join());
    const told = second.logLines().filter(({ event }) => event === 'historySetAside');
    assert.equal(told.length, damage === '' ? 0 : 1);
  });
}
