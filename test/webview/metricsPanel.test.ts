import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { endpoint, history, request, story, strings, view } from './panelFixture.ts';
import { open, type PanelHost, startPanelHost } from './panelPage.ts';

let host: PanelHost;
before(async () => {
  host = await startPanelHost();
});
after(() => host.close());

/** Browsers differ in the space before AM and PM. */
const plainSpaces = (texts: string[]) => texts.map((text) => text.replaceAll('\u202f', ' '));

test('asks for its content, and for the past that it shows, as soon as it is loaded', async (t) => {
  const panel = await open(host, t);
  const sent = await panel.sent();
  assert.deepEqual(
    sent.map((message) => ({ ...message, ...('query' in message && { query: 0 }) })),
    [
      { type: 'ready' },
      { type: 'showHistory', query: 0, range: '24h', endpointId: null },
      {
        type: 'showRequests',
        query: 0,
        filter: { text: '', outcome: null, endpointId: null },
        limit: 25,
      },
    ],
  );
});

test('shows the proxy as a whole', async (t) => {
  const { page, render } = await open(host, t);
  await render({ view: view({ waiting: { count: 2, note: 'next try in 45 s' } }), strings });
  const facts = page.locator('.summary');
  assert.deepEqual(plainSpaces(await facts.locator('.value').allInnerTexts()), [
    'production',
    'Jan 2, 2020, 8:00 AM',
    '3',
    '2',
    '7',
    'http://127.0.0.1:7860',
  ]);
  await facts
    .getByRole('definition')
    .filter({ hasText: /^2\s*next try in 45 s$/ })
    .waitFor();
});

test('formats numbers and times in the language of the editor', async (t) => {
  const { page, render, answerHistory } = await open(host, t, { language: 'zh-cn' });
  await render({ view: view({ endpoints: [endpoint('a')] }), strings });
  const past = history();
  await answerHistory({ ...past, totals: { ...past.totals, cacheRead: 12_345_678 } });
  const totals = page.locator('.totals .value');
  assert.deepEqual((await totals.allTextContents()).slice(2, 9), [
    '640毫秒',
    '2.1秒',
    '1500',
    '2500',
    '1234.6万',
    '4500',
    '$0.35',
  ]);
  assert.match(String(await page.locator('.card .past').first().textContent()), /2020年1月2日/);
});

test('says in words why there is nothing to see, and offers the way out', async (t) => {
  const { page, render, sent, answerHistory, answerRequests } = await open(host, t);
  const notices = [
    { text: 'The proxy is stopped.', busy: false, action: { command: 'startProxy', label: 'Start Proxy' } },
    { text: 'No profile yet.', busy: false, action: { command: 'addProfile', label: 'Add Profile' } },
  ] as const;
  const nothing = { profile: null, address: null, startedAt: null, inFlight: null, waiting: null };
  const empty = view({ ...nothing, rescued: null, endpoints: [] });
  await render({ view: { ...empty, notices: [...notices] }, strings });
  await answerHistory(null);
  await answerRequests(null);
  await page.getByRole('status').getByText('The proxy is stopped.').waitFor();
  assert.equal(await page.getByRole('button', { name: '[copyAddress]' }).count(), 0);
  assert.deepEqual(await page.locator('.summary .value').allInnerTexts(), ['–', '–', '–', '–', '–', '–']);
  assert.equal(await page.getByRole('heading', { name: '[endpoints]' }).count(), 0);
  assert.equal(await page.getByRole('table').count(), 0);
  // Five charts, the events, the models and the requests.
  assert.equal(await page.getByText('[unavailable]').count(), 8);
  const before = (await sent()).length;
  await page.getByRole('button', { name: 'Add Profile' }).click();
  await page.getByRole('button', { name: 'Start Proxy' }).press('Enter');
  assert.deepEqual((await sent()).slice(before), [
    { type: 'command', command: 'addProfile' },
    { type: 'command', command: 'startProxy' },
  ]);
  const starting = { text: 'The proxy is starting…', busy: true, action: null };
  await render({ view: { ...empty, notices: [starting] }, strings });
  await page.getByText('The proxy is starting…').waitFor();
  assert.equal(await page.locator(':focus').getAttribute('role'), 'status');
});

test('says that the past is being fetched until it is there', async (t) => {
  const { page, render, answerHistory, answerRequests } = await open(host, t);
  await render({ view: view(), strings });
  assert.equal(await page.getByText('[loading]').count(), 8);
  await answerHistory(history());
  await answerRequests([request('r1')]);
  assert.equal(await page.getByText('[loading]').count(), 0);
});

