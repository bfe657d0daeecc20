import fc from 'fast-check';
import {
  authStyles,
  type ConfigurationContents,
  defaultHealth,
  defaultHistory,
  defaultQueue,
  defaultRouting,
  defaultUsage,
  type EndpointSecrets,
  priorityLevels,
  strategies,
} from '../../src/core/configuration.ts';

/** A name that is stored as it is: no outer spaces, 1 to 64 characters. */
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .map((text) => text.trim())
  .filter((text) => text !== '' && [...text].length <= 64);
const sendable = fc.string({ unit: fc.constantFrom(...'abcXYZ019 -_.:~é'), maxLength: 20 });
const count = fc.integer({ min: 1, max: 1000 });
/** Of a newer version, say. What is called like a secret is taken out of what is read, however deep in it. */
const harmless = fc
  .jsonValue()
  .filter(
    (value) => !/key|token|secret|passw|credential|authorization|header|cookie/i.test(JSON.stringify(value)),
  );
const unknown = fc.dictionary(fc.constantFrom('color', 'region', 'note'), harmless, { maxKeys: 2 });

const endpoint = fc.record({
  name,
  baseUrl: fc.constantFrom('https://relay.example', 'https://other.example/path', 'http://127.0.0.1:9000'),
  auth: fc.constantFrom(...authStyles),
  protocol: fc.constantFrom('auto' as const, 'anthropic' as const),
  weight: count,
  priority: count,
  models: fc.array(fc.string(), { maxLength: 3 }),
  // No model is called that, and the schema leaves it out.
  modelMap: fc.dictionary(
    fc.string().filter((model) => !['__proto__', 'prototype', 'constructor'].includes(model)),
    fc.string(),
    { maxKeys: 3 },
  ),
  enabled: fc.boolean(),
  apiKey: sendable,
  headers: fc.dictionary(fc.constantFrom('x-group', 'x-other'), sendable, { maxKeys: 2 }),
  unknown,
});

const profile = fc.record({
  name,
  description: fc.string(),
  strategy: fc.constantFrom(...strategies),
  enabled: fc.boolean(),
  lastUsedAt: fc.constantFrom(null, 5),
  endpoints: fc.uniqueArray(endpoint, { selector: (it) => it.name.toLowerCase(), maxLength: 4 }),
  unknown,
});

/**
 * Contents that an editor may hold, whatever they are, with secrets for every endpoint. Ids begin with `prefix`, so that
 * those of two stores differ.
 */
export function anyContents(prefix: string): fc.Arbitrary<ConfigurationContents> {
  return fc
    .record({
      profiles: fc.uniqueArray(profile, { selector: (it) => it.name.toLowerCase(), maxLength: 4 }),
      levels: fc.shuffledSubarray([...priorityLevels]),
      active: fc.nat({ max: 4 }),
      policy: fc.record({
        autoFailover: fc.boolean(),
        autoRecovery: fc.boolean(),
        failureThreshold: fc.integer({ min: 1, max: 100 }),
        cooldownSeconds: fc.integer({ min: 0, max: 86_400 }),
      }),
      maxAttempts: fc.integer({ min: 1, max: 100 }),
      unknown,
    })
    .map(({ profiles, levels, active, policy, maxAttempts, unknown: more }) => {
      const secrets: Record<string, EndpointSecrets> = {};
      const made = profiles.map(({ unknown: moreOfProfile, endpoints, ...fields }, p) => ({
        ...moreOfProfile,
        ...fields,
        id: `${prefix}${p}`,
        priority: levels[p] ?? null,
        endpoints: endpoints.map(({ apiKey, headers, unknown: moreOfEndpoint, ...rest }, e) => {
          const id = `${prefix}${p}-${e}`;
          secrets[id] = { apiKey, headers };
          return { ...moreOfEndpoint, ...rest, id };
        }),
      }));
      return {
        configuration: {
          ...more,
          version: 1 as const,
          activeProfile: made[active]?.id ?? null,
          policy,
          profiles: made,
          routing: { ...defaultRouting, maxAttempts },
          health: defaultHealth,
          queue: defaultQueue,
          history: defaultHistory,
          usage: defaultUsage,
        },
        secrets,
      };
    });
}
