import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { emptyContents } from '../../src/core/configuration.ts';
import { imported, readImport } from '../../src/core/configurationImport.ts';

/** As version 0.5 of the original writes it. */
const cache = {
  user_id: 'local:somebody',
  settings: {
    default_profile: 'relay',
    auto_sync: true,
    encryption_enabled: true,
    storage_initialized: true,
  },
  profiles: {
    official: {
      name: 'official',
      description: 'the real one',
      priority: 'primary',
      enabled: true,
      created_at: '2025-10-01T10:00:00',
      last_used: null,
      base_url: 'https://api.anthropic.com',
      api_key: 'sk-ant-official',
    },
    relay: {
      name: 'relay',
      description: '',
      priority: 'primary',
      enabled: false,
      created_at: '2025-10-02T10:00:00',
      last_used: '2025-10-03T10:00:00',
      endpoints: [
        {
          id: '0a1b2c3d',
          base_url: 'https://relay.example/v1',
          api_key: 'sk-relay-1',
          weight: 150.4,
          priority: 1,
          enabled: true,
          max_failures: 3,
          timeout: 30,
          source_profile: null,
          metadata: {},
          created_at: '2025-10-02T10:00:00',
          health_status: { status: 'unknown' },
        },
        { base_url: 'https://relay.example', api_key: 'sk-relay-2', priority: 'secondary', enabled: 0 },
      ],
      base_url: 'https://relay.example/v1',
      api_key: 'sk-relay-1',
    },
  },
};

function read(file: unknown) {
  const result = readImport(JSON.stringify(file));
  assert.ok(result.ok, JSON.stringify(result));
  let count = 0;
  const made = imported(emptyContents, result.read.file, 'replace', () => {
    count += 1;
    return `id${count}`;
  });
  assert.ok(made.ok, JSON.stringify(made));
  const { configuration, secrets } = made.contents;
  const active = configuration.profiles.find(({ id }) => id === configuration.activeProfile)?.name;
  const endpoints = configuration.profiles.flatMap((profile) => profile.endpoints);
  const keys = endpoints.map(({ id }) => secrets[id]?.apiKey);
  return { ...result.read, configuration, endpoints, keys, active };
}

const withProfile = (fields: object, more: object = {}) => ({ profiles: { p: fields }, ...more });
const url = { base_url: 'https://h', api_key: 'k' };

