import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { EditorWindow } from '../support/editor.ts';
import { chooseFile, comparedTexts } from '../support/editorFiles.ts';
import { atStep, cancelInput, quickInput, row } from '../support/editorQuickInput.ts';
import { treeShows, welcomeText } from '../support/endpointsView.ts';
import { demoContents, ownProblems, QccEditor } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { waitFor } from '../support/waitFor.ts';

/* The configuration as a whole: to a file and back, as it was before, and away with it. */

const key = 'sk-canary-host';

describe('the configuration as a whole', () => {
  let relay: SimulatedEndpoint;
  let other: SimulatedEndpoint;
  let qcc: QccEditor;
  let window: EditorWindow;

  before(async () => {
    const pace = { firstTokenMs: 20, tokensPerSecond: 200, key };
    relay = await startSimulatedEndpoint({ name: 'relay', ...pace });
    other = await startSimulatedEndpoint({ name: 'other', ...pace });
    qcc = await QccEditor.start({ contents: demoContents('work', [relay, other], () => key) });
    window = await qcc.openWindow();
    await treeShows(window, [/^Endpoint relay/, /^Endpoint other/]);
    await window.notificationButton('OK', /terminals/);
  });
  after(async () => {
    await qcc.stop();
    await relay.close();
    await other.close();
  });

  const inHome = (name: string): string => join(qcc.editor.folder.home, name);
  const exportStep = { title: /Export Configuration/ };
  const importStep = { title: /Import Configuration/ };
  const rollBackStep = { title: /Roll Back Configuration/ };
  /** The rows of a quick pick, second lines included. */
  const rows = (step: { title: RegExp }, expected = /\S/): Promise<string> =>
    // One pick gives way to the next, of the same title.
    waitFor(`rows that match ${expected}`, async () => {
      const widget = await atStep(window.page, step);
      const texts = await widget.locator('.monaco-list-row').allInnerTexts();
      const text = texts.join('\n').replaceAll('\u00a0', ' ');
      return expected.test(text) ? text : undefined;
    });
  /** A row by a part of its label, which may begin with an icon. */
  const choose = async (label: RegExp, step: { title: RegExp }) => {
    const widget = await atStep(window.page, step);
    await widget.locator('.monaco-list-row').filter({ hasText: label }).first().click();
  };

  /** Imports a file up to the first question. */
  async function importFile(name: string, content: unknown): Promise<void> {
    const text = typeof content === 'string' || content instanceof Buffer ? content : JSON.stringify(content);
    writeFileSync(inHome(name), text);
    await window.runCommand('QCC: Import Configuration');
    await chooseFile(window, 'Import Configuration', inHome(name));
  }

  /** The comparison goes with the question, and takes the focus along. */
  const comparisonCloses = ({ title }: { title: RegExp }) =>
    window.page.locator('.tabs-container .tab').filter({ hasText: title }).waitFor({ state: 'detached' });

  /** Opens the palette at a command; whether it is offered. */
  async function isOffered(title: string): Promise<boolean> {
    await window.page.keyboard.press('F1');
    await window.fill(`>${title}`);
    await quickInput(window.page).locator('.monaco-list-row').first().waitFor();
    // The list is that of the text once what does not fit is out of it.
    await row(window.page, 'QCC: Add Profile').waitFor({ state: 'detached' });
    const isThere = (await row(window.page, title).count()) > 0;
    await cancelInput(window.page);
    return isThere;
  }

  async function answers(): Promise<void> {
    const response = await qcc.ask('hello');
    assert.match(await response.text(), /message_stop/);
  }

  describe('is exported', () => {
    it('without keys, unless one asks for them', async () => {
      await window.runCommand('QCC: Export Configuration');
      await choose(/Without keys/, exportStep);
      await chooseFile(window, 'Export Configuration', inHome('plain.json'));
      const text = await waitFor(
        'the file is there',
        () => existsSync(inHome('plain.json')) || undefined,
      ).then(() => readFileSync(inHome('plain.json'), 'utf8'));
      assert.doesNotMatch(text, /canary|apiKey/);
      const file = JSON.parse(text);
      assert.equal(file.activeProfile, 'work');
      assert.deepEqual(
        file.profiles[0].endpoints.map((it: { name: string }) => it.name),
        ['relay', 'other'],
      );
      // As it holds here, where a setting switches checks off.
      assert.equal(file.health.enabled, false);
    });

    it('with keys after a warning, for nobody else to read', async () => {
      await window.runCommand('QCC: Export Configuration');
      await choose(/With keys/, exportStep);
      assert.match(await window.dialogText(), /keys to a file[\s\S]*readable in the file/);
      await window.dialogButton('Export with Keys');
      await chooseFile(window, 'Export Configuration', inHome('keys.json'));
      await waitFor('the file is there', () => existsSync(inHome('keys.json')) || undefined);
      assert.match(readFileSync(inHome('keys.json'), 'utf8'), /"apiKey": "sk-canary-host"/);
      assert.equal(statSync(inHome('keys.json')).mode & 0o777, 0o600);
    });

    it('not at all, when it is cancelled at any step', async () => {
      await window.runCommand('QCC: Export Configuration');
      await cancelInput(window.page, exportStep);
      await window.runCommand('QCC: Export Configuration');
      await choose(/With keys/, exportStep);
      await window.dialogButton('Cancel');
      await window.runCommand('QCC: Export Configuration');
      await choose(/Without keys/, exportStep);
      await window.fill(inHome('never.json'), exportStep);
      await cancelInput(window.page, exportStep);
      assert.equal(existsSync(inHome('never.json')), false);
      assert.equal(existsSync(inHome('qcc-config.json')), false);
    });
  });

  describe('is not touched by a bad file', () => {
    it('whose problems are all listed by their places', async () => {
      await importFile('bad.json', {
        version: 1,
        profiles: [
          { name: 'p', endpoints: [{ name: 'e', baseUrl: 'http://relay.example', apiKey: 7, weight: 0 }] },
          { name: 'P ' },
        ],
      });
      await window.notifications(/bad\.json was not imported\. Problems: 4\. Nothing was changed\./);
      await window.notificationButton('Show Problems', /bad\.json/);
      const text = await window.editorText('Problems in bad.json', /duplicate|taken/);
      assert.match(text, /\$\.profiles\[0\]\.endpoints\[0\]\.baseUrl +Use https:\/\//);
      assert.match(text, /\$\.profiles\[0\]\.endpoints\[0\]\.apiKey +.*Expected: string/);
      assert.match(text, /\$\.profiles\[0\]\.endpoints\[0\]\.weight +This number/);
      assert.match(text, /\$\.profiles\[1\]\.name +This name is taken/);
    });

    for (const [what, content, problem] of [
      ['that is cut off', '{"version":1,"profiles":[', /cut\.json was not imported\. Problems: 1/],
      ['of a newer version', { version: 99, profiles: 7 }, /newer\.json was not imported\. Problems: 1/],
      ['that is not UTF-8', Buffer.from([0xff, 0xfe, 0x7b, 0x00]), /not UTF-8/],
      [
        'that is too large',
        `{"version":1,"profiles":[],"x":"${'x'.repeat(4 * 1024 * 1024)}"}`,
        /larger than 4 MB/,
      ],
    ] as const) {
      it(what, async () => {
        const name = /^\S*(cut|newer)/.exec(problem.source)?.[1] ?? 'odd';
        await importFile(`${name}.json`, content);
        await window.notifications(problem);
        await treeShows(window, [/^Profile work/, /^Endpoint relay/], [/^Profile p/]);
      });
    }
  });

  describe('takes over a file', () => {
    const update = () => ({
      version: 1,
      activeProfile: 'work',
      color: 'blue',
      routing: { maxAttempts: 9 },
      profiles: [
        {
          name: 'work',
          endpoints: [
            { name: 'relay', baseUrl: relay.url, weight: 7 },
            { name: 'other', baseUrl: other.url, apiKey: 'sk-canary-new' },
            { name: 'fresh', baseUrl: 'https://fresh.example' },
          ],
        },
        { name: 'spare', priority: 'secondary' },
      ],
    });

    it('after one has seen what it changes, and not before', async () => {
      await importFile('update.json', update());
      await choose(/Add and update/, importStep);
      const [now, then] = await comparedTexts(
        window,
        /Present configuration ↔ After the import of update\.json/,
      );
      assert.match(now, /"name": "work"/);
      assert.match(then, /"apiKey": "\(key, hidden\)"/);
      assert.match(then, /"weight": 7/);
      assert.doesNotMatch(now + then, /canary/);
      const summary = await rows(importStep);
      assert.match(summary, /Profile “spare” added/);
      assert.match(summary, /Endpoint “relay” in “work” edited: weight\n/);
      assert.match(summary, /Endpoint “other” in “work” edited: key\n/);
      assert.match(summary, /Endpoints without a key: 1\s+fresh/);
      assert.match(summary, /settings of the editor hold instead[^\n]*\s+qcc\.routing\.maxAttempts/);
      assert.match(summary, /not known: 1\s+\$\.color/);
      await choose(/Cancel/, importStep);
      await treeShows(window, [/^Endpoint relay/], [/^Profile spare/, /^Endpoint fresh/]);
      await comparisonCloses(importStep);
    });

    it('is left alone when the file dialog, or the question, is cancelled', async () => {
      await window.runCommand('QCC: Import Configuration');
      await cancelInput(window.page, importStep);
      await importFile('update.json', update());
      await choose(/Replace everything/, importStep);
      await comparedTexts(window, /After the import/);
      await cancelInput(window.page, importStep);
      await comparisonCloses(importStep);
      await importFile('update.json', update());
      await atStep(window.page, importStep);
      await quickInput(window.page)
        .locator('.monaco-list-row')
        .filter({ hasText: /Add and update/ })
        .waitFor();
      await cancelInput(window.page, importStep);
      await treeShows(window, [/^Endpoint relay/], [/^Profile spare/]);
    });

    it('as an update: endpoints keep their keys, and serve on', async () => {
      await importFile('update.json', update());
      await choose(/Add and update/, importStep);
      await rows(importStep, /Profile “spare” added/);
      await choose(/Import/, importStep);
      await treeShows(window, [/^Profile spare/, /^Endpoint fresh/, /^Endpoint relay/]);
      await answers();
    });

    it('only if there is something new in it', async () => {
      await window.runCommand('QCC: Import Configuration');
      await chooseFile(window, 'Import Configuration', inHome('update.json'));
      await choose(/Add and update/, importStep);
      await window.notifications(/update\.json holds nothing that is not so already/);
    });

    it('of the original QCC, in the place of everything', async () => {
      await importFile('cache.json', {
        user_id: 'local:me',
        settings: { default_profile: 'work' },
        profiles: {
          work: {
            name: 'work',
            priority: 'primary',
            endpoints: [{ base_url: `${relay.url}/v1`, api_key: key, weight: 50.5, enabled: 1 }],
          },
          old: { name: 'old', priority: 'primary', base_url: 'https://old.example', api_key: '' },
        },
      });
      await choose(/Replace everything/, importStep);
      await rows(importStep, /file of the original QCC/);
      await choose(/^ *Import/, importStep);
      await treeShows(
        window,
        [/^Profile old/, /^Endpoint 127\.0\.0\.1/],
        [/^Profile spare/, /^Endpoint other/],
      );
      await answers();
    });
  });

  describe('can be had again as it was', () => {
    it('by what was changed and when, in every window', async () => {
      const second = await qcc.openWindow();
      for (const page of [window, second]) {
        await page.runCommand('QCC: Show Configuration History');
        await page.pick('The oldest version that is known', { title: /Configuration History/ });
        await page.page.locator('.monaco-diff-editor').waitFor();
      }
      await second.close();
    });

    it('compared with what is now', async () => {
      await window.runCommand('QCC: Show Configuration History');
      const list = await rows({ title: /Configuration History/ });
      assert.match(list, /Import: [^\n]*present/);
      await choose(/Import: Profile “spare” added/, { title: /Configuration History/ });
      const [then, now] = await comparedTexts(window, /Version of .* ↔ Present configuration/);
      assert.match(then, /"name": "relay"/);
      assert.match(now, /127\.0\.0\.1/);
      assert.doesNotMatch(then + now, /canary/);
    });

    it('with the endpoints that were removed, which serve again', async () => {
      await window.contextMenu('Endpoint 127.0.0.1', 'Remove Endpoint');
      await window.dialogButton('Remove');
      await treeShows(window, [/^Profile work/], [/^Endpoint 127\.0\.0\.1/]);
      await window.runCommand('QCC: Roll Back Configuration');
      await choose(/Import: Profile “old” added/, rollBackStep);
      await rows(rollBackStep, /Endpoint “127[^”]*” added to “work”/);
      await choose(/Cancel/, rollBackStep);
      await comparisonCloses(rollBackStep);
      await treeShows(window, [/^Profile work/], [/^Endpoint 127\.0\.0\.1/]);
      await window.runCommand('QCC: Roll Back Configuration');
      await choose(/Import: Profile “old” added/, rollBackStep);
      await choose(/Roll Back/, rollBackStep);
      await treeShows(window, [/^Endpoint 127\.0\.0\.1/]);
      await answers();
    });

    it('and a return to a version is a version itself', async () => {
      await window.runCommand('QCC: Show Configuration History');
      await rows({ title: /Configuration History/ }, /Rollback: Endpoint “127[^”]*” added/);
      await cancelInput(window.page);
    });
  });

  describe('is reset', () => {
    it('not when that is cancelled, nor by an export on the way', async () => {
      await window.runCommand('QCC: Reset Configuration');
      await cancelInput(window.page, { title: /Reset Configuration/ });
      await window.runCommand('QCC: Reset Configuration');
      await atStep(window.page, { title: /Reset Configuration/ });
      await window.page.keyboard.press('Enter');
      assert.match(await window.dialogText(), /settings of QCC stay/);
      await window.dialogButton('Export First');
      await choose(/Without keys/, exportStep);
      await chooseFile(window, 'Export Configuration', inHome('last.json'));
      await waitFor('the file is there', () => existsSync(inHome('last.json')) || undefined);
      await window.dialogText();
      await window.dialogButton('Cancel');
      await treeShows(window, [/^Profile work/]);
    });

    it('with its history, when one says so, and then nothing can bring it back', async () => {
      assert.equal(await isOffered('QCC: Roll Back Configuration'), true);
      await window.runCommand('QCC: Reset Configuration');
      const widget = await atStep(window.page, { title: /Reset Configuration/ });
      await widget.locator('.monaco-list-row').filter({ hasText: 'Configuration history' }).click();
      await window.page.keyboard.press('Enter');
      assert.match(await window.dialogText(), /The history is forgotten too/);
      await window.dialogButton('Reset');
      await welcomeText(window, /A profile is a set of endpoints/);
      assert.equal(await isOffered('QCC: Roll Back Configuration'), false);
      assert.deepEqual(window.problems(ownProblems), []);
    });
  });
});
