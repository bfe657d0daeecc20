import * as v from 'valibot';
import { parseBaseUrl } from './baseUrl.ts';
import {
  authStyles,
  type ConfigurationDocument,
  defaultHealth,
  defaultHistory,
  defaultPolicy,
  defaultQueue,
  defaultRouting,
  type EndpointSecrets,
  endpointDefaults,
  isSendableHeaderValue,
  priorityLevels,
  protocols,
  retryStrategies,
  revisionCauses,
  strategies,
} from './configuration.ts';

/*
 * Schemas of the configuration, shared by the two forms it comes in: the document that windows and proxy exchange
 * and store, and the config file. The message of a validation is the code of the problem it reports.
 * Objects are loose: keys of a newer version are kept.
 */

const count = (min: number, max: number) =>
  v.pipe(v.number(), v.integer('outOfRange'), v.minValue(min, 'outOfRange'), v.maxValue(max, 'outOfRange'));

/** RFC 9110 §5.6.2: a header's name is a token. */
const headerName = v.pipe(v.string(), v.regex(/^[!#$%&'*+\-.^_`|~0-9a-zA-Z]+$/, 'badHeaderName'));
const headerValue = v.pipe(v.string(), v.check(isSendableHeaderValue, 'unsendableText'));

/** An object and, unlike valibot's own notion of one, no array. */
export const strictly = <const Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(
    v.custom<v.InferInput<Schema>>(
      (input) => typeof input === 'object' && input !== null && !Array.isArray(input),
    ),
    schema,
  );

const baseUrl = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const result = parseBaseUrl(dataset.value);
    if (result.ok) return result.baseUrl;
    addIssue({ message: result.problem });
    return NEVER;
  }),
);

/** The fields of an endpoint that a config file and the document share. */
export const endpointFields = {
  name: v.string(),
  baseUrl,
  auth: v.optional(v.picklist(authStyles), endpointDefaults.auth),
  protocol: v.optional(v.picklist(protocols), endpointDefaults.protocol),
  weight: v.optional(count(1, 1000), endpointDefaults.weight),
  priority: v.optional(count(1, 1000), endpointDefaults.priority),
  models: v.optional(v.array(v.string()), []),
  modelMap: v.optional(strictly(v.record(v.string(), v.string())), {}),
  enabled: v.optional(v.boolean(), endpointDefaults.enabled),
};

export const secretFields = {
  apiKey: v.optional(headerValue, ''),
  headers: v.optional(strictly(v.record(headerName, headerValue)), {}),
};

/** The fields of a profile that a config file and the document share. */
export const profileFields = {
  name: v.string(),
  description: v.optional(v.string(), ''),
  priority: v.optional(v.nullable(v.picklist(priorityLevels)), null),
  strategy: v.optional(v.picklist(strategies), 'weighted'),
  // What was stored before profiles could be switched off is on.
  enabled: v.optional(v.boolean(), true),
};

export const policySchema = v.looseObject({
  autoFailover: v.optional(v.boolean(), defaultPolicy.autoFailover),
  autoRecovery: v.optional(v.boolean(), defaultPolicy.autoRecovery),
  failureThreshold: v.optional(count(1, 100), defaultPolicy.failureThreshold),
  cooldownSeconds: v.optional(count(0, 86_400), defaultPolicy.cooldownSeconds),
});

const milliseconds = (fallback: number) => v.optional(count(1, 3_600_000), fallback);

export const timeoutsSchema = v.looseObject({
  connect: milliseconds(defaultRouting.timeouts.connect),
  firstByte: milliseconds(defaultRouting.timeouts.firstByte),
  messageStart: milliseconds(defaultRouting.timeouts.messageStart),
  hold: milliseconds(defaultRouting.timeouts.hold),
  idle: milliseconds(defaultRouting.timeouts.idle),
  ping: milliseconds(defaultRouting.timeouts.ping),
});

export const routingSchema = v.looseObject({
  maxAttempts: v.optional(count(1, 100), defaultRouting.maxAttempts),
  breakerThreshold: v.optional(count(1, 100), defaultRouting.breakerThreshold),
  breakerSeconds: v.optional(count(1, 86_400), defaultRouting.breakerSeconds),
  affinityHours: v.optional(count(0, 720), defaultRouting.affinityHours),
  patienceSeconds: v.optional(count(0, 240), defaultRouting.patienceSeconds),
  rescueTurns: v.optional(v.boolean(), defaultRouting.rescueTurns),
  timeouts: v.optional(strictly(timeoutsSchema), {}),
});

export const healthSchema = v.looseObject({
  enabled: v.optional(v.boolean(), defaultHealth.enabled),
  intervalSeconds: v.optional(count(1, 86_400), defaultHealth.intervalSeconds),
  model: v.optional(v.pipe(v.string(), v.maxLength(128, 'outOfRange')), defaultHealth.model),
  minSamples: v.optional(count(1, 1_000), defaultHealth.minSamples),
  dynamicWeights: v.optional(v.boolean(), defaultHealth.dynamicWeights),
});

export const queueSchema = v.looseObject({
  maxItems: v.optional(count(0, 1_000), defaultQueue.maxItems),
  keepBodies: v.optional(v.boolean(), defaultQueue.keepBodies),
  strategy: v.optional(v.picklist(retryStrategies), defaultQueue.strategy),
  maxRetries: v.optional(count(0, 100), defaultQueue.maxRetries),
});

export const historySchema = v.looseObject({
  retentionDays: v.optional(count(1, 90), defaultHistory.retentionDays),
});

const dollars = v.pipe(v.number(), v.finite('outOfRange'), v.minValue(0, 'outOfRange'));

export const priceSchema = v.looseObject({
  input: dollars,
  output: dollars,
  cacheRead: v.exactOptional(dollars),
  cacheWrite: v.exactOptional(dollars),
  cacheWriteLong: v.exactOptional(dollars),
});

export const usageSchema = v.looseObject({
  prices: v.optional(strictly(v.record(v.string(), strictly(priceSchema))), {}),
});

const id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/));

const documentSchema = v.looseObject({
  storeId: id,
  revision: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  lineage: v.pipe(v.array(id), v.minLength(1), v.maxLength(1000)),
  // A cause that only a newer version knows must not cost the document.
  origin: v.exactOptional(
    v.object({ at: v.number(), cause: v.fallback(v.picklist(revisionCauses), 'edit') }),
  ),
  configuration: v.looseObject({
    version: v.literal(1),
    activeProfile: v.nullable(id),
    policy: strictly(policySchema),
    routing: strictly(routingSchema),
    // Documents from before these were part of it have none.
    health: v.optional(strictly(healthSchema), {}),
    queue: v.optional(strictly(queueSchema), {}),
    history: v.optional(strictly(historySchema), {}),
    usage: v.optional(strictly(usageSchema), {}),
    profiles: v.array(
      v.looseObject({
        ...profileFields,
        id,
        lastUsedAt: v.optional(v.nullable(v.number()), null),
        endpoints: v.array(v.looseObject({ ...endpointFields, id })),
      }),
    ),
  }),
  secrets: v.record(id, v.looseObject(secretFields)),
});

/** An endpoint's secrets as they were stored, or undefined when they are none. */
export function parseEndpointSecrets(input: unknown): EndpointSecrets | undefined {
  const result = v.safeParse(v.object(secretFields), input);
  return result.success ? result.output : undefined;
}

/** The document as it was stored or received, or undefined when it is none that this version understands. */
export function parseDocument(input: unknown): ConfigurationDocument | undefined {
  const result = v.safeParse(documentSchema, input);
  return result.success ? result.output : undefined;
}
