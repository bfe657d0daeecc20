import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { endpoint, strings, view } from './panelFixture.ts';
import { open, type PanelHost, startPanelHost } from './panelPage.ts';

let host: PanelHost;
before(async () => {
  host = await startPanelHost();
});
after(() => host.close());

/** Browsers differ in the space before AM and PM. */
const plainSpaces = (texts: string[]) => texts.map((text) => text.replaceAll('\u202f', ' '));

test('asks for its content as soon as it is loaded', async (t) => {
  const panel = await open(host, t);
  assert.deepEqual(await panel.sent(), [{ type: 'ready' }]);
});

test('shows each endpoint as a row of a grid with titled columns', async (t) => {
  const { page, render } = await open(host, t);
  const failure = { text: 'Overloaded', at: Date.UTC(2020, 0, 2, 11, 0, 0) };
  await render({ view: view({ endpoints: [endpoint('a', { failure }), endpoint('b')] }), strings });
  const grid = page.getByRole('grid', { name: '[endpoints]' });
  assert.deepEqual(await grid.getByRole('columnheader').allTextContents(), [
    '[endpoint]',
    '[profile]',
    '[state]',
    '[lastFailure]',
    '[inFlight]',
    '[requests]',
    '[failures]',
    '[successRate]',
    '[firstByte]',
    '[lastServed]',
  ]);
  const row = grid.getByRole('row').nth(1);
  assert.equal(await row.getByRole('rowheader').textContent(), 'name of aa.example.com');
  assert.deepEqual(plainSpaces(await row.getByRole('gridcell').allInnerTexts()), [
    'production\n[inUse]',
    'Working',
    'Overloaded\nJan 2, 2020, 11:00 AM',
    '1',
    '1,200',
    '30',
    '97.5%',
    '420 ms',
    'Jan 2, 2020, 12:00 PM',
  ]);
  assert.equal(await grid.getByRole('row').count(), 3);
});

test('formats numbers in the language of the editor', async (t) => {
  const { page, render } = await open(host, t, { language: 'zh-cn' });
  await render({ view: view({ endpoints: [endpoint('a', { firstByteMs: 1250 })] }), strings });
  const cells = page.getByRole('gridcell');
  assert.equal(await cells.nth(7).textContent(), '1.3秒');
  assert.match(String(await cells.nth(8).textContent()), /2020年1月2日/);
});

test('shows the proxy as a whole', async (t) => {
  const { page, render } = await open(host, t);
  await render({ view: view(), strings });
  assert.deepEqual(plainSpaces(await page.locator('.value').allInnerTexts()), [
    'production',
    'Jan 2, 2020, 8:00 AM',
    '3',
    '0',
    '7',
    'http://127.0.0.1:7860',
  ]);
});

test('says beside the state why it is so and what comes next, and how long requests wait', async (t) => {
  const { page, render } = await open(host, t);
  const details = ['Connection refused', 'next try in 45 s'];
  const suspended = endpoint('a', { state: { code: 'open', label: 'Suspended', details } });
  await render({
    view: view({ endpoints: [suspended], waiting: { count: 2, note: 'next try in 45 s' } }),
    strings,
  });
  const cell = page.getByRole('gridcell').nth(1);
  assert.equal(await cell.innerText(), ['Suspended', ...details].join('\n'));
  await page
    .getByRole('definition')
    .filter({ hasText: /^2\s*next try in 45 s$/ })
    .waitFor();
});

test('shows hostile names as text', async (t) => {
  const { page, render } = await open(host, t);
  const hostile = '<img src=x onerror="document.body.remove()"><script>1</script>';
  const failure = { text: hostile, at: 0 };
  const state = { code: 'failing' as const, label: hostile, details: [hostile] };
  await render({
    view: view({
      profile: hostile,
      address: hostile,
      notices: [{ text: hostile, busy: false, action: { command: 'showLog', label: hostile } }],
      endpoints: [endpoint('a', { name: hostile, host: hostile, profile: hostile, failure, state })],
    }),
    strings: { ...strings, title: hostile, state: hostile },
  });
  assert.equal(await page.getByText(hostile, { exact: true }).count(), 12);
  assert.equal(await page.locator('img, body script:not([src])').count(), 0);
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
  ])
    await send(message);
  assert.equal(await page.getByRole('row').count(), 4);
  assert.equal(await page.locator('.value').first().textContent(), 'production');
});

