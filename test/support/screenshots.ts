// `npm run screenshots`: the pictures of both READMEs, taken from the packaged extension in a real VS Code, in front of
// simulated endpoints and with a past that is made up.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyPath } from '../../src/protocol/home.ts';
import { writeDemoPast } from './demoPast.ts';
import type { EditorLocale, EditorWindow } from './editor.ts';
import { atStep, cancelInput } from './editorQuickInput.ts';
import { demoContents, QccEditor } from './qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from './simulatedEndpoint.ts';
import { waitFor } from './waitFor.ts';

const folder = fileURLToPath(new URL('../../media/readme', import.meta.url));
/** Small enough to be read in a page, where pictures are drawn at some 900 pixels. */
const size = { width: 1160, height: 740 };
const requests = 12;

/** What the pictures are of, in the words of each language. */
const languages: Record<EditorLocale, { ending: string; metrics: string; add: string }> = {
  en: { ending: '', metrics: 'QCC: Open Metrics', add: 'QCC: Add Endpoint' },
  'zh-cn': { ending: '.zh-cn', metrics: 'QCC: 打开指标', add: 'QCC: 添加端点' },
};

/** Takes a picture of the window, or of a part of it. */
type TakePicture = (
  name: string,
  clip?: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
) => Promise<void>;

for (const locale of Object.keys(languages) as EditorLocale[]) await takePictures(locale);

async function takePictures(locale: EditorLocale): Promise<void> {
  const { ending, metrics, add } = languages[locale];
  const pace = { firstTokenMs: 300, tokensPerSecond: 300 };
  const key = 'demo-key';
  const endpoints = await Promise.all([
    startSimulatedEndpoint({ name: 'official', key, ...pace }),
    startSimulatedEndpoint({ name: 'relay-eu', key, ...pace }),
    startSimulatedEndpoint({ name: 'relay-us', key: 'another key' }),
  ]);
  const gateway = await startSimulatedEndpoint({ name: 'gateway', key, ...pace });
  const fresh = await startSimulatedEndpoint({ name: 'fresh', key, ...pace });
  const contents = demoContents('work', endpoints, () => key, [300, 200, 100], [gateway]);
  const qcc = await QccEditor.start({
    locale,
    contents,
    settings: { 'qcc.health.enabled': true, 'workbench.colorTheme': 'Default Dark Modern' },
    prepare: (home, port) =>
      writeDemoPast(historyPath(home, port), Date.now(), contents.configuration.profiles),
  });
  const window = await qcc.openWindow({ size });
  const picture: TakePicture = async (name, clip) => {
    await window.page.screenshot({
      path: path.join(folder, `${name}${ending}.png`),
      ...(clip ? { clip: { ...clip } } : {}),
    });
  };

  await window.openSideBar('QCC');
  for (let sent = 0; sent < requests; sent += 1) {
    // Two of them meet an endpoint in trouble.
    endpoints[0]?.refuse(sent % 5 === 4 ? 529 : undefined);
    await (await qcc.ask('hello')).text();
  }
  await window.treeItem(/relay-us/).waitFor();
  await window.runCommand('Notifications: Clear All Notifications');
  await window.runCommand(metrics);
  const panel = window.webview('qcc.qcc');
  await panel.locator('input[name="range"][value="24h"]').check({ force: true });
  await panel.locator('tbody tr').first().waitFor();
  await panel.locator('canvas').first().waitFor();
  await quiet(window);
  await picture('metrics');

  const rows = panel.locator('tr').filter({ has: panel.locator('button[aria-expanded]') });
  const retried = rows.filter({ has: panel.locator('td:nth-child(5)', { hasText: /^2$/ }) }).first();
  await retried.locator('button[aria-expanded]').click();
  await retried.evaluate((row) => row.scrollIntoView({ block: 'center' }));
  await quiet(window);
  await picture('story', { x: 342, y: 63, width: 816, height: 645 });

  await addWithPicture(window, add, fresh, key, picture);
  await qcc.stop();
  await Promise.all([...endpoints, gateway, fresh].map((one) => one.close()));
}

/** Goes through the steps of a new endpoint up to what its check has found. */
async function addWithPicture(
  window: EditorWindow,
  command: string,
  { url }: SimulatedEndpoint,
  key: string,
  picture: TakePicture,
): Promise<void> {
  await window.runCommand(command);
  const at = (number: number) => atStep(window.page, { title: new RegExp(`${number}/\\d`) });
  await at(1);
  await window.page.keyboard.press('Enter');
  await at(2);
  await window.page.evaluate(
    (pasted) => navigator.clipboard.writeText(pasted),
    `curl ${url}/v1/messages -H "x-api-key: ${key}"`,
  );
  await window.page.keyboard.press('ControlOrMeta+V');
  for (const number of [3, 4, 5, 6]) {
    await window.page.keyboard.press('Enter');
    await at(number);
  }
  await quiet(window);
  await picture('addEndpoint', { x: 0, y: 0, width: 900, height: 300 });
  await cancelInput(window.page);
}

/** Waits until the window has drawn what it has to: until two pictures, a moment apart, are the same. */
async function quiet(window: EditorWindow): Promise<void> {
  await window.page.mouse.move(size.width / 2, size.height - 5);
  let last = '';
  await waitFor('the window stands still', async () => {
    const next = (await window.page.screenshot()).toString('base64');
    const isSame = next === last;
    last = next;
    return isSame || undefined;
  });
}
