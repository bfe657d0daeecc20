import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Locator } from 'playwright-core';
import type { ConfigurationContents } from '../../src/core/configuration.ts';
import { contentsOf } from '../support/contents.ts';
import type { EditorLocale, EditorWindow } from '../support/editor.ts';
import { cancelInput, quickInput } from '../support/editorQuickInput.ts';
import { ownProblems, QccEditor, statusBarId } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

/* What the item in the status bar shows, and where it leads. */

/** A name of all that an editor makes something of. */
const hostileName = '$(flame) **bold** [here](command:qcc.proxy.stop) <b>markup</b>';

interface Fleet {
  readonly relay: SimulatedEndpoint;
  readonly spare: SimulatedEndpoint;
  readonly qcc: QccEditor;
  readonly window: EditorWindow;
  stop(): Promise<void>;
}

async function startFleet(
  contents: (relay: SimulatedEndpoint, spare: SimulatedEndpoint) => ConfigurationContents,
  locale: EditorLocale = 'en',
): Promise<Fleet> {
  const pace = { firstTokenMs: 20, tokensPerSecond: 200 };
  const relay = await startSimulatedEndpoint({ name: 'relay', ...pace });
  const spare = await startSimulatedEndpoint({ name: 'spare', ...pace });
  const settings = { 'qcc.routing.patienceSeconds': 0 };
  const qcc = await QccEditor.start({ contents: contents(relay, spare), settings, locale });
  const stop = async (): Promise<void> => {
    await qcc.stop();
    await relay.close();
    await spare.close();
  };
  return { relay, spare, qcc, window: await qcc.openWindow(), stop };
}

/** Profiles that can serve, one of a bad name among them, one that is switched off, and one without endpoints. */
const fiveProfiles = (relay: SimulatedEndpoint, spare: SimulatedEndpoint): ConfigurationContents =>
  contentsOf([
    { id: 'work', priority: 'primary', endpoints: [{ id: 'relay', baseUrl: relay.url }] },
    { id: 'backup', priority: 'secondary', endpoints: [{ id: 'spare', baseUrl: spare.url }] },
    { id: 'off', enabled: false, endpoints: [{ id: 'spare2', baseUrl: spare.url }] },
    { id: 'bad', name: hostileName, endpoints: [{ id: 'relay2', baseUrl: relay.url }] },
    { id: 'empty' },
  ]);

const statusItem = ({ window }: Pick<Fleet, 'window'>): Locator =>
  window.page.locator(`[id="${statusBarId}"]`);

const rowsOf = ({ window }: Pick<Fleet, 'window'>): Locator =>
  quickInput(window.page).locator('.monaco-list-row');

const rowOf = (fleet: Pick<Fleet, 'window'>, name: string): Locator =>
  rowsOf(fleet).filter({ hasText: new RegExp(`^\\s*${name}`) });

/** Opens the list of profiles. */
async function openPick(fleet: Fleet): Promise<void> {
  await fleet.window.clickStatusBar(statusBarId);
  await rowsOf(fleet).first().waitFor();
  // An open tooltip would catch the next click.
  await fleet.window.page.mouse.move(640, 400);
}

/** The texts of its rows, once they match. */
async function pickShows(fleet: Fleet, ...patterns: readonly RegExp[]): Promise<string[]> {
  let texts: string[] = [];
  try {
    return await waitFor('the list shows what it should', async () => {
      texts = (await rowsOf(fleet).allInnerTexts()).map((text) => text.replaceAll('\u00a0', ' ').trim());
      return patterns.every((pattern) => texts.some((text) => pattern.test(text))) ? texts : undefined;
    });
  } catch (error) {
    throw new Error(`it shows ${JSON.stringify(texts)}`, { cause: error });
  }
}

const ask = async ({ qcc }: Pick<Fleet, 'qcc'>): Promise<string> => (await qcc.ask('hello')).text();