test('says in words why there is nothing to see, and offers the way out', async (t) => {
  const { page, render, sent } = await open(host, t);
  const notices = [
    {
      text: 'The proxy is stopped.',
      busy: false,
      action: { command: 'startProxy', label: 'Start Proxy' },
    } as const,
    {
      text: 'No profile yet.',
      busy: false,
      action: { command: 'addProfile', label: 'Add Profile' },
    } as const,
  ];
  const empty = {
    profile: null,
    address: null,
    startedAt: null,
    inFlight: null,
    waiting: null,
    rescued: null,
    endpoints: [],
  };
  await render({ view: view({ ...empty, notices }), strings });
  await page.getByRole('status').getByText('The proxy is stopped.').waitFor();
  assert.equal(await page.getByRole('grid').count(), 0);
  assert.equal(await page.getByRole('button', { name: '[copyAddress]' }).count(), 0);
  assert.deepEqual(await page.locator('.value').allInnerTexts(), ['–', '–', '–', '–', '–', '–']);
  await page.getByRole('button', { name: 'Add Profile' }).click();
  await page.getByRole('button', { name: 'Start Proxy' }).press('Enter');
  assert.deepEqual((await sent()).slice(1), [
    { type: 'command', command: 'addProfile' },
    { type: 'command', command: 'startProxy' },
  ]);
  const starting = { text: 'The proxy is starting…', busy: true, action: null };
  await render({ view: view({ ...empty, notices: [starting] }), strings });
  await page.getByText('The proxy is starting…').waitFor();
  assert.equal(await page.locator(':focus').getAttribute('role'), 'status');
});

test('shows endpoints without numbers while no proxy reports them', async (t) => {
  const { page, render } = await open(host, t);
  const unseen = endpoint('a', {
    state: { code: 'unknown', label: 'Unknown', details: [] },
    inFlight: null,
    requests: null,
    failures: null,
    successRate: null,
    firstByteMs: null,
    servedAt: null,
  });
  await render({ view: view({ endpoints: [unseen] }), strings });
  const cells = await page.getByRole('gridcell').allInnerTexts();
  assert.deepEqual(cells.slice(1), ['Unknown', '–', '–', '–', '–', '–', '–', '–']);
});

test('copies the address through the editor and says so', async (t) => {
  const { page, render, send, sent } = await open(host, t);
  await render({ view: view(), strings });
  await page.getByRole('button', { name: '[copyAddress]' }).click();
  assert.deepEqual((await sent()).at(-1), { type: 'command', command: 'copyAddress' });
  await send({ type: 'addressCopied' });
  await page.getByRole('status').getByText('[addressCopied]').waitFor();
});

test('comes back to where it was scrolled, and keeps the name of the endpoint in view', async (t) => {
  const { page, render } = await open(host, t, { state: { x: 200, y: 30 } });
  await page.setViewportSize({ width: 400, height: 200 });
  await render({ view: view(), strings });
  await page.getByRole('grid').waitFor();
  const position = () => page.locator('main').evaluate((main) => [main.scrollLeft, main.scrollTop]);
  assert.deepEqual(await position(), [200, 30]);
  const name = await page.getByRole('rowheader').first().boundingBox();
  assert.equal(name?.x, 0);
});

test('the page itself does not scroll sideways, whatever the width', async (t) => {
  const { page, render } = await open(host, t);
  await page.setViewportSize({ width: 260, height: 600 });
  await render({ view: view({ profile: 'x'.repeat(500) }), strings });
  await page.getByRole('grid').waitFor();
  const [wanted, given] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  assert.equal(wanted, given);
});
