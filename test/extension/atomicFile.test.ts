import assert from 'node:assert/strict';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { writeAtomically } from '../../src/extension/atomicFile.ts';

describe('a file that is written whole or not at all', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'qcc-atomic-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const modeOf = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);

  it('has its content and its mode, whatever was there before', async () => {
    const file = path.join(folder, 'a.json');
    await writeFile(file, 'before', { mode: 0o644 });
    await writeAtomically(file, 'after ☃', 0o600);
    assert.equal(await readFile(file, 'utf8'), 'after ☃');
    assert.equal(await modeOf(file), '600');
    await writeAtomically(file, 'again', 0o644);
    assert.equal(await modeOf(file), '644');
    assert.deepEqual(await readdir(folder), ['a.json']);
  });

  it('is what a link leads to', async () => {
    const [file, link] = [path.join(folder, 'real.json'), path.join(folder, 'link.json')];
    await writeFile(file, 'before');
    await symlink(file, link);
    await writeAtomically(link, 'after', 0o600);
    assert.equal(await readFile(file, 'utf8'), 'after');
    assert.ok((await lstat(link)).isSymbolicLink());
  });

  it('stays as it was, and leaves nothing beside it, when it cannot be replaced', async () => {
    const taken = path.join(folder, 'folder');
    await mkdir(path.join(taken, 'full'), { recursive: true });
    await assert.rejects(writeAtomically(taken, 'x', 0o600));
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('.')),
      [],
    );
    await assert.rejects(writeAtomically(path.join(folder, 'nowhere', 'a.json'), 'x', 0o600), {
      code: 'ENOENT',
    });
  });
});