describe('the item in the status bar', () => {
  let fleet: Fleet;

  before(async () => {
    fleet = await startFleet(fiveProfiles);
    await fleet.window.statusBarText(statusBarId, /work/);
    await statusItem(fleet).locator('.codicon-pass').waitFor();
  });
  after(() => fleet.stop());

  it('leads to the profiles by level, each with how it does, and marks and focuses the one in use', async () => {
    await openPick(fleet);
    const texts = await pickShows(
      fleet,
      /^work\s*active · 1 of 1 endpoints ready · primary/,
      /^backup\s*1 of 1 endpoints ready · secondary/,
      /^off\s*disabled · enabled endpoints: 1/,
      /^empty\s*no endpoints$/,
    );
    assert.equal(texts.length, 5);
    assert.ok(texts[3]?.startsWith(hostileName), texts[3]);
    const focused = quickInput(fleet.window.page).locator('.monaco-list-row.focused');
    assert.match(await focused.innerText(), /^\s*work/);
    assert.equal(await rowsOf(fleet).locator('.codicon-check').count(), 1);
    assert.equal(await focused.locator('.codicon-check').count(), 1);
    assert.equal(await rowsOf(fleet).locator('.codicon-flame').count(), 0);
  });

  it('stays up to date while it is open, and leaves the focus where it is', async () => {
    await fleet.window.page.keyboard.press('ArrowDown');
    fleet.relay.refuse(401);
    await ask(fleet);
    await pickShows(fleet, /^work\s*active · 0 of 1 endpoints ready/);
    const focused = quickInput(fleet.window.page).locator('.monaco-list-row.focused');
    assert.match(await focused.innerText(), /^\s*backup/);
    fleet.relay.refuse(undefined);
    await cancelInput(fleet.window.page);
  });

  it('says where requests go while the profile in use cannot serve', async () => {
    await fleet.window.statusBarText(statusBarId, /backup/);
    await statusItem(fleet).locator('.codicon-warning').waitFor();
    await fleet.window.tooltip(
      statusItem(fleet),
      /No endpoint of the profile “work” can serve\. Requests go to “backup”\.(?:.|\n)*spare/,
    );
    await fleet.window.openSideBar('QCC');
    await fleet.window.contextMenu('Endpoint relay', 'Reset Endpoint Health');
    await fleet.window.statusBarText(statusBarId, /work/);
  });

  it('changes nothing when the list is left', async () => {
    await openPick(fleet);
    await fleet.window.page.keyboard.press('ArrowDown');
    await cancelInput(fleet.window.page);
    assert.match(await ask(fleet), /\[relay\]/);
    await fleet.window.statusBarText(statusBarId, /work/);
  });

  it('switches profiles at once: the next request goes to the one that was picked', async () => {
    await openPick(fleet);
    await rowOf(fleet, 'backup').click();
    await fleet.window.statusBarText(statusBarId, /backup/);
    assert.match(await ask(fleet), /\[spare\]/);
    await openPick(fleet);
    await fleet.window.page.keyboard.press('ArrowUp');
    await fleet.window.page.keyboard.press('Enter');
    await fleet.window.statusBarText(statusBarId, /work/);
    assert.match(await ask(fleet), /\[relay\]/);
  });

  it('edits and checks a profile from its row', async () => {
    const press = async (label: string): Promise<void> => {
      await openPick(fleet);
      const row = rowOf(fleet, 'backup');
      await row.hover();
      await row.locator(`a[aria-label="${label}"]`).click();
    };
    await press('Edit Profile');
    await cancelInput(fleet.window.page, { title: /Edit Profile.*1\/4/ });
    await press('Check Endpoints');
    const text = await fleet.window.editorText('Endpoint Checks', /spare/);
    assert.match(text, /spare +backup +Passed/);
    assert.doesNotMatch(text, /relay/);
  });

  it('offers no check of a profile that has nothing to check', async () => {
    await openPick(fleet);
    for (const name of ['off', 'empty']) {
      const row = rowOf(fleet, name);
      await row.hover();
      await row.locator('a[aria-label="Edit Profile"]').waitFor();
      assert.equal(await row.locator('a[aria-label="Check Endpoints"]').count(), 0);
    }
    await cancelInput(fleet.window.page);
  });

  it('leads on to the metrics and to a new profile from the title of the list', async () => {
    const press = async (label: string): Promise<void> => {
      await openPick(fleet);
      await quickInput(fleet.window.page).locator(`.quick-input-titlebar a[aria-label="${label}"]`).click();
    };
    await press('Add Profile');
    await cancelInput(fleet.window.page, { title: /Add Profile.*1\/4/ });
    await press('Metrics');
    await fleet.window.webview('qcc.qcc').locator('main').waitFor();
    await fleet.window.runCommand('View: Close Editor');
  });

  it('switches a profile on that is picked while it is off, and uses it', async () => {
    await openPick(fleet);
    await rowOf(fleet, 'off').click();
    await fleet.window.statusBarText(statusBarId, /off/);
    assert.match(await ask(fleet), /\[spare\]/);
    await openPick(fleet);
    await pickShows(fleet, /^off\s*active · 1 of 1 endpoints ready/);
    await rowOf(fleet, 'work').click();
    await fleet.window.statusBarText(statusBarId, /work/);
  });

  it('shows a hostile name as it is', async () => {
    await openPick(fleet);
    await rowsOf(fleet).filter({ hasText: hostileName }).click();
    const text = await fleet.window.statusBarText(statusBarId, /flame/);
    assert.equal(text, `${hostileName.slice(0, 23)}…`);
    assert.equal(await statusItem(fleet).locator('.codicon-flame').count(), 0);
    const hover = await fleet.window.tooltip(statusItem(fleet), /All endpoints are ready\./);
    assert.ok(hover.startsWith(hostileName), hover);
    assert.deepEqual(fleet.window.problems(ownProblems), []);
  });

  it('runs the commands that its tooltip names', async () => {
    await statusItem(fleet).hover();
    await fleet.window.page.locator('.monaco-hover:visible').getByRole('link', { name: 'Status' }).click();
    assert.match(await fleet.window.dialogText(), /QCC proxy: Running/);
    await fleet.window.dialogButton('Close');
  });
});

