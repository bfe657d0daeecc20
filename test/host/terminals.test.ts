import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { EditorWindow } from '../support/editor.ts';
import { cancelInput } from '../support/editorQuickInput.ts';
import { addProfile, enterEndpoint, treeShows } from '../support/endpointsView.ts';
import { ownProblems, QccEditor, statusBarId } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

/* What terminals of the editor get, and that a client started in one needs nothing else. */

const announcement = /Claude Code in new terminals now goes through the QCC proxy\./;
const injectSetting = 'qcc.terminals.inject';
const ours = ['ANTHROPIC_BASE_URL', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_GATEWAY_HINT_HEADERS'];

/** A client as anybody would write it: no address, no key. */
const client = `
import Anthropic from ${JSON.stringify(import.meta.resolve('@anthropic-ai/sdk'))};
const messages = [{ role: 'user', content: 'hello' }];
const stream = new Anthropic().messages.stream({ model: 'claude-sonnet-5-5', max_tokens: 100, messages });
let pieces = 0;
stream.on('text', () => { pieces += 1; });
const { stop_reason } = await stream.finalMessage();
console.log(JSON.stringify({ stop_reason, pieces, text: await stream.finalText() }));
`;

describe('terminals', () => {
  let relay: SimulatedEndpoint;
  let qcc: QccEditor;
  let window: EditorWindow;

  before(async () => {
    relay = await startSimulatedEndpoint({
      name: 'relay',
      key: 'sk-relay',
      firstTokenMs: 20,
      tokensPerSecond: 200,
    });
    qcc = await QccEditor.start({ environment: { NO_PROXY: 'intranet.example' } });
    writeFileSync(join(qcc.editor.folder.workspace, 'client.mjs'), client);
    window = await qcc.openWindow();
  });
  after(async () => {
    await qcc.stop();
    await relay.close();
  });

  /** The environment of a new terminal. */
  async function environment(): Promise<Map<string, string>> {
    const { output } = await window.openTerminalAndRun('env');
    await window.runCommand('Terminal: Kill the Active Terminal Instance');
    return new Map([...output.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
  }

  /** Waits until new terminals have our variables, or have none of them. */
  const terminalsHave = (wanted: boolean): Promise<Map<string, string>> =>
    waitFor(`new terminals ${wanted ? 'have' : 'lack'} the variables`, async () => {
      const variables = await environment();
      return ours.every((name) => variables.has(name) === wanted) ? variables : undefined;
    });

  it('get nothing while there is no endpoint that could serve', async () => {
    await addProfile(window, 'work');
    await cancelInput(window.page, { title: /Add Endpoint.*1\/5/ });
    const variables = await environment();
    for (const name of ours) assert.equal(variables.has(name), false, name);
    assert.equal(variables.get('NO_PROXY'), 'intranet.example');
    assert.deepEqual(await window.notifications(), []);
  });

  it('are announced with the first endpoint, and left alone when the user wants that', async () => {
    await window.runCommand('QCC: Add Endpoint');
    await enterEndpoint(window, { baseUrl: relay.url, name: 'relay', key: 'sk-relay' });
    await window.notifications(announcement);
    await window.notificationButton('Not in Terminals', announcement);
    await terminalsHave(false);
  });

  it('get address, token and exceptions from a corporate proxy', async () => {
    qcc.editor.changeSettings({ [injectSetting]: true });
    const variables = await terminalsHave(true);
    assert.equal(variables.get('ANTHROPIC_BASE_URL'), qcc.url);
    assert.equal(variables.get('ANTHROPIC_AUTH_TOKEN'), qcc.token);
    assert.equal(variables.get('CLAUDE_CODE_GATEWAY_HINT_HEADERS'), '1');
    assert.equal(variables.get('NO_PROXY'), 'intranet.example,127.0.0.1,localhost');
    assert.equal(variables.has('ANTHROPIC_API_KEY'), false);
  });

  it('run a client that was told nothing, and its streamed answer comes through the proxy', async () => {
    const before = relay.requests.length;
    const { output, exitCode } = await window.openTerminalAndRun(`'${process.execPath}' client.mjs`);
    assert.equal(exitCode, 0, output);
    const answer = JSON.parse(output) as { stop_reason: string; pieces: number; text: string };
    assert.equal(answer.stop_reason, 'end_turn');
    assert.ok(answer.pieces > 1, 'it came in pieces');
    assert.match(answer.text, /relay/);
    assert.equal(relay.requests.length, before + 1);
    assert.equal(relay.requests.at(-1)?.headers['x-api-key'], 'sk-relay');
    await treeShows(window, [/^Endpoint relay, Working/]);
  });

  it('get nothing while the only endpoint is disabled', async () => {
    await window.inlineAction('Endpoint relay', 'Disable Endpoint');
    await treeShows(window, [/^Endpoint relay, Disabled/]);
    await terminalsHave(false);
    await window.inlineAction('Endpoint relay', 'Enable Endpoint');
    await terminalsHave(true);
  });

  it('get nothing when the setting says so', async () => {
    qcc.editor.changeSettings({ [injectSetting]: false });
    await terminalsHave(false);
    qcc.editor.changeSettings({ [injectSetting]: true });
    await terminalsHave(true);
  });

  it('are announced only once, even after the window was reloaded', async () => {
    await window.reload(statusBarId);
    await terminalsHave(true);
    assert.deepEqual(await window.notifications(), []);
    assert.deepEqual(window.problems(ownProblems), []);
  });
});
