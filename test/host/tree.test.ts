import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { parseConfigFile } from '../../src/core/configFile.ts';
import type { EditorWindow } from '../support/editor.ts';
import { cancelInput, menuItem, quickInput } from '../support/editorQuickInput.ts';
import { pressEnter, treeShows, viewName } from '../support/endpointsView.ts';
import { ownProblems, QccEditor, statusBarId } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

/* The tree as a whole: levels, order, drag and drop with the mouse, and the same with the keyboard. */

describe('the tree of endpoints', () => {
  const endpoints: SimulatedEndpoint[] = [];
  let qcc: QccEditor;
  let window: EditorWindow;

  before(async () => {
    for (const name of ['one', 'two', 'three', 'spare', 'two']) {
      endpoints.push(await startSimulatedEndpoint({ name, firstTokenMs: 20, tokensPerSecond: 200 }));
    }
    const [one, two, three, spare, other] = endpoints.map(({ name, url: baseUrl }, index) => ({
      name,
      baseUrl,
      apiKey: 'sk-host-test',
      priority: index + 1,
    }));
    qcc = await QccEditor.start({
      contents: contentsOf([
        { name: 'work', priority: 'primary', strategy: 'priority', endpoints: [one, two, three] },
        { name: 'backup', priority: 'secondary', endpoints: [spare] },
        { name: 'evening', endpoints: [other] },
      ]),
    });
    window = await qcc.openWindow();
    await treeShows(window, [/^Profile work, active, primary/]);
  });
  after(async () => {
    await qcc.stop();
    for (const endpoint of endpoints) await endpoint.close();
  });

  /** The rows without what is said of them, those of profiles and endpoints below their level by their indentation. */
  async function outline(): Promise<string[]> {
    const rows = window.page.getByRole('tree', { name: viewName, exact: true }).getByRole('treeitem');
    return rows.evaluateAll((all) =>
      all.map((row) => {
        const [name = ''] = (row.getAttribute('aria-label') ?? '').split(',');
        return `${'.'.repeat(Number(row.getAttribute('aria-level')) - 1)}${name.replace(/^\w+ /, '')}`;
      }),
    );
  }

  /** Waits until the tree has exactly these rows. */
  async function showsOutline(...expected: string[]): Promise<void> {
    let seen: string[] = [];
    try {
      await waitFor('the tree has these rows', async () => {
        seen = await outline();
        return JSON.stringify(seen) === JSON.stringify(expected) || undefined;
      });
    } catch (error) {
      assert.deepEqual(seen, expected, (error as Error).message);
    }
  }

  /** Drags a row with the mouse and drops it on another one. */
  async function drag(from: string, onto: string): Promise<void> {
    await window.treeItem(from).dragTo(window.treeItem(onto));
  }

  const servedBy = async (): Promise<string> =>
    /\[(\w+)\]/.exec(await (await qcc.ask('hello')).text())?.[1] ?? 'nobody';

  it('has levels, in them profiles, in them endpoints; a level without a profile is there as well', async () => {
    await showsOutline(
      'Primary',
      '.work',
      '..one',
      '..two',
      '..three',
      'Secondary',
      '.backup',
      '..spare',
      'Fallback',
      'without level',
      '.evening',
      '..two',
    );
    assert.ok((await window.treeItems(viewName)).includes('Level Fallback, no profile'));
  });

  it('gives an endpoint the place that it is dropped on, and with it the requests where order is the strategy', async () => {
    assert.equal(await servedBy(), 'one');
    await drag('Endpoint three', 'Endpoint one');
    await waitFor('it is the first', async () => (await outline())[2] === '..three' || undefined);
    assert.equal(await servedBy(), 'three');
    await window.tooltip(window.treeItem('Endpoint three'), /Priority: 1/);
    await window.tooltip(window.treeItem('Endpoint two'), /Priority: 3/);
    await drag('Endpoint three', 'Endpoint two');
    await waitFor('it is the last', async () => (await outline())[4] === '..three' || undefined);
    assert.equal(await servedBy(), 'one');
  });

  it('moves an endpoint to the profile that it is dropped on, with its key', async () => {
    await drag('Endpoint spare', 'Profile evening');
    await waitFor('it is there', async () => (await outline()).at(-1) === '..spare' || undefined);
    await treeShows(window, [/^Profile backup, secondary, no endpoints/, /^Add an endpoint to backup/]);
    await drag('Endpoint spare', 'Profile backup');
    await treeShows(window, [/^Profile backup, secondary$/]);
    const before = endpoints[3]?.requests.length ?? 0;
    await window.contextMenu('Profile backup', 'Use Profile');
    await treeShows(window, [/^Profile backup, active/]);
    assert.equal(await servedBy(), 'spare');
    assert.equal(endpoints[3]?.requests[before]?.headers['x-api-key'], 'sk-host-test');
    await window.contextMenu('Profile work', 'Use Profile');
    await treeShows(window, [/^Profile work, active/]);
  });

  it('says so when another endpoint of that name is there, and leaves both where they are', async () => {
    await drag('Endpoint two', 'Profile evening');
    await window.notifications(/“two” was not moved\. That profile has another endpoint of this name/);
    await showsOutline(
      ...['Primary', '.work', '..one', '..two', '..three'],
      ...['Secondary', '.backup', '..spare', 'Fallback'],
      ...['without level', '.evening', '..two'],
    );
    await window.runCommand('Notifications: Clear All Notifications');
  });

  it('gives a profile the level that it is dropped on, and the one that held it has none', async () => {
    await drag('Profile evening', 'Level Fallback');
    await treeShows(window, [/^Profile evening, fallback/], [/^Profiles without level/]);
    await drag('Profile evening', 'Profile backup');
    await treeShows(window, [
      /^Profile evening, secondary/,
      /^Profile backup$/,
      /^Level Fallback, no profile/,
    ]);
    await drag('Profile evening', 'Profiles without level');
    await treeShows(window, [/^Profile evening$/, /^Level Secondary, no profile/]);
    await drag('Profile backup', 'Level Secondary');
    await treeShows(window, [/^Profile backup, secondary/]);
  });

  it('takes the level from a profile that is dropped on its empty part', async () => {
    const tree = window.page.getByRole('tree', { name: viewName, exact: true });
    const box = await tree.boundingBox();
    assert.ok(box);
    await window.treeItem('Profile backup').dragTo(tree, {
      targetPosition: { x: box.width / 2, y: box.height - 20 },
    });
    await treeShows(window, [/^Profile backup$/, /^Level Secondary, no profile/]);
    await window.contextMenu('Profile backup', 'Set Profile Level');
    await window.pick('Secondary', { title: /Level of “backup”/ });
    await treeShows(window, [/^Profile backup, secondary/]);
  });

  it('asks which profile an empty level gets when it is clicked', async () => {
    await window.treeItem('Level Fallback').click();
    await cancelInput(window.page, { title: 'Priority Levels: Fallback' });
    await window.treeItem('Level Fallback').click();
    await window.pick('evening', { title: 'Priority Levels: Fallback' });
    await treeShows(window, [/^Profile evening, fallback/]);
    await window.inlineAction('Level Fallback', 'Show Priority Levels');
    await window.page.locator('.quick-input-list').getByText('Leave the level empty').click();
    await treeShows(window, [/^Profile evening$/, /^Level Fallback, no profile/]);
  });

  it('moves endpoints up and down from the menu, which offers only what there is', async () => {
    await window.contextMenu('Endpoint three', 'Move Endpoint Up');
    await waitFor('it is second', async () => (await outline())[3] === '..three' || undefined);
    await window.contextMenu('Endpoint three', 'Move Endpoint Down');
    await waitFor('it is third', async () => (await outline())[4] === '..three' || undefined);
    await window.treeItem('Endpoint three').click({ button: 'right' });
    await menuItem(window.page, 'Move Endpoint Up').waitFor();
    assert.equal(await menuItem(window.page, 'Move Endpoint Down').count(), 0);
    await window.page.keyboard.press('Escape');
  });

  it('asks which endpoint to move when that comes from the palette', async () => {
    await window.runCommand('QCC: Move Endpoint Up');
    assert.deepEqual(await window.choices(), ['two', 'three']);
    await cancelInput(window.page);
    await window.runCommand('QCC: Move Endpoint Down');
    await window.pick('one');
    await waitFor('it is second', async () => (await outline())[3] === '..one' || undefined);
    await window.contextMenu('Endpoint one', 'Move Endpoint Up');
    await waitFor('it is first', async () => (await outline())[2] === '..one' || undefined);
  });

  it('moves the endpoint that has the focus with the keyboard, and the focus goes along', async () => {
    const { keyboard } = window.page;
    await window.treeItem('Endpoint two').click();
    // The arrow moves the focus and leaves the selection where it is.
    await keyboard.press('ArrowUp');
    await keyboard.press('Alt+ArrowDown');
    await waitFor('it is second', async () => (await outline())[3] === '..one' || undefined);
    await focusIsOn('Endpoint one');
    await keyboard.press('Alt+ArrowDown');
    await waitFor('it is third', async () => (await outline())[4] === '..one' || undefined);
    await focusIsOn('Endpoint one');
    await keyboard.press('Alt+ArrowDown');
    await keyboard.press('Alt+ArrowUp');
    await waitFor('it is second', async () => (await outline())[3] === '..one' || undefined);
    await focusIsOn('Endpoint one');
    await keyboard.press('Alt+ArrowUp');
    await waitFor('it is first', async () => (await outline())[2] === '..one' || undefined);
    await focusIsOn('Endpoint one');
    await keyboard.press('ArrowUp');
    await focusIsOn('Profile work');
    // On a profile the key is the editor's own, for the next row.
    await keyboard.press('Alt+ArrowDown');
    await focusIsOn('Endpoint one');
    assert.equal(await quickInput(window.page).count(), 0, 'a key asks nothing');
    assert.deepEqual((await outline()).slice(2, 5), ['..one', '..two', '..three']);
  });

  it('keeps collapsed what the user has collapsed, whatever changes', async () => {
    const row = window.treeItem('Profile evening');
    await row.locator('.monaco-tl-twistie').click();
    await treeShows(window, [/^Profile evening$/]);
    await waitFor('it is collapsed', async () => (await outline()).at(-1) === '.evening' || undefined);
    assert.notEqual(await servedBy(), 'nobody');
    await drag('Profile evening', 'Level Fallback');
    await treeShows(window, [/^Profile evening, fallback/]);
    assert.equal(await row.getAttribute('aria-expanded'), 'false');
    await row.locator('.monaco-tl-twistie').click();
    await drag('Profile evening', 'Level Secondary');
    await treeShows(window, [/^Profile evening, secondary/, /^Profile backup$/]);
    await drag('Profile backup', 'Level Secondary');
    await treeShows(window, [/^Profile backup, secondary/, /^Profile evening$/]);
  });

  it('shows a disabled profile as such, and its requests go on to the next level', async () => {
    await window.contextMenu('Profile work', 'Disable Profile');
    const rows = await treeShows(window, [
      /^Profile work, disabled, active, requests go to “backup”, primary/,
      /^Profile backup, stands in, secondary/,
      /^Endpoint one, Profile disabled/,
    ]);
    assert.equal(rows.filter((row) => /Profile disabled/.test(row)).length, 3);
    const [one] = endpoints;
    const asked = one?.requests.length;
    assert.equal(await servedBy(), 'spare');
    assert.equal(one?.requests.length, asked);
    await window.page.locator(`[id="${statusBarId}"] .codicon-warning`).waitFor();
    await window.inlineAction('Profile work', 'Enable Profile');
    await treeShows(window, [/^Profile work, active, primary/, /^Profile backup, secondary/]);
    assert.equal(await servedBy(), 'one');
  });

  it('copies a profile with its endpoints and keys, ready to be used', async () => {
    await window.contextMenu('Profile work', 'Duplicate Profile');
    await pressEnter(window, /Duplicate Profile/);
    await treeShows(window, [/^Profile work 2, By priority/]);
    await window.contextMenu('Profile work 2', 'Use Profile');
    await treeShows(window, [/^Profile work 2, active/]);
    const [one] = endpoints;
    const asked = one?.requests.length ?? 0;
    assert.equal(await servedBy(), 'one');
    assert.equal(one?.requests[asked]?.headers['x-api-key'], 'sk-host-test');
    await window.contextMenu('Profile work 2', 'Remove Profile');
    await window.dialogButton('Remove');
    await treeShows(window, [/^Profile work, primary/], [/work 2/]);
    await window.contextMenu('Profile work', 'Use Profile');
    await treeShows(window, [/^Profile work, active, primary/]);
  });

  it('offers what can be done with an endpoint and a profile in their tooltips', async () => {
    const link = window.page
      .locator('.monaco-hover:visible')
      .getByRole('link', { name: 'Edit', exact: true });
    await waitFor('the tooltip is there', async () => {
      // A row that is drawn again under the mouse shows nothing until it is entered again.
      await window.page.mouse.move(900, 60);
      await window.treeItem('Endpoint one').hover();
      return link.waitFor({ timeout: 2_000 }).then(
        () => true,
        () => undefined,
      );
    });
    await link.click();
    await cancelInput(window.page, { title: 'Edit Endpoint: one' });
    await window.tooltip(window.treeItem('Profile work'), /Strategy: By priority[\s\S]*Level: Primary/);
    await window.tooltip(window.treeItem('Level Fallback'), /Drag a profile here, or click to choose one\./);
    assert.deepEqual(window.problems(ownProblems), []);
  });

  async function focusIsOn(name: string): Promise<void> {
    const focused = window.page.locator('.part.sidebar .monaco-list-row.focused');
    await waitFor(
      `the focus is on ${name}`,
      async () => ((await focused.first().getAttribute('aria-label')) ?? '').startsWith(name) || undefined,
    );
  }
});

function contentsOf(profiles: readonly object[]) {
  const file = { version: 1, activeProfile: 'work', profiles };
  const result = parseConfigFile(JSON.stringify(file), () => randomUUID());
  assert.ok(result.ok, JSON.stringify(result));
  return result.contents;
}
