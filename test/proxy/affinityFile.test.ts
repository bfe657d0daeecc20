import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { SessionAffinity } from '../../src/core/sessionAffinity.ts';
import { AffinityFile } from '../../src/proxy/affinityFile.ts';

const hour = 3_600_000;

/** A path in a new folder. */
function temporaryFile(t: TestContext): string {
  const folder = fs.mkdtempSync(path.join(tmpdir(), 'qcc-test-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'state', 'affinity.json');
}

/** One run of the process: its bindings, and the file that keeps them. */
function start(t: TestContext, file: string, { clock = 0, now = 1_000 * hour } = {}) {
  const affinity = new SessionAffinity();
  const failures: string[] = [];
  const kept = new AffinityFile({
    file,
    affinity,
    clock: () => clock,
    now: () => now,
    failed: (code) => failures.push(code),
  });
  t.after(() => kept.close());
  return { affinity, kept, failures };
}

/** A run that binds a conversation and ends. */
function runOnce(t: TestContext, file: string, times?: { clock?: number; now?: number }): void {
  const { affinity, kept } = start(t, file, times);
  affinity.bind('talk', 'e1', times?.clock ?? 0);
  kept.changed();
  kept.close();
}

test('bindings outlive the process', (t) => {
  const file = temporaryFile(t);
  runOnce(t, file);
  const { affinity, kept } = start(t, file);
  kept.restore();
  assert.equal(affinity.bound('talk', 0)?.endpointId, 'e1');
});

test('time between two runs counts, whatever the monotonic clock says', (t) => {
  const file = temporaryFile(t);
  runOnce(t, file, { clock: 500 * hour, now: 1_000 * hour });
  const soon = start(t, file, { clock: 7, now: 1_004 * hour });
  soon.kept.restore();
  assert.deepEqual(soon.affinity.bound('talk', 7), { endpointId: 'e1', at: 7 - 4 * hour });
  const late = start(t, file, { clock: 7, now: 1_005 * hour });
  late.kept.restore();
  assert.equal(late.affinity.size, 0);
});

test('a wall clock that was set back makes bindings no younger than they were', (t) => {
  const file = temporaryFile(t);
  runOnce(t, file);
  const { affinity, kept } = start(t, file, { now: 10 * hour });
  kept.restore();
  assert.deepEqual(affinity.bound('talk', 0), { endpointId: 'e1', at: 0 });
});

test('nothing is restored without a file', (t) => {
  const { affinity, kept } = start(t, temporaryFile(t));
  kept.restore();
  assert.equal(affinity.size, 0);
});

for (const [what, text] of [
  ['empty', ''],
  ['cut off', '{"version":1,"savedAt":5,"bind'],
  ['of another version', '{"version":2,"savedAt":5,"bindings":[["talk","e1",0]]}'],
  ['without a time', '{"version":1,"bindings":[["talk","e1",0]]}'],
  ['of another form', '{"version":1,"savedAt":5,"bindings":{"talk":"e1"}}'],
  ['no object', 'null'],
] as const) {
  test(`nothing is restored from a file that is ${what}`, (t) => {
    const file = temporaryFile(t);
    fs.mkdirSync(path.dirname(file));
    fs.writeFileSync(file, text);
    const { affinity, kept, failures } = start(t, file, { now: 5 });
    kept.restore();
    assert.equal(affinity.size, 0);
    assert.deepEqual(failures, []);
  });
}

test('the file is for its owner alone, and nothing is left beside it', (t) => {
  const file = temporaryFile(t);
  runOnce(t, file);
  const folder = path.dirname(file);
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  assert.equal(fs.statSync(folder).mode & 0o777, 0o700);
  assert.deepEqual(fs.readdirSync(folder), [path.basename(file)]);
});

test('nothing is written when nothing has changed', (t) => {
  const file = temporaryFile(t);
  start(t, file).kept.close();
  assert.equal(fs.existsSync(file), false);
});

test('changes are saved within seconds, not only at the end', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const file = temporaryFile(t);
  const { affinity, kept } = start(t, file);
  affinity.bind('talk', 'e1', 0);
  kept.changed();
  t.mock.timers.tick(5_000);
  assert.match(fs.readFileSync(file, 'utf8'), /"talk"/);
});

test('a file that cannot be written is told once, and traffic does not notice', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const file = temporaryFile(t);
  fs.writeFileSync(path.dirname(file), 'a file where the folder should be');
  const { kept, failures } = start(t, file);
  for (let i = 0; i < 3; i += 1) {
    kept.changed();
    t.mock.timers.tick(5_000);
  }
  assert.equal(failures.length, 1);
  assert.match(failures[0] ?? '', /^E[A-Z]+$/);
});

test('a file that cannot be written is told again when it could be meanwhile', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const file = temporaryFile(t);
  const folder = path.dirname(file);
  const { kept, failures } = start(t, file);
  const save = () => {
    kept.changed();
    t.mock.timers.tick(5_000);
  };
  fs.writeFileSync(folder, '');
  save();
  fs.rmSync(folder);
  save();
  assert.ok(fs.existsSync(file));
  fs.rmSync(folder, { recursive: true });
  fs.writeFileSync(folder, '');
  save();
  assert.equal(failures.length, 2);
});

test('what could not be saved is saved as soon as it can be', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const file = temporaryFile(t);
  const folder = path.dirname(file);
  const { affinity, kept } = start(t, file);
  affinity.bind('talk', 'e1', 0);
  fs.writeFileSync(folder, '');
  kept.changed();
  t.mock.timers.tick(5_000);
  fs.rmSync(folder);
  t.mock.timers.tick(5_000);
  assert.match(fs.readFileSync(file, 'utf8'), /"talk"/);
});

test('bindings are under the new name, and no longer under the old one, when the file moves', (t) => {
  const file = temporaryFile(t);
  runOnce(t, file);
  const { affinity, kept } = start(t, file);
  kept.restore();
  affinity.bind('another talk', 'e2', 0);
  const moved = `${file}.moved`;
  fs.writeFileSync(moved, 'of an earlier time');
  kept.moveTo(moved);
  assert.deepEqual(fs.readdirSync(path.dirname(file)), [path.basename(moved)]);
  const next = start(t, moved);
  next.kept.restore();
  assert.deepEqual(
    ['talk', 'another talk'].map((key) => next.affinity.bound(key, 0)?.endpointId),
    ['e1', 'e2'],
  );
});

test('bindings stay under the old name until they can be saved under the new one', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const file = temporaryFile(t);
  runOnce(t, file);
  const { kept, failures } = start(t, file);
  kept.restore();
  const folder = path.join(path.dirname(file), 'next');
  fs.writeFileSync(folder, 'a file where the folder should be');
  const moved = path.join(folder, 'affinity.json');
  kept.moveTo(moved);
  assert.equal(failures.length, 1);
  assert.ok(fs.existsSync(file));
  fs.rmSync(folder);
  t.mock.timers.tick(5_000);
  assert.deepEqual([fs.existsSync(file), fs.existsSync(moved)], [false, true]);
});

test('a file that moves away and back is not removed', (t) => {
  const file = temporaryFile(t);
  runOnce(t, file);
  const { kept } = start(t, file);
  kept.restore();
  kept.moveTo(`${file}.moved`);
  kept.moveTo(file);
  assert.deepEqual(fs.readdirSync(path.dirname(file)), [path.basename(file)]);
});
