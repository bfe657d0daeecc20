import path from 'node:path';
import * as v from 'valibot';
import {
  defaultHealth,
  defaultHistory,
  defaultQueue,
  defaultRouting,
  defaultUsage,
  type ModelPrice,
} from '../core/configuration.ts';
import {
  healthSchema,
  historySchema,
  priceSchema,
  queueSchema,
  routingSchema,
  strictly,
} from '../core/configurationSchema.ts';
import type { Overrides } from '../protocol/control.ts';

/*
 * Every name that the manifest and the code share, spelled here and nowhere else. A test compares both.
 */

/** Ids of the commands, by what they do. */
export const commands = {
  profileAdd: 'qcc.profile.add',
  profileEdit: 'qcc.profile.edit',
  profileDuplicate: 'qcc.profile.duplicate',
  profileRemove: 'qcc.profile.remove',
  profileEnable: 'qcc.profile.enable',
  profileDisable: 'qcc.profile.disable',
  profileUse: 'qcc.profile.use',
  profileSetLevel: 'qcc.profile.setPriority',
  endpointAdd: 'qcc.endpoint.add',
  endpointReuse: 'qcc.endpoint.reuse',
  endpointEdit: 'qcc.endpoint.edit',
  endpointRemove: 'qcc.endpoint.remove',
  endpointEnable: 'qcc.endpoint.enable',
  endpointDisable: 'qcc.endpoint.disable',
  endpointMoveUp: 'qcc.endpoint.moveUp',
  endpointMoveDown: 'qcc.endpoint.moveDown',
  endpointReset: 'qcc.endpoint.resetBreaker',
  endpointTest: 'qcc.endpoint.test',
  proxyStart: 'qcc.proxy.start',
  proxyStop: 'qcc.proxy.stop',
  proxyRestart: 'qcc.proxy.restart',
  proxyStatus: 'qcc.proxy.status',
  proxyLogs: 'qcc.proxy.logs',
  levelList: 'qcc.priority.list',
  levelSwitch: 'qcc.priority.switch',
  levelHistory: 'qcc.priority.history',
  levelPolicy: 'qcc.priority.policy',
  healthCheck: 'qcc.health.check',
  healthTest: 'qcc.health.test',
  healthStatus: 'qcc.health.status',
  healthMetrics: 'qcc.health.metrics',
  healthHistory: 'qcc.health.history',
  healthConfigure: 'qcc.health.configure',
  queueStatus: 'qcc.queue.status',
  queueList: 'qcc.queue.list',
  queueOpen: 'qcc.queue.open',
  queueRetry: 'qcc.queue.retry',
  queueRetryAll: 'qcc.queue.retryAll',
  queueRemove: 'qcc.queue.remove',
  queueClear: 'qcc.queue.clear',
  configExport: 'qcc.config.export',
  configImport: 'qcc.config.import',
  configHistory: 'qcc.config.history',
  configRollback: 'qcc.config.rollback',
  configChoose: 'qcc.config.choose',
  configReset: 'qcc.config.reset',
  clientCopyEnvironment: 'qcc.client.copyEnvironment',
  clientConfigureClaudeCode: 'qcc.client.configureClaudeCode',
  clientRestoreClaudeCode: 'qcc.client.restoreClaudeCode',
  clientCheck: 'qcc.client.check',
  metricsOpen: 'qcc.metrics.open',
  help: 'qcc.help',
  whatsNew: 'qcc.whatsNew',
} as const;
export type CommandId = (typeof commands)[keyof typeof commands];

/** Ids of the views. */
export const views = { endpoints: 'qcc.endpoints', queue: 'qcc.queue' } as const;

/** Id of the container in the activity bar. */
export const viewContainer = 'qcc';

/** Id of the walkthrough. */
export const walkthrough = 'qcc.start';

/** Id of the item in the status bar. */
export const statusBarItem = 'qcc.status';

/** Names of the context keys that `when` and `enablement` clauses ask for. */
export const contextKeys = {
  /** The kind of the `LinkStatus`. */
  link: 'qcc.link',
  hasProfiles: 'qcc.hasProfiles',
  hasSeveralProfiles: 'qcc.hasSeveralProfiles',
  hasEnabledProfiles: 'qcc.hasEnabledProfiles',
  hasDisabledProfiles: 'qcc.hasDisabledProfiles',
  hasEndpoints: 'qcc.hasEndpoints',
  hasEnabledEndpoints: 'qcc.hasEnabledEndpoints',
  hasDisabledEndpoints: 'qcc.hasDisabledEndpoints',
  /** The proxy remembers something against some endpoint. */
  hasResettableEndpoints: 'qcc.hasResettableEndpoints',
  /** Some profile has a level. */
  hasLevels: 'qcc.hasLevels',
  /** Some request that could not be served is kept. */
  hasQueuedRequests: 'qcc.hasQueuedRequests',
  /** An earlier version of the configuration is kept. */
  hasVersions: 'qcc.hasVersions',
  /** Two configurations meet, and the user has to choose. */
  needsChoice: 'qcc.needsChoice',
  /** Our entries are in the settings of Claude Code, or are to be. */
  isClaudeCodeConfigured: 'qcc.isClaudeCodeConfigured',
} as const;
export type ContextKey = (typeof contextKeys)[keyof typeof contextKeys];

