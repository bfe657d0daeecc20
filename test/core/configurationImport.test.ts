import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { configFileOf, configFileText } from '../../src/core/configFileText.ts';
import { type ConfigurationContents, emptyContents } from '../../src/core/configuration.ts';
import { changesBetween, isSameContents } from '../../src/core/configurationChanges.ts';
import { type ImportMode, imported, readImport } from '../../src/core/configurationImport.ts';
import { anyContents } from '../support/anyContents.ts';
import { contentsOf } from '../support/contents.ts';

function exported(contents: ConfigurationContents, withKeys: boolean): string {
  return configFileText(
    configFileOf(contents.configuration, (id) => (withKeys ? contents.secrets[id] : undefined)),
  );
}

/** What an import of a good file makes of contents. */
function importInto(
  present: ConfigurationContents,
  file: unknown,
  mode: ImportMode = 'merge',
): ConfigurationContents {
  const result = readImport(typeof file === 'string' ? file : JSON.stringify(file));
  assert.ok(result.ok, JSON.stringify(result));
  let count = 0;
  const made = imported(present, result.read.file, mode, () => {
    count += 1;
    return `new${count}`;
  });
  assert.ok(made.ok, JSON.stringify(made));
  return made.contents;
}

/** Contents as they are to anybody who cannot see ids and times. */
const seen = (contents: ConfigurationContents) => exported(contents, true);

describe('an exported configuration', () => {
  test('comes back as it was, whatever it is', () => {
    fc.assert(
      fc.property(anyContents('a'), (contents) => {
        const into = importInto(emptyContents, exported(contents, true), 'replace');
        assert.equal(seen(into), seen(contents));
      }),
    );
  });

  test('changes nothing where it came from, with keys and without, in either mode', () => {
    fc.assert(
      fc.property(anyContents('a'), fc.boolean(), fc.boolean(), (contents, withKeys, replaces) => {
        const into = importInto(contents, exported(contents, withKeys), replaces ? 'replace' : 'merge');
        assert.deepEqual(changesBetween(contents, into), []);
        assert.ok(isSameContents(contents, into));
      }),
    );
  });

  test('holds no key and no header unless asked for', () => {
    const contents = contentsOf([
      { id: 'p', endpoints: [{ id: 'a', apiKey: 'sk-canary', headers: { 'x-group': 'canary-2' } }] },
    ]);
    assert.doesNotMatch(exported(contents, false), /canary|apiKey|headers/);
    assert.match(exported(contents, true), /"apiKey": "sk-canary"/);
    assert.match(exported(contents, true), /"x-group": "canary-2"/);
  });

  test('is the same text each time, and says nothing of this editor', () => {
    const contents = contentsOf([
      { id: 'p1d', lastUsedAt: 77, name: 'work', endpoints: [{ id: 'e1d', name: 'a' }] },
    ]);
    const text = exported(contents, false);
    assert.equal(exported(importInto(emptyContents, text, 'replace'), false), text);
    assert.doesNotMatch(text, /p1d|e1d|lastUsedAt|77/);
    assert.deepEqual(Object.keys(JSON.parse(text)).slice(0, 4), [
      'version',
      'activeProfile',
      'policy',
      'profiles',
    ]);
  });
});

test('whatever is imported, no key goes along to another address', () => {
  fc.assert(
    fc.property(
      anyContents('a'),
      anyContents('b'),
      fc.boolean(),
      fc.boolean(),
      (own, other, withKeys, replaces) => {
        const into = importInto(own, exported(other, withKeys), replaces ? 'replace' : 'merge');
        const addresses = (contents: ConfigurationContents) =>
          contents.configuration.profiles.flatMap(({ endpoints }) =>
            endpoints.map(({ id, baseUrl }) => `${baseUrl} ${contents.secrets[id]?.apiKey}`),
          );
        const known = new Set([...addresses(own), ...addresses(other)]);
        for (const pair of addresses(into)) assert.ok(known.has(pair) || pair.endsWith(' '), pair);
      },
    ),
  );
});

