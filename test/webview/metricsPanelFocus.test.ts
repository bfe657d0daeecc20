import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { endpoint, strings, view } from './panelFixture.ts';
import { open, type PanelHost, startPanelHost } from './panelPage.ts';

let host: PanelHost;
before(async () => {
  host = await startPanelHost();
});
after(() => host.close());

test('keeps the focus and the very elements through a live update', async (t) => {
  const { page, render } = await open(host, t);
  await render({ view: view(), strings });
  await page.getByRole('grid').focus();
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
  const cell = await page.evaluateHandle(() => document.activeElement);
  await page.evaluate(() =>
    document.addEventListener('focusout', () => document.body.setAttribute('lost', '')),
  );
  await render({
    view: view({ endpoints: [endpoint('a'), endpoint('b', { profile: 'other' }), endpoint('c')] }),
    strings,
  });
  await page.getByText('other').waitFor();
  assert.equal(await cell.evaluate((it) => it === document.activeElement && it?.textContent), 'other[inUse]');
  assert.equal(await page.locator('body[lost]').count(), 0);
});

test('follows the focused endpoint when the order changes', async (t) => {
  const { page, render } = await open(host, t);
  await render({ view: view(), strings });
  await page.getByRole('rowheader', { name: 'name of c' }).focus();
  const reordered = [endpoint('c'), endpoint('b'), endpoint('a')];
  await render({ view: view({ endpoints: reordered, inFlight: 9 }), strings });
  await page.getByText('9', { exact: true }).waitFor();
  const names = await page.getByRole('rowheader').locator('.name').allTextContents();
  assert.deepEqual(names, ['name of c', 'name of b', 'name of a']);
  assert.match(String(await page.locator(':focus').textContent()), /name of c/);
});

test('moves the focus to the row in the same place when the focused endpoint is removed', async (t) => {
  const { page, render } = await open(host, t);
  await render({ view: view(), strings });
  await page.getByRole('rowheader', { name: 'name of b' }).focus();
  await render({ view: view({ endpoints: [endpoint('a'), endpoint('c')] }), strings });
  await page.getByText('name of b').waitFor({ state: 'detached' });
  assert.match(String(await page.locator(':focus').textContent()), /name of c/);
});

test('can be reached by keyboard again after all endpoints were gone', async (t) => {
  const { page, render } = await open(host, t);
  await render({ view: view(), strings });
  await page.getByRole('rowheader', { name: 'name of b' }).focus();
  await render({ view: view({ endpoints: [] }), strings });
  await page.getByRole('grid').waitFor({ state: 'hidden' });
  await render({ view: view(), strings });
  await page.getByRole('grid').waitFor();
  await page.getByRole('button').focus();
  await page.keyboard.press('Tab');
  assert.equal(await page.locator(':focus').getAttribute('role'), 'rowheader');
});
