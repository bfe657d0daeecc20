import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  maxPastedLength,
  type PastedEndpoint,
  type PastedProblem,
  parsePastedEndpoint,
} from '../../src/core/pastedEndpoint.ts';

/*
 * What people copy when they want to add an endpoint: from the page of a relay service, a terminal, a file, a chat.
 */

const relay = { baseUrl: 'https://relay.example', apiKey: 'sk-canary-1' };
const only = { baseUrl: relay.baseUrl };

/** What is pasted, and what is found in it. */
type Pasted = readonly [what: string, text: string, found: PastedEndpoint];

// biome-ignore format: it reads as the table that it is.
const found: readonly Pasted[] = [
  ['a base URL', 'https://relay.example', only],
  ['one with the version', ' https://relay.example/v1/ ', only],
  ['the address of a request', 'https://relay.example/v1/messages?beta=true', only],
  ['the address of a request of the other API', 'https://relay.example/v1/chat/completions', only],
  ['a page of the site', 'https://relay.example/#/register?aff=1', only],
  ['one in quotes', '"https://relay.example/v1"', only],
  ['one in bent quotes', '“https://relay.example”', only],
  ['one in angle brackets', '<https://relay.example>', only],
  ['one in backticks', '`https://relay.example`', only],
  ['one with a path', 'https://relay.example/api/anthropic/', { baseUrl: 'https://relay.example/api/anthropic' }],
  ['one with marks in its path', 'https://relay.example/a,b(c)', { baseUrl: 'https://relay.example/a,b(c)' }],
  ['a host', 'relay.example', only],
  ['a host with port and path', 'relay.example:8443/v1', { baseUrl: 'https://relay.example:8443' }],
  ['this machine', 'localhost:8080', { baseUrl: 'http://localhost:8080' }],
  ['this machine by IPv6', 'http://[::1]:8080/v1', { baseUrl: 'http://[::1]:8080' }],
  ['a note', 'Base URL: https://relay.example/v1 API Key: sk-0123456789abcdef0123', { ...only, apiKey: 'sk-0123456789abcdef0123' }],
  ['a note in Chinese', '接口地址：https://relay.example，密钥：sk-0123456789abcdef0123', { ...only, apiKey: 'sk-0123456789abcdef0123' }],
  ['a key of Anthropic alone', 'sk-ant-api03-abcdefghijklmnop', { baseUrl: 'https://api.anthropic.com', apiKey: 'sk-ant-api03-abcdefghijklmnop' }],

  ['curl', `curl https://relay.example/v1/messages -H 'x-api-key: sk-canary-1' -H 'content-type: application/json' -d '{"model":"m"}'`, { ...relay, auth: 'x-api-key' }],
  ['curl over several lines', `curl -X POST https://relay.example/v1/messages \\\n  -H "x-api-key: sk-canary-1" \\\n  -d '{"a": "https://other.example"}'`, { ...relay, auth: 'x-api-key' }],
  ['curl of cmd', 'curl -X POST "https://relay.example/v1/messages" ^\r\n -H "x-api-key: sk-canary-1" ^\r\n -d "{\\"model\\":\\"m\\"}"', { ...relay, auth: 'x-api-key' }],
  ["curl of the browser's copy for cmd", 'curl ^"https://relay.example/v1/messages^" ^\r\n  -H ^"x-api-key: sk-canary-1^"', { ...relay, auth: 'x-api-key' }],
  ['curl of PowerShell', 'curl.exe -X POST `\n  "https://relay.example/v1/messages" `\n -H "Authorization: Bearer sk-canary-1"', { ...relay, auth: 'bearer' }],
  ['curl with --url and --header=', 'curl --header="Authorization: Bearer sk-canary-1" --request POST --url https://relay.example/v1/messages', { ...relay, auth: 'bearer' }],
  ['curl with everything attached', `curl -Hx-api-key:sk-canary-1 --url=https://relay.example/v1/messages`, { ...relay, auth: 'x-api-key' }],
  ['curl with both headers', `curl https://relay.example/v1/messages -H 'x-api-key: sk-canary-1' -H 'authorization: bearer sk-canary-1'`, relay],
  ['curl with two keys', `curl https://relay.example/v1/messages -H 'x-api-key: sk-canary-1' -H 'authorization: Bearer sk-canary-2'`, { ...relay, auth: 'x-api-key' }],
  ['curl of a route that proves nothing', `curl https://relay.example/v1/chat/completions -H 'Authorization: Bearer sk-canary-1'`, relay],
  ['curl to Anthropic, which auto does as well', `curl https://api.anthropic.com/v1/messages -H 'x-api-key: sk-ant-1'`, { baseUrl: 'https://api.anthropic.com', apiKey: 'sk-ant-1' }],
  ['curl through a proxy', `/usr/bin/curl -x http://127.0.0.1:3128 -e https://page.example https://relay.example/v1/models -H "x-api-key: sk-canary-1"`, relay],
  ['curl without a scheme', `curl relay.example/v1/models -H "x-api-key: sk-canary-1"`, relay],
  ['curl with a variable that nobody has set', 'curl https://relay.example/v1/messages -H "x-api-key: $ANTHROPIC_API_KEY"', { ...only, auth: 'x-api-key' }],
  ['curl with a variable that is set before', 'export ANTHROPIC_API_KEY=sk-canary-1\ncurl https://relay.example/v1/models -H "x-api-key: $ANTHROPIC_API_KEY"', relay],
  ['curl with all in variables', `ANTHROPIC_BASE_URL=https://relay.example; ANTHROPIC_API_KEY=sk-canary-1; curl "\${ANTHROPIC_BASE_URL}/v1/messages" -H "x-api-key: \${ANTHROPIC_API_KEY}"`, relay],
  ['PowerShell with a hash of headers', 'Invoke-RestMethod -Uri https://relay.example/v1/models -Headers @{ "x-api-key" = "sk-canary-1"; "anthropic-version" = "2023-06-01" }', relay],

  ['exports', 'export ANTHROPIC_BASE_URL=https://relay.example\nexport ANTHROPIC_AUTH_TOKEN=sk-canary-1', relay],
  ['exports whose lines were joined', `export ANTHROPIC_BASE_URL="https://relay.example/" export ANTHROPIC_AUTH_TOKEN='sk-canary-1'`, relay],
  ['exports behind &&', 'export ANTHROPIC_BASE_URL=https://relay.example&&export ANTHROPIC_API_KEY=sk-canary-1', relay],
  ['variables before a command', 'ANTHROPIC_BASE_URL=https://relay.example ANTHROPIC_AUTH_TOKEN=sk-canary-1 claude --continue', relay],
  ['a file of variables', '# relay\nANTHROPIC_BASE_URL=https://relay.example # EU\r\nANTHROPIC_API_KEY=sk-canary-1\r\n', relay],
  ['a file with a line that is commented out', 'ANTHROPIC_BASE_URL=https://relay.example\nANTHROPIC_API_KEY=sk-canary-1\n#ANTHROPIC_BASE_URL=https://old.example\n', relay],
  ['set of cmd', 'set ANTHROPIC_BASE_URL=https://relay.example\r\nset "ANTHROPIC_AUTH_TOKEN=sk-canary-1"', relay],
  ['setx', 'setx ANTHROPIC_BASE_URL "https://relay.example"\r\nsetx ANTHROPIC_AUTH_TOKEN sk-canary-1 /M', relay],
  ['PowerShell', '$env:ANTHROPIC_BASE_URL = "https://relay.example"\n$env:ANTHROPIC_AUTH_TOKEN="sk-canary-1"', relay],
  ['PowerShell for good', '[Environment]::SetEnvironmentVariable("ANTHROPIC_BASE_URL", "https://relay.example", "User"); [System.Environment]::SetEnvironmentVariable("ANTHROPIC_AUTH_TOKEN","sk-canary-1","User")', relay],
  ['fish', 'set -gx ANTHROPIC_BASE_URL https://relay.example\nset -e ANTHROPIC_API_KEY\nset -Ux ANTHROPIC_AUTH_TOKEN sk-canary-1', relay],
  ['csh', 'setenv ANTHROPIC_BASE_URL https://relay.example\nsetenv ANTHROPIC_AUTH_TOKEN sk-canary-1', relay],
  ['docker', 'docker run -e ANTHROPIC_BASE_URL=https://relay.example --env=ANTHROPIC_API_KEY=sk-canary-1 image', relay],
  ['docker with everything attached', 'docker run -eANTHROPIC_BASE_URL=https://relay.example -eANTHROPIC_API_KEY=sk-canary-1 image', relay],
  ['a compose file', 'environment:\n  ANTHROPIC_BASE_URL: https://relay.example\n  ANTHROPIC_API_KEY: "sk-canary-1"', relay],
  ['a list of a compose file', '- ANTHROPIC_BASE_URL=https://relay.example\n- ANTHROPIC_API_KEY=sk-canary-1', relay],
  ['the last assignment', 'export ANTHROPIC_BASE_URL=https://old.example ANTHROPIC_API_KEY=sk-old\nexport ANTHROPIC_BASE_URL=https://relay.example ANTHROPIC_API_KEY=sk-canary-1', relay],
  ['a variable that is taken away', 'unset ANTHROPIC_API_KEY\nexport ANTHROPIC_BASE_URL=https://relay.example ANTHROPIC_AUTH_TOKEN=sk-canary-1', relay],
  ['a key that is empty beside the token', 'export ANTHROPIC_BASE_URL=https://relay.example ANTHROPIC_AUTH_TOKEN=sk-canary-1 ANTHROPIC_API_KEY=""', relay],
  ['the token before the key', 'ANTHROPIC_API_KEY=sk-old ANTHROPIC_AUTH_TOKEN=sk-canary-1 ANTHROPIC_BASE_URL=https://relay.example', relay],
  ['models', 'ANTHROPIC_BASE_URL=https://relay.example ANTHROPIC_AUTH_TOKEN=sk-canary-1 ANTHROPIC_MODEL=big ANTHROPIC_SMALL_FAST_MODEL=small', { ...relay, model: 'small' }],
  ['variables of OpenAI', 'export OPENAI_API_BASE=https://relay.example/v1 OPENAI_API_KEY=sk-canary-1', relay],
  ['keys of several providers', 'OPENAI_API_KEY=sk-other\nANTHROPIC_API_KEY=sk-ant-1', { baseUrl: 'https://api.anthropic.com', apiKey: 'sk-ant-1' }],
  ['a key of Anthropic in its variable', 'export ANTHROPIC_API_KEY=sk-ant-1', { baseUrl: 'https://api.anthropic.com', apiKey: 'sk-ant-1' }],

  ['a settings file', '{\n  "$schema": "https://json.example/claude.json",\n  "env": {\n    "ANTHROPIC_BASE_URL": "https://relay.example",\n    "ANTHROPIC_AUTH_TOKEN": "sk-canary-1"\n  }\n}', relay],
  ['a settings file in one line', '{"env":{"ANTHROPIC_AUTH_TOKEN":"sk-canary-1","ANTHROPIC_BASE_URL":"https:\\/\\/relay.example"}}', relay],
  ['a piece of one', `"env": {\n // don't share\n "ANTHROPIC_BASE_URL" : "https://relay.example", /* "old" */\n "ANTHROPIC_API_KEY": "sk-canary-1",\n},`, relay],
  ["the list of VS Code's settings", '"claudeCode.environmentVariables": [{"name":"ANTHROPIC_BASE_URL","value":"https://relay.example"},{"value":"sk-canary-1","name":"ANTHROPIC_AUTH_TOKEN"}],', relay],
  ['a settings file given to a command', `claude --settings '{"env":{"ANTHROPIC_BASE_URL":"https://relay.example","ANTHROPIC_AUTH_TOKEN":"sk-canary-1"}}'`, relay],
  ['an endpoint of a config file', '{ "name": "relay a", "baseUrl": "https://relay.example", "apiKey": "sk-canary-1", "weight": 100 }', { ...relay, name: 'relay a' }],
  ['an SDK in Python', 'client = Anthropic(base_url="https://relay.example", api_key="sk-canary-1")', relay],
  ['an SDK in TypeScript', `const client = new Anthropic({ baseURL: 'https://relay.example', apiKey: 'sk-canary-1' });`, relay],
  ['a program', `os.environ["ANTHROPIC_BASE_URL"] = "https://relay.example"; os.environ['ANTHROPIC_API_KEY']='sk-canary-1'`, relay],
];

