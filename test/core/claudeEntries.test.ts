import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ClientEnvironment,
  clientEnvironment,
  entriesWithoutRecord,
  noEntries,
  type OwnEntries,
  onlyInCopy,
  putEntriesIn,
  takeEntriesOut,
} from '../../src/core/claudeEntries.ts';

const access = { port: 7860, token: 'local-token' };
const plain: ClientEnvironment = { hasProxy: false, exclusions: {} };

/** Puts the entries into a file that has none of ours. @throws when that is refused */
function put(
  text: string,
  { environment = plain, own = noEntries, copy = undefined as string | undefined, at = access } = {},
) {
  const result = putEntriesIn(text, at, environment, own, copy);
  assert.ok(result.ok, JSON.stringify(result));
  return result;
}

function take(text: string, own: OwnEntries, copy: string | undefined): string {
  const result = takeEntriesOut(text, own, copy);
  assert.ok(result.ok);
  return result.text;
}

const environmentOf = (text: string): Record<string, unknown> => JSON.parse(text).env;

describe('entries in the settings of Claude Code', () => {
  it('point it at the proxy with the local token', () => {
    assert.deepEqual(environmentOf(put('').text), {
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:7860',
      ANTHROPIC_AUTH_TOKEN: 'local-token',
      CLAUDE_CODE_GATEWAY_HINT_HEADERS: '1',
    });
  });

  it('silence a key in the file, which would be sent beside the token', () => {
    const { text } = put('{"env": {"ANTHROPIC_API_KEY": "sk-own"}}');
    assert.equal(environmentOf(text).ANTHROPIC_API_KEY, '');
  });

  it('leave everything else as it is', () => {
    const text = '{\n  // mine\n  "model": "opus", // always\n  "env": {\n    "A": "1" // a\n  }\n}\n';
    const changed = put(text).text;
    assert.ok(
      changed.startsWith('{\n  // mine\n  "model": "opus", // always\n  "env": {\n    "A": "1", // a\n'),
    );
  });

  it('are the same when they are put in again', () => {
    const { text, own, original } = put('{"env": {"ANTHROPIC_BASE_URL": "https://relay.example"}}');
    const again = put(text, { own, copy: original });
    assert.equal(again.text, text);
    assert.deepEqual(again.own, own);
    assert.equal(again.original, original);
  });

  it('follow the port and the token, and remember what may still be there', () => {
    const first = put('{}');
    const second = put(first.text, { own: first.own, copy: '{}', at: { port: 7999, token: 'next-token' } });
    assert.equal(environmentOf(second.text).ANTHROPIC_BASE_URL, 'http://127.0.0.1:7999');
    assert.equal(environmentOf(second.text).ANTHROPIC_AUTH_TOKEN, 'next-token');
    // The process was killed before the file was written: what is there is still ours.
    assert.equal(take(first.text, second.own, '{}'), '{}');
    assert.equal(take(second.text, second.own, '{}'), '{}');
  });

  it('are not claimed where the user has written the same', () => {
    const text = JSON.stringify({ env: { CLAUDE_CODE_GATEWAY_HINT_HEADERS: '1' } });
    const { text: changed, own } = put(text);
    assert.equal('CLAUDE_CODE_GATEWAY_HINT_HEADERS' in own.values, false);
    assert.equal(take(changed, own, text), text);
  });
});

describe('hosts to reach without a corporate proxy', () => {
  const listed = (text: string, environment: ClientEnvironment) => {
    const { NO_PROXY, no_proxy } = environmentOf(put(text, { environment }).text);
    return { NO_PROXY, no_proxy };
  };

  it('are not touched where there is no such proxy', () => {
    const environment = clientEnvironment({ NO_PROXY: 'corp.example' });
    assert.deepEqual(listed('{}', environment), { NO_PROXY: undefined, no_proxy: undefined });
  });

  it('are those of the environment and this machine, since a list in the file hides that one', () => {
    const environment = clientEnvironment({ HTTPS_PROXY: 'http://proxy.example', no_proxy: '.corp.example' });
    const list = '.corp.example,127.0.0.1,localhost';
    assert.deepEqual(listed('{}', environment), { NO_PROXY: undefined, no_proxy: list });
  });

  it('are this machine in both spellings where none is in use', () => {
    const environment = clientEnvironment({ all_proxy: 'http://proxy.example' });
    const list = '127.0.0.1,localhost';
    assert.deepEqual(listed('{}', environment), { NO_PROXY: list, no_proxy: list });
  });

  it('are added to what the file has', () => {
    const text = '{"env": {"HTTP_PROXY": "http://proxy.example", "NO_PROXY": "a.example"}}';
    assert.deepEqual(listed(text, plain), { NO_PROXY: 'a.example,127.0.0.1,localhost', no_proxy: undefined });
  });

  it('stay as they are where this machine is among them', () => {
    for (const hosts of ['*', 'localhost,127.0.0.1']) {
      const text = JSON.stringify({ env: { HTTP_PROXY: 'http://proxy.example', NO_PROXY: hosts } });
      assert.deepEqual(listed(text, plain), { NO_PROXY: hosts, no_proxy: undefined });
    }
  });
});