describe('a file of the original', () => {
  test('is known by its profiles, which have names for keys', () => {
    assert.equal(read(cache).format, 'original');
    assert.equal(read({ version: 1, profiles: [] }).format, 'own');
    assert.equal(readImport('{"version":1,"profiles":{}}').ok, false);
  });

  test('brings its profiles, endpoints and keys', () => {
    const { configuration, endpoints, keys, active } = read(cache);
    assert.deepEqual(
      configuration.profiles.map(({ name, description, enabled }) => [name, description, enabled]),
      [
        ['official', 'the real one', true],
        ['relay', '', false],
      ],
    );
    assert.deepEqual(
      endpoints.map(({ name, baseUrl, weight, priority, enabled }) => [
        name,
        baseUrl,
        weight,
        priority,
        enabled,
      ]),
      [
        ['api.anthropic.com', 'https://api.anthropic.com', 100, 1, true],
        ['relay.example', 'https://relay.example', 150, 1, true],
        ['relay.example 2', 'https://relay.example', 100, 2, false],
      ],
    );
    assert.deepEqual(keys, ['sk-ant-official', 'sk-relay-1', 'sk-relay-2']);
    assert.equal(active, 'relay');
  });

  test('has every profile primary, of which one is taken for it: the default one', () => {
    assert.deepEqual(
      read(cache).configuration.profiles.map(({ priority }) => priority),
      [null, 'primary'],
    );
  });

  test('says nothing that is unknown', () => {
    const { unknownKeys, droppedKeys } = read(cache);
    assert.deepEqual([unknownKeys, droppedKeys], [[], []]);
  });

  test('may leave out all but the profiles', () => {
    const { configuration, endpoints, active } = read(withProfile({}));
    assert.deepEqual(
      [configuration.profiles[0]?.name, configuration.profiles[0]?.priority],
      ['p', 'primary'],
    );
    assert.deepEqual(endpoints, []);
    assert.equal(active, 'p');
    assert.deepEqual(read({ profiles: {} }).configuration.profiles, []);
  });

  for (const [what, endpoints] of [
    ['none', undefined],
    ['null', null],
    ['an empty list', []],
  ] as const) {
    test(`takes address and key of the profile where its endpoints are ${what}`, () => {
      assert.deepEqual(read(withProfile({ ...url, endpoints })).keys, ['k']);
    });
  }

  for (const [given, level] of [
    ['Secondary', 'secondary'],
    [3, 'fallback'],
    ['2', 'secondary'],
    [null, 'primary'],
  ] as const) {
    test(`may write the level as ${given}`, () => {
      assert.equal(read(withProfile({ priority: given })).configuration.profiles[0]?.priority, level);
    });
  }

  for (const [given, weight] of [
    [0, 1],
    [0.2, 1],
    ['250', 250],
    [99_999, 1000],
    [null, 100],
  ] as const) {
    test(`may write the weight as ${JSON.stringify(given)}`, () => {
      const [endpoint] = read(withProfile({ endpoints: [{ ...url, weight: given }] })).endpoints;
      assert.equal(endpoint?.weight, weight);
    });
  }

  test('may name the profile that serves elsewhere, or mark it', () => {
    const two = { a: {}, b: {} };
    assert.equal(read({ profiles: two, active_profile: 'b' }).active, 'b');
    assert.equal(read({ profiles: two, settings: { default_profile: 'gone' } }).active, 'a');
    assert.equal(read({ profiles: { a: {}, b: { is_default: true } } }).active, 'b');
  });

  test('may give endpoints names', () => {
    const endpoints = [
      { ...url, name: 'mine' },
      { ...url, metadata: { name: 'mine' } },
    ];
    assert.deepEqual(
      read(withProfile({ endpoints })).endpoints.map(({ name }) => name),
      ['mine', 'mine 2'],
    );
  });

  test('reports keys that nobody knows, without taking them over', () => {
    const { unknownKeys, droppedKeys, configuration } = read(
      withProfile({ ...url, proxy: 'sk-canary', endpoints: [{ ...url, region: 'eu' }] }, { theme: 'dark' }),
    );
    assert.deepEqual(unknownKeys, ['$.theme', '$.profiles.p.proxy', '$.profiles.p.endpoints[0].region']);
    assert.deepEqual(droppedKeys, unknownKeys);
    assert.doesNotMatch(JSON.stringify(configuration), /canary|region|theme/);
  });

  test('has its problems listed by its own paths', () => {
    const result = readImport(
      JSON.stringify({
        profiles: {
          'a b': {
            endpoints: [
              { ...url, weight: 'much' },
              { base_url: 'http://relay.example', api_key: 7 },
            ],
          },
          old: { base_url: 'relay', api_key: 'sk-canary', enabled: 'yes' },
          none: 7,
          high: { priority: 'high' },
        },
      }),
    );
    assert.ok(!result.ok);
    const found = new Set(result.problems.map(({ path, code }) => `${path}: ${code}`));
    const expected = [
      '$.profiles["a b"].endpoints[0].weight: wrongType',
      '$.profiles["a b"].endpoints[1].api_key: wrongType',
      '$.profiles["a b"].endpoints[1].base_url: insecureHost',
      '$.profiles.high.priority: wrongType',
      '$.profiles.none: wrongType',
      '$.profiles.old.base_url: notAUrl',
      '$.profiles.old.enabled: wrongType',
    ];
    assert.deepEqual(found, new Set(expected));
    assert.doesNotMatch(JSON.stringify(result), /canary/);
  });
});
