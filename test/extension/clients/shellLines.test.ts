import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { shellLines } from '../../../src/extension/clients/shellLines.ts';

const access = { port: 7860, token: 'local-token' };

describe('lines for a POSIX shell', () => {
  /** The environment of a program that is started after the lines were run. */
  function environmentAfter(before: Record<string, string>, at = access): Map<string, string> {
    const env = { PATH: process.env.PATH ?? '', ...before };
    const output = execFileSync('bash', ['--norc', '-euc', `${shellLines('posix', at)}env -0`], {
      env,
      encoding: 'utf8',
    });
    return new Map(
      output
        .split('\0')
        .map((line): [string, string] => [line.split('=')[0] ?? '', line.replace(/^[^=]*=/, '')]),
    );
  }

  it('set address and token', () => {
    const variables = environmentAfter({});
    assert.equal(variables.get('ANTHROPIC_BASE_URL'), 'http://127.0.0.1:7860');
    assert.equal(variables.get('ANTHROPIC_AUTH_TOKEN'), 'local-token');
    assert.equal(variables.get('CLAUDE_CODE_GATEWAY_HINT_HEADERS'), '1');
  });

  it('set a token to the letter, whatever is in it', () => {
    const token = `a'b"c$HOME\`id\`\\ d`;
    assert.equal(environmentAfter({}, { port: 7860, token }).get('ANTHROPIC_AUTH_TOKEN'), token);
  });

  it('add this machine to the hosts that are reached without a corporate proxy, in both spellings', () => {
    const lists = (before: Record<string, string>) => {
      const variables = environmentAfter(before);
      return [variables.get('NO_PROXY'), variables.get('no_proxy')];
    };
    const alone = '127.0.0.1,localhost';
    assert.deepEqual(lists({}), [alone, alone]);
    assert.deepEqual(lists({ NO_PROXY: 'a' }), [`a,${alone}`, `a,${alone}`]);
    assert.deepEqual(lists({ no_proxy: 'b', NO_PROXY: '' }), [`b,${alone}`, `b,${alone}`]);
    assert.deepEqual(lists({ NO_PROXY: 'a', no_proxy: 'b' }), [`a,${alone}`, `b,${alone}`]);
  });
});

describe('lines for other shells', () => {
  it('are quoted as fish wants it', () => {
    const lines = shellLines('fish', { port: 7860, token: `a'b\\c` });
    assert.match(lines, /^set -gx ANTHROPIC_BASE_URL 'http:\/\/127\.0\.0\.1:7860'$/m);
    assert.ok(lines.includes(`set -gx ANTHROPIC_AUTH_TOKEN 'a\\'b\\\\c'\n`));
    assert.ok(lines.includes('set -gx no_proxy (string join , $no_proxy 127.0.0.1 localhost)'));
  });

  it('are quoted as PowerShell wants it', () => {
    const lines = shellLines('powershell', { port: 7860, token: `a'b$c` });
    assert.match(lines, /^\$env:ANTHROPIC_BASE_URL = 'http:\/\/127\.0\.0\.1:7860'$/m);
    assert.ok(lines.includes(`$env:ANTHROPIC_AUTH_TOKEN = 'a''b$c'\n`));
    assert.match(lines, /^\$env:NO_PROXY = .*127\.0\.0\.1,localhost/m);
  });

  it('end as cmd wants it', () => {
    const lines = shellLines('cmd', access).split('\r\n');
    assert.ok(lines.includes('set "ANTHROPIC_BASE_URL=http://127.0.0.1:7860"'));
    assert.ok(lines.includes('set "ANTHROPIC_AUTH_TOKEN=local-token"'));
    assert.match(lines.at(-2) ?? '', /%NO_PROXY%,127\.0\.0\.1,localhost/);
    assert.equal(lines.at(-1), '');
  });
});