test('says that nothing happened in a range without requests', async (t) => {
  const { page, render, answerHistory, answerRequests } = await open(host, t);
  await render({ view: view(), strings });
  await answerHistory(history({ points: [], models: [], events: [], endpoints: [] }));
  await answerRequests([]);
  assert.equal(await page.getByText('[noData]').count(), 6);
  assert.equal(await page.getByText('[noEvents]').count(), 1);
  assert.equal(await page.getByText('[noRequests]').count(), 1);
});

test('copies the address through the editor and says so', async (t) => {
  const { page, render, send, sent } = await open(host, t);
  await render({ view: view(), strings });
  await page.getByRole('button', { name: '[copyAddress]' }).click();
  assert.deepEqual((await sent()).at(-1), { type: 'command', command: 'copyAddress' });
  await send({ type: 'addressCopied' });
  await page.getByRole('status').getByText('[addressCopied]').waitFor();
});

test('shows its version, opens help and news, and marks news that nobody has seen', async (t) => {
  const { page, render, sent } = await open(host, t);
  await render({ view: view({ hasNews: true }), strings: { ...strings, version: 'version {0}' } });
  await page.getByText('version 1.2.3').waitFor();
  await page.getByRole('button', { name: '[whatsNew] ([notSeen])' }).click();
  await page.getByRole('button', { name: '[help]' }).click();
  assert.deepEqual((await sent()).slice(-2), [
    { type: 'command', command: 'whatsNew' },
    { type: 'command', command: 'help' },
  ]);
  await render({ view: view(), strings });
  await page.getByRole('button', { name: '[whatsNew]', exact: true }).waitFor();
});

test('sums up the range, and says what the cost leaves out', async (t) => {
  const { page, render, answerHistory } = await open(host, t);
  await render({ view: view(), strings: { ...strings, unpriced: 'without {0}' } });
  const past = history();
  await answerHistory({ ...past, totals: { ...past.totals, unpricedTokens: 12_000 } });
  const titles = await page.locator('.totals dt').allTextContents();
  const values = await page.locator('.totals .value').allTextContents();
  assert.deepEqual(Object.fromEntries(titles.map((title, index) => [title, values[index]])), {
    '[requests]': '24',
    '[successRate]': '50%',
    '[firstContentP50]': '640 ms',
    '[firstContentP95]': '2.1 sec',
    '[input]': '1.5K',
    '[output]': '2.5K',
    '[cacheRead]': '350K',
    '[cacheWrite]': '4.5K',
    '[cost]': '$0.35',
    '[retries]': '5',
    '[rescuedTurns]': '1',
  });
  await page.getByText('without 12K').waitFor();
});

test('shows events where they happened and lists them, some at first and all on demand', async (t) => {
  const { page, render, answerHistory } = await open(host, t);
  await render({ view: view(), strings });
  const { from, to } = history();
  const many = Array.from({ length: 30 }, (_, index) => ({
    at: to - ((index + 1) * (to - from)) / 31,
    tone: 'warning' as const,
    kind: 'standing' as const,
    subject: `endpoint ${index}`,
    text: 'Degraded',
  }));
  await answerHistory(history({ events: many }));
  const table = page.getByRole('table', { name: '[events]' });
  assert.equal(await table.getByRole('row').count(), 1 + 8);
  await page.getByRole('region', { name: '[events]' }).getByRole('button', { name: '[more]' }).click();
  assert.equal(await table.getByRole('row').count(), 1 + 30);
  const lefts = await page
    .locator('.mark')
    .evaluateAll((marks) => marks.map((mark) => Number.parseFloat((mark as HTMLElement).style.left)));
  assert.ok(lefts.length >= 20 && Math.min(...lefts) < 10 && Math.max(...lefts) > 90, `${lefts}`);
});

test('lists models, and days where the range has them', async (t) => {
  const { page, render, answerHistory } = await open(host, t);
  await render({ view: view(), strings });
  await answerHistory(history());
  const models = page.getByRole('table', { name: '[byModel]' });
  assert.deepEqual(await models.getByRole('rowheader').allTextContents(), ['claude-sonnet-5', '[noModel]']);
  assert.equal(await page.getByRole('heading', { name: '[byDay]' }).count(), 0);
  const [point] = history().points;
  assert.ok(point);
  await answerHistory(history({ range: '7d', days: [{ ...point, day: '2020-01-02' }] }));
  const day = page.getByRole('table', { name: '[byDay]' }).getByRole('row').nth(1);
  assert.deepEqual((await day.locator('th, td').allTextContents()).slice(0, 3), ['Jan 2, 2020', '10', '80%']);
});

