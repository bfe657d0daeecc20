import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { MessageFromPanel } from '../../src/protocol/panel.ts';
import { waitFor } from '../support/waitFor.ts';
import { request, story, strings, view } from './panelFixture.ts';
import { open, type PanelHost, startPanelHost } from './panelPage.ts';

let host: PanelHost;
before(async () => {
  host = await startPanelHost();
});
after(() => host.close());

const isQuestion = (message: MessageFromPanel) => message.type === 'showRequests';
const many = (count: number) => Array.from({ length: count }, (_, index) => request(`r${index}`));

test('lists the last requests', async (t) => {
  const { page, render, answerRequests } = await open(host, t);
  await render({ view: view(), strings });
  const failed = request('r2', {
    model: '',
    endpoint: '',
    outcome: { code: 'failed', tone: 'bad', label: 'Failed' },
    status: null,
    attempts: 3,
    input: null,
    output: null,
    cost: null,
  });
  await answerRequests([request('r1'), failed]);
  const rows = page.getByRole('table', { name: '[lastRequests]' }).locator('tbody tr:not(.story)');
  const cells = (row: number) => rows.nth(row).locator('th, td').allInnerTexts();
  assert.deepEqual((await cells(0)).slice(1), [
    'claude-sonnet-5',
    'name of a',
    'Served 200',
    '1',
    '4.3 sec',
    '12,345',
    '678',
    '$0.0123',
  ]);
  assert.deepEqual((await cells(1)).slice(1), ['[noModel]', '–', 'Failed', '3', '4.3 sec', '–', '–', '–']);
});

test('narrows them down by text, outcome and endpoint', async (t) => {
  const { page, render, sent, answerRequests } = await open(host, t);
  await render({ view: view(), strings });
  await answerRequests([request('r1')]);
  const filter = page.getByRole('search');
  await filter.getByRole('textbox').pressSequentially('opus');
  const asked = () =>
    waitFor('the text is asked for', async () => {
      const last = (await sent()).filter(isQuestion).at(-1);
      return last?.type === 'showRequests' && last.filter.text === 'opus' ? last : undefined;
    });
  await asked();
  // Once for all that was typed.
  assert.equal((await sent()).filter(isQuestion).length, 2);
  await filter.getByRole('combobox', { name: '[outcome]' }).selectOption('failed');
  await filter.getByRole('combobox', { name: '[endpoint]' }).selectOption('c');
  const { filter: last } = await asked();
  assert.deepEqual(last, { text: 'opus', outcome: 'failed', endpointId: 'c' });
  await answerRequests([]);
  await page.getByText('[noMatch]').waitFor();
  assert.equal(await page.getByText('[noRequests]').count(), 0);
});

test('takes no notice of answers to an earlier filter', async (t) => {
  const { page, render, send, sent, answerRequests } = await open(host, t);
  await render({ view: view(), strings });
  const [first] = (await sent()).filter(isQuestion);
  await page.getByRole('search').getByRole('combobox').first().selectOption('failed');
  assert.ok(first?.type === 'showRequests');
  await send({ type: 'requests', query: first.query, requests: many(5) });
  assert.equal(await page.locator('.opener').count(), 0);
  await answerRequests(many(2));
  assert.equal(await page.locator('.opener').count(), 2);
});

test('shows more on demand, 500 at most', async (t) => {
  const { page, render, sent, answerRequests } = await open(host, t);
  await render({ view: view(), strings });
  const more = page.getByRole('region', { name: '[lastRequests]' }).getByRole('button', { name: '[more]' });
  await answerRequests(many(24));
  assert.equal(await more.count(), 0);
  for (const limit of [25, 100, 400]) {
    await answerRequests(many(limit));
    await more.click();
  }
  const limits = (await sent()).flatMap((message) => (message.type === 'showRequests' ? message.limit : []));
  assert.deepEqual(limits, [25, 100, 400, 500]);
  await answerRequests(many(500));
  assert.equal(await more.count(), 0);
  // The button that was pressed is gone; the focus is at the table instead of nowhere.
  assert.equal(await page.locator(':focus').getAttribute('aria-label'), '[lastRequests]');
});

test('tells the story of a request below it, one at a time', async (t) => {
  const { page, render, send, sent, answerRequests } = await open(host, t);
  await render({ view: view(), strings });
  await answerRequests(many(3));
  const openers = page.locator('.opener');
  await openers.nth(1).click();
  assert.deepEqual((await sent()).at(-1), { type: 'explain', requestId: 'r1' });
  const storyRow = page.locator(`#${await openers.nth(1).getAttribute('aria-controls')}`);
  await storyRow.getByText('[loading]').waitFor();
  await send({ type: 'story', requestId: 'r0', story: story('r0', { title: 'of another request' }) });
  await send({ type: 'story', requestId: 'r1', story: story('r1') });
  assert.deepEqual((await storyRow.innerText()).replaceAll('\t', '').split('\n').filter(Boolean), [
    'Served at the second attempt',
    '+0 ms',
    'Sent to name of a',
    'name of b: suspended',
    '+312 ms',
    'Failed: rate limited (status 429)',
    'Answered by name of c',
    'r1',
  ]);
  await openers.nth(2).click();
  assert.equal(await openers.nth(1).getAttribute('aria-expanded'), 'false');
  assert.equal(await openers.nth(2).getAttribute('aria-expanded'), 'true');
  await send({ type: 'story', requestId: 'r2', story: null });
  await page.getByText('[storyGone]').waitFor();
  await openers.nth(2).click();
  assert.equal(await page.locator('.story').filter({ visible: true }).count(), 0);
});

test('keeps the story open, the focus and what is selected when new requests come', async (t) => {
  const { page, render, send, answerRequests } = await open(host, t);
  await render({ view: view(), strings });
  await answerRequests([request('r1'), request('r2')]);
  await page.locator('.opener').nth(1).focus();
  await page.keyboard.press('Enter');
  await send({ type: 'story', requestId: 'r2', story: story('r2') });
  const opener = await page.locator('.opener').nth(1).elementHandle();
  await page.locator('.story-title').selectText();
  await opener?.evaluate((it) => (it as HTMLElement).focus());
  await page.evaluate(() =>
    document.addEventListener('focusout', () => document.body.setAttribute('data-lost', '')),
  );
  await answerRequests([request('r3'), request('r1'), request('r2')]);
  assert.ok(await opener?.evaluate((it) => it === document.activeElement));
  assert.equal(await page.locator('body[data-lost]').count(), 0);
  assert.equal(await page.locator('.story-title').count(), 1);
  assert.equal(await page.evaluate(() => getSelection()?.toString()), 'Served at the second attempt');
});

test('moves the focus to the row in the same place when the focused one is gone, and finds in again after all were', async (t) => {
  const { page, render, answerRequests } = await open(host, t);
  await render({ view: view(), strings });
  await answerRequests([request('r1'), request('r2', { at: 0 }), request('r3')]);
  await page.locator('.opener').nth(2).focus();
  await answerRequests([request('r4'), request('r2', { at: 0 })]);
  assert.match(String(await page.locator(':focus').textContent()), /1970/);
  await answerRequests([]);
  await answerRequests([request('r5')]);
  await page.getByRole('search').getByRole('combobox').last().focus();
  // Over the table, which can be scrolled by keys, into it.
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  assert.ok(await page.locator('.opener').evaluate((it) => it === document.activeElement));
});
