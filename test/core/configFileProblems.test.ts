import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ConfigProblem, parseConfigFile } from '../../src/core/configFile.ts';

/** The problems of a file that must not be good, as `path: code`. */
function problemsOf(file: unknown): string[] {
  return listed(file).map(({ path, code }) => `${path}: ${code}`);
}

function listed(file: unknown): readonly ConfigProblem[] {
  const result = parseConfigFile(typeof file === 'string' ? file : JSON.stringify(file), () => 'id');
  assert.equal(result.ok, false);
  return result.ok ? [] : result.problems;
}

const endpoint = { name: 'e', baseUrl: 'https://h' };
const withEndpoint = (fields: object) => ({
  version: 1,
  profiles: [{ name: 'p', endpoints: [{ ...endpoint, ...fields }] }],
});
const withProfiles = (...profiles: object[]) => ({ version: 1, profiles });
const at = '$.profiles[0].endpoints[0]';

const cases: [what: string, file: unknown, problems: string[]][] = [
  ['an empty file', '', ['$: notJson']],
  ['a comment', '// {}', ['$: notJson']],
  ['a cut file', '{"version":1,"profiles":[', ['$: notJson']],
  ['a list', '[]', ['$.version: missing', '$.profiles: missing']],
  ['null', 'null', ['$: wrongType']],
  ['a text', '"x"', ['$: wrongType']],
  ['no version', { profiles: [] }, ['$.version: missing']],
  ['a version in quotes', { version: '1', profiles: [] }, ['$.version: wrongType']],
  ['version 0', { version: 0, profiles: [] }, ['$.version: outOfRange']],
  ['no profiles', { version: 1 }, ['$.profiles: missing']],
  ['profiles by name', { version: 1, profiles: {} }, ['$.profiles: wrongType']],
  ['a profile without a name', withProfiles({}), ['$.profiles[0].name: missing']],
  ['an empty name', withProfiles({ name: ' ' }), ['$.profiles[0].name: emptyName']],
  ['a long name', withProfiles({ name: 'x'.repeat(65) }), ['$.profiles[0].name: longName']],
  [
    'profiles of one name',
    withProfiles({ name: 'p' }, { name: 'P ' }),
    ['$.profiles[1].name: duplicateName'],
  ],
  [
    'a level held twice',
    withProfiles({ name: 'a', priority: 'primary' }, { name: 'b', priority: 'primary' }),
    ['$.profiles[1].priority: duplicateLevel'],
  ],
  ['an unknown level', withProfiles({ name: 'a', priority: 'first' }), ['$.profiles[0].priority: wrongType']],
  [
    'an unknown strategy',
    withProfiles({ name: 'a', strategy: 'best' }),
    ['$.profiles[0].strategy: wrongType'],
  ],
  [
    'an active profile that is not there',
    { version: 1, activeProfile: 'x', profiles: [] },
    ['$.activeProfile: unknownProfile'],
  ],
  ['a policy that is a list', { version: 1, profiles: [], policy: [] }, ['$.policy: wrongType']],
  [
    'a threshold of 0',
    { version: 1, profiles: [], policy: { failureThreshold: 0 } },
    ['$.policy.failureThreshold: outOfRange'],
  ],
  [
    'a time limit of 0',
    { version: 1, profiles: [], routing: { timeouts: { idle: 0 } } },
    ['$.routing.timeouts.idle: outOfRange'],
  ],
  [
    'a time limit in quotes',
    { version: 1, profiles: [], routing: { timeouts: { idle: '5' } } },
    ['$.routing.timeouts.idle: wrongType'],
  ],
  [
    'too much patience',
    { version: 1, profiles: [], routing: { patienceSeconds: 241 } },
    ['$.routing.patienceSeconds: outOfRange'],
  ],
  [
    'endpoints that are no list',
    withProfiles({ name: 'p', endpoints: {} }),
    ['$.profiles[0].endpoints: wrongType'],
  ],
  ['an endpoint that is null', withProfiles({ name: 'p', endpoints: [null] }), [`${at}: wrongType`]],
  [
    'an endpoint without an address',
    withProfiles({ name: 'p', endpoints: [{ name: 'e' }] }),
    [`${at}.baseUrl: missing`],
  ],
  ['an address that is none', withEndpoint({ baseUrl: 'relay' }), [`${at}.baseUrl: notAUrl`]],
  [
    'an address of another scheme',
    withEndpoint({ baseUrl: 'ftp://h' }),
    [`${at}.baseUrl: unsupportedScheme`],
  ],
  ['an address without TLS', withEndpoint({ baseUrl: 'http://h' }), [`${at}.baseUrl: insecureHost`]],
  [
    'an address with a password',
    withEndpoint({ baseUrl: 'https://a:b@h' }),
    [`${at}.baseUrl: hasCredentials`],
  ],
  [
    'an address with a query',
    withEndpoint({ baseUrl: 'https://h?a' }),
    [`${at}.baseUrl: hasQueryOrFragment`],
  ],
  [
    'an address of a metadata service',
    withEndpoint({ baseUrl: 'https://169.254.169.254' }),
    [`${at}.baseUrl: linkLocalHost`],
  ],
  ['a key with a line break', withEndpoint({ apiKey: 'a\nb' }), [`${at}.apiKey: unsendableText`]],
  ['a key that is a number', withEndpoint({ apiKey: 5 }), [`${at}.apiKey: wrongType`]],
  [
    'a header name with a colon',
    withEndpoint({ headers: { 'x:y': 'z' } }),
    [`${at}.headers["x:y"]: badHeaderName`],
  ],
  [
    'a header value with a line break',
    withEndpoint({ headers: { 'x-a': 'b\r\nc: d' } }),
    [`${at}.headers["x-a"]: unsendableText`],
  ],
  ['headers that are a list', withEndpoint({ headers: ['a'] }), [`${at}.headers: wrongType`]],
  ['an unknown auth style', withEndpoint({ auth: 'basic' }), [`${at}.auth: wrongType`]],
  ['the OpenAI protocol', withEndpoint({ protocol: 'openai' }), [`${at}.protocol: protocolNotSupported`]],
  ['an unknown protocol', withEndpoint({ protocol: 'grpc' }), [`${at}.protocol: wrongType`]],
  ['a weight of 0', withEndpoint({ weight: 0 }), [`${at}.weight: outOfRange`]],
  ['a weight of 0.5', withEndpoint({ weight: 0.5 }), [`${at}.weight: outOfRange`]],
  ['a weight of 1001', withEndpoint({ weight: 1001 }), [`${at}.weight: outOfRange`]],
  ['a weight of 1.5', withEndpoint({ weight: 1.5 }), [`${at}.weight: outOfRange`]],
  [
    'a weight without end',
    `{"version":1,"profiles":[{"name":"p","endpoints":[{"name":"e","baseUrl":"https://h","weight":1e999}]}]}`,
    [`${at}.weight: outOfRange`],
  ],
  ['models that are no texts', withEndpoint({ models: [1] }), [`${at}.models[0]: wrongType`]],
  ['enabled in quotes', withEndpoint({ enabled: 'false' }), [`${at}.enabled: wrongType`]],
];

