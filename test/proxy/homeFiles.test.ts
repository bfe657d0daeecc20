import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import {
  affinityPath,
  claudeCodePath,
  controlAddress,
  historyPath,
  holderPath,
  openHome,
  openQueueKey,
  processLogPath,
} from '../../src/protocol/home.ts';
import { homeFileOf, homeFilesIn } from '../../src/proxy/homeFiles.ts';
import { tidyHome } from '../../src/proxy/tidyHome.ts';
import { temporaryHome } from '../support/linkedWindow.ts';
import { onEnd } from '../support/scope.ts';

const hourMs = 3_600_000;

function folderOf(t: TestContext): string {
  const { folder, remove } = temporaryHome();
  onEnd(t, remove);
  return folder;
}

/** The id of a process that is there no more. */
async function goneProcess(): Promise<number> {
  const child = spawn('true');
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe('files of the state folder', () => {
  it('are known by the names that they are made with', (t) => {
    const folder = folderOf(t);
    const home = openHome(folder);
    openQueueKey(folder);
    const made = [
      [historyPath(folder, 7860), 'history'],
      [`${historyPath(folder, 7860)}-wal`, 'history'],
      [`${historyPath(folder, 7860)}.20261120T163356Z.corrupt`, 'setAside'],
      [`${historyPath(folder, 7860)}.20261120T163356Z-2.newer-wal`, 'setAside'],
      [`${historyPath(folder, 7860)}.4711`, 'draft'],
      [affinityPath(folder, 7860), 'affinity'],
      [`${affinityPath(folder, 7860)}.4711`, 'draft'],
      [claudeCodePath(folder), 'record'],
      [`${claudeCodePath(folder)}.qcc-draft-4711-0123abcd`, 'draft'],
      [processLogPath(folder, 7860), 'log'],
      [`${processLogPath(folder, 7860)}.1`, 'log'],
      [holderPath(folder, 7860), 'holder'],
      [controlAddress(home, 7860), 'socket'],
      [path.join(folder, 'token.4711.0123abcd'), 'draft'],
      [path.join(folder, 'installation-0123456789abcdef.json'), 'installation'],
    ] as const;
    for (const [file, kind] of made) assert.equal(homeFileOf(path.basename(file))?.kind, kind, file);
    const secrets = homeFilesIn(folder).filter(({ kind }) => kind === 'secret');
    assert.deepEqual(secrets.map(({ name }) => name).sort(), ['install-secret', 'queue-key', 'token']);
  });

  it('are not those of anybody else, however much they look alike', () => {
    for (const name of [
      'token.txt',
      'my-token',
      'history.db',
      'history-7860-0123abcd.db.bak',
      'proxy.log',
      'proxy-7860.log.2',
      'notes.md',
      '.git',
      'settings.json',
      '7860.sock',
    ]) {
      assert.equal(homeFileOf(name), undefined, name);
    }
  });

  it('are none in a folder that is not there', () => {
    assert.deepEqual(homeFilesIn('/nowhere/at/all'), []);
  });
});

describe('a folder that is tidied up', () => {
  it('loses what processes that are gone were writing, not what is being written', async (t) => {
    const folder = folderOf(t);
    const gone = await goneProcess();
    const old = (name: string) => {
      fs.writeFileSync(path.join(folder, name), '');
      fs.utimesSync(path.join(folder, name), (Date.now() - hourMs) / 1000, (Date.now() - hourMs) / 1000);
    };
    old(`token.${gone}.0123abcd`);
    old(`affinity-7860.json.${gone}`);
    old(`install-secret.${process.pid}.0123abcd`);
    fs.writeFileSync(path.join(folder, `queue-key.${gone}.0123abcd`), 'of another machine');
    tidyHome(folder, Date.now());
    assert.deepEqual(fs.readdirSync(folder).sort(), [
      `install-secret.${process.pid}.0123abcd`,
      `queue-key.${gone}.0123abcd`,
    ]);
  });

  it('loses sockets of holders that are gone, and keeps those of one that is there or elsewhere', async (t) => {
    const folder = folderOf(t);
    const home = openHome(folder);
    const write = (port: number, pid: number) => {
      fs.writeFileSync(holderPath(folder, port), String(pid));
      fs.writeFileSync(controlAddress(home, port), '');
    };
    write(1, await goneProcess());
    write(2, process.pid);
    fs.writeFileSync(path.join(folder, '3-00000000.pid'), String(await goneProcess()));
    tidyHome(folder, Date.now());
    assert.deepEqual(
      homeFilesIn(folder).flatMap(({ name, kind }) => (kind === 'secret' ? [] : [name])),
      [controlAddress(home, 2), holderPath(folder, 2), '3-00000000.pid']
        .map((file) => path.basename(file))
        .sort(),
    );
  });

  it('keeps the newest three histories that were set aside for each port, with what belongs to them', (t) => {
    const folder = folderOf(t);
    const name = (port: number, hour: number, flaw: string) =>
      `${path.basename(historyPath(folder, port))}.20261120T${String(hour).padStart(2, '0')}0000Z.${flaw}`;
    const corrupt = [1, 2, 3, 4, 5].map((hour) => name(7860, hour, hour % 2 ? 'corrupt' : 'newer'));
    const others = [name(7861, 1, 'foreign'), 'history-7860.txt', path.basename(historyPath(folder, 7860))];
    for (const file of [...corrupt, ...corrupt.map((each) => `${each}-wal`), ...others]) {
      fs.writeFileSync(path.join(folder, file), '');
    }
    tidyHome(folder, Date.now());
    const kept = corrupt.slice(2);
    assert.deepEqual(
      fs.readdirSync(folder).sort(),
      [...kept, ...kept.map((each) => `${each}-wal`), ...others].sort(),
    );
  });

  it('may be gone', () => {
    tidyHome('/nowhere/at/all', Date.now());
  });
});
