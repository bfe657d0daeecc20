import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { chartKinds } from '../../webview/charts/chartKinds.ts';
import { darkModern, lightModern } from './editorThemes.ts';
import { endpoint, history, now, strings, sums, view } from './panelFixture.ts';
import { open, type PanelHost, startPanelHost } from './panelPage.ts';

let host: PanelHost;
before(async () => {
  host = await startPanelHost();
});
after(() => host.close());

const minute = 60_000;
const chart = (page: Page, title: string) => page.getByRole('region', { name: `[${title}]`, exact: true });
const slider = (page: Page, title: string) => page.getByRole('slider', { name: `[${title}]`, exact: true });

/** How many pixels of a chart have about this colour. */
function pixels(canvas: Locator, colour: string): Promise<number> {
  return canvas.evaluate((element, wanted) => {
    const { width, height } = element as HTMLCanvasElement;
    // Of a copy: reading slows down what is read from.
    const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    copy?.drawImage(element as HTMLCanvasElement, 0, 0);
    const data = copy?.getImageData(0, 0, width, height).data;
    const rgb = [1, 3, 5].map((start) => Number.parseInt(wanted.slice(start, start + 2), 16));
    let found = 0;
    for (let at = 0; data && at < data.length; at += 4) {
      if (rgb.every((value, index) => Math.abs(value - (data[at + index] ?? -99)) < 12)) found += 1;
    }
    return found;
  }, colour);
}

test('asks anew for each range and endpoint, and takes no notice of answers to earlier questions', async (t) => {
  const { page, render, send, sent, answerHistory } = await open(host, t);
  await render({ view: view(), strings });
  const asked = async () => (await sent()).filter((message) => message.type === 'showHistory');
  await page.getByRole('radio', { name: '15 min' }).check({ force: true });
  await page.getByRole('radio', { name: '15 min' }).press('ArrowRight');
  await page.locator('.scope').getByRole('combobox').selectOption('b');
  const questions = await asked();
  assert.deepEqual(
    questions.map(({ range, endpointId }) => [range, endpointId]),
    [
      ['24h', null],
      ['15m', null],
      ['1h', null],
      ['1h', 'b'],
    ],
  );
  assert.equal(new Set(questions.map(({ query }) => query)).size, 4);
  const [, , stale] = questions;
  await send({ type: 'history', query: stale?.query, history: history() });
  assert.equal(await page.getByText('24', { exact: true }).count(), 0);
  await answerHistory(history({ endpointId: 'b' }));
  assert.equal(await page.locator('.totals .value').first().textContent(), '24');
});

test('shows all endpoints again when the chosen one is removed', async (t) => {
  const { page, render, sent } = await open(host, t, { state: { endpointId: 'b' } });
  await render({ view: view(), strings });
  assert.equal(await page.locator('.scope').getByRole('combobox').inputValue(), 'b');
  await render({ view: view({ endpoints: [endpoint('a')] }), strings });
  assert.equal(await page.locator('.scope').getByRole('combobox').inputValue(), '');
  const last = (await sent()).at(-1);
  assert.ok(last?.type === 'showHistory' && last.endpointId === null);
});

test('has a table for each chart, with the numbers of its lines', async (t) => {
  const { page, render, answerHistory } = await open(host, t);
  await render({ view: view(), strings });
  const { points } = history();
  await answerHistory(history());
  for (const kind of chartKinds) {
    const part = chart(page, kind.title);
    await slider(page, kind.title).focus();
    // What the legend says where the crosshair is at one of the points.
    const spoken: string[] = [];
    for (const step of [0, 1, 6]) {
      await page.keyboard.press('Home');
      for (let at = 0; at < step; at += 1) await page.keyboard.press('ArrowRight');
      spoken.push(...(await part.locator('.line-value').allTextContents()));
    }
    await part.getByRole('button', { name: '[showAsTable]' }).click();
    const rows = part.getByRole('table').locator('tbody tr');
    assert.equal(await rows.count(), points.length);
    const cells = await rows.evaluateAll((found) =>
      found.toReversed().flatMap((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent)),
    );
    assert.deepEqual(cells, spoken, kind.title);
    assert.equal(await slider(page, kind.title).count(), 0);
    await part.getByRole('button', { name: '[showAsTable]' }).click();
    assert.equal(await slider(page, kind.title).count(), 1);
  }
});