describe('the item in the status bar, when another profile serves', () => {
  let fleet: Fleet;

  before(async () => {
    fleet = await startFleet((relay, spare) => {
      const contents = contentsOf([
        { id: 'work', priority: 'primary', endpoints: [{ id: 'relay', baseUrl: relay.url }] },
        { id: 'backup', priority: 'secondary', endpoints: [{ id: 'spare', baseUrl: spare.url }] },
        { id: 'empty', priority: 'fallback' },
      ]);
      const { configuration } = contents;
      const policy = { ...configuration.policy, failureThreshold: 1 };
      return { ...contents, configuration: { ...configuration, policy } };
    });
  });
  after(() => fleet.stop());

  it('shows which one stands in for which, in itself, its tooltip and the list', async () => {
    fleet.relay.refuse(500);
    await waitFor('the backup stands in', async () => {
      await ask(fleet);
      const label = (await statusItem(fleet).getAttribute('aria-label')) ?? '';
      return /The profile “backup” stands in for “work”, which failed/.test(label) || undefined;
    });
    await statusItem(fleet).locator('.codicon-warning').waitFor();
    assert.equal(await fleet.window.statusBarText(statusBarId), 'backup');
    await fleet.window.tooltip(statusItem(fleet), /stands in for “work”(?:.|\n)*Switch Back · Use Profile/);
    await openPick(fleet);
    await pickShows(fleet, /^work\s*chosen · .*primary/, /^backup\s*stands in · .*secondary/);
    assert.match(
      await quickInput(fleet.window.page).locator('.monaco-list-row.focused').innerText(),
      /^\s*work/,
    );
  });

  it('has the chosen one serve again when it is picked', async () => {
    fleet.relay.refuse(undefined);
    await fleet.window.page.keyboard.press('Enter');
    await fleet.window.statusBarText(statusBarId, /work/);
    assert.match(await ask(fleet), /\[relay\]/);
  });

  it('shows that nothing can serve, and the window is told of it once', async () => {
    for (const endpoint of [fleet.relay, fleet.spare]) endpoint.refuse(500);
    await waitFor('both are out', async () => {
      await ask(fleet);
      return (await statusItem(fleet).locator('.codicon-error').count()) > 0 || undefined;
    });
    const notice = /QCC has no endpoint that can serve\. Requests wait or fail until one is back\./;
    await fleet.window.notifications(notice);
    await ask(fleet);
    const texts = await fleet.window.notifications();
    assert.equal(texts.filter((text) => notice.test(text)).length, 1);
    for (const endpoint of [fleet.relay, fleet.spare]) endpoint.refuse(undefined);
    // The item got the focus back from the list, and shows its tooltip over everything.
    await fleet.window.page.mouse.click(640, 400);
    await fleet.window.notificationButton('Check Endpoints', notice);
    await fleet.window.editorText('Endpoint Checks', /spare +backup +Passed/);
    await statusItem(fleet).locator('.codicon-error').waitFor({ state: 'detached' });
    assert.deepEqual(fleet.window.problems(ownProblems), []);
  });
});