for (const [what, text, endpoint] of found) {
  test(`${what} is understood`, () => {
    assert.deepEqual(parsePastedEndpoint(text), { ok: true, endpoint });
  });
}

for (const value of [
  'your-api-key',
  'YOUR_API_KEY',
  '<key>',
  'sk-xxxxxxxx',
  'sk-...',
  'sk-…',
  `\${KEY}`,
  '%KEY%',
  '你的密钥',
  '***',
]) {
  test(`${value} is where a key has to be put in, and none`, () => {
    const text = `{"ANTHROPIC_BASE_URL":"https://relay.example","ANTHROPIC_API_KEY":"${value}"}`;
    assert.deepEqual(parsePastedEndpoint(text), { ok: true, endpoint: only });
  });
}

const refused: readonly (readonly [text: string, problem: PastedProblem, holdsKey?: boolean])[] = [
  ['', 'notAUrl'],
  ['relay', 'notAUrl'],
  ['what is this', 'notAUrl'],
  ['https://', 'notAUrl'],
  [`https://relay.example/${'a'.repeat(3000)}`, 'notAUrl'],
  ['ftp://relay.example', 'unsupportedScheme'],
  ['http://relay.example', 'insecureHost'],
  ['https://me:word@relay.example', 'hasCredentials', true],
  ['https://169.254.169.254/latest', 'linkLocalHost'],
  ['sk-0123456789abcdef0123', 'noAddress', true],
  ['cr_0123456789abcdef0123', 'noAddress', true],
  ['key: 0123456789abcdef0123456789abcdef', 'noAddress', true],
  ['export ANTHROPIC_AUTH_TOKEN=sk-canary-1', 'noAddress', true],
  ['export ANTHROPIC_AUTH_TOKEN=sk-canary-1 ANTHROPIC_BASE_URL=http://relay.example', 'insecureHost', true],
  ['curl $URL -H "x-api-key: sk-canary-1"', 'noAddress', true],
  ['a'.repeat(maxPastedLength + 1), 'tooLong', true],
];