test('goes down to nothing where nothing happened, but knows no time and no rate there', async (t) => {
  const { page, render, answerHistory } = await open(host, t);
  await render({ view: view(), strings });
  await answerHistory(history());
  await slider(page, 'requests').focus();
  await page.keyboard.press('Home');
  for (let step = 0; step < 3; step += 1) await page.keyboard.press('ArrowRight');
  const values = (title: string) => chart(page, title).locator('.line-value').allTextContents();
  assert.deepEqual(await values('requests'), ['0', '0', '0']);
  assert.deepEqual(await values('cost'), ['$0.00']);
  assert.deepEqual(await values('successRate'), ['–']);
  assert.deepEqual(await values('firstContent'), ['–', '–']);
});

test('moves one crosshair through all charts by pointer and by keys, and says where it is', async (t) => {
  const { page, render, answerHistory } = await open(host, t);
  await render({ view: view(), strings });
  await answerHistory(history());
  const over = slider(page, 'requests').locator('.u-over');
  await over.hover({ position: { x: 1, y: 40 } });
  for (const { title } of chartKinds) {
    assert.match(String(await chart(page, title).locator('.note').first().textContent()), /11:00/, title);
  }
  await page.mouse.move(1, 1);
  assert.deepEqual(await chart(page, 'requests').locator('.line-value').allTextContents(), ['', '', '']);
  await page.locator('.scope select').focus();
  for (let tab = 0; tab < 20; tab += 1) {
    await page.keyboard.press('Tab');
    if (await slider(page, 'requests').evaluate((it) => it === document.activeElement)) break;
  }
  const text = () => slider(page, 'requests').getAttribute('aria-valuetext');
  assert.match(String(await text()), /11:55.*: \[served\] 0, \[rescuedTurns\] 0, \[failed\] 0$/);
  await page.keyboard.press('Home');
  assert.match(String(await text()), /11:00.*: \[served\] 8, \[rescuedTurns\] 1, \[failed\] 1$/);
  await page.keyboard.press('ArrowRight');
  assert.match(String(await text()), /11:05.*: \[served\] 4,/);
  await page.keyboard.press('PageUp');
  assert.match(String(await text()), /11:55/);
  assert.deepEqual(await chart(page, 'cost').locator('.line-value').allTextContents(), ['$0.00']);
  await page.keyboard.press('Escape');
  assert.deepEqual(await chart(page, 'cost').locator('.line-value').allTextContents(), ['']);
});

test('draws new values into the same canvas, and leaves the crosshair at its time', async (t) => {
  const { page, render, answerHistory } = await open(host, t);
  await render({ view: view(), strings });
  await answerHistory(history());
  const canvas = slider(page, 'requests').locator('canvas');
  const before = await canvas.elementHandle();
  await slider(page, 'requests').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  const crosshair = () =>
    slider(page, 'cost')
      .locator('.u-cursor-x')
      .evaluate((it) => it.getBoundingClientRect().x);
  const was = await crosshair();
  const { points } = history();
  const later = {
    from: now - 55 * minute,
    to: now + 5 * minute,
    points: [...points.slice(1), { at: now, ...sums({ served: 77 }) }],
  };
  await answerHistory(history(later));
  assert.ok(await canvas.evaluate((it, old) => it === old && it.isConnected, before));
  assert.ok((await crosshair()) < was - 5, 'time has moved on under it');
  assert.match(
    String(await slider(page, 'requests').getAttribute('aria-valuetext')),
    /11:05.*: \[served\] 4,/,
  );
  assert.ok(await slider(page, 'requests').evaluate((it) => it === document.activeElement));
  await page.keyboard.press('End');
  assert.match(
    String(await slider(page, 'requests').getAttribute('aria-valuetext')),
    /12:00.*: \[served\] 77,/,
  );
});