describe('taking the entries out', () => {
  it('gives the file back to the byte', () => {
    const texts = [
      '{\n  "env": {\n    "ANTHROPIC_BASE_URL": "https:\\/\\/relay.example", // mine\n    "ANTHROPIC_AUTH_TOKEN": "sk-own"\n  },\n  "x": [1, 2]\n}\n',
      '{"env":{"ANTHROPIC_API_KEY":"sk-own"}}',
      '{\r\n\t"model": "opus"\r\n}\r\n',
      '\ufeff{\n  "env": {},\n}\n',
      '{\n  "env": { /* none */ }\n}',
    ];
    for (const text of texts) {
      const { text: changed, own, original } = put(text);
      assert.equal(original, text);
      assert.notEqual(changed, text);
      assert.equal(take(changed, own, original), text);
    }
  });

  it('leaves what somebody has changed since', () => {
    const { text, own, original } = put('{"env": {"ANTHROPIC_BASE_URL": "https://relay.example"}}');
    const edited = JSON.parse(text);
    edited.env.ANTHROPIC_BASE_URL = 'https://other.example';
    edited.model = 'opus';
    const left = JSON.parse(take(JSON.stringify(edited), own, original));
    assert.deepEqual(left, { env: { ANTHROPIC_BASE_URL: 'https://other.example' }, model: 'opus' });
    assert.equal(onlyInCopy(JSON.stringify(left), own, original), true);
  });

  it('puts nothing back that somebody has removed', () => {
    const { text, own, original } = put('{"env": {"ANTHROPIC_BASE_URL": "https://relay.example"}}');
    const edited = JSON.parse(text);
    delete edited.env.ANTHROPIC_BASE_URL;
    assert.deepEqual(JSON.parse(take(JSON.stringify(edited), own, original)).env, {});
  });

  it('leaves nothing that is only in the copy when nobody has changed anything', () => {
    const { text, own, original } = put('{"env": {"ANTHROPIC_AUTH_TOKEN": "sk-own"}}');
    assert.equal(onlyInCopy(take(text, own, original), own, original), false);
  });
});

describe('a file that cannot be understood', () => {
  const problem = (text: string) => {
    const result = putEntriesIn(text, access, plain, noEntries, undefined);
    return result.ok ? undefined : result.problem;
  };

  it('is refused, with the place where it goes wrong', () => {
    assert.deepEqual(problem('{\n  "a": 1\n  "b": 2\n}'), { code: 'notJson', line: 3, column: 3 });
    assert.deepEqual(problem('[]'), { code: 'notAnObject', line: 1, column: 1 });
    assert.deepEqual(problem('{\n "env": "x"}'), { code: 'notAnObject', line: 2, column: 9 });
  });

  it('is refused where a name that matters is there twice', () => {
    assert.equal(problem('{"env": {}, "env": {"A": "1"}}')?.code, 'repeated');
    assert.equal(problem('{"env": {"A": "1", "A": "2"}}')?.code, 'repeated');
    assert.equal(problem('{"model": 1, "model": 2}'), undefined);
  });

  it('is none that has comments, trailing commas, or nothing at all', () => {
    for (const text of ['', '\n', '// nothing yet', '{ "a": [1,], /* b */ }'])
      assert.equal(problem(text), undefined);
  });
});

describe('entries of which there is no record', () => {
  const at = { port: 7860, token: 'T'.repeat(43) };
  const proxied: ClientEnvironment = { hasProxy: true, exclusions: {} };
  const had =
    '{"env": {"ANTHROPIC_BASE_URL": "https://r.example", "ANTHROPIC_API_KEY": "sk-own", "NO_PROXY": "corp"}}';

  it('are all found by the copy', () => {
    for (const original of [had, '{}', '{"env": {"ANTHROPIC_AUTH_TOKEN": "sk-own"}}']) {
      const { text, own } = put(original, { at, environment: proxied });
      assert.deepEqual(entriesWithoutRecord(text, original), own);
      assert.equal(take(text, entriesWithoutRecord(text, original), original), original);
    }
  });

  it('are found without a copy where the file was made for them', () => {
    const { text, own } = put('', { at });
    assert.deepEqual(entriesWithoutRecord(text, undefined), own);
  });

  it('are none where the user has changed them: what looks like a key of somebody else’s stays', () => {
    const { text } = put(had, { at });
    for (const value of [
      ['http://127.0.0.1:7860', 'http://127.0.0.1:4000/gateway'],
      [at.token, 'sk-ant-own'],
    ] as const) {
      assert.deepEqual(entriesWithoutRecord(text.replace(value[0], value[1]), had), noEntries);
    }
  });
});
