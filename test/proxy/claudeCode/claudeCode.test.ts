import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { ClaudeFolder } from '../../support/claudeFolder.ts';

/* What a proxy does to the settings file of Claude Code, on real files. */

const settings = `{
  // for all projects
  "model": "opus",
  "env": {
    "ANTHROPIC_BASE_URL": "https://relay.example", // mine
    "ANTHROPIC_API_KEY": "sk-own-key"
  }
}
`;
const url = 'http://127.0.0.1:7860';

describe('configuring', () => {
  it('puts the entries in, and keeps a copy of the file for its owner alone', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(settings);
    assert.deepEqual(await folder.proxy().configure(folder.target), { ok: true });
    assert.match(folder.text ?? '', /"ANTHROPIC_BASE_URL": "http:\/\/127\.0\.0\.1:7860", \/\/ mine/);
    assert.match(folder.text ?? '', /"ANTHROPIC_AUTH_TOKEN": "local-token"/);
    assert.match(folder.text ?? '', /\/\/ for all projects/);
    assert.equal(folder.copyText, settings);
    assert.equal(folder.mode(), 0o600);
    assert.equal(folder.mode(folder.copy), 0o600);
    assert.equal(folder.mode(folder.recordPath), 0o600);
    assert.deepEqual(folder.names, ['settings.json', 'settings.json.qcc-backup']);
  });

  it('can be undone also when the state folder was lost meanwhile', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(settings);
    const proxy = folder.proxy();
    await proxy.configure(folder.target);
    fs.rmSync(folder.recordPath);
    await proxy.keepRecord();
    await proxy.leave();
    assert.equal(folder.text, settings);
  });

  it('is not undone a second time because of that', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(settings);
    const proxy = folder.proxy();
    await proxy.configure(folder.target);
    await proxy.restore();
    await proxy.keepRecord();
    assert.equal(fs.existsSync(folder.recordPath), false);
  });

  it('records nothing that the user had in the file', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(settings);
    await folder.proxy().configure(folder.target);
    assert.doesNotMatch(fs.readFileSync(folder.recordPath, 'utf8'), /sk-own-key|relay\.example/);
  });

  it('makes the file and its folder, and takes both away again when nothing else is in them', async (t) => {
    const folder = new ClaudeFolder(t);
    const proxy = folder.proxy();
    await proxy.configure(folder.target);
    assert.equal(folder.variables.ANTHROPIC_BASE_URL, url);
    assert.equal(folder.mode(dirname(folder.file)), 0o700);
    assert.deepEqual(folder.names, ['settings.json']);
    await proxy.leave();
    assert.equal(fs.existsSync(dirname(folder.file)), false);
  });

  it('leaves everything to a successor, and writes nothing more', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(settings);
    const proxy = folder.proxy();
    await proxy.configure(folder.target);
    const { text } = folder;
    await proxy.handOver();
    assert.deepEqual(await proxy.restore(), { ok: false, problem: { code: 'changing' } });
    await proxy.leave();
    assert.equal(folder.text, text);
    const successor = folder.proxy();
    await successor.start();
    assert.equal(folder.text, text);
    await successor.leave();
    assert.equal(folder.text, settings);
  });

  it('leaves a file that it made where something else has been added', async (t) => {
    const folder = new ClaudeFolder(t);
    const proxy = folder.proxy();
    await proxy.configure(folder.target);
    folder.edit((file) => {
      file.model = 'opus';
    });
    await proxy.leave();
    assert.deepEqual(JSON.parse(folder.text ?? ''), { model: 'opus' });
  });

  it('changes the target of a link, and leaves the link', async (t) => {
    const folder = new ClaudeFolder(t);
    const target = join(folder.root, 'dotfiles', 'claude.json');
    fs.mkdirSync(dirname(target));
    fs.writeFileSync(target, settings);
    fs.mkdirSync(dirname(folder.file));
    fs.symlinkSync('../dotfiles/claude.json', folder.file);
    const proxy = folder.proxy();
    await proxy.configure(folder.target);
    assert.equal(fs.readlinkSync(folder.file), '../dotfiles/claude.json');
    assert.match(fs.readFileSync(target, 'utf8'), /local-token/);
    assert.deepEqual(fs.readdirSync(dirname(target)), ['claude.json'], 'no secret among the dot files');
    await proxy.restore();
    assert.equal(fs.readFileSync(target, 'utf8'), settings);
    assert.equal(fs.readlinkSync(folder.file), '../dotfiles/claude.json');
  });

  it('changes nothing in a file that is not JSON, and says where it goes wrong', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write('{\n  "env": {\n');
    const proxy = folder.proxy();
    const outcome = await proxy.configure(folder.target);
    assert.ok(!outcome.ok);
    assert.equal(outcome.problem.code, 'notJson');
    assert.equal(folder.text, '{\n  "env": {\n');
    assert.equal(proxy.state, null);
    assert.deepEqual(folder.names, ['settings.json']);
    assert.equal(fs.existsSync(folder.recordPath), false);
  });

  it('changes nothing in a file that its owner has made read-only', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(settings, 0o400);
    const outcome = await folder.proxy().configure(folder.target);
    assert.deepEqual(outcome, { ok: false, problem: { code: 'unwritable', system: 'EACCES' } });
    assert.equal(folder.text, settings);
    assert.equal(fs.existsSync(folder.recordPath), false);
  });

  it('changes nothing in a file that is no text', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write('');
    fs.writeFileSync(folder.file, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]));
    const outcome = await folder.proxy().configure(folder.target);
    assert.deepEqual(outcome, { ok: false, problem: { code: 'unreadable', system: 'EILSEQ' } });
  });

  it('moves to another file when the window names another one', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(settings);
    const proxy = folder.proxy();
    await proxy.configure(folder.target);
    const other = join(folder.root, 'other', 'settings.json');
    await proxy.configure({ ...folder.target, file: other });
    assert.equal(folder.text, settings);
    assert.match(fs.readFileSync(other, 'utf8'), /local-token/);
    assert.equal(proxy.state?.file, other);
  });
});

