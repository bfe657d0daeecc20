import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { EditorWindow } from '../support/editor.ts';
import { freePort } from '../support/linkedWindow.ts';
import { demoContents, ownProblems, QccEditor } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

/* Somebody changes the port while clients are running. */

const portSetting = 'qcc.proxy.port';

/** A client as anybody would write it, which asks twice: the second time when a file is there. */
const client = `
import Anthropic from ${JSON.stringify(import.meta.resolve('@anthropic-ai/sdk'))};
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
const [begun, goOn] = process.argv.slice(2);
const anthropic = new Anthropic();
const ask = () => anthropic.messages.stream({ model: 'claude-sonnet-5-5', max_tokens: 1000, messages: [{ role: 'user', content: 'hello' }] });
const stream = ask();
stream.once('text', () => writeFileSync(begun, ''));
const { stop_reason } = await stream.finalMessage();
const words = (await stream.finalText()).split(' ').length;
while (!existsSync(goOn)) await setTimeout(20);
const startedAt = performance.now();
const second = await ask().finalMessage().then(() => 'served', (error) => error.message);
console.log(JSON.stringify({ stop_reason, words, second, retried: performance.now() - startedAt > 5_000, url: anthropic.baseURL }));
`;

interface Report {
  readonly stop_reason: string;
  readonly words: number;
  readonly second: string;
  readonly retried: boolean;
  readonly url: string;
}

describe('a change of the port', () => {
  let relay: SimulatedEndpoint;
  let qcc: QccEditor;
  let window: EditorWindow;
  let next: number;

  before(async () => {
    // The answer takes long enough to see the port change under it.
    relay = await startSimulatedEndpoint({
      name: 'relay',
      firstTokenMs: 20,
      tokensPerSecond: 50,
      words: 400,
    });
    qcc = await QccEditor.start({ contents: demoContents('work', [relay], () => 'sk-host-test') });
    writeFileSync(join(qcc.editor.folder.workspace, 'client.mjs'), client);
    window = await qcc.openWindow();
    next = await freePort();
  });
  after(async () => {
    await qcc.stop();
    await relay.close();
  });

  /** Runs the client in a new terminal. */
  const run = async (name: string) => {
    const [begun, goOn] = [join(qcc.home, `${name}.begun`), join(qcc.home, `${name}.goOn`)];
    const command = `'${process.execPath}' client.mjs '${begun}' '${goOn}'`;
    const ended = window.openTerminalAndRun(command, 60_000);
    ended.catch(() => undefined);
    await waitFor('its answer comes', () => existsSync(begun) || undefined, 30_000);
    return {
      goOn: () => writeFileSync(goOn, ''),
      report: async () => {
        const { output, exitCode } = await ended;
        assert.equal(exitCode, 0, output);
        return JSON.parse(output) as Report;
      },
    };
  };

  it('lets an answer go on, and tells the client afterwards where the proxy is', async () => {
    const pid = await qcc.proxy();
    const running = await run('old');
    qcc.editor.changeSettings({ [portSetting]: next });
    await waitFor('it is served there', async () => {
      const response = await qcc.ask('hello', { port: next }).catch(() => undefined);
      await response?.body?.cancel();
      return response?.status === 200 || undefined;
    });
    running.goOn();
    const { stop_reason, words, second, retried, url } = await running.report();
    assert.deepEqual([stop_reason, words, url], ['end_turn', 400, qcc.url]);
    assert.match(second, new RegExp(`^503 .*QCC has moved to http://127\\.0\\.0\\.1:${next}, `));
    assert.equal(retried, false);
    assert.equal(await qcc.proxy(), pid);
  });

  it('reaches new terminals, and the address that is told and copied', async () => {
    const running = await run('new');
    running.goOn();
    const { words, second, url } = await running.report();
    assert.deepEqual([words, second, url], [400, 'served', `http://127.0.0.1:${next}`]);
    await window.runCommand('QCC: Show Proxy Status');
    assert.match(await window.dialogText(), new RegExp(`Address: http://127\\.0\\.0\\.1:${next}\n`));
    await window.dialogButton('Copy Address');
    assert.equal(await window.clipboard(/^http/), `http://127.0.0.1:${next}`);
    assert.deepEqual(window.problems(ownProblems), []);
  });
});
