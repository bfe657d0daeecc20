import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { PanelHistory } from '../../src/protocol/panel.ts';
import { seededRandom } from '../support/seededRandom.ts';
import { endpoint, history, now, request, strings, sums, view } from './panelFixture.ts';
import { open, type PanelHost, startPanelHost } from './panelPage.ts';

let host: PanelHost;
before(async () => {
  host = await startPanelHost();
});
after(() => host.close());

const hour = 3_600_000;

/** Thirty days in 400 steps, with twenty endpoints and 500 events. */
function month(seed: number): PanelHistory {
  const random = seededRandom(seed);
  const stepMs = 2 * hour;
  const from = now - 400 * stepMs;
  const any = () =>
    sums({ served: Math.floor(random() * 500), cost: random(), input: Math.floor(random() * 1e6) });
  return history({
    range: '30d',
    from,
    to: now,
    stepMs,
    points: Array.from({ length: 400 }, (_, step) => ({ at: from + step * stepMs, ...any() })),
    endpoints: endpoints.map(({ id }) => ({ id, ...any() })),
    models: Array.from({ length: 20 }, (_, index) => ({ model: `model-${index}`, ...any() })),
    days: Array.from({ length: 31 }, (_, index) => ({
      day: new Date(now - index * 24 * hour).toISOString().slice(0, 10),
      ...any(),
    })),
    events: Array.from({ length: 500 }, (_, index) => ({
      at: now - index * hour,
      tone: 'bad' as const,
      kind: 'standing' as const,
      subject: `endpoint ${index % 20}`,
      text: 'Suspended',
    })),
  });
}

const endpoints = Array.from({ length: 20 }, (_, index) => endpoint(`endpoint-${index}`));
const requests = Array.from({ length: 500 }, (_, index) => request(`r${index}`));

interface Counted {
  draws: number;
  changes: number;
}

test('draws each chart once for thirty days of 400 points, and changes no more than what changed', async (t) => {
  const { page, render, answerHistory, answerRequests } = await open(host, t);
  await render({ view: view({ endpoints }), strings });
  await answerHistory(month(1));
  await answerRequests(requests);
  await page.evaluate(() => {
    const counted: Counted = { draws: 0, changes: 0 };
    Object.assign(window, { counted });
    const { clearRect } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.clearRect = function (...box) {
      counted.draws += 1;
      clearRect.apply(this, box);
    };
    new MutationObserver((records) => {
      counted.changes += records.length;
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  const count = async (change: () => Promise<void>): Promise<Counted> => {
    await page.evaluate(() =>
      Object.assign((window as unknown as { counted: Counted }).counted, { draws: 0, changes: 0 }),
    );
    await change();
    await page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
    return page.evaluate(() => ({ ...(window as unknown as { counted: Counted }).counted }));
  };

  const anew = await count(() => answerHistory(month(2)));
  assert.equal(anew.draws, 5);
  assert.ok(anew.changes < 1_000, `${anew.changes} changes for new values everywhere`);

  const same = await count(async () => {
    await render({ view: view({ endpoints }), strings });
    await answerRequests(requests);
  });
  assert.deepEqual(same, { draws: 0, changes: 0 });

  const [first, ...others] = endpoints;
  assert.ok(first);
  const one = await count(() =>
    render({ view: view({ endpoints: [{ ...first, inFlight: 9 }, ...others] }), strings }),
  );
  assert.deepEqual(one, { draws: 0, changes: 1 });

  const arrived = await count(() => answerRequests([request('new'), ...requests.slice(0, -1)]));
  assert.ok(arrived.changes <= 4, `${arrived.changes} changes for one more request`);
});

test('makes the rows of tables only for those who look at them', async (t) => {
  const { page, render, answerHistory } = await open(host, t);
  await render({ view: view({ endpoints }), strings });
  await answerHistory(month(1));
  const rows = () => page.locator('.chart tbody tr').count();
  assert.equal(await rows(), 0);
  await page.getByRole('button', { name: '[showAsTable]' }).first().click();
  assert.equal(await rows(), 400);
});
