import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { canaryKey, leaksInLog } from '../support/canaries.ts';
import type { EditorWindow } from '../support/editor.ts';
import { atStep, cancelInput, goBack, inputValue, quickInput } from '../support/editorQuickInput.ts';
import { addProfile, pressEnter, saveWhenPassed, treeShows } from '../support/endpointsView.ts';
import { refusingEndpoint } from '../support/faultyEndpoints.ts';
import { demoContents, ownProblems, QccEditor } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

/* How endpoints get in: whatever people have at hand is pasted, and checked before it is saved. */

const step = (number: number, total = 5) => ({ title: new RegExp(`Add Endpoint.*${number}/${total}`) });
const pace = { firstTokenMs: 20, tokensPerSecond: 200 };

describe('adding an endpoint', () => {
  let relay: SimulatedEndpoint;
  let key: string;
  let qcc: QccEditor;
  let window: EditorWindow;

  before(async () => {
    const plain = await startSimulatedEndpoint({ name: 'first', ...pace });
    key = canaryKey(plain.port);
    const { port } = plain;
    await plain.close();
    relay = await startSimulatedEndpoint({ name: 'relay', port, key, ...pace });
    qcc = await QccEditor.start();
    window = await qcc.openWindow();
    await addProfile(window, 'work');
    await cancelInput(window.page, step(1));
    await treeShows(window, [/^Profile work/]);
  });
  after(async () => {
    await qcc.stop();
    await relay.close();
  });

  const rows = () => quickInput(window.page).locator('.monaco-list-row');

  /** No key may stand anywhere on the page, in no box either that is not one of dots. */
  async function assertNothingLeaks(): Promise<void> {
    assert.deepEqual(leaksInLog(await window.page.content()), []);
    const values = await window.page
      .locator('input:not([type=password]), textarea')
      .evaluateAll((boxes) => boxes.map((box) => (box as HTMLInputElement).value));
    assert.deepEqual(leaksInLog(values.join('\n')), []);
  }

  /** Opens the input and pastes a text as people do. */
  async function paste(text: string): Promise<void> {
    await window.runCommand('QCC: Add Endpoint');
    await atStep(window.page, step(1));
    await window.page.evaluate((pasted) => navigator.clipboard.writeText(pasted), text);
    await window.page.keyboard.press('ControlOrMeta+V');
  }

  /** Goes through the steps behind the first one with what is suggested, and a name. */
  async function acceptAs(name: string): Promise<void> {
    await pressEnter(window, step(1).title);
    await window.type(name, step(2));
    await assertNothingLeaks();
    await pressEnter(window, step(3).title);
    await pressEnter(window, step(4).title);
    await saveWhenPassed(window, step(5).title);
  }

  const pasted: readonly (readonly [
    what: string,
    name: string,
    text: (url: string, key: string) => string,
    sent: string,
  ])[] = [
    [
      'a curl command over several lines',
      'by curl',
      (url, secret) =>
        `curl ${url}/v1/messages \\\n  -H "Authorization: Bearer ${secret}" \\\n  -d '{"model":"m"}'`,
      'authorization',
    ],
    [
      'export lines',
      'by export',
      (url, secret) => `export ANTHROPIC_BASE_URL=${url}/\nexport ANTHROPIC_AUTH_TOKEN=${secret}\n`,
      'authorization,x-api-key',
    ],
    [
      'a snippet of a settings file',
      'by settings',
      (url, secret) =>
        `{\n  "env": {\n    "ANTHROPIC_BASE_URL": "${url}",\n    "ANTHROPIC_API_KEY": "${secret}",\n  }\n}`,
      'authorization,x-api-key',
    ],
  ];

  for (const [what, name, text, sent] of pasted) {
    it(`takes address and key from ${what}, and hides the key at once`, async () => {
      await paste(text(relay.url, key));
      await window.inputMessage(/Address and key were taken from what you pasted\./);
      assert.equal(await inputValue(window.page), relay.url);
      await assertNothingLeaks();
      await window.page.keyboard.press('ControlOrMeta+Z');
      await assertNothingLeaks();
      await acceptAs(name);
      await treeShows(window, [new RegExp(`^Endpoint ${name}`)]);
      const { headers = {} } = relay.requests.at(-1) ?? {};
      const carrying = Object.keys(headers).filter((header) => headers[header]?.includes(key));
      assert.deepEqual(carrying.sort().join(), sent);
      await assertNothingLeaks();
    });
  }

  it('takes them from the clipboard when it is asked to, and says when there is nothing', async () => {
    await window.page.evaluate((text) => navigator.clipboard.writeText(text), 'nothing of use');
    await window.runCommand('QCC: Add Endpoint');
    const widget = await atStep(window.page, step(1));
    const button = widget.getByRole('button', { name: 'Paste from the Clipboard' });
    await button.click();
    await window.inputMessage(/This is not a URL\./);
    const text = `OPENAI_BASE_URL=${relay.url}/v1\nOPENAI_API_KEY=${key}`;
    await window.page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
    await button.click();
    await window.inputMessage(/Address and key were taken/);
    assert.equal(await inputValue(window.page), relay.url);
    await assertNothingLeaks();
    await cancelInput(window.page, step(1));
  });

  it('does not leave a key in the box that has no address', async () => {
    await paste(`export ANTHROPIC_AUTH_TOKEN=${key}`);
    await window.inputMessage(/There is a key in this, but no address\./);
    assert.equal(await inputValue(window.page), '');
    await assertNothingLeaks();
    await cancelInput(window.page, step(1));
  });

  it('says which key it has taken, and takes another one instead', async () => {
    await paste(`ANTHROPIC_BASE_URL=${relay.url} ANTHROPIC_API_KEY=${key.slice(0, -4)}oops`);
    await pressEnter(window, step(1).title);
    await pressEnter(window, step(2).title);
    await window.inputMessage(/The key ••••oops was taken from what you pasted\./);
    assert.equal(await inputValue(window.page, step(3)), '');
    await window.type(`Bearer ${key}`, step(3));
    await pressEnter(window, step(4).title);
    await rows().locator('.codicon-pass').waitFor();
    await goBack(window.page, step(5));
    await goBack(window.page, step(4));
    await window.inputMessage(new RegExp(`Leave the box empty to keep the key ••••${key.slice(-4)}`));
    await assertNothingLeaks();
    await cancelInput(window.page, step(3));
  });

  it('forgets a pasted key when another address is entered', async () => {
    await paste(`ANTHROPIC_BASE_URL=${relay.url} ANTHROPIC_API_KEY=${key}`);
    await window.inputMessage(/taken from what you pasted/);
    await window.type('https://other.example', step(1));
    assert.equal(await inputValue(window.page, step(2)), 'other.example');
    await pressEnter(window, step(2).title);
    await window.inputMessage(/^API key or token of the endpoint/);
    await cancelInput(window.page, step(3));
  });

  it('says that the profile has this endpoint already', async () => {
    await paste(`ANTHROPIC_BASE_URL=${relay.url} ANTHROPIC_API_KEY=${key}`);
    await pressEnter(window, step(1).title);
    await pressEnter(window, step(2).title);
    await pressEnter(window, step(3).title);
    await pressEnter(window, step(4).title);
    await rows().filter({ hasText: 'Already in this profile: “by curl”' }).waitFor();
    await rows().locator('.codicon-pass').waitFor();
    await rows().filter({ hasText: 'Save Anyway' }).waitFor();
    await cancelInput(window.page, step(5));
  });

  it('leaves nothing behind when it is cancelled, at whichever step', async () => {
    const before = (await treeShows(window, [/^Endpoint by curl/])).length;
    for (const last of [1, 2, 3, 4, 5]) {
      await paste(`ANTHROPIC_BASE_URL=${relay.url} ANTHROPIC_API_KEY=${key}`);
      await window.inputMessage(/taken from what you pasted/);
      for (let number = 1; number < last; number += 1) await pressEnter(window, step(number).title);
      await cancelInput(window.page, step(last));
    }
    assert.equal((await treeShows(window, [/^Endpoint by curl/])).length, before);
  });

  it('goes back to the key when it is refused, with all that was entered', async () => {
    await paste(`curl ${relay.url}/v1/messages -H 'x-api-key: ${canaryKey(relay.port)}'`);
    await pressEnter(window, step(1).title);
    await window.type('corrected', step(2));
    await pressEnter(window, step(3).title);
    await pressEnter(window, step(4).title);
    await rows().filter({ hasText: 'Key refused (status 401)' }).waitFor();
    await rows().and(window.page.locator('.focused')).filter({ hasText: 'Correct the Key' }).waitFor();
    await window.page.keyboard.press('Enter');
    await window.type(key, step(3));
    // The way in which the command sends the key is kept.
    await quickInput(window.page)
      .locator('.monaco-list-row.focused')
      .filter({ hasText: 'x-api-key header' })
      .waitFor();
    await pressEnter(window, step(4).title);
    await saveWhenPassed(window, step(5).title);
    await treeShows(window, [/^Endpoint corrected/]);
    assert.deepEqual(window.problems(ownProblems), []);
  });

  it('goes back to the address when nobody answers there, or saves it anyway, switched off too', async () => {
    const { baseUrl } = await refusingEndpoint();
    for (const [name, choice] of [
      ['unreachable', 'Save Anyway'],
      ['unreachable too', 'Save Disabled'],
    ] as const) {
      await window.runCommand('QCC: Add Endpoint');
      await window.type(`${baseUrl}/v1`, step(1));
      await window.type(name, step(2));
      await window.type('sk-host-test', step(3));
      await pressEnter(window, step(4).title);
      await rows().filter({ hasText: 'Connection refused' }).waitFor();
      await quickInput(window.page)
        .locator('.monaco-list-row.focused')
        .filter({ hasText: 'Correct the Address' })
        .waitFor();
      await window.page.keyboard.press('Enter');
      assert.equal(await inputValue(window.page, step(1)), baseUrl);
      for (const number of [1, 2, 3, 4]) await pressEnter(window, step(number).title);
      await rows().filter({ hasText: choice }).click();
    }
    await treeShows(window, [/^Endpoint unreachable, Not used yet/, /^Endpoint unreachable too, Disabled/]);
  });

  it('waits for nobody who goes back, or saves without waiting', async () => {
    const slow = await startSimulatedEndpoint({ name: 'slow', firstTokenMs: 10_000 });
    await window.runCommand('QCC: Add Endpoint');
    await window.type(slow.url, step(1));
    await window.type('slow', step(2));
    await window.type('sk-host-test', step(3));
    await pressEnter(window, step(4).title);
    await waitFor('it is being asked', () => slow.requests.length === 1 || undefined);
    // Enter, pressed once too often, decides nothing.
    await pressEnter(window, step(5).title);
    await goBack(window.page, step(5));
    await waitFor('the question is taken back', () => slow.aborted === 1 || undefined);
    await pressEnter(window, step(4).title);
    await rows().filter({ hasText: 'Save Without Checking' }).click();
    await treeShows(window, [/^Endpoint slow/]);
    await waitFor('that one, too', () => slow.aborted === 2 || undefined);
    await slow.close();
  });

  it('can be saved unchecked when the proxy is stopped meanwhile, which starts it', async () => {
    await paste(`ANTHROPIC_BASE_URL=${relay.url} ANTHROPIC_API_KEY=${key}`);
    await pressEnter(window, step(1).title);
    await window.type('late', step(2));
    const other = await qcc.openWindow();
    await other.runCommand('QCC: Stop Proxy');
    await waitFor('the proxy has ended', () => qcc.proxies().length === 0 || undefined);
    await pressEnter(window, step(3).title);
    await pressEnter(window, step(4).title);
    await rows().filter({ hasText: 'Not checked: the proxy is not running' }).waitFor();
    await rows().filter({ hasText: 'Start the Proxy and Check' }).waitFor();
    await rows().filter({ hasText: 'Save Without Checking' }).click();
    await treeShows(window, [/^Endpoint late/]);
    await other.close();
    assert.deepEqual(window.problems(ownProblems), []);
  });
});

