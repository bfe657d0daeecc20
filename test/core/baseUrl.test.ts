import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type BaseUrlProblem,
  isLoopbackHost,
  isOwnAddress,
  originOf,
  parseBaseUrl,
  pathPrefixOf,
} from '../../src/core/baseUrl.ts';

const accepted: [text: string, baseUrl: string][] = [
  ['https://api.anthropic.com', 'https://api.anthropic.com'],
  ['  https://api.anthropic.com/  ', 'https://api.anthropic.com'],
  ['https://API.Anthropic.com:443/', 'https://api.anthropic.com'],
  ['https://relay.example/v1', 'https://relay.example'],
  ['https://relay.example/v1/', 'https://relay.example'],
  ['https://relay.example/api/v1//', 'https://relay.example/api'],
  ['https://relay.example/v1/v1', 'https://relay.example'],
  ['https://relay.example/v1/messages', 'https://relay.example'],
  ['https://relay.example/api/v1/messages/', 'https://relay.example/api'],
  ['https://relay.example/v1/messages/count_tokens', 'https://relay.example'],
  ['https://relay.example/v1/models', 'https://relay.example'],
  ['https://relay.example/v1/chat/completions', 'https://relay.example'],
  ['https://relay.example/chat/completions', 'https://relay.example'],
  ['https://relay.example/messages', 'https://relay.example/messages'],
  ['https://relay.example/av1', 'https://relay.example/av1'],
  ['https://relay.example/v1beta', 'https://relay.example/v1beta'],
  ['https://relay.example/a/../b', 'https://relay.example/b'],
  ['https://relay.example:8443/x', 'https://relay.example:8443/x'],
  ['https://10.0.0.5', 'https://10.0.0.5'],
  ['https://[2001:db8::1]:8080/', 'https://[2001:db8::1]:8080'],
  ['http://localhost:8080', 'http://localhost:8080'],
  ['http://127.0.0.1:1', 'http://127.0.0.1:1'],
  ['http://127.1:8080', 'http://127.0.0.1:8080'],
  ['http://[::1]:8080', 'http://[::1]:8080'],
  ['https://例え.jp', 'https://xn--r8jz45g.jp'],
];

for (const [text, baseUrl] of accepted) {
  test(`"${text}" is stored as ${baseUrl}`, () => {
    assert.deepEqual(parseBaseUrl(text), { ok: true, baseUrl });
  });
}

const refused: [text: string, problem: BaseUrlProblem][] = [
  ['', 'notAUrl'],
  ['relay.example', 'notAUrl'],
  ['https://', 'notAUrl'],
  ['https://a b', 'notAUrl'],
  ['https://relay.example:99999', 'notAUrl'],
  ['ftp://relay.example', 'unsupportedScheme'],
  ['file:///etc/passwd', 'unsupportedScheme'],
  ['javascript:alert(1)', 'unsupportedScheme'],
  ['unix:/run/x.sock', 'unsupportedScheme'],
  ['ws://127.0.0.1', 'unsupportedScheme'],
  ['http://relay.example', 'insecureHost'],
  ['http://10.0.0.5', 'insecureHost'],
  ['http://192.168.1.1', 'insecureHost'],
  ['http://0.0.0.0:1', 'insecureHost'],
  ['http://127.evil.com', 'insecureHost'],
  ['http://127.0.0.1.evil.com', 'insecureHost'],
  ['http://localhost.evil', 'insecureHost'],
  ['http://localhost.', 'insecureHost'],
  ['http://evil.localhost', 'insecureHost'],
  ['http://[::ffff:127.0.0.1]', 'insecureHost'],
  ['https://user:secret@relay.example', 'hasCredentials'],
  ['https://user@relay.example', 'hasCredentials'],
  ['https://:secret@relay.example', 'hasCredentials'],
  ['https://relay.example/?key=1', 'hasQueryOrFragment'],
  ['https://relay.example/#x', 'hasQueryOrFragment'],
  ['https://169.254.169.254/latest/meta-data', 'linkLocalHost'],
  ['http://169.254.169.254', 'linkLocalHost'],
  ['https://169.254.169.254.', 'linkLocalHost'],
  ['https://2852039166', 'linkLocalHost'],
  ['https://0xa9.0xfe.0xa9.0xfe', 'linkLocalHost'],
  ['https://[fe80::1]', 'linkLocalHost'],
  ['https://[febf::1]', 'linkLocalHost'],
  ['https://[fd00:ec2::254]', 'linkLocalHost'],
  ['https://[::ffff:169.254.169.254]', 'linkLocalHost'],
  ['https://[64:ff9b::169.254.169.254]', 'linkLocalHost'],
];

for (const [text, problem] of refused) {
  test(`"${text}" is refused: ${problem}`, () => {
    assert.deepEqual(parseBaseUrl(text), { ok: false, problem });
  });
}

test('what is stored is stored the same when it is parsed again', () => {
  const segment = fc.constantFrom(
    'v1',
    '',
    'api',
    'av1',
    'v1beta',
    '%2f',
    '..',
    'messages',
    'chat/completions',
  );
  fc.assert(
    fc.property(fc.webAuthority(), fc.array(segment), (authority, path) => {
      const first = parseBaseUrl(`https://${authority}/${path.join('/')}`);
      if (first.ok) assert.deepEqual(parseBaseUrl(first.baseUrl), first);
    }),
  );
});

test('any text is either refused or becomes a safe https or loopback address', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.webUrl({ withFragments: true, withQueryParameters: true })),
      (text) => {
        const result = parseBaseUrl(text);
        if (!result.ok) return;
        const url = new URL(result.baseUrl);
        assert.ok(url.protocol === 'https:' || isLoopbackHost(url.hostname));
        assert.equal(url.username + url.password + url.search + url.hash, '');
        assert.doesNotMatch(result.baseUrl, /\/$/);
      },
    ),
  );
});

test('a base URL is taken apart into origin and path', () => {
  assert.equal(originOf('https://relay.example:8443/a/b'), 'https://relay.example:8443');
  assert.equal(pathPrefixOf('https://relay.example:8443/a/b'), '/a/b');
  assert.equal(pathPrefixOf('https://relay.example'), '');
});

for (const [baseUrl, own] of [
  ['http://127.0.0.1:7860', true],
  ['http://localhost:7860/x', true],
  ['http://127.8.8.8:7860', true],
  ['http://[::1]:7860', true],
  ['http://127.0.0.1:7861', false],
  ['https://127.0.0.1:7860', false],
  ['https://relay.example:7860', false],
] as const) {
  test(`${baseUrl} ${own ? 'leads' : 'does not lead'} back to port 7860`, () => {
    assert.equal(isOwnAddress(baseUrl, [7860]), own);
  });
}

test('every port that the proxy listens on leads back to it', () => {
  for (const port of [7860, 7861]) assert.ok(isOwnAddress(`http://127.0.0.1:${port}`, [7860, 7861]));
  assert.ok(!isOwnAddress('http://127.0.0.1:7862', [7860, 7861]));
});
