import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSettingsText } from '../../../src/core/claudeSettings.ts';
import type { SettingsKind, SettingsRead } from '../../../src/extension/clients/claudeCodeFiles.ts';
import {
  type ClientFacts,
  endingOf,
  type Finding,
  judgeClient,
  type Layer,
} from '../../../src/extension/clients/clientCheck.ts';

const token = 'local-token-1234';
const ours = { ANTHROPIC_BASE_URL: 'http://127.0.0.1:7860', ANTHROPIC_AUTH_TOKEN: token };

/** A settings file named after its kind. */
function file(kind: SettingsKind, content: object | string): SettingsRead {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const parsed = parseSettingsText(text);
  return parsed.ok
    ? { kind, file: kind, text, settings: parsed, problem: undefined }
    : { kind, file: kind, text, settings: undefined, problem: parsed.problem };
}

const environment = (values: Record<string, string>): Layer => ({
  source: { kind: 'environment' },
  variables: new Map(Object.entries(values)),
});

const judge = (
  files: SettingsRead[],
  values: Record<string, string> = {},
  facts: Partial<ClientFacts> = {},
) =>
  judgeClient({
    files,
    others: [environment(values)],
    proxy: { port: 7860, token },
    isRunning: true,
    requiresToken: true,
    ...facts,
  });
const codes = (findings: readonly Finding[]) => findings.map(({ code }) => code);

describe('a client', () => {
  it('goes through the proxy where address and token are those of the proxy', () => {
    const verdict = judge([file('user', { env: ours })]);
    assert.deepEqual([verdict.route, verdict.works, verdict.findings], ['proxy', true, []]);
    assert.deepEqual(verdict.address?.source, { kind: 'user', file: 'user' });
    assert.equal(judge([], { ...ours, ANTHROPIC_BASE_URL: 'http://localhost:7860/' }).works, true);
  });

  it('goes to Anthropic where nothing sets an address', () => {
    const verdict = judge([file('user', {})]);
    assert.deepEqual([verdict.route, codes(verdict.findings)], ['anthropic', ['notPointed']]);
  });

  it('follows a settings file and not the environment', () => {
    const old = { ANTHROPIC_BASE_URL: 'https://user:secret@relay.example/v1' };
    const verdict = judge([file('user', { env: old })], ours);
    assert.equal(verdict.route, 'elsewhere');
    assert.deepEqual(verdict.findings, [
      { code: 'otherAddress', address: 'https://relay.example', source: { kind: 'user', file: 'user' } },
    ]);
  });

  it('follows the strongest settings file', () => {
    const elsewhere = { env: { ANTHROPIC_BASE_URL: 'https://relay.example' } };
    for (const kind of ['managed', 'local', 'project'] as const) {
      assert.equal(
        judge([file(kind, elsewhere), file('user', { env: ours })]).address?.value,
        'https://relay.example',
      );
    }
  });

  it('does not load a file with comments or one that is broken', () => {
    const commented = judge([file('user', `{ "env": ${JSON.stringify(ours)} /* x */ }`)]);
    assert.deepEqual(
      [commented.route, codes(commented.findings)],
      ['anthropic', ['notPlainJson', 'notPointed']],
    );
    const broken = judge([file('project', '{'), file('user', { env: ours })]);
    assert.deepEqual([broken.route, codes(broken.findings)], ['proxy', ['unreadable']]);
  });

  it('has another port in an old address', () => {
    const verdict = judge([file('user', { env: { ...ours, ANTHROPIC_BASE_URL: 'http://127.0.0.1:7999' } })]);
    assert.deepEqual(codes(verdict.findings), ['otherPort']);
  });

  it('does not get through by an address with a path, which the proxy has nothing at', () => {
    const at = (address: string) => judge([file('user', { env: { ...ours, ANTHROPIC_BASE_URL: address } })]);
    const verdict = at(`${ours.ANTHROPIC_BASE_URL}/v1`);
    assert.deepEqual([verdict.works, codes(verdict.findings)], [false, ['otherAddress']]);
    assert.equal(at(`${ours.ANTHROPIC_BASE_URL}/`).works, true);
  });

  it('goes to a cloud provider whatever its address is', () => {
    const verdict = judge([file('user', { env: { ...ours, CLAUDE_CODE_USE_BEDROCK: '1' } })]);
    assert.deepEqual([verdict.route, codes(verdict.findings)], ['cloudProvider', ['cloudProvider']]);
    assert.equal(judge([file('user', { env: { ...ours, CLAUDE_CODE_USE_VERTEX: '0' } })]).works, true);
  });

  it('is refused without the local token, unless the proxy asks for none', () => {
    const { ANTHROPIC_BASE_URL } = ours;
    assert.deepEqual(codes(judge([], { ANTHROPIC_BASE_URL }).findings), ['noToken']);
    const wrong = judge([], { ANTHROPIC_BASE_URL, ANTHROPIC_AUTH_TOKEN: 'sk-secret-of-old' });
    assert.deepEqual(wrong.findings, [
      { code: 'wrongToken', ending: '-old', source: { kind: 'environment' } },
    ]);
    assert.equal(judge([], { ANTHROPIC_BASE_URL }, { requiresToken: false }).works, true);
  });

  it('is let in by either of the two', () => {
    const { ANTHROPIC_BASE_URL } = ours;
    assert.equal(judge([], { ANTHROPIC_BASE_URL, ANTHROPIC_API_KEY: token }).works, true);
  });

  it('sends a key along that the proxy takes no notice of', () => {
    const verdict = judge([file('user', { env: ours, apiKeyHelper: 'get-key' })], {
      ANTHROPIC_API_KEY: 'sk-other-key',
    });
    assert.equal(verdict.works, true);
    assert.deepEqual(codes(verdict.findings), ['keyBeside', 'keyHelper']);
    const silenced = judge([file('user', { env: { ...ours, ANTHROPIC_API_KEY: '' } })], {
      ANTHROPIC_API_KEY: 'sk-x',
    });
    assert.deepEqual(silenced.findings, []);
  });

  it('does not reach the proxy through a corporate one, unless this machine is excepted in the spelling that counts', () => {
    const proxied = { ...ours, HTTPS_PROXY: 'http://proxy.example' };
    const judged = (exclusions: Record<string, string>) =>
      codes(judge([], { ...proxied, ...exclusions }).findings);
    assert.deepEqual(judged({}), ['corporateProxy']);
    assert.deepEqual(judged({ NO_PROXY: 'localhost,127.0.0.1' }), []);
    assert.deepEqual(judged({ NO_PROXY: '127.0.0.1', no_proxy: 'corp.example' }), ['corporateProxy']);
    assert.deepEqual(judged({ NO_PROXY: 'corp.example', no_proxy: '127.0.0.1' }), []);
  });

  it('gets no answer while there is no proxy', () => {
    const verdict = judge([file('user', { env: ours })], {}, { isRunning: false });
    assert.deepEqual([verdict.works, codes(verdict.findings)], [false, ['noProxyRuns']]);
  });
});

it('of a secret no more than its end is shown, and of a short one nothing', () => {
  assert.equal(endingOf('sk-ant-0123456789'), '6789');
  assert.equal(endingOf('sk-short'), '');
});