describe('the life of the entries', () => {
  it('ends with the proxy and begins anew with the next one', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(settings);
    const first = folder.proxy();
    await first.configure(folder.target);
    await first.leave();
    assert.equal(folder.text, settings);
    assert.equal(folder.mode(), 0o644, 'as it was before there was a token in it');
    const second = folder.proxy();
    await second.start();
    assert.equal(folder.variables.ANTHROPIC_BASE_URL, url);
    assert.equal(second.state?.isWritten, true);
    await second.leave();
    assert.equal(folder.text, settings);
  });

  it('is repaired after a proxy that was killed, whatever port and token the next one has', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(settings);
    await folder.proxy().configure(folder.target);
    const next = folder.proxy({ port: 7999, token: 'next-token' });
    await next.start();
    assert.equal(folder.variables.ANTHROPIC_BASE_URL, 'http://127.0.0.1:7999');
    assert.equal(folder.variables.ANTHROPIC_AUTH_TOKEN, 'next-token');
    assert.equal(folder.copyText, settings);
    await next.restore();
    assert.equal(folder.text, settings);
  });

  it('is that of the proxy which wrote last: one of another port leaves the entries of its successor', async (t) => {
    const folder = new ClaudeFolder(t);
    const old = folder.proxy();
    await old.configure(folder.target);
    await folder.proxy({ port: 7999 }).start();
    await old.leave();
    assert.equal(folder.variables.ANTHROPIC_BASE_URL, 'http://127.0.0.1:7999');
  });

  it('takes out what leads to a port that it has left, where the new one could not be put in', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(settings);
    const access = { port: 7860, token: 'local-token' };
    const proxy = folder.proxy(access);
    await proxy.configure(folder.target);
    const good = folder.text ?? '';
    folder.write('{ "env": ');
    access.port = 7999;
    await proxy.start();
    folder.write(good);
    assert.equal(folder.variables.ANTHROPIC_BASE_URL, url);
    await proxy.leave();
    assert.equal(folder.text, settings);
  });

  it('does not begin where nobody has asked for it', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(settings);
    const proxy = folder.proxy();
    await proxy.start();
    await proxy.leave();
    assert.equal(folder.text, settings);
    assert.deepEqual(folder.names, ['settings.json']);
    assert.equal(proxy.state, null);
  });

  it('does not go on after the end', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(settings);
    const proxy = folder.proxy();
    await proxy.leave();
    assert.equal((await proxy.configure(folder.target)).ok, false);
    assert.equal(folder.text, settings);
  });

  it('goes on in spite of a file that was broken for a while', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(settings);
    await folder.proxy().configure(folder.target);
    const entered = folder.text ?? '';
    folder.write('{ oh', 0o600);
    const proxy = folder.proxy();
    await proxy.start();
    assert.deepEqual(proxy.state, {
      file: folder.file,
      isWritten: false,
      problem: { code: 'notJson', line: 1, column: 3 },
    });
    assert.equal(folder.text, '{ oh');
    assert.equal(folder.log.at(-1), 'claudeCodeFailed notJson');
    folder.write(entered, 0o600);
    assert.deepEqual(await proxy.configure(folder.target), { ok: true });
    await proxy.leave();
    assert.equal(folder.text, settings);
  });
});