describe('reusing endpoints of other profiles', () => {
  let relay: SimulatedEndpoint;
  let spare: SimulatedEndpoint;
  let qcc: QccEditor;
  let window: EditorWindow;

  before(async () => {
    relay = await startSimulatedEndpoint({ name: 'relay', ...pace });
    spare = await startSimulatedEndpoint({ name: 'spare', ...pace });
    const key = ({ port }: SimulatedEndpoint) => canaryKey(port);
    qcc = await QccEditor.start({ contents: demoContents('work', [relay], key, undefined, [relay, spare]) });
    window = await qcc.openWindow();
    await treeShows(window, [/^Profile work/, /^Profile backup/]);
  });
  after(async () => {
    await qcc.stop();
    await relay.close();
    await spare.close();
  });

  const title = { title: 'Reuse Endpoints in “work”' };

  it('changes nothing when it is cancelled, or nothing is chosen', async () => {
    const before = (await treeShows(window, [/^Profile work/])).length;
    await window.runCommand('QCC: Reuse Endpoints');
    await window.pick('work');
    assert.deepEqual(await window.choices(title), ['relay', 'spare']);
    await cancelInput(window.page, title);
    await window.contextMenu('Profile work', 'Reuse Endpoints');
    await pressEnter(window, /Reuse Endpoints/);
    assert.equal((await treeShows(window, [/^Profile work/])).length, before);
  });

  it('copies all that were chosen, under free names and with their keys', async () => {
    await window.contextMenu('Profile work', 'Reuse Endpoints');
    await window.pick('relay', title);
    await window.pick('spare', title);
    assert.deepEqual(leaksInLog(await window.page.content()), []);
    await pressEnter(window, /Reuse Endpoints/);
    await treeShows(window, [/^Endpoint relay 2/]);
    const names = (await treeShows(window, [/^Endpoint relay 2/])).filter((row) =>
      row.startsWith('Endpoint'),
    );
    assert.equal(names.length, 5);
    await window.contextMenu('Endpoint relay 2', 'Test Endpoint');
    await window.editorText('Check of relay 2', /Passed/);
    const used = relay.requests.at(-1)?.headers['x-api-key'];
    assert.match(used ?? '', new RegExp(`^sk-canary-${relay.port}-`));
  });

  it('marks what is in the profile already', async () => {
    await window.contextMenu('Profile work', 'Reuse Endpoints');
    const spareRow = quickInput(window.page).locator('.monaco-list-row').filter({ hasText: 'spare' });
    await spareRow.filter({ hasText: 'already in this profile' }).waitFor();
    await cancelInput(window.page, title);
    assert.deepEqual(window.problems(ownProblems), []);
  });
});
