import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { endpoint, history, now, strings, sums, view } from './panelFixture.ts';
import { open, type PanelHost, startPanelHost } from './panelPage.ts';

let host: PanelHost;
before(async () => {
  host = await startPanelHost();
});
after(() => host.close());

const failing = endpoint('a', {
  state: { code: 'open', label: 'Suspended', details: ['Connection refused', 'next try in 45 s'] },
  failure: { text: 'Connection refused', at: now },
  quota: [
    { label: 'Tokens', used: 0.93, text: '7% left' },
    { label: 'Requests', used: null, text: '40 left' },
  ],
});

test('has a card for each endpoint, with its standing now and its figures over the range', async (t) => {
  const { page, render, answerHistory } = await open(host, t);
  await render({ view: view({ endpoints: [failing, endpoint('b')] }), strings });
  await answerHistory(
    history({ endpoints: [{ id: 'a', ...sums({ requests: 17, served: 9, rescued: 0, failed: 3 }) }] }),
  );
  const card = page.getByRole('article', { name: 'name of a' });
  assert.equal(await card.locator('.state').textContent(), 'Suspended');
  assert.equal(await card.locator('.lines').innerText(), 'Connection refused\nnext try in 45 s');
  const facts = Object.fromEntries(
    await card
      .locator('.facts > div')
      .evaluateAll((found) =>
        found.map((fact) => [fact.querySelector('dt')?.textContent, fact.querySelector('dd')?.textContent]),
      ),
  );
  assert.deepEqual(facts, {
    '[requests]': '17',
    '[successRate]': '75%',
    '[firstContentP50]': '640 ms',
    '[firstContentP95]': '2.1 sec',
    '[tokens]': '358.5K',
    '[cost]': '$0.25',
    '[inFlight]': '1',
    '[weight]': '[weightOf]',
    '[lastServed]': 'Jan 2, 2020, 12:00 PM · 420 ms',
    '[lastFailure]': 'Connection refused · Jan 2, 2020, 12:00 PM',
    '[lastCheck]': 'Passed',
  });
  const meters = card.getByRole('meter');
  assert.equal(await meters.count(), 1);
  assert.equal(await meters.first().getAttribute('aria-valuetext'), '7% left');
  assert.equal(
    await page.getByRole('article', { name: 'name of b' }).locator('dd').first().textContent(),
    '0',
  );
});

test('says in a table what the cards say', async (t) => {
  const { page, render, answerHistory } = await open(host, t);
  await render({ view: view({ endpoints: [failing] }), strings });
  await answerHistory(history());
  const card = await page.getByRole('article').innerText();
  await page
    .getByRole('region', { name: '[endpoints]' })
    .getByRole('button', { name: '[showAsTable]' })
    .click();
  assert.equal(await page.getByRole('article').count(), 0);
  const row = page.getByRole('table', { name: '[endpoints]' }).getByRole('row').nth(1);
  const cells = await row.locator('th, td').allInnerTexts();
  assert.deepEqual(cells, [
    'name of a\na.example.com',
    'production\nactive',
    'Suspended\nConnection refused\nnext try in 45 s',
    '17',
    '80%',
    '640 ms',
    '2.1 sec',
    '358,500',
    '$0.25',
    '1',
    '[weightOf]',
    'Tokens: 7% left\nRequests: 40 left',
    ...cells.slice(12, 14),
    'Passed',
  ]);
  // The card rounds the tokens, and leaves out what is told in words elsewhere.
  for (const text of cells.flatMap((cell) => cell.split('\n'))) {
    assert.ok(card.includes(text.replace('358,500', '358.5K').replace(/^.*: /, '')), text);
  }
});

test('shows figures since the start where there is no history, and says so', async (t) => {
  const { page, render, answerHistory } = await open(host, t);
  await render({ view: view({ endpoints: [endpoint('a')] }), strings });
  await answerHistory(null);
  const values = await page.locator('.card .facts dd').allTextContents();
  assert.deepEqual(values.slice(0, 6), ['1,200', '97.5%', '–', '–', '–', '–']);
  await page.getByText('[sinceStart]').waitFor();
  await answerHistory(history());
  assert.equal(await page.getByText('[sinceStart]').count(), 0);
});

test('shows endpoints without numbers while no proxy reports them', async (t) => {
  const { page, render, answerHistory } = await open(host, t);
  const unseen = endpoint('a', {
    state: { code: 'unknown', label: 'Unknown', details: [] },
    role: null,
    inFlight: null,
    requests: null,
    failures: null,
    successRate: null,
    firstByteMs: null,
    servedAt: null,
    weight: null,
    check: null,
  });
  await render({ view: view({ endpoints: [unseen] }), strings });
  await answerHistory(null);
  const values = await page.locator('.card dd').filter({ visible: true }).allInnerTexts();
  assert.deepEqual(values, ['–', '–', '–', '–', '–', '–', '–', '–']);
});

test('has all endpoints checked', async (t) => {
  const { page, render, sent } = await open(host, t);
  await render({ view: view(), strings });
  await page.getByRole('button', { name: '[checkEndpoints]' }).click();
  assert.deepEqual((await sent()).at(-1), { type: 'command', command: 'checkEndpoints' });
});

test('keeps the very elements through a live update, in the new order, and removes what is gone', async (t) => {
  const { page, render } = await open(host, t);
  await render({ view: view(), strings });
  const cards = await page.locator('.card').elementHandles();
  await render({ view: view({ endpoints: [endpoint('c', { inFlight: 9 }), endpoint('a')] }), strings });
  assert.deepEqual(await page.locator('.card .name').allTextContents(), ['name of c', 'name of a']);
  const [first, second] = await page.locator('.card').elementHandles();
  assert.ok(await page.evaluate(([a, c, x, y]) => a === y && c === x, [cards[0], cards[2], first, second]));
});

test('keeps what is selected through a live update', async (t) => {
  const { page, render, answerHistory } = await open(host, t);
  await render({ view: view(), strings });
  await answerHistory(history());
  await page.locator('.card .name').first().selectText();
  await render({ view: view({ inFlight: 8 }), strings });
  await answerHistory(history());
  assert.equal(await page.evaluate(() => getSelection()?.toString()), 'name of a');
});