describe('restoring', () => {
  it('takes out everything, the copy and the record too', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(settings);
    const proxy = folder.proxy();
    await proxy.configure(folder.target);
    assert.deepEqual(await proxy.restore(), { ok: true });
    assert.equal(folder.text, settings);
    assert.deepEqual(folder.names, ['settings.json']);
    assert.equal(fs.existsSync(folder.recordPath), false);
    assert.equal(proxy.state, null);
  });

  it('keeps what others have changed since, and the copy where it has what is nowhere else', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(settings);
    const proxy = folder.proxy();
    await proxy.configure(folder.target);
    folder.write((folder.text ?? '').replace(url, 'https://other.example').replace('"opus"', '"sonnet"'));
    await proxy.restore();
    assert.equal(
      folder.text,
      settings.replace('https://relay.example', 'https://other.example').replace('"opus"', '"sonnet"'),
    );
    assert.equal(folder.copyText, settings);
  });

  it('says so when the file cannot be understood, and can be tried again', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(settings);
    const proxy = folder.proxy();
    await proxy.configure(folder.target);
    const entered = folder.text ?? '';
    folder.write('{', 0o600);
    const outcome = await proxy.restore();
    assert.ok(!outcome.ok);
    assert.equal(proxy.state?.problem?.code, 'notJson');
    folder.write(entered, 0o600);
    assert.deepEqual(await proxy.restore(), { ok: true });
    assert.equal(folder.text, settings);
  });

  it('has nothing to do where the file is gone', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write('{}');
    const proxy = folder.proxy();
    await proxy.configure(folder.target);
    fs.rmSync(folder.file);
    assert.deepEqual(await proxy.restore(), { ok: true });
    assert.equal(folder.text, undefined);
  });
});

describe('another program that writes the file', () => {
  it('between the look at it and the change loses nothing', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(settings);
    const { open } = fs.promises;
    let edits = 0;
    // The draft is being written: the file has been read, and has not been replaced.
    t.mock.method(fs.promises, 'open', async (...args: Parameters<typeof open>) => {
      if (String(args[0]).startsWith(`${folder.file}.qcc-draft`) && edits < 3) {
        edits += 1;
        folder.write((folder.text ?? '').replace(/"opus\d*"/, `"opus${edits}"`));
      }
      return open(...args);
    });
    assert.deepEqual(await folder.proxy().configure(folder.target), { ok: true });
    assert.equal(edits, 3);
    assert.match(folder.text ?? '', /"opus3"/);
    assert.match(folder.text ?? '', /local-token/);
    assert.equal(folder.copyText, settings.replace('opus', 'opus3'));
    assert.deepEqual(folder.names, ['settings.json', 'settings.json.qcc-backup']);
  });

  it('without end is left alone', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write('{"n": 0}');
    const { open } = fs.promises;
    let edits = 0;
    t.mock.method(fs.promises, 'open', async (...args: Parameters<typeof open>) => {
      if (String(args[0]).startsWith(`${folder.file}.qcc-draft`)) folder.write(`{"n": ${++edits}}`);
      return open(...args);
    });
    const outcome = await folder.proxy().configure(folder.target);
    assert.deepEqual(outcome, { ok: false, problem: { code: 'changing' } });
    assert.equal(folder.text, `{"n": ${edits}}`);
  });

  it('while it is taken out loses nothing either', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(settings);
    const proxy = folder.proxy();
    await proxy.configure(folder.target);
    const { open } = fs.promises;
    let edits = 0;
    t.mock.method(fs.promises, 'open', async (...args: Parameters<typeof open>) => {
      if (String(args[0]).startsWith(`${folder.file}.qcc-draft`) && edits < 1) {
        edits += 1;
        folder.write((folder.text ?? '').replace('"opus"', '"sonnet"'), 0o600);
      }
      return open(...args);
    });
    await proxy.leave();
    assert.equal(edits, 1);
    assert.equal(folder.text, settings.replace('opus', 'sonnet'));
  });
});

