import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  controlAddress,
  defaultHomeFolder,
  HomeError,
  type HomeProblem,
  openHome,
  openQueueKey,
  processLogPath,
} from '../../src/protocol/home.ts';

/** A place that does not exist yet, removed with the test. */
function freshFolder(t: TestContext): string {
  const parent = fs.mkdtempSync(path.join(os.tmpdir(), 'qcc-'));
  t.after(() => fs.rmSync(parent, { recursive: true, force: true }));
  return path.join(parent, 'home');
}

const modeOf = (file: string) => fs.statSync(file).mode & 0o777;

/** Checks for a problem and the path it names. */
function refuses(folder: string, problem: HomeProblem, at: string): void {
  assert.throws(
    () => openHome(folder),
    (error) => error instanceof HomeError && error.problem === problem && error.path === at,
  );
}

test('the folder and its secrets are made for this user alone', (t) => {
  const folder = freshFolder(t);
  openHome(path.join(folder, 'deeper'));
  assert.equal(modeOf(path.join(folder, 'deeper')), 0o700);
  assert.deepEqual(fs.readdirSync(path.join(folder, 'deeper')).toSorted(), ['install-secret', 'token']);
  for (const name of ['install-secret', 'token'])
    assert.equal(modeOf(path.join(folder, 'deeper', name)), 0o600);
});

test('the secrets are 256 bits each, and different ones', (t) => {
  const home = openHome(freshFolder(t));
  assert.match(home.token, /^[\w-]{43}$/);
  assert.equal(home.installSecret.length, 32);
  assert.notEqual(home.installSecret.toString('base64url'), home.token);
});

test('opening again finds the same secrets', (t) => {
  const folder = freshFolder(t);
  assert.deepEqual(openHome(folder), openHome(folder));
});

test('the key of kept requests is made beside them, for this user alone, and is the same from then on', (t) => {
  const folder = freshFolder(t);
  const key = openQueueKey(folder);
  assert.equal(key.length, 32);
  assert.deepEqual(openQueueKey(folder), key);
  assert.equal(modeOf(folder), 0o700);
  assert.equal(modeOf(path.join(folder, 'queue-key')), 0o600);
  assert.notDeepEqual(openHome(folder).installSecret, key);
});

test('a key of kept requests that is no key is refused', (t) => {
  const folder = freshFolder(t);
  openHome(folder);
  const file = path.join(folder, 'queue-key');
  fs.writeFileSync(file, 'short', { mode: 0o600 });
  assert.throws(
    () => openQueueKey(folder),
    (error) => error instanceof HomeError && error.problem === 'badSecretFile' && error.path === file,
  );
});

test('another folder has other secrets', (t) => {
  assert.notEqual(openHome(freshFolder(t)).token, openHome(freshFolder(t)).token);
});

test('modes that let others in are closed', (t) => {
  const folder = freshFolder(t);
  openHome(folder);
  fs.chmodSync(folder, 0o755);
  fs.chmodSync(path.join(folder, 'token'), 0o644);
  openHome(folder);
  assert.equal(modeOf(folder), 0o700);
  assert.equal(modeOf(path.join(folder, 'token')), 0o600);
});

test('a link instead of the folder is refused, wherever it leads', (t) => {
  const folder = freshFolder(t);
  fs.mkdirSync(`${folder}-real`, { mode: 0o700 });
  fs.symlinkSync(`${folder}-real`, folder);
  refuses(folder, 'notADirectory', folder);
  assert.deepEqual(fs.readdirSync(`${folder}-real`), []);
});

test('a file instead of the folder is refused', (t) => {
  const folder = freshFolder(t);
  fs.writeFileSync(folder, '');
  refuses(folder, 'unusable', folder);
});

test('a folder below a file is refused', (t) => {
  const folder = freshFolder(t);
  fs.writeFileSync(folder, '');
  refuses(path.join(folder, 'x'), 'unusable', path.join(folder, 'x'));
});

