import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import {
  forgetInstallations,
  hasOtherVersion,
  type Installation,
  isInstalled,
  isOther,
  readInstallations,
  recordInstallation,
} from '../../src/protocol/installations.ts';
import { platform } from '../../src/protocol/platform.ts';
import { temporaryHome } from '../support/linkedWindow.ts';
import { onEnd } from '../support/scope.ts';

/** As they are found on this machine. */
const found = (...installations: readonly Installation[]) =>
  installations.map((each) => ({ host: platform.hostTag, ...each }));

function place(t: TestContext) {
  const { folder, remove } = temporaryHome();
  onEnd(t, remove);
  const extensions = path.join(folder, 'extensions');
  /** Puts an extension where an editor would. */
  const install = (name: string): string => {
    const extension = path.join(extensions, name);
    fs.mkdirSync(extension, { recursive: true });
    fs.writeFileSync(path.join(extension, 'package.json'), '{}');
    return extension;
  };
  const home = path.join(folder, 'home');
  fs.mkdirSync(home);
  return { home, extensions, install };
}

describe('the record of installations', () => {
  it('has each once, for this user alone', async (t) => {
    const { home, install } = place(t);
    const one = { extension: install('a.b-1.0.0'), stateFolder: '/x' };
    const other = { ...one, stateFolder: '/y' };
    for (const each of [one, one, other, one]) await recordInstallation(home, each);
    assert.deepEqual(sorted(readInstallations(home)), found(one, other));
    const names = fs.readdirSync(home);
    assert.equal(names.length, 2);
    for (const name of names) assert.equal(fs.statSync(path.join(home, name)).mode & 0o777, 0o600);
  });

  it('forgets what is not there any more, and the oldest of very many', async (t) => {
    const { home, install } = place(t);
    const gone = install('a.b-0.9.0');
    await recordInstallation(home, { extension: gone, stateFolder: '/x' });
    fs.rmSync(gone, { recursive: true });
    const extension = install('a.b-1.0.0');
    for (let i = 0; i < 70; i += 1) await recordInstallation(home, { extension, stateFolder: `/${i}` });
    const known = readInstallations(home);
    assert.equal(known.length, 64);
    assert.ok(known.some(({ stateFolder }) => stateFolder === '/69'));
    assert.ok(known.every((each) => each.extension === extension));
  });

  it('keeps those of other machines, whose extensions cannot be seen from here', async (t) => {
    const { home, install } = place(t);
    const foreign = { host: 'elsewhere', extension: '/container/a.b-1.0.0', stateFolder: home };
    fs.writeFileSync(
      path.join(home, 'installation-0123456789abcdef.json'),
      JSON.stringify({ version: 1, ...foreign }),
    );
    const extension = install('a.b-1.0.0');
    await recordInstallation(home, { extension, stateFolder: home });
    assert.ok(readInstallations(home).some(({ host }) => host === foreign.host));
    assert.equal(isOther(foreign, extension), true);
  });

  it('keeps those of windows that write at the same moment', async (t) => {
    const { home, install } = place(t);
    const all = Array.from({ length: 9 }, (_, n) => ({
      extension: install(`a.b-${n}.0.0`),
      stateFolder: '/x',
    }));
    await Promise.all(all.map((each) => recordInstallation(home, each)));
    assert.deepEqual(
      readInstallations(home).toSorted((a, b) => a.extension.localeCompare(b.extension)),
      found(...all),
    );
  });

  for (const damage of [
    '',
    '{',
    '[]',
    '{"version":2}',
    '{"version":1,"host":"h","extension":1,"stateFolder":"/x"}',
  ]) {
    it(`is written anew over ${JSON.stringify(damage)}`, async (t) => {
      const { home, install } = place(t);
      const one = { extension: install('a.b-1.0.0'), stateFolder: '/x' };
      await recordInstallation(home, one);
      const [name] = fs.readdirSync(home);
      fs.writeFileSync(path.join(home, String(name)), damage);
      assert.deepEqual(readInstallations(home), []);
      await recordInstallation(home, one);
      assert.deepEqual(readInstallations(home), found(one));
    });
  }

  it('loses those that are to be forgotten', async (t) => {
    const { home, install } = place(t);
    const one = { extension: install('a.b-1.0.0'), stateFolder: '/x' };
    const other = { ...one, stateFolder: '/y' };
    for (const each of [one, other]) await recordInstallation(home, each);
    await forgetInstallations(home, ({ stateFolder }) => stateFolder === '/x');
    assert.deepEqual(readInstallations(home), found(other));
  });
});

const sorted = <I extends Installation>(installations: readonly I[]): I[] =>
  installations.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));

describe('an extension', () => {
  it('is installed while it is there and its editor does not mean to remove it', (t) => {
    const { extensions, install } = place(t);
    const extension = install('a.b-1.0.0');
    assert.equal(isInstalled(extension), true);
    fs.writeFileSync(path.join(extensions, '.obsolete'), '{"a.b-1.0.0":true}');
    assert.equal(isInstalled(extension), false);
    assert.equal(isInstalled(path.join(extensions, 'a.b-2.0.0')), false);
  });

  it('was updated when its editor has another version of it, on another platform too', (t) => {
    const { extensions, install } = place(t);
    const extension = install('a.b-1.0.0');
    for (const name of ['a.b-c-1.0.0', 'b.b-2.0.0', 'notes']) install(name);
    assert.equal(hasOtherVersion(extension), false);
    install('A.b-1.1.0-linux-x64');
    assert.equal(hasOtherVersion(extension), true);
    fs.writeFileSync(path.join(extensions, '.obsolete'), '{"A.b-1.1.0-linux-x64":true}');
    assert.equal(hasOtherVersion(extension), false);
    assert.equal(hasOtherVersion('/nowhere/a.b-1.0.0'), false);
  });
});
