import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { history, request, strings, view } from './panelFixture.ts';
import { open, type PanelHost, startPanelHost } from './panelPage.ts';

let host: PanelHost;
before(async () => {
  host = await startPanelHost();
});
after(() => host.close());

test('comes back as it was left: range, endpoint, filter, tables, lines, story and scroll position', async (t) => {
  const first = await open(host, t);
  await first.page.setViewportSize({ width: 900, height: 500 });
  await first.render({ view: view(), strings });
  await first.answerHistory(history());
  await first.answerRequests(Array.from({ length: 25 }, (_, index) => request(`r${index}`)));
  await first.page.getByRole('radio', { name: '7 days' }).check({ force: true });
  await first.page.locator('.scope').getByRole('combobox').selectOption('b');
  await first.page.getByRole('search').getByRole('combobox').first().selectOption('failed');
  await first.page.getByRole('button', { name: '[more]' }).last().click();
  await first.page.getByRole('button', { name: '[showAsTable]' }).nth(1).click();
  await first.page.getByRole('button', { name: '[rescuedTurns]' }).click();
  await first.page.locator('.opener').nth(4).click();
  await first.page.mouse.move(450, 300);
  const before = await first.page.evaluate(() => document.querySelector('main')?.scrollTop ?? 0);
  await first.page.mouse.wheel(0, -100);
  const kept = await first.page.waitForFunction((earlier) => {
    const { scroll } = (window as unknown as { state: { scroll: number } }).state;
    return scroll > 0 && scroll < earlier && document.querySelector('main')?.scrollTop === scroll && scroll;
  }, before);
  const scrolled = await kept.jsonValue();

  const second = await open(host, t, { state: await first.state() });
  await second.page.setViewportSize({ width: 900, height: 500 });
  const sent = await second.sent();
  assert.deepEqual(
    sent.map((message) => ({ ...message, ...('query' in message && { query: 0 }) })),
    [
      { type: 'ready' },
      { type: 'showHistory', query: 0, range: '7d', endpointId: 'b' },
      {
        type: 'showRequests',
        query: 0,
        filter: { text: '', outcome: 'failed', endpointId: null },
        limit: 100,
      },
      { type: 'explain', requestId: 'r4' },
    ],
  );
  await second.render({ view: view(), strings });
  await second.answerHistory(history());
  await second.answerRequests(Array.from({ length: 25 }, (_, index) => request(`r${index}`)));
  assert.equal(await second.page.getByRole('radio', { checked: true }).inputValue(), '7d');
  assert.equal(await second.page.locator('.scope').getByRole('combobox').inputValue(), 'b');
  assert.equal(await second.page.getByRole('search').getByRole('combobox').first().inputValue(), 'failed');
  assert.equal(await second.page.getByRole('table', { name: '[successRate]' }).count(), 1);
  assert.equal(
    await second.page.getByRole('button', { name: '[rescuedTurns]' }).getAttribute('aria-pressed'),
    'false',
  );
  assert.equal(await second.page.locator('.opener').nth(4).getAttribute('aria-expanded'), 'true');
  await second.page.waitForFunction(
    (wanted) => document.querySelector('main')?.scrollTop === wanted,
    scrolled,
  );
});

test('does not scroll back to where it was while somebody scrolls elsewhere', async (t) => {
  const { page, render, answerHistory, answerRequests } = await open(host, t, { state: { scroll: 5_000 } });
  await page.setViewportSize({ width: 900, height: 500 });
  await render({ view: view(), strings });
  await page.mouse.move(450, 300);
  await page.mouse.wheel(0, -100_000);
  await page.waitForFunction(() => document.querySelector('main')?.scrollTop === 0);
  await answerHistory(history());
  await answerRequests([request('r1')]);
  assert.equal(await page.evaluate(() => document.querySelector('main')?.scrollTop), 0);
});

for (const state of [
  null,
  5,
  'text',
  { range: '2y', filter: 7, limit: -1, tables: [{}], story: '', scroll: 'x' },
])
  test(`begins anew after a state that means nothing: ${JSON.stringify(state)}`, async (t) => {
    const panel = await open(host, t, { state });
    await panel.render({ view: view(), strings });
    const asked = (await panel.sent()).find((message) => message.type === 'showHistory');
    assert.ok(asked?.range === '24h' && asked.endpointId === null);
  });