for (const name of ['token', 'install-secret']) {
  test(`a link instead of the ${name} is refused`, (t) => {
    const folder = freshFolder(t);
    openHome(folder);
    const file = path.join(folder, name);
    fs.renameSync(file, `${file}-real`);
    fs.symlinkSync(`${file}-real`, file);
    refuses(folder, 'badSecretFile', file);
  });

  test(`a link to nowhere instead of the ${name} is refused and nothing is made there`, (t) => {
    const folder = freshFolder(t);
    fs.mkdirSync(folder, { mode: 0o700 });
    const file = path.join(folder, name);
    fs.symlinkSync(path.join(folder, 'nowhere'), file);
    refuses(folder, 'badSecretFile', file);
    assert.equal(fs.existsSync(path.join(folder, 'nowhere')), false);
  });

  test(`a folder instead of the ${name} is refused`, (t) => {
    const folder = freshFolder(t);
    const file = path.join(folder, name);
    fs.mkdirSync(file, { recursive: true });
    refuses(folder, 'badSecretFile', file);
  });

  for (const [what, content] of [
    ['empty', ''],
    ['cut', 'AAAA'],
    ['too long', 'A'.repeat(64)],
    ['no base64', '{"token":1}'],
  ] as const) {
    test(`an ${name} file that is ${what} is refused and left as it is`, (t) => {
      const folder = freshFolder(t);
      openHome(folder);
      const file = path.join(folder, name);
      fs.writeFileSync(file, content);
      refuses(folder, 'badSecretFile', file);
      assert.equal(fs.readFileSync(file, 'utf8'), content);
    });
  }
}

test('a line break at the end of a secret does not belong to it', (t) => {
  const folder = freshFolder(t);
  const { token } = openHome(folder);
  fs.appendFileSync(path.join(folder, 'token'), '\n');
  assert.equal(openHome(folder).token, token);
});

test('20 processes at once make one set of secrets and leave no drafts', async (t) => {
  const folder = freshFolder(t);
  const module = new URL('../../src/protocol/home.ts', import.meta.url).href;
  const source = `
    import { openHome } from ${JSON.stringify(module)};
    process.stdin.once('data', () => {
      const home = openHome(${JSON.stringify(folder)});
      console.log(home.token + ' ' + home.installSecret.toString('hex'));
      process.exit();
    });
    console.log('ready');
  `;
  const children = Array.from({ length: 20 }, () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    let output = '';
    const ready = new Promise<void>((resolve) => {
      child.stdout.on('data', (text: Buffer) => {
        output += text.toString();
        if (output.includes('ready')) resolve();
      });
    });
    return { child, ready, ended: once(child, 'close').then(() => output.replace('ready\n', '')) };
  });
  await Promise.all(children.map(({ ready }) => ready));
  for (const { child } of children) child.stdin.write('go');

  const seen = await Promise.all(children.map(({ ended }) => ended));
  const home = openHome(folder);
  assert.deepEqual(new Set(seen), new Set([`${home.token} ${home.installSecret.toString('hex')}\n`]));
  assert.deepEqual(fs.readdirSync(folder).toSorted(), ['install-secret', 'token']);
});

test('the folder does not depend on the environment', (t) => {
  const { HOME } = process.env;
  t.after(() => {
    process.env.HOME = HOME;
  });
  process.env.HOME = '/elsewhere';
  assert.equal(defaultHomeFolder(), path.join(os.userInfo().homedir, '.qcc'));
});

test('every port has a control address and a log of its own', (t) => {
  const home = openHome(freshFolder(t));
  assert.notEqual(controlAddress(home, 1), controlAddress(home, 2));
  assert.equal(controlAddress(home, 1), controlAddress(home, 1));
  assert.notEqual(processLogPath(home.folder, 1), processLogPath(home.folder, 2));
});

test('a folder whose path leaves no room for a socket is refused', (t) => {
  const home = { ...openHome(freshFolder(t)), folder: `/${'x'.repeat(100)}` };
  if (process.platform === 'win32') {
    assert.ok(controlAddress(home, 1).length < 100);
    return;
  }
  assert.throws(
    () => controlAddress(home, 1),
    (error) => error instanceof HomeError && error.problem === 'pathTooLong',
  );
});
