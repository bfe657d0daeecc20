import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { linux, win32 } from '../../src/protocol/platform.ts';
import { renameOver } from '../../src/protocol/renameOver.ts';
import { temporaryHome } from '../support/linkedWindow.ts';
import { onEnd, type Scope } from '../support/scope.ts';

const facts = { uid: undefined, hostName: 'machine' };

/** Two files, and a system in which the first renames fail with some code. */
async function files(scope: Scope, code: string, failures: number) {
  const { folder, remove } = temporaryHome();
  onEnd(scope, remove);
  const [from, to] = [path.join(folder, 'new'), path.join(folder, 'old')];
  await writeFile(from, 'new');
  await writeFile(to, 'old');
  let tries = 0;
  return {
    from,
    to,
    tries: () => tries,
    rename: async (source: string, target: string) => {
      tries += 1;
      if (tries <= failures) throw Object.assign(new Error(code), { code });
      await rename(source, target);
    },
  };
}

for (const code of ['EPERM', 'EACCES', 'EBUSY']) {
  test(`on Windows a file that somebody has open (${code}) is replaced as soon as he is done`, async (t) => {
    const { from, to, tries, rename } = await files(t, code, 3);
    await renameOver(from, to, { rename, isHeldOpen: win32(facts).isHeldOpen });
    assert.equal(await readFile(to, 'utf8'), 'new');
    assert.equal(tries(), 4);
  });
}

test('on Windows it is given up when it takes too long, and both files are as they were', async (t) => {
  const { from, to, tries, rename } = await files(t, 'EPERM', Number.POSITIVE_INFINITY);
  await assert.rejects(renameOver(from, to, { rename, isHeldOpen: win32(facts).isHeldOpen }), {
    code: 'EPERM',
  });
  assert.equal(await readFile(to, 'utf8'), 'old');
  assert.equal(await readFile(from, 'utf8'), 'new');
  assert.ok(tries() < 10);
});

test('what no time will change is not tried again', async (t) => {
  for (const [system, code] of [
    [win32(facts), 'ENOSPC'],
    [linux(facts), 'EPERM'],
  ] as const) {
    const { from, to, tries, rename } = await files(t, code, 1);
    await assert.rejects(renameOver(from, to, { rename, isHeldOpen: system.isHeldOpen }), { code });
    assert.equal(tries(), 1);
  }
});

test('on this system it simply does it', async (t) => {
  const { from, to } = await files(t, '', 0);
  await renameOver(from, to);
  assert.equal(await readFile(to, 'utf8'), 'new');
  await assert.rejects(renameOver(from, to), { code: 'ENOENT' });
});
