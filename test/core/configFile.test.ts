import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseConfigFile } from '../../src/core/configFile.ts';
import {
  defaultHealth,
  defaultHistory,
  defaultPolicy,
  defaultQueue,
  defaultRouting,
  defaultUsage,
} from '../../src/core/configuration.ts';

/** Ids `id1`, `id2`, … in the order in which they are asked for. */
function ids(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `id${count}`;
  };
}

/** Reads a file that must be good. */
function read(file: unknown) {
  const result = parseConfigFile(typeof file === 'string' ? file : JSON.stringify(file), ids());
  assert.ok(result.ok, JSON.stringify(result));
  return result;
}

const example = {
  version: 1,
  activeProfile: 'production',
  policy: { autoFailover: true, autoRecovery: true, failureThreshold: 3, cooldownSeconds: 300 },
  profiles: [
    {
      name: 'production',
      description: '',
      priority: 'primary',
      strategy: 'weighted',
      endpoints: [
        {
          name: 'relay-a',
          baseUrl: 'https://api.example.com',
          apiKey: 'sk-...',
          auth: 'auto',
          protocol: 'auto',
          weight: 100,
          priority: 1,
          models: [],
          modelMap: {},
          enabled: true,
        },
      ],
    },
  ],
};

test('the documented example is read as it stands', () => {
  const { contents, unknownKeys } = read(example);
  assert.deepEqual(unknownKeys, []);
  assert.deepEqual(contents, {
    configuration: {
      version: 1,
      activeProfile: 'id2',
      policy: defaultPolicy,
      routing: defaultRouting,
      health: defaultHealth,
      queue: defaultQueue,
      history: defaultHistory,
      usage: defaultUsage,
      profiles: [
        {
          id: 'id2',
          name: 'production',
          description: '',
          priority: 'primary',
          strategy: 'weighted',
          enabled: true,
          lastUsedAt: null,
          endpoints: [
            {
              id: 'id1',
              name: 'relay-a',
              baseUrl: 'https://api.example.com',
              auth: 'auto',
              protocol: 'auto',
              weight: 100,
              priority: 1,
              models: [],
              modelMap: {},
              enabled: true,
            },
          ],
        },
      ],
    },
    secrets: { id1: { apiKey: 'sk-...', headers: {} } },
  });
});

test('what is left out has its default', () => {
  const { contents } = read({
    version: 1,
    profiles: [{ name: 'p', endpoints: [{ name: 'e', baseUrl: 'https://h' }] }],
  });
  const [profile] = contents.configuration.profiles;
  assert.deepEqual(contents.configuration.policy, defaultPolicy);
  assert.deepEqual(contents.configuration.routing, defaultRouting);
  assert.deepEqual(contents.configuration.health, defaultHealth);
  assert.deepEqual(contents.configuration.queue, defaultQueue);
  assert.deepEqual(contents.configuration.history, defaultHistory);
  assert.deepEqual(contents.configuration.usage, defaultUsage);
  assert.equal(profile?.priority, null);
  assert.equal(profile?.strategy, 'weighted');
  assert.equal(profile?.endpoints[0]?.weight, 100);
  assert.equal(profile?.endpoints[0]?.enabled, true);
  assert.deepEqual(contents.secrets, { id1: { apiKey: '', headers: {} } });
});

test('an empty list of profiles is a configuration', () => {
  const { contents } = read({ version: 1, profiles: [] });
  assert.equal(contents.configuration.activeProfile, null);
});

test('single time limits leave the others alone', () => {
  const { contents } = read({ version: 1, profiles: [], routing: { timeouts: { idle: 5 }, maxAttempts: 2 } });
  assert.deepEqual(contents.configuration.routing, {
    ...defaultRouting,
    maxAttempts: 2,
    timeouts: { ...defaultRouting.timeouts, idle: 5 },
  });
});

test('base URLs are stored in one form and names without outer spaces', () => {
  const { contents } = read({
    version: 1,
    activeProfile: 'p ',
    profiles: [{ name: ' p', endpoints: [{ name: ' e ', baseUrl: 'https://H/v1/' }] }],
  });
  const [profile] = contents.configuration.profiles;
  assert.equal(contents.configuration.activeProfile, profile?.id);
  assert.equal(profile?.name, 'p');
  assert.equal(profile?.endpoints[0]?.name, 'e');
  assert.equal(profile?.endpoints[0]?.baseUrl, 'https://h');
});

test('keys and header values are nowhere but among the secrets', () => {
  const { contents } = read({
    version: 1,
    profiles: [
      {
        name: 'p',
        endpoints: [
          { name: 'e', baseUrl: 'https://h', apiKey: 'sk-canary', headers: { 'x-group': 'canary2' } },
        ],
      },
    ],
  });
  assert.doesNotMatch(JSON.stringify(contents.configuration), /canary|x-group/);
  assert.deepEqual(contents.secrets, { id1: { apiKey: 'sk-canary', headers: { 'x-group': 'canary2' } } });
});

