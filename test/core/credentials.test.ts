import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuthStyle } from '../../src/core/configuration.ts';
import { credentialFor } from '../../src/core/credentials.ts';

const relay = 'relay.example';
const official = 'api.anthropic.com';
const key = 'sk-ant-api03-x';
const token = 'sk-ant-oat01-x';
const oauth = 'oauth-2025-04-20';

const cases: [host: string, auth: AuthStyle, key: string, headers: string[], beta: string | undefined][] = [
  [official, 'auto', key, ['x-api-key'], undefined],
  [official, 'auto', token, ['authorization'], oauth],
  [relay, 'auto', key, ['authorization', 'x-api-key'], undefined],
  [relay, 'auto', token, ['authorization'], oauth],
  [relay, 'x-api-key', key, ['x-api-key'], undefined],
  [relay, 'bearer', key, ['authorization'], undefined],
  [relay, 'both', key, ['authorization', 'x-api-key'], undefined],
  [official, 'bearer', token, ['authorization'], oauth],
  [official, 'both', key, ['authorization', 'x-api-key'], undefined],
  ['api.anthropic.com.evil.example', 'auto', key, ['authorization', 'x-api-key'], undefined],
];

for (const [host, auth, apiKey, headers, beta] of cases) {
  test(`${auth} at ${host} sends ${apiKey} in ${headers.join(' and ')}`, () => {
    const credential = credentialFor(host, auth, apiKey);
    assert.deepEqual(Object.keys(credential.headers).toSorted(), headers);
    assert.equal(credential.beta, beta);
    for (const value of Object.values(credential.headers))
      assert.match(value, new RegExp(`^(Bearer )?${apiKey}$`));
  });
}
