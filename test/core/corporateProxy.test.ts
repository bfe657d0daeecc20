import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProxyUrl, isReachedWithoutProxy } from '../../src/core/corporateProxy.ts';

for (const [entry, host, port, expected] of [
  ['*', 'api.example.com', 443, true],
  ['example.com', 'example.com', 443, true],
  ['example.com', 'api.example.com', 443, true],
  ['.example.com', 'api.example.com', 443, true],
  ['*.example.com', 'api.example.com', 443, true],
  [' Example.COM ', 'api.example.com', 443, true],
  ['example.com', 'notexample.com', 443, false],
  ['example.com:8443', 'example.com', 8443, true],
  ['example.com:8443', 'example.com', 443, false],
  ['', 'example.com', 443, false],
  ['.', 'example.com', 443, false],
] as const) {
  test(`the exclusion "${entry}" ${expected ? 'covers' : 'does not cover'} ${host}:${port}`, () => {
    assert.equal(isReachedWithoutProxy(host, port, [entry]), expected);
  });
}

test('a proxy has an HTTP address that can be used', () => {
  for (const url of ['http://proxy:8080', 'https://user:p%40ss@proxy.example'])
    assert.ok(isProxyUrl(url), url);
  for (const url of ['', 'proxy:8080', 'socks5://proxy', 'http://user:100%@proxy']) {
    assert.ok(!isProxyUrl(url), url);
  }
});