test('whatever is imported, nothing that was there is lost by an update', () => {
  fc.assert(
    fc.property(anyContents('a'), anyContents('b'), (own, other) => {
      const into = importInto(own, exported(other, false), 'merge');
      const ids = (contents: ConfigurationContents) =>
        contents.configuration.profiles.flatMap((it) => [it.id, ...it.endpoints.map(({ id }) => id)]);
      for (const id of ids(own)) assert.ok(ids(into).includes(id));
      assert.equal(new Set(ids(into)).size, ids(into).length);
    }),
  );
});

describe('an update by name', () => {
  const present = contentsOf([
    {
      id: 'p',
      name: 'work',
      priority: 'primary',
      lastUsedAt: 5,
      endpoints: [
        { id: 'a', weight: 7, headers: { 'x-group': 'g' } },
        { id: 'b', baseUrl: 'https://b.example' },
      ],
    },
    { id: 'q', name: 'home', priority: 'secondary' },
  ]);
  const file = (endpoint: object, profile: object = {}) => ({
    version: 1,
    profiles: [{ name: ' WORK ', ...profile, endpoints: [endpoint] }],
  });
  const endpointA = (contents: ConfigurationContents) =>
    contents.configuration.profiles[0]?.endpoints.find(({ id }) => id === 'a');

  test('keeps ids, what the file does not say, and the key where the address is the same', () => {
    const into = importInto(present, file({ name: 'A', baseUrl: 'https://relay.example/v1/', priority: 3 }));
    const { configuration, secrets } = into;
    assert.deepEqual(
      configuration.profiles.map(({ id, name, lastUsedAt, priority }) => [id, name, lastUsedAt, priority]),
      [
        ['p', 'WORK', 5, 'primary'],
        ['q', 'home', null, 'secondary'],
      ],
    );
    assert.deepEqual([endpointA(into)?.weight, endpointA(into)?.priority], [7, 3]);
    assert.deepEqual(secrets, present.secrets);
  });

  test('takes a new key, and leaves none where the address is another one', () => {
    const fresh = importInto(present, file({ name: 'a', baseUrl: 'https://relay.example', apiKey: 'fresh' }));
    assert.deepEqual(fresh.secrets.a, { apiKey: 'fresh', headers: { 'x-group': 'g' } });
    const moved = importInto(present, file({ name: 'a', baseUrl: 'https://moved.example' }));
    assert.deepEqual(moved.secrets.a, { apiKey: '', headers: {} });
    assert.deepEqual(moved.secrets.b, present.secrets.b);
  });

  test('takes an empty key, as templates have it, for none', () => {
    const into = importInto(present, file({ name: 'a', baseUrl: 'https://relay.example', apiKey: '' }));
    assert.equal(into.secrets.a?.apiKey, 'key-of-a');
  });

  test('gives new ids to what is new, and adds it behind what is there', () => {
    const into = importInto(present, {
      version: 1,
      profiles: [
        { name: 'work', endpoints: [{ name: 'c', baseUrl: 'https://c.example' }] },
        { name: 'spare' },
      ],
    });
    const { profiles } = into.configuration;
    assert.deepEqual(
      profiles.map(({ name }) => name),
      ['work', 'home', 'spare'],
    );
    assert.deepEqual(
      profiles[0]?.endpoints.map(({ id }) => id),
      ['a', 'b', 'new1'],
    );
    assert.equal(profiles[2]?.id, 'new2');
  });

  test('moves a level from the profile that held it', () => {
    const into = importInto(present, file({ name: 'a', baseUrl: 'https://h' }, { priority: 'secondary' }));
    assert.deepEqual(
      into.configuration.profiles.map(({ priority }) => priority),
      ['secondary', null],
    );
  });

  test('does not change what serves, but sees to it that something does at first', () => {
    const other = { version: 1, activeProfile: 'new', profiles: [{ name: 'new' }] };
    assert.equal(importInto(present, other).configuration.activeProfile, 'p');
    assert.equal(importInto(emptyContents, other).configuration.activeProfile, 'new1');
    const silent = { version: 1, profiles: [{ name: 'new' }] };
    assert.equal(importInto(emptyContents, silent).configuration.activeProfile, 'new1');
    const idle = { ...present, configuration: { ...present.configuration, activeProfile: null } };
    assert.equal(importInto(idle, silent).configuration.activeProfile, null);
  });

  test('changes single values of the policy only', () => {
    const into = importInto(present, { version: 1, profiles: [], policy: { cooldownSeconds: 9 } });
    assert.deepEqual(into.configuration.policy, { ...present.configuration.policy, cooldownSeconds: 9 });
  });
});