for (const [levels, expected] of [
  [['fallback', 'secondary'], 1],
  [[null, 'fallback'], 1],
  [[null, null], 0],
  [['secondary', 'primary', 'fallback'], 1],
] as const) {
  test(`of profiles at ${levels.join(', ')} number ${expected + 1} serves when none is named`, () => {
    const profiles = levels.map((priority, i) => ({ name: `p${i}`, priority }));
    const { contents } = read({ version: 1, profiles });
    assert.equal(contents.configuration.activeProfile, contents.configuration.profiles[expected]?.id);
  });
}

test('unknown keys are reported with their paths and kept', () => {
  const { contents, unknownKeys } = read({
    version: 1,
    color: 'blue',
    policy: { 'auto-failover': true },
    routing: { timeouts: { conect: 1 }, speed: 2 },
    profiles: [{ name: 'p', icon: 'x', endpoints: [{ name: 'e', baseUrl: 'https://h', region: 'eu' }] }],
  });
  assert.deepEqual(
    new Set(unknownKeys),
    new Set([
      '$.color',
      '$.policy["auto-failover"]',
      '$.routing.timeouts.conect',
      '$.routing.speed',
      '$.profiles[0].icon',
      '$.profiles[0].endpoints[0].region',
    ]),
  );
  const kept = JSON.stringify(contents.configuration);
  for (const key of ['color', 'auto-failover', 'conect', 'speed', 'icon', 'region'])
    assert.ok(kept.includes(`"${key}"`), key);
});

test('names of models and headers are no unknown keys', () => {
  const { unknownKeys } = read({
    version: 1,
    profiles: [
      {
        name: 'p',
        endpoints: [
          { name: 'e', baseUrl: 'https://h', modelMap: { opus: 'other' }, headers: { 'x-a': '1' } },
        ],
      },
    ],
  });
  assert.deepEqual(unknownKeys, []);
});

test('a byte order mark is no problem', () => {
  assert.equal(read(`\uFEFF${JSON.stringify(example)}`).ok, true);
});

test('of a key that occurs twice the last one counts, as everywhere in JSON', () => {
  const { contents } = read('{"version":1,"profiles":[{"name":"a"}],"profiles":[{"name":"b"}]}');
  assert.deepEqual(
    contents.configuration.profiles.map(({ name }) => name),
    ['b'],
  );
});

test('a key named __proto__ changes nothing', () => {
  const { contents, unknownKeys } = read(
    '{"version":1,"profiles":[],"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
  );
  assert.deepEqual(unknownKeys, ['$.__proto__', '$.constructor']);
  assert.equal('polluted' in contents.configuration, false);
  assert.equal('polluted' in {}, false);
});

describe('the options of health, queue, history and usage', () => {
  const endpoints = [{ name: 'e', baseUrl: 'https://h' }];
  const file = (more: object) => ({ version: 1, profiles: [{ name: 'p', endpoints }], ...more });

  test('are read', () => {
    const health = { enabled: false, intervalSeconds: 5, model: 'm', minSamples: 9, dynamicWeights: false };
    const queue = { maxItems: 7, keepBodies: false, strategy: 'fixed', maxRetries: 2 };
    const history = { retentionDays: 30 };
    const usage = { prices: { m: { input: 1, output: 2, cacheRead: 0.5 } } };
    const { contents, unknownKeys } = read(file({ health, queue, history, usage }));
    assert.deepEqual(unknownKeys, []);
    const { configuration } = contents;
    assert.deepEqual(
      [configuration.health, configuration.queue, configuration.history, configuration.usage],
      [health, queue, history, usage],
    );
  });

  test('are reported where nobody knows them', () => {
    const { unknownKeys } = read(file({ health: { interval: 1 }, queue: { size: 1 }, history: { days: 1 } }));
    assert.deepEqual(unknownKeys, ['$.health.interval', '$.queue.size', '$.history.days']);
  });
});

test('what may be a secret is left out of what is not known, however deep in it', () => {
  const canary = 'sk-canary';
  let deep: unknown = { apiKey: canary };
  for (let levels = 0; levels < 200; levels += 1) deep = levels % 2 ? [deep] : { deep };
  const { contents, unknownKeys, droppedKeys } = read({
    version: 1,
    accounts: [{ name: 'mine', apiKey: canary }, [{ headers: { 'x-auth': canary } }]],
    deep,
    profiles: [{ name: 'p', extra: { note: 'kept', auth_token: canary } }],
  });
  assert.doesNotMatch(JSON.stringify(contents), /sk-canary/);
  assert.match(JSON.stringify(contents), /"mine".*"kept"|"kept".*"mine"/);
  assert.deepEqual(droppedKeys.slice(0, 2), ['$.accounts[0].apiKey', '$.accounts[1][0].headers']);
  assert.equal(droppedKeys.at(-1), '$.profiles[0].extra.auth_token');
  assert.ok(droppedKeys.every((path) => unknownKeys.includes(path)));
});
