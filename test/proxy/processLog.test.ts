import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ProcessLog } from '../../src/proxy/processLog.ts';
import { temporaryHome } from '../support/linkedWindow.ts';
import { onEnd, type Scope } from '../support/scope.ts';
import { smallDisk } from '../support/smallDisk.ts';

/** A log as a process is started with it: appended to, by whoever has the file open. */
function logIn(scope: Scope, folder: string, maxBytes?: number) {
  const file = path.join(folder, 'proxy-7860.log');
  const descriptor = fs.openSync(file, 'a', 0o600);
  onEnd(scope, () => fs.closeSync(descriptor));
  return { file, descriptor, log: new ProcessLog(descriptor, file, maxBytes) };
}

test('a log does not grow for ever, and what was in it last is kept beside it', (t) => {
  const { folder, remove } = temporaryHome();
  onEnd(t, remove);
  const { file, log } = logIn(t, folder, 10_000);
  for (let i = 0; i < 5_000; i += 1) log.write(`line ${i}`);
  const [now, before] = [fs.readFileSync(file, 'utf8'), fs.readFileSync(`${file}.1`, 'utf8')];
  assert.ok(now.length < 12_000 && before.length < 12_000);
  assert.ok(now.endsWith('line 4999\n'));
  const lines = (before + now).trimEnd().split('\n');
  const first = Number(lines[0]?.slice(5));
  assert.deepEqual(
    lines,
    Array.from({ length: 5_000 - first }, (_, i) => `line ${first + i}`),
  );
  assert.equal(fs.statSync(`${file}.1`).mode & 0o777, 0o600);
});

test('a log whose file has another name by now is cut all the same', (t) => {
  const { folder, remove } = temporaryHome();
  onEnd(t, remove);
  const { file, descriptor, log } = logIn(t, folder, 10_000);
  fs.renameSync(file, `${file}.elsewhere`);
  fs.writeFileSync(file, 'of another process');
  for (let i = 0; i < 5_000; i += 1) log.write(`line ${i}`);
  assert.ok(fs.fstatSync(descriptor).size < 12_000);
  assert.equal(fs.readFileSync(file, 'utf8'), 'of another process');
  assert.equal(fs.existsSync(`${file}.1`), false);
});

test('a log on a full disk goes on when there is room again', (t) => {
  const disk = smallDisk(t, 64);
  if (!disk) return t.skip('no disk can be made');
  const { file, log } = logIn(t, disk.folder);
  log.write('before');
  disk.fill();
  for (let i = 0; i < 1_000; i += 1) log.write(`while it is full ${i}`);
  disk.empty();
  log.write('afterwards');
  const text = fs.readFileSync(file, 'utf8');
  assert.ok(text.startsWith('before\n') && text.endsWith('afterwards\n'));
});

test('a terminal is written to and left alone', (t) => {
  const { folder, remove } = temporaryHome();
  onEnd(t, remove);
  const descriptor = fs.openSync('/dev/null', 'w');
  onEnd(t, () => fs.closeSync(descriptor));
  const log = new ProcessLog(descriptor, path.join(folder, 'none'), 10);
  for (let i = 0; i < 1_000; i += 1) log.write('x');
  assert.deepEqual(fs.readdirSync(folder), []);
});