describe('a replacement', () => {
  const present = contentsOf([
    { id: 'p', name: 'work', endpoints: [{ id: 'a', weight: 7 }, { id: 'b' }] },
    { id: 'q', name: 'home' },
  ]);

  test('leaves what the file holds and nothing else, yet the same endpoints are the same ones', () => {
    const into = importInto(
      present,
      {
        version: 1,
        profiles: [{ name: 'work', endpoints: [{ name: 'a', baseUrl: 'https://relay.example' }] }],
      },
      'replace',
    );
    assert.deepEqual(
      into.configuration.profiles.map(({ id }) => id),
      ['p'],
    );
    assert.deepEqual(
      into.configuration.profiles[0]?.endpoints.map(({ id, weight }) => [id, weight]),
      [['a', 100]],
    );
    assert.deepEqual(into.secrets, { a: present.secrets.a });
  });

  test('may leave none active, where the file says so', () => {
    const into = importInto(
      present,
      { version: 1, activeProfile: null, profiles: [{ name: 'work' }] },
      'replace',
    );
    assert.equal(into.configuration.activeProfile, null);
  });
});

test('a key that could not be read is not stored over by none', () => {
  const contents = contentsOf([{ id: 'p', endpoints: [{ id: 'a' }] }]);
  const locked = { ...contents, secrets: {} };
  assert.deepEqual(importInto(locked, exported(contents, false)).secrets, {});
});

describe('a file that cannot be imported', () => {
  const problems = (text: string) => {
    const result = readImport(text);
    assert.equal(result.ok, false);
    return result.ok ? [] : result.problems;
  };

  test('is refused with the line where it stops being JSON', () => {
    assert.deepEqual(problems('{\n  "version": 1,\n  "profiles": [],\n}\n'), [
      { path: '$', code: 'notJson', line: 4 },
    ]);
  });

  test('is refused when it is nested without end', () => {
    const deep = `{"version":1,"profiles":[],"x":${'['.repeat(1_000)}${']'.repeat(1_000)}}`;
    assert.deepEqual(problems(deep), [{ path: '$', code: 'tooDeep' }]);
  });

  test('is refused at once, however many profiles of one name it has', () => {
    const profiles = Array.from({ length: 200_000 }, () => ({ name: 'a' }));
    const started = performance.now();
    const found = problems(JSON.stringify({ version: 1, profiles }));
    assert.ok(performance.now() - started < 5_000);
    assert.ok(found.some(({ code }) => code === 'tooMany'));
  });

  test('never has a value in its problems', () => {
    const text = JSON.stringify({
      version: 1,
      profiles: [{ name: 'p', endpoints: [{ name: 'e', baseUrl: 'sk-canary', apiKey: ['sk-canary'] }] }],
    });
    assert.doesNotMatch(JSON.stringify(problems(text)), /canary/);
  });
});

test('keys that may be misspelt secrets are reported and left out', () => {
  const result = readImport(
    JSON.stringify({
      version: 1,
      color: 'blue',
      profiles: [
        { name: 'p', endpoints: [{ name: 'e', baseUrl: 'https://h', api_key: 'sk-canary', note: 'x' }] },
      ],
    }),
  );
  assert.ok(result.ok);
  assert.deepEqual(result.read.droppedKeys, ['$.profiles[0].endpoints[0].api_key']);
  assert.equal(result.read.unknownKeys.length, 3);
  const into = imported(emptyContents, result.read.file, 'replace', () => 'id');
  assert.ok(into.ok);
  assert.doesNotMatch(JSON.stringify(into), /canary/);
  assert.match(JSON.stringify(into), /"note":"x"/);
});