for (const [text, problem, holdsKey = false] of refused) {
  test(`"${text.slice(0, 60)}" is refused: ${problem}`, () => {
    assert.deepEqual(parsePastedEndpoint(text), { ok: false, problem, holdsKey });
  });
}

test('a key is not joined to the address of another provider', () => {
  const file = 'ANTHROPIC_BASE_URL=https://relay.example\nOPENAI_API_KEY=sk-canary-1\nAPI_KEY=sk-canary-2\n';
  assert.deepEqual(parsePastedEndpoint(file), { ok: true, endpoint: only });
});

const [a, b] = ['https://a.example', 'https://b.example'] as const;
const [keyA, keyB] = ['sk-aaaaaaaaaaaaaaaaaaaa', 'sk-bbbbbbbbbbbbbbbbbbbb'] as const;

for (const [what, text, baseUrl, apiKey] of [
  ['two commands', `curl ${a} -H 'x-api-key: ${keyA}'; curl ${b} -H 'x-api-key: ${keyB}'`, a, keyA],
  [
    'two commands, headers first',
    `curl -H 'x-api-key: ${keyA}' ${a}; curl -H 'x-api-key: ${keyB}' ${b}`,
    a,
    keyA,
  ],
  ['a command without a key before one with it', `curl ${a}; curl ${b} -H 'x-api-key: ${keyB}'`, a],
  ['two lines of notes', `${a} ${keyA}\n${b} ${keyB}`, a, keyA],
  ['a list', `[{"baseUrl":"${a}","authToken":"${keyA}"},{"baseUrl":"${b}","apiKey":"${keyB}"}]`, b, keyB],
  ['a list whose last one has no key', `[{"baseUrl":"${a}","apiKey":"${keyA}"},{"baseUrl":"${b}"}]`, b],
  [
    'a list without order',
    `[{"baseUrl":"${a}","apiKey":"${keyA}"},{"apiKey":"${keyB}","baseUrl":"${b}"}]`,
    b,
  ],
  [
    'a comment in what became one line',
    `ANTHROPIC_BASE_URL=${a} ANTHROPIC_API_KEY=${keyA} #ANTHROPIC_BASE_URL=${b}`,
    b,
  ],
  ['the same address twice', `${a} ${a}/v1/messages ${keyA}`, a, keyA],
] as const) {
  test(`of several addresses, none gets the key of another one: ${what}`, () => {
    const endpoint = apiKey === undefined ? { baseUrl } : { baseUrl, apiKey };
    assert.deepEqual(parsePastedEndpoint(text), { ok: true, endpoint });
  });
}

