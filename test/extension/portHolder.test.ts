import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { describe, it } from 'node:test';
import { hasHome, holderOf, identityOf } from '../../src/extension/proxyLink/portHolder.ts';
import { holderPath } from '../../src/protocol/home.ts';
import { temporaryHome } from '../support/linkedWindow.ts';
import { onEnd } from '../support/scope.ts';

describe('who holds a port', () => {
  it('says the file that the holder has written, and nobody says it without one', (t) => {
    const { folder, remove } = temporaryHome();
    onEnd(t, remove);
    assert.equal(holderOf(folder, 7860), undefined);
    fs.writeFileSync(holderPath(folder, 7860), '4711');
    assert.equal(holderOf(folder, 7860), 4711);
    assert.equal(holderOf(folder, 7861), undefined);
  });

  for (const text of ['', '0', '-1', '1.5', '12x', ' 12', '99999999999', '1\n2']) {
    it(`is nobody by ${JSON.stringify(text)}`, (t) => {
      const { folder, remove } = temporaryHome();
      onEnd(t, remove);
      fs.writeFileSync(holderPath(folder, 7860), text);
      assert.equal(holderOf(folder, 7860), undefined);
    });
  }
});

describe('a process', () => {
  it('is a proxy of the folder that it was started with, and of no other', async (t) => {
    const code = 'setInterval(() => undefined, 1000); console.log(1)';
    const child = spawn(process.execPath, ['-e', code, '--', '--home', '/x/.qcc'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onEnd(t, () => child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    const pid = child.pid ?? 0;
    assert.equal(await identityOf('/x/.qcc', pid), 'proxy');
    assert.equal(await identityOf('/x/.qc', pid), 'other');
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(await identityOf('/x/.qcc', pid), 'unknown');
  });

  it('is none of ours for a name that begins in the same way', () => {
    assert.equal(hasHome('node proxy.cjs --home /x/.qcc2', '/x/.qcc'), false);
    assert.equal(hasHome('vi /x/.qcc', '/x/.qcc'), false);
    assert.equal(hasHome('node proxy.cjs --home /x/.qcc --take-over\n', '/x/.qcc'), true);
    assert.equal(hasHome('node\0proxy.cjs\0--port\x001\0--home\0/x y/.qcc\0', '/x y/.qcc'), true);
    assert.equal(hasHome('"C:\\e.exe" p.cjs --home "C:\\My Name\\.qcc" --x', 'C:\\My Name\\.qcc'), true);
  });
});