test('shows all endpoints again when the chosen one was the last that is removed', async (t) => {
  const { page, render, sent } = await open(host, t);
  await render({ view: view(), strings });
  await page.locator('.scope select').selectOption('a');
  await render({ view: view({ endpoints: [] }), strings });
  const last = (await sent()).filter(({ type }) => type === 'showHistory').at(-1);
  assert.ok(last?.type === 'showHistory' && last.endpointId === null);
});

test('is redrawn in the colours of another theme', async (t) => {
  const { page, render, answerHistory, setTheme } = await open(host, t);
  await setTheme(darkModern);
  await render({ view: view(), strings });
  await answerHistory(history());
  const canvas = slider(page, 'requests').locator('canvas');
  const [dark, light] = [darkModern, lightModern].map(
    ({ variables }) => variables['--vscode-charts-green'] ?? assert.fail(),
  );
  assert.ok(dark && light && (await pixels(canvas, dark)) > 50);
  await setTheme(lightModern);
  assert.ok((await pixels(canvas, light)) > 50);
  assert.equal(await pixels(canvas, dark), 0);
});

test('is drawn in the colours that the system forces', async (t) => {
  const { page, render, answerHistory, setTheme } = await open(host, t);
  await page.emulateMedia({ forcedColors: 'active', colorScheme: 'light' });
  await setTheme(darkModern);
  await render({ view: view(), strings });
  await answerHistory(history());
  const canvas = slider(page, 'requests').locator('canvas');
  assert.ok((await pixels(canvas, '#000000')) > 50);
  assert.equal(await pixels(canvas, darkModern.variables['--vscode-charts-green'] ?? assert.fail()), 0);
});

test('leaves out a line that is switched off', async (t) => {
  const { page, render, answerHistory, setTheme } = await open(host, t);
  await setTheme(darkModern);
  await render({ view: view(), strings });
  await answerHistory(history());
  const canvas = slider(page, 'requests').locator('canvas');
  const green = darkModern.variables['--vscode-charts-green'] ?? assert.fail();
  const served = chart(page, 'requests').getByRole('button', { name: '[served]' });
  assert.ok((await pixels(canvas, green)) > 50);
  assert.ok(await served.locator('.sample').isVisible());
  await served.click();
  assert.ok(!(await served.locator('.sample').isVisible()));
  assert.equal(await served.getAttribute('aria-pressed'), 'false');
  assert.equal(await pixels(canvas, green), 0);
  await served.click();
  assert.ok((await pixels(canvas, green)) > 50);
});

test('shows a single answer that has no neighbours', async (t) => {
  const { page, render, answerHistory, setTheme } = await open(host, t);
  await setTheme(darkModern);
  await render({ view: view(), strings });
  const many = { stepMs: 10_000, points: [{ at: now - 30 * minute, ...sums() }] };
  await answerHistory(history(many));
  const blue = darkModern.variables['--vscode-charts-blue'] ?? assert.fail();
  assert.ok((await pixels(slider(page, 'firstContent').locator('canvas'), blue)) > 5);
});

test('follows the width of the page', async (t) => {
  const { page, render, answerHistory } = await open(host, t);
  await page.setViewportSize({ width: 1200, height: 800 });
  await render({ view: view(), strings });
  await answerHistory(history());
  const width = () =>
    slider(page, 'requests')
      .locator('.uplot')
      .evaluate((it) => it.getBoundingClientRect().width);
  const wide = await width();
  await page.setViewportSize({ width: 500, height: 800 });
  await page.waitForFunction(
    (before) => (document.querySelector('.uplot')?.getBoundingClientRect().width ?? before) < before / 2,
    wide,
  );
});