test('a key of another service does not go to Anthropic', () => {
  for (const text of [
    `sk-ant-api03-abcdefghijklmnop ${keyA}`,
    `ANTHROPIC_AUTH_TOKEN=${keyA} ANTHROPIC_API_KEY=sk-ant-1`,
  ]) {
    assert.deepEqual(parsePastedEndpoint(text), { ok: false, problem: 'noAddress', holdsKey: true });
  }
});

const letters = [...'abcdefghijklmnopqrstuvwyzABCDEFGHIJKLMNOPQRSTUVWYZ0123456789_-'];
const keys = fc
  .string({ unit: fc.constantFrom(...letters), minLength: 20, maxLength: 60 })
  .map((text) => `sk-${text}`);
const bases = fc
  .tuple(
    fc.constantFrom('https://relay.example', 'https://a.b-c.example:8443', 'http://127.0.0.1:4000'),
    fc.constantFrom('', '/api', '/api/anthropic'),
  )
  .map((parts) => parts.join(''));
const ends = fc.constantFrom(
  '',
  '/',
  '/v1',
  '/v1/',
  '/v1/messages',
  '/v1/messages?beta=true',
  '/v1/models#top',
);

/** All the ways to say the same; `line` is a line break, or what became of it. */
const spellings: readonly ((url: string, key: string, line: string) => string)[] = [
  (url, key, line) => `export ANTHROPIC_BASE_URL=${url}${line}export ANTHROPIC_AUTH_TOKEN=${key}`,
  (url, key, line) => `export ANTHROPIC_API_KEY='${key}'${line}export ANTHROPIC_BASE_URL='${url}'`,
  (url, key, line) => `set "ANTHROPIC_BASE_URL=${url}"${line}set "ANTHROPIC_API_KEY=${key}"`,
  (url, key, line) => `setx ANTHROPIC_BASE_URL "${url}"${line}setx ANTHROPIC_API_KEY ${key}`,
  (url, key, line) => `$env:ANTHROPIC_BASE_URL = "${url}"${line}$env:ANTHROPIC_AUTH_TOKEN = '${key}'`,
  (url, key, line) => `set -gx ANTHROPIC_BASE_URL ${url}${line}set -gx ANTHROPIC_AUTH_TOKEN ${key}`,
  (url, key, line) => `ANTHROPIC_BASE_URL: ${url}${line}ANTHROPIC_API_KEY: ${key}`,
  (url, key, line) =>
    `{${line}"env": {${line}"ANTHROPIC_BASE_URL": "${url}",${line}"ANTHROPIC_AUTH_TOKEN": "${key}",${line}}`,
  (url, key) => JSON.stringify({ env: { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: url } }),
  (url, key) =>
    JSON.stringify([
      { name: 'ANTHROPIC_BASE_URL', value: url },
      { value: key, name: 'ANTHROPIC_API_KEY' },
    ]),
  (url, key, line) =>
    `docker run \\${line}-e ANTHROPIC_BASE_URL=${url} \\${line}-e ANTHROPIC_API_KEY=${key} image`,
  (url, key, line) => `curl "${url}" \\${line}  -H "x-api-key: ${key}"`,
  (url, key, line) =>
    `curl -X POST ^${line}  --url "${url}" ^${line}  --header "Authorization: Bearer ${key}"`,
  (url, key) => `${url} ${key}`,
];

