import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { findChromium } from '../support/chromium.ts';
import { waitFor } from '../support/waitFor.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('npm start shows the demo profile in a real editor, and its curl line streams an answer', async (t) => {
  // What `npm start` runs once everything is installed and built.
  const demo = spawn(process.execPath, ['test/support/demo.ts'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => demo.kill('SIGKILL'));
  let text = '';
  demo.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await waitFor('the demo is up', () => text.includes('Ctrl+C') || undefined, 60_000);

  const url = /^ {2}(http:\/\/\S+)$/m.exec(text)?.[1] ?? '';
  const curl = /^ {2}(curl [\s\S]*?')\n\n/m.exec(text)?.[1] ?? '';
  const { stdout } = await promisify(execFile)('sh', ['-c', `${curl} --silent`]);
  assert.match(stdout, /^event: message_start\n/);
  assert.match(stdout, /\[relay-[ab]\]/);
  assert.match(stdout, /event: message_stop\n/);

  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
  t.after(() => browser.close());
  const page = await browser.newPage();
  await page.goto(url);
  await page.locator('.part.activitybar').getByRole('tab', { name: 'QCC' }).click({ timeout: 60_000 });
  for (const name of [
    /demo, active/,
    /relay-a/,
    /relay-b/,
    /relay-c/,
    /relay-d/,
    /Profile backup, secondary/,
  ])
    await page.getByRole('treeitem', { name }).waitFor();
  await browser.close();

  demo.kill('SIGTERM');
  assert.deepEqual(await once(demo, 'exit'), [0, null]);
});