describe('what a user may have done before', () => {
  it('is kept: an address that already was the one of the proxy, while the token goes with the proxy', async (t) => {
    const folder = new ClaudeFolder(t);
    const own = `{"env": {"ANTHROPIC_BASE_URL": "${url}"}}`;
    folder.write(own);
    const proxy = folder.proxy();
    await proxy.configure(folder.target);
    await proxy.leave();
    assert.equal(folder.text, own);
  });

  it('is not written over in the copy, where somebody has removed what was put in its place', async (t) => {
    const folder = new ClaudeFolder(t);
    const own = '{"env": {"ANTHROPIC_API_KEY": "sk-own-key"}}';
    folder.write(own);
    for (let round = 0; round < 3; round += 1) {
      const proxy = folder.proxy();
      await (round === 0 ? proxy.configure(folder.target) : proxy.start());
      folder.edit(({ env }) => {
        delete env.ANTHROPIC_API_KEY;
      });
      await proxy.leave();
    }
    assert.deepEqual(folder.names, ['settings.json', 'settings.json.qcc-backup-1']);
    assert.equal(fs.readFileSync(`${folder.copy}-1`, 'utf8'), own);
    assert.equal(folder.mode(`${folder.copy}-1`), 0o600);
  });

  it('is found again by the copy when the state folder is gone, and nothing of ours is taken for the user’s', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(settings);
    const token = 'x'.repeat(43);
    await folder.proxy({ token }).configure(folder.target);
    fs.rmSync(folder.recordPath);
    const proxy = folder.proxy({ port: 7999 });
    await proxy.configure(folder.target);
    assert.equal(folder.variables.ANTHROPIC_BASE_URL, 'http://127.0.0.1:7999');
    await proxy.restore();
    assert.equal(folder.text, settings);
    assert.deepEqual(folder.names, ['settings.json']);
  });

  it('is somewhere in any case, also where what is ours is not known by its form', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(settings);
    await folder.proxy().configure(folder.target);
    fs.rmSync(folder.recordPath);
    const proxy = folder.proxy();
    await proxy.configure(folder.target);
    await proxy.restore();
    assert.equal(fs.readFileSync(`${folder.copy}-1`, 'utf8'), settings);
  });
});

describe('what is no settings file', () => {
  it('is refused by its size, before the streams of everybody stand still for it', async (t) => {
    const folder = new ClaudeFolder(t);
    const text = JSON.stringify({ text: 'x'.repeat(1024 * 1024) });
    folder.write(text);
    const outcome = await folder.proxy().configure(folder.target);
    assert.deepEqual(outcome, { ok: false, problem: { code: 'unreadable', system: 'EFBIG' } });
    assert.equal(folder.text, text);
  });

  it('is refused where it is nested without end', async (t) => {
    const folder = new ClaudeFolder(t);
    folder.write(`{"a": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    const outcome = await folder.proxy().configure(folder.target);
    assert.deepEqual(outcome, { ok: false, problem: { code: 'notJson', line: 1, column: 1 } });
  });

  it('is not waited for where it is a pipe', { skip: process.platform === 'win32' }, async (t) => {
    const folder = new ClaudeFolder(t);
    fs.mkdirSync(dirname(folder.file));
    execFileSync('mkfifo', [folder.file]);
    const outcome = await folder.proxy().configure(folder.target);
    assert.deepEqual(outcome, { ok: false, problem: { code: 'unreadable', system: 'EINVAL' } });
  });

  it('is refused where it is a folder, or a link in a circle', async (t) => {
    const folder = new ClaudeFolder(t);
    fs.mkdirSync(folder.file, { recursive: true });
    const codes = [await folder.proxy().configure(folder.target)];
    fs.rmdirSync(folder.file);
    fs.symlinkSync('settings.json', folder.file);
    codes.push(await folder.proxy().configure(folder.target));
    assert.deepEqual(
      codes.map((outcome) => outcome.ok || ('system' in outcome.problem && outcome.problem.system)),
      ['EISDIR', 'ELOOP'],
    );
  });
});