test('saves what a part shows, as soon as there is something', async (t) => {
  const { page, render, sent, answerHistory, answerRequests } = await open(host, t);
  await render({ view: view(), strings: { ...strings, exportAs: '{0} as {1}' } });
  const csv = page.getByRole('button', { name: '[charts] as CSV' });
  assert.equal(await csv.getAttribute('aria-disabled'), 'true');
  await csv.click({ force: true });
  assert.ok(!(await sent()).some(({ type }) => type === 'export'));
  await answerHistory(history({ days: [{ ...(history().points[0] ?? assert.fail()), day: '2020-01-02' }] }));
  await answerRequests([request('r1')]);
  for (const name of ['charts', 'endpoints', 'events', 'lastRequests', 'byModel', 'byDay']) {
    await page.getByRole('button', { name: `[${name}] as CSV` }).click();
    await page.getByRole('button', { name: `[${name}] as JSON` }).click();
  }
  const exports = (await sent()).filter((message) => message.type === 'export');
  assert.deepEqual(
    exports.map(({ table, format }) => `${table} ${format}`),
    ['series', 'endpoints', 'events', 'requests', 'models', 'days'].flatMap((table) => [
      `${table} csv`,
      `${table} json`,
    ]),
  );
});

test('ignores messages that are not from its extension', async (t) => {
  const { page, render, send } = await open(host, t);
  await send({ type: 'addressCopied' });
  await render({ view: view(), strings });
  for (const message of [
    null,
    'render',
    { type: 'render' },
    { type: 'remove' },
    { type: 'render', view: { ...view(), profile: 5 }, strings },
    { type: 'render', view: { ...view(), endpoints: [{ id: 'a' }] }, strings },
    { type: 'render', view: view({ endpoints: [] }), strings: {} },
    { type: 'history', query: 1, history: { range: '1h' } },
  ])
    await send(message);
  assert.equal(await page.locator('.card').count(), 3);
  assert.equal(await page.locator('.summary .value').first().textContent(), 'production');
});

for (const [kind, hostile] of Object.entries({
  HTML: '<img src=x onerror="document.body.remove()"><script>1</script>',
  'an icon and a link': '$(bug) [link](command:workbench.action.quit) **bold** &lt;b&gt;',
  'text that turns the direction around': '\u202eelbairav\u202d \u2067abc',
  'ten thousand characters': 'x'.repeat(10_000),
}))
  test(`shows names and errors as text: ${kind}`, async (t) => {
    const { page, render, send, answerHistory, answerRequests } = await open(host, t);
    const failure = { text: hostile, at: 0 };
    const state = { code: 'failing' as const, label: hostile, details: [hostile] };
    const quota = [{ label: hostile, used: 0.5, text: hostile }];
    const strange = endpoint('a', {
      name: hostile,
      host: hostile,
      profile: hostile,
      role: hostile,
      check: hostile,
      failure,
      state,
      quota,
    });
    await render({
      view: view({
        profile: hostile,
        address: hostile,
        version: hostile,
        waiting: { count: 1, note: hostile },
        notices: [{ text: hostile, busy: false, action: { command: 'showLog', label: hostile } }],
        endpoints: [strange],
      }),
      strings: { ...strings, title: hostile, state: hostile, requests: hostile },
    });
    const past = history();
    const [model] = past.models;
    assert.ok(model);
    await answerHistory({
      ...past,
      models: [{ ...model, model: hostile }],
      events: past.events.map((event) => ({ ...event, subject: hostile, text: hostile })),
    });
    const outcome = { code: 'failed', tone: 'bad', label: hostile } as const;
    await answerRequests([request('r1', { model: hostile, endpoint: hostile, outcome })]);
    await page.locator('.opener').click();
    const step = { afterMs: 1, tone: 'bad', text: hostile, details: [hostile] } as const;
    const told = story('r1', { title: hostile, steps: [{ ...step, details: [hostile] }] });
    await send({ type: 'story', requestId: 'r1', story: told });
    assert.ok((await page.getByText(hostile).count()) > 25);
    assert.equal(await page.locator('img, a, b, strong, body script:not([src])').count(), 0);
    assert.deepEqual(await widths(page), [0, 0]);
  });

/** How much wider the page and its scroller want to be than they are. */
function widths(page: Awaited<ReturnType<typeof open>>['page']): Promise<number[]> {
  return page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('main')].map(
      ({ scrollWidth, clientWidth }) => scrollWidth - clientWidth,
    ),
  );
}

for (const width of [400, 800, 1300, 2000])
  test(`does not scroll sideways at ${width} pixels`, async (t) => {
    const { page, render, answerHistory, answerRequests } = await open(host, t);
    await page.setViewportSize({ width, height: 600 });
    await render({ view: view({ profile: 'x'.repeat(500) }), strings });
    await answerHistory(history());
    await answerRequests([request('r1')]);
    for (const toggle of await page.locator('button.toggle').all()) await toggle.click();
    assert.deepEqual(await widths(page), [0, 0]);
  });
