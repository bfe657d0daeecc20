import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { type EditorTheme, editorThemes } from './editorThemes.ts';
import { endpoint, history, strings as keys, request, story, view } from './panelFixture.ts';
import { open, type PanelHost, type PanelPage, startPanelHost } from './panelPage.ts';

let host: PanelHost;
before(async () => {
  host = await startPanelHost();
});
after(() => host.close());

/** As in every language, the name of a button holds what is written on it. */
const strings = { ...keys, exportAs: 'save {0} as {1}', showAsTable: '[table] of {0}' };

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core has against the page; its script comes past the page's policy, as the debugger's does. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const results = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as AxeResults;
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`)}`,
    );
}

const states = ['ok', 'inFlight', 'limited', 'open', 'quarantined', 'disabled', 'unknown'] as const;

async function fill({ render, answerHistory, answerRequests, page, send }: PanelPage): Promise<void> {
  const endpoints = states.map((code, index) =>
    endpoint(code, {
      state: { code, label: code, details: ['a detail'] },
      role: index % 2 === 0 ? 'active' : null,
      failure: { text: 'Connection refused', at: 0 },
      quota: [{ label: 'Tokens', used: index / 10, text: 'some left' }],
    }),
  );
  const notice = { text: 'The proxy is starting…', busy: true, action: null };
  const action = { command: 'startProxy', label: 'Start Proxy' } as const;
  await render({
    view: view({
      endpoints,
      hasNews: true,
      notices: [notice, { text: 'The proxy is stopped.', busy: false, action }],
      waiting: { count: 2, note: 'next try in 45 s' },
    }),
    strings,
  });
  const past = history();
  await answerHistory({
    ...past,
    totals: { ...past.totals, unpricedTokens: 5 },
    days: [{ ...(past.points[0] ?? assert.fail()), day: '2020-01-02' }],
  });
  const outcomes = (['good', 'neutral', 'warning', 'bad'] as const).map((tone) =>
    request(`${tone}`, { outcome: { code: 'served', tone, label: tone } }),
  );
  await answerRequests(outcomes);
  await page.locator('.opener').first().click();
  await send({ type: 'story', requestId: 'good', story: story('good') });
}

for (const [name, theme] of Object.entries<EditorTheme>(editorThemes)) {
  test(`has no serious finding of axe-core in the theme ${name}, as pictures and as tables`, async (t) => {
    const panel = await open(host, t);
    await panel.setTheme(theme);
    await fill(panel);
    assert.deepEqual(await findings(panel.page), []);
    for (const toggle of await panel.page.locator('button.toggle').all()) await toggle.click();
    assert.deepEqual(await findings(panel.page), []);
  });

  test(`has none in the theme ${name} while there is nothing to see`, async (t) => {
    const panel = await open(host, t);
    await panel.setTheme(theme);
    await panel.render({ view: view({ endpoints: [] }), strings });
    await panel.page.waitForFunction(() =>
      document.getAnimations().every((it) => it.playState === 'finished'),
    );
    assert.deepEqual(await findings(panel.page), []);
    await panel.answerHistory(null);
    await panel.answerRequests([]);
    assert.deepEqual(await findings(panel.page), []);
  });
}

test('finds what axe-core is to find', async (t) => {
  const panel = await open(host, t);
  await fill(panel);
  await panel.page.evaluate(() => document.querySelector('main')?.append(document.createElement('button')));
  assert.match((await findings(panel.page)).join(), /button-name/);
});

test('can be walked through with the keyboard alone, and shows where it is', async (t) => {
  const panel = await open(host, t);
  await panel.setTheme(editorThemes.darkModern);
  await fill(panel);
  const { page } = panel;
  // Tab goes on from the request that was opened: back to the start.
  await page.locator('h1').evaluate((title) => {
    title.tabIndex = -1;
    title.focus();
  });
  const visited: string[] = [];
  for (let step = 0; step < 200; step += 1) {
    await page.keyboard.press('Tab');
    const here = await page.evaluate(() => {
      const it = document.activeElement;
      if (!it || it === document.body) return undefined;
      const shown = it.matches('input') ? it.nextElementSibling : it;
      const outer = shown && getComputedStyle(shown).outlineStyle !== 'none';
      // Controls of the toolkit draw it within themselves.
      const inner = it.matches('vscode-button, vscode-text-field');
      const name = it.getAttribute('aria-label') ?? it.textContent ?? it.getAttribute('value');
      return { name: `${it.localName} ${name}`.trim(), isShown: outer || inner };
    });
    if (!here) break;
    assert.ok(here.isShown, `where is the focus? ${here.name}`);
    visited.push(here.name);
  }
  const found = (pattern: RegExp) => visited.filter((name) => pattern.test(name)).length;
  assert.equal(found(/^input/), 1, 'the ranges are one stop, with arrow keys in it');
  assert.equal(found(/^div \[(requests|successRate|firstContent|tokens|cost)\]$/), 5);
  assert.equal(found(/^button \[table\] of/), 6);
  assert.equal(found(/^button save/), 12);
  assert.equal(found(/^select/), 3);
  assert.ok(found(/^div \[lastRequests\]$/) === 1, 'the table can be scrolled');
  assert.ok(visited.length < 80, `${visited.length}`);
});

test('does not talk when numbers change', async (t) => {
  const panel = await open(host, t);
  await fill(panel);
  const live = panel.page.locator('[aria-live], [role=status], [role=alert], [role=log]');
  const texts = await live.allTextContents();
  await panel.render({
    view: view({
      inFlight: 99,
      rescued: 50,
      notices: [
        { text: 'The proxy is starting…', busy: true, action: null },
        {
          text: 'The proxy is stopped.',
          busy: false,
          action: { command: 'startProxy', label: 'Start Proxy' },
        },
      ],
    }),
    strings,
  });
  await panel.answerHistory(history({ points: [] }));
  await panel.answerRequests([]);
  assert.deepEqual(await live.allTextContents(), texts);
});

test('stands still where motion is to be reduced', async (t) => {
  const panel = await open(host, t);
  await panel.page.emulateMedia({ reducedMotion: 'reduce' });
  await fill(panel);
  await panel.page.getByRole('radio', { name: '7 days' }).check({ force: true });
  assert.deepEqual(await panel.page.evaluate(() => document.getAnimations().length), 0);
  assert.equal(await panel.page.locator('vscode-progress-ring').filter({ visible: true }).count(), 0);
});

test('keeps the focus near where it was when what had it is gone', async (t) => {
  const { page, render, answerHistory, answerRequests } = await open(host, t);
  await render({ view: view(), strings });
  await answerHistory(history());
  await answerRequests([request('r1')]);
  const focused = () =>
    page.evaluate(() => {
      const { activeElement } = document;
      return activeElement?.tagName === 'SECTION' ? activeElement.querySelector('h2, h3')?.textContent : null;
    });
  await page.getByRole('slider').first().focus();
  await answerHistory(history({ points: [] }));
  assert.equal(await focused(), '[requests]');
  await page.locator('.opener').focus();
  await answerRequests(null);
  assert.equal(await focused(), '[lastRequests]');
});