describe('the item in the status bar, when the active profile has no endpoints', () => {
  let fleet: Fleet;

  before(async () => {
    fleet = await startFleet((_relay, spare) =>
      contentsOf([
        { id: 'work', priority: 'primary' },
        { id: 'backup', priority: 'secondary', endpoints: [{ id: 'spare', baseUrl: spare.url }] },
      ]),
    );
  });
  after(() => fleet.stop());

  it('shows the one that serves for it, and offers what is missing', async () => {
    assert.match(await ask(fleet), /\[spare\]/);
    await fleet.window.statusBarText(statusBarId, /backup/);
    await statusItem(fleet).locator('.codicon-warning').waitFor();
    await fleet.window.tooltip(
      statusItem(fleet),
      /The profile “work” has no endpoints\. Requests go to “backup”\.(?:.|\n)*spare(?:.|\n)*Add Endpoint · Use Profile/,
    );
  });
});

describe('the item in the status bar, without a profile', () => {
  let qcc: QccEditor;

  before(async () => {
    qcc = await QccEditor.start();
  });
  after(() => qcc.stop());

  it('leads to the first one', async () => {
    const window = await qcc.openWindow();
    await statusItem({ window }).locator('.codicon-plug').waitFor();
    await window.tooltip(statusItem({ window }), /There is no profile yet\.(?:.|\n)*Add Profile · Metrics/);
    await window.clickStatusBar(statusBarId);
    await cancelInput(window.page, { title: /Add Profile.*1\// });
  });
});

describe('the item in the status bar, in Chinese', () => {
  let fleet: Fleet;

  before(async () => {
    fleet = await startFleet(fiveProfiles, 'zh-cn');
  });
  after(() => fleet.stop());

  it('says all of it in Chinese', async () => {
    const names = /work|backup|off|relay|spare|empty|QCC|127\.0\.0\.1:\d+/g;
    const assertChinese = (text: string): void => {
      const left = text.replaceAll('\u00a0', ' ').replace(hostileName, '').replace(names, '');
      assert.doesNotMatch(left, /[A-Za-z]{2,}/, text);
      assert.match(left, /\p{Script=Han}/u, text);
    };
    assertChinese(await fleet.window.tooltip(statusItem(fleet), /relay/));
    assertChinese((await statusItem(fleet).getAttribute('aria-label')) ?? '');
    await openPick(fleet);
    for (const text of await pickShows(fleet, /当前 · 1 个端点中 1 个就绪/, /已禁用/)) assertChinese(text);
    const labels = quickInput(fleet.window.page).locator('.action-label[aria-label]');
    assertChinese(
      (await labels.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')))).join(' '),
    );
    await cancelInput(fleet.window.page);
  });
});
