import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ConfigurationDocument } from '../../src/core/configuration.ts';
import { freePort, proxiesOf, temporaryHome } from '../support/linkedWindow.ts';
import { seededRandom } from '../support/seededRandom.ts';
import { waitFor } from '../support/waitFor.ts';

const mortalWindow = fileURLToPath(new URL('../support/mortalWindow.ts', import.meta.url));
const rounds = 12;

test('edits that were acknowledged are there when the window dies at once, and the proxy with it', {
  skip: process.platform !== 'linux',
}, async () => {
  const { folder, remove } = temporaryHome();
  const port = await freePort();
  const file = path.join(folder, 'store.json');
  const random = seededRandom(6);
  const acknowledged: string[] = [];
  let next = 0;
  for (let round = 0; round < rounds; round += 1) {
    const window = spawn(process.execPath, [mortalWindow, folder, String(port), file, String(next)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(window, 'exit');
    let edits = 1 + Math.floor(random() * 8);
    for await (const line of createInterface(window.stdout)) {
      const [number, outcome] = line.split(' ');
      assert.equal(outcome, 'ok');
      acknowledged.push(`p${number}`);
      next = Number(number) + 1;
      edits -= 1;
      if (edits === 0) {
        window.kill('SIGKILL');
        break;
      }
    }
    await exited;
    // One that was being made may have been made: the next window goes on behind it.
    next += 1;
    const { configuration } = JSON.parse(readFileSync(file, 'utf8')) as ConfigurationDocument;
    const stored = new Set(configuration.profiles.map(({ id }) => id));
    assert.deepEqual(
      acknowledged.filter((id) => !stored.has(id)),
      [],
      `round ${round}`,
    );
    if (round % 2 === 1) {
      for (const pid of proxiesOf(folder)) process.kill(pid, 'SIGKILL');
      await waitFor('no process is left', () => proxiesOf(folder).length === 0 || undefined);
    }
  }
  assert.ok(acknowledged.length >= rounds);
  for (const pid of proxiesOf(folder)) process.kill(pid, 'SIGTERM');
  await waitFor('no process is left', () => proxiesOf(folder).length === 0 || undefined);
  remove();
});