test('an endpoint is the same however it is spelled', () => {
  fc.assert(
    fc.property(
      bases,
      ends,
      keys,
      fc.constantFrom('\n', '\r\n', ' '),
      fc.nat(spellings.length - 1),
      (base, end, key, line, index) => {
        const text = spellings[index]?.(base + end, key, line) ?? '';
        const result = parsePastedEndpoint(text);
        assert.ok(result.ok, text);
        assert.deepEqual([result.endpoint.baseUrl, result.endpoint.apiKey], [base, key], text);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('what was found is found again, and no text makes it fail', () => {
  const pieces = fc.constantFrom(
    ...[
      'curl ',
      '-H ',
      'x-api-key: ',
      'Authorization: Bearer ',
      'sk-0123456789abcdef0123',
      'https://relay.example/v1',
    ],
    ...[
      'export ',
      'ANTHROPIC_BASE_URL',
      'ANTHROPIC_API_KEY',
      '=',
      ': ',
      '"',
      "'",
      '\\',
      '^',
      '`',
      '\n',
      '{',
      '}',
      '//',
      '/*',
      '#',
      '${',
      ' ',
    ],
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces, { maxLength: 40 }).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const result = parsePastedEndpoint(text);
      if (!result.ok) return;
      const again = parsePastedEndpoint(result.endpoint.baseUrl);
      assert.deepEqual(again, { ok: true, endpoint: { baseUrl: result.endpoint.baseUrl } });
    }),
    { numRuns: 5_000 },
  );
});

for (const piece of [
  '"',
  "'",
  '\\"',
  "a'",
  '${',
  '/*',
  '{"',
  'name:value:',
  '-e ANTHROPIC_API_KEY=$ANTHROPIC_API_KEY ',
  'https://',
  '=',
  'a:',
  '-',
  "'{",
]) {
  test(`64 KB of ${piece} take no time worth mentioning`, () => {
    const text = piece.repeat(Math.floor(maxPastedLength / piece.length));
    const startedAt = performance.now();
    parsePastedEndpoint(text);
    const ms = performance.now() - startedAt;
    assert.ok(ms < 500, `${Math.round(ms)} ms`);
  });
}