/** Ids of the settings. */
export const settings = {
  port: 'qcc.proxy.port',
  autoStart: 'qcc.proxy.autoStart',
  requireToken: 'qcc.proxy.requireToken',
  stateFolder: 'qcc.proxy.stateFolder',
  injectTerminals: 'qcc.terminals.inject',
  maxAttempts: 'qcc.routing.maxAttempts',
  breakerThreshold: 'qcc.routing.breakerThreshold',
  breakerSeconds: 'qcc.routing.breakerSeconds',
  affinityHours: 'qcc.routing.affinityHours',
  patienceSeconds: 'qcc.routing.patienceSeconds',
  rescueTurns: 'qcc.routing.rescueTurns',
  healthEnabled: 'qcc.health.enabled',
  healthInterval: 'qcc.health.intervalSeconds',
  healthModel: 'qcc.health.model',
  healthMinSamples: 'qcc.health.minSamples',
  dynamicWeights: 'qcc.health.dynamicWeights',
  queueMaxItems: 'qcc.queue.maxItems',
  queueKeepBodies: 'qcc.queue.keepBodies',
  queueStrategy: 'qcc.queue.strategy',
  queueMaxRetries: 'qcc.queue.maxRetries',
  retentionDays: 'qcc.history.retentionDays',
  prices: 'qcc.usage.prices',
} as const;

/** Finds the settings of the health checks in the settings editor. */
export const healthSettings = '@id:qcc.health.*';

/** The settings as the code uses them. */
export interface Settings extends Overrides {
  readonly port: number;
  readonly autoStart: boolean;
  readonly requireToken: boolean;
  /** An absolute path, or undefined for the folder in the user's home. */
  readonly stateFolder: string | undefined;
  readonly injectTerminals: boolean;
}

export const portRange = { min: 1024, max: 65_535 } as const;

const { timeouts: _fileOnly, ...routingDefaults } = defaultRouting;

export const defaultSettings: Settings = {
  port: 7860,
  autoStart: true,
  requireToken: true,
  stateFolder: undefined,
  injectTerminals: true,
  routing: routingDefaults,
  health: defaultHealth,
  queue: defaultQueue,
  history: defaultHistory,
  usage: defaultUsage,
};

/**
 * Makes settings of what a settings file holds, which may be anything: the editor marks a bad value but hands it
 * out all the same. What cannot be used counts as not set.
 *
 * @param read gives the value of a setting by its id
 */
export function parseSettings(read: (id: string) => unknown): Settings {
  const flag = (id: string, fallback: boolean): boolean => {
    const value = read(id);
    return typeof value === 'boolean' ? value : fallback;
  };
  const port = read(settings.port);
  const folder = read(settings.stateFolder);
  return {
    port: isPort(port) ? port : defaultSettings.port,
    autoStart: flag(settings.autoStart, defaultSettings.autoStart),
    requireToken: flag(settings.requireToken, defaultSettings.requireToken),
    stateFolder: typeof folder === 'string' && path.isAbsolute(folder.trim()) ? folder.trim() : undefined,
    injectTerminals: flag(settings.injectTerminals, defaultSettings.injectTerminals),
    routing: valuesOf(read, routingSchema.entries, defaultSettings.routing, {
      maxAttempts: settings.maxAttempts,
      breakerThreshold: settings.breakerThreshold,
      breakerSeconds: settings.breakerSeconds,
      affinityHours: settings.affinityHours,
      patienceSeconds: settings.patienceSeconds,
      rescueTurns: settings.rescueTurns,
    }),
    health: valuesOf(read, healthSchema.entries, defaultHealth, {
      enabled: settings.healthEnabled,
      intervalSeconds: settings.healthInterval,
      model: settings.healthModel,
      minSamples: settings.healthMinSamples,
      dynamicWeights: settings.dynamicWeights,
    }),
    queue: valuesOf(read, queueSchema.entries, defaultQueue, {
      maxItems: settings.queueMaxItems,
      keepBodies: settings.queueKeepBodies,
      strategy: settings.queueStrategy,
      maxRetries: settings.queueMaxRetries,
    }),
    history: valuesOf(read, historySchema.entries, defaultHistory, {
      retentionDays: settings.retentionDays,
    }),
    usage: { prices: pricesOf(read(settings.prices)) },
  };
}

/** The values of one group of settings, each within the same limits as in a config file. */
function valuesOf<T extends object>(
  read: (id: string) => unknown,
  schemas: Readonly<Record<keyof T, v.GenericSchema>>,
  defaults: T,
  ids: Readonly<Record<keyof T, string>>,
): T {
  const keys = Object.keys(ids) as (keyof T)[];
  return Object.fromEntries(
    keys.map((key) => {
      const result = v.safeParse(schemas[key], read(ids[key]));
      return [key, result.success ? result.output : defaults[key]];
    }),
  ) as T;
}

/** The prices that are ones: a slip in one of them must not cost the others. */
function pricesOf(input: unknown): Record<string, ModelPrice> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return {};
  return Object.fromEntries(
    Object.entries(input).flatMap(([model, price]): [string, ModelPrice][] => {
      const result = v.safeParse(strictly(priceSchema), price);
      return result.success ? [[model, result.output]] : [];
    }),
  );
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= portRange.min && Number(value) <= portRange.max;
}
