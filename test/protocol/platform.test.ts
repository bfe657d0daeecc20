import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, it } from 'node:test';
import { darwin, linux, type Platform, platform, platformNamed, win32 } from '../../src/protocol/platform.ts';
import { temporaryHome } from '../support/linkedWindow.ts';
import { onEnd } from '../support/scope.ts';

/* The seam between what we do and what the systems want, for those that these tests do not run on too. */

const facts = { uid: 1000, hostName: 'machine' };
const all: readonly Platform[] = [linux(facts), darwin(facts), win32({ ...facts, uid: undefined })];
const unix = all.filter(({ name }) => name !== 'win32');
const windows = win32({ ...facts, uid: undefined });
const installSecret = randomBytes(32);
const place = { folder: '/home/me/.qcc', port: 7860, installSecret };

describe('every platform', () => {
  for (const each of all) {
    it(`${each.name}: gives every port an address of its own, and the same one each time`, () => {
      const address = each.controlAddress(place);
      assert.ok(address);
      assert.equal(each.controlAddress({ ...place }), address);
      assert.notEqual(each.controlAddress({ ...place, port: 7861 }), address);
    });

    it(`${each.name}: has a tag for the machine that is good in a file name`, () => {
      assert.match(each.hostTag, /^[0-9a-f]{8}$/);
    });

    it(`${each.name}: finds out what a process was started with`, () => {
      assert.ok(JSON.stringify(each.commandLineOf(4711)).includes('4711'));
    });
  }

  it('has its name from the runtime, and other Unix systems are taken for Linux', () => {
    for (const { name } of all) assert.equal(platformNamed(name, facts).name, name);
    assert.equal(platformNamed('freebsd', facts).name, 'linux');
    assert.equal(platform.name, platformNamed(process.platform, facts).name);
  });
});

describe('on Linux and macOS', () => {
  for (const each of unix) {
    it(`${each.name}: files belong to the user, and the socket is one in the folder`, () => {
      assert.equal(each.owner, 1000);
      assert.equal(each.isControlAddressAFile, true);
      assert.equal(path.dirname(String(each.controlAddress(place))), place.folder);
    });

    it(`${each.name}: what is open elsewhere is replaced without waiting`, () => {
      for (const code of ['EPERM', 'EACCES', 'EBUSY']) assert.equal(each.isHeldOpen(code), false);
    });

    it(`${each.name}: names of variables are exact`, () => {
      const rest = each.allowedVariables({ PATH: '/bin', Path: 'x', SECRET: 'y' }, new Set(['PATH']));
      assert.deepEqual(rest, { PATH: '/bin' });
    });

    it(`${each.name}: ends when it is told to, and when its terminal closes`, () => {
      assert.deepEqual([...each.endSignals].sort(), ['SIGHUP', 'SIGINT', 'SIGTERM']);
    });

    it(`${each.name}: a process of its own group outlives us`, () => {
      assert.equal(each.spawnFlags.detached, true);
    });
  }

  it('a path as long as a socket may have is taken, and one that is longer is not', () => {
    for (const [each, longest] of [
      [linux(facts), 107],
      [darwin(facts), 103],
    ] as const) {
      const rest = Buffer.byteLength(String(each.controlAddress({ ...place, folder: '/' }))) - 1;
      const folder = (bytes: number) => `/${'ä'.repeat(40)}${'x'.repeat(bytes - 82 - rest)}`;
      const address = String(each.controlAddress({ ...place, folder: folder(longest) }));
      assert.equal(Buffer.byteLength(address), longest);
      assert.equal(each.controlAddress({ ...place, folder: folder(longest + 1) }), null);
    }
  });

  it('a socket of the longest path can be opened and reached', {
    skip: process.platform === 'win32',
  }, async (t) => {
    const { folder, remove } = temporaryHome();
    onEnd(t, remove);
    let deep = folder;
    // As deep as the platform takes.
    for (let bytes = 1; ; bytes += 1) {
      const next = path.join(folder, 'x'.repeat(bytes));
      if (platform.controlAddress({ ...place, folder: next }) === null) break;
      deep = next;
    }
    fs.mkdirSync(deep);
    const address = String(platform.controlAddress({ ...place, folder: deep }));
    const server = net.createServer((socket) => socket.end('here')).listen(address);
    onEnd(t, () => server.close());
    await once(server, 'listening');
    const client = net.connect(address);
    const [said] = await once(client, 'data');
    assert.equal(String(said), 'here');
  });

  it('machines that share a home folder are told apart, but macOS keeps its tag when its name changes', () => {
    const elsewhere = { ...facts, hostName: 'other' };
    assert.notEqual(linux(facts).hostTag, linux(elsewhere).hostTag);
    assert.equal(darwin(facts).hostTag, darwin(elsewhere).hostTag);
  });

  it('Linux tells what a process was started with by a file, of this one too', {
    skip: process.platform !== 'linux',
  }, () => {
    const source = linux(facts).commandLineOf(process.pid);
    assert.ok(source.kind === 'file');
    assert.ok(fs.readFileSync(source.file, 'utf8').includes('platform.test.ts'));
  });
});

describe('on Windows', () => {
  it('the address is a pipe that nobody can guess without the install secret', () => {
    const address = String(windows.controlAddress(place));
    assert.match(address, /^\\\\\.\\pipe\\qcc-[0-9a-f]{32}$/);
    assert.ok(address.length <= 256);
    assert.notEqual(windows.controlAddress({ ...place, installSecret: randomBytes(32) }), address);
    assert.ok(!address.includes(installSecret.toString('hex').slice(0, 8)));
    assert.equal(windows.isControlAddressAFile, false);
  });

  it('no path is too long for it', () => {
    assert.ok(windows.controlAddress({ ...place, folder: `C:\\${'x'.repeat(250)}` }));
  });

  it('files have neither owner nor mode', () => {
    assert.equal(windows.owner, null);
  });

  it('names of variables are the same in any case, and stay as they are spelt', () => {
    const environment = { Path: 'C:\\', SystemRoot: 'C:\\Windows', Secret: 'x' };
    const rest = windows.allowedVariables(environment, new Set(['PATH', 'SYSTEMROOT']));
    assert.deepEqual(rest, { Path: 'C:\\', SystemRoot: 'C:\\Windows' });
  });

  it('a file that a virus scanner has open is tried again, one on a full disk is not', () => {
    for (const code of ['EPERM', 'EACCES', 'EBUSY']) assert.equal(windows.isHeldOpen(code), true);
    for (const code of ['ENOSPC', 'ENOENT', '']) assert.equal(windows.isHeldOpen(code), false);
  });

  it('nothing waits for SIGTERM, which does not exist there, and no window of a process is seen', () => {
    assert.ok(!windows.endSignals.includes('SIGTERM'));
    assert.ok(windows.endSignals.includes('SIGHUP'));
    assert.deepEqual(windows.spawnFlags, { detached: true, windowsHide: true });
  });
});
