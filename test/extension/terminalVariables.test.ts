import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type TerminalVariables,
  type TerminalVariablesOptions,
  terminalVariables,
} from '../../src/extension/terminalVariables.ts';
import { endpoint, failing, modelValue, profile } from './modelValue.ts';

const options = { wanted: true, token: 'local-token', environment: {} };
/** What terminals get. @throws when they get nothing */
function given(
  value: Parameters<typeof terminalVariables>[0],
  from: TerminalVariablesOptions,
): TerminalVariables {
  const variables = terminalVariables(value, from);
  if (typeof variables === 'string') throw new Error(variables);
  return variables;
}

const ready = modelValue([profile('p', [endpoint('a')])], { a: {} });

describe('variables of terminals', () => {
  it('point clients at the proxy', () => {
    assert.deepEqual(given(ready, options).set, {
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:7860',
      ANTHROPIC_AUTH_TOKEN: 'local-token',
      CLAUDE_CODE_GATEWAY_HINT_HEADERS: '1',
    });
  });

  it('stay while endpoints fail, since the proxy says so better than a missing server', () => {
    const value = modelValue([profile('p', [endpoint('a')])], { a: failing });
    assert.equal(typeof terminalVariables(value, options), 'object');
  });

  it('are absent unless wanted', () => {
    assert.equal(terminalVariables(ready, { ...options, wanted: false }), 'notWanted');
  });

  it('are absent until the token is known', () => {
    assert.equal(terminalVariables(ready, { ...options, token: undefined }), 'notAttached');
  });

  it('are absent unless attached', () => {
    assert.equal(terminalVariables({ ...ready, link: { kind: 'starting' } }, options), 'notAttached');
    assert.equal(
      terminalVariables(modelValue([profile('p', [endpoint('a')])], null), options),
      'notAttached',
    );
    assert.equal(
      terminalVariables({ ...ready, link: { kind: 'otherStore', port: 7860 } }, options),
      'notAttached',
    );
  });

  it('stay while only a lower level has such an endpoint, since requests go on to it', () => {
    const lower = profile('q', [endpoint('a')], { priority: 'secondary' });
    const active = [profile('p', []), profile('p', [endpoint('b')], { enabled: false })];
    for (const each of active) {
      assert.equal(typeof terminalVariables(modelValue([each, lower], { a: {}, b: {} }), options), 'object');
    }
  });

  it('are absent without an enabled endpoint that has a key and that requests can come to', () => {
    const off = endpoint('a', { enabled: false });
    const unusable = [
      modelValue([]),
      modelValue([profile('p', [endpoint('a')])], {}),
      modelValue([profile('p', [endpoint('a')])], { a: { hasKey: false } }),
      modelValue([profile('p', [off])], { a: {} }),
      modelValue([profile('p', []), profile('q', [endpoint('a')])], { a: {} }),
      modelValue([profile('p', [endpoint('a')], { enabled: false })], { a: {} }),
    ];
    for (const value of unusable) assert.equal(terminalVariables(value, options), 'noEndpoint');
  });
});

describe('hosts that are reached without a corporate proxy', () => {
  const appended = (environment: Record<string, string>) => given(ready, { ...options, environment }).append;
  const loopback = ',127.0.0.1,localhost';

  it('get the loopback addresses in both spellings when neither is in use', () => {
    assert.deepEqual(appended({}), { NO_PROXY: loopback, no_proxy: loopback });
  });

  it('get them in the spelling in use, so that the other does not hide the list of the user', () => {
    assert.deepEqual(appended({ NO_PROXY: '.corp.example' }), { NO_PROXY: loopback });
    assert.deepEqual(appended({ no_proxy: '.corp.example', NO_PROXY: '' }), { no_proxy: loopback });
    assert.deepEqual(appended({ no_proxy: 'x', NO_PROXY: 'y' }), { NO_PROXY: loopback, no_proxy: loopback });
  });
});