for (const [what, file, problems] of cases) {
  test(`${what} is a problem with its path`, () => {
    assert.deepEqual(problemsOf(file), problems);
  });
}

test('all problems are listed at once, those of types and those of meaning', () => {
  const problems = problemsOf({
    version: 1,
    activeProfile: 'nobody',
    policy: { autoFailover: 'yes' },
    profiles: [
      { name: 'p', priority: 'primary', endpoints: [{ ...endpoint, weight: 'much' }, endpoint] },
      { name: 'P', priority: 'primary', endpoints: [{ name: 'x', baseUrl: 'x', protocol: 'openai' }] },
      5,
    ],
  });
  assert.deepEqual(
    new Set(problems),
    new Set([
      '$.activeProfile: unknownProfile',
      '$.policy.autoFailover: wrongType',
      `${at}.weight: wrongType`,
      '$.profiles[0].endpoints[1].name: duplicateName',
      '$.profiles[1].name: duplicateName',
      '$.profiles[1].priority: duplicateLevel',
      '$.profiles[1].endpoints[0].baseUrl: notAUrl',
      '$.profiles[1].endpoints[0].protocol: protocolNotSupported',
      '$.profiles[2]: wrongType',
    ]),
  );
});

test('of a newer version nothing else is said', () => {
  assert.deepEqual(problemsOf({ version: 2, profiles: 'another meaning' }), ['$.version: newerVersion']);
});

test('a problem says what belongs there', () => {
  assert.equal(listed(withEndpoint({ enabled: 1 }))[0]?.expected, 'boolean');
  assert.equal(listed({ version: 1, profiles: [], policy: [] })[0]?.expected, 'Object');
});

test('no problem repeats a value of the file', () => {
  const secret = 'canary-4711';
  const problems = listed({
    version: 1,
    activeProfile: secret,
    profiles: [
      {
        name: `${secret}${'x'.repeat(64)}`,
        priority: secret,
        strategy: secret,
        endpoints: [
          {
            name: [secret],
            baseUrl: `http://${secret}:${secret}@${secret}`,
            apiKey: `${secret}\n`,
            headers: { 'x-a': `${secret}\r` },
            auth: secret,
            weight: secret,
            models: secret,
            modelMap: { a: [secret] },
            enabled: secret,
          },
        ],
      },
    ],
  });
  assert.ok(problems.length >= 12);
  assert.doesNotMatch(JSON.stringify(problems), /canary/);
});

const deep = '['.repeat(100_000) + ']'.repeat(100_000);
for (const key of ['version', 'activeProfile', 'policy', 'profiles', 'routing']) {
  test(`100 000 nested lists as "${key}" are a problem, not a crash`, () => {
    const fields = { version: '1', profiles: '[]', [key]: deep };
    const text = Object.entries(fields).map(([name, value]) => `"${name}":${value}`);
    assert.ok(problemsOf(`{${text.join()}}`).length > 0);
  });
}

test('100 000 nested objects under an unknown key are reported by that key', () => {
  const text = `{"version":1,"profiles":[],"x":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`;
  const result = parseConfigFile(text, () => 'id');
  assert.ok(result.ok);
  assert.deepEqual(result.unknownKeys, ['$.x']);
});

test('any JSON is either read or refused with a list', () => {
  const shaped = fc.record(
    {
      version: fc.oneof(fc.constant(1), fc.jsonValue()),
      activeProfile: fc.jsonValue(),
      policy: fc.jsonValue(),
      routing: fc.oneof(fc.jsonValue(), fc.record({ timeouts: fc.jsonValue() })),
      profiles: fc.oneof(
        fc.jsonValue(),
        fc.array(
          fc.record(
            {
              name: fc.oneof(fc.string(), fc.jsonValue()),
              priority: fc.jsonValue(),
              endpoints: fc.oneof(
                fc.jsonValue(),
                fc.array(
                  fc.record({ name: fc.jsonValue(), baseUrl: fc.jsonValue(), headers: fc.jsonValue() }),
                ),
              ),
            },
            { requiredKeys: [] },
          ),
        ),
      ),
    },
    { requiredKeys: ['version'] },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        shaped.map((value) => JSON.stringify(value)),
      ),
      (text) => {
        const result = parseConfigFile(text, () => 'id');
        assert.ok(result.ok || result.problems.length > 0);
      },
    ),
  );
});
