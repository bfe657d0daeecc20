import path from 'node:path';
import * as v from 'valibot';
import { defaultRouting } from '../core/configuration.ts';
import { routingSchema } from '../core/configurationSchema.ts';
import type { RoutingSettings } from '../protocol/control.ts';

/*
 * Every name that the manifest and the code share, spelled here and nowhere else. A test compares both.
 */

/** Ids of the commands, by what they do. */
export const commands = {
  profileAdd: 'qcc.profile.add',
  profileEdit: 'qcc.profile.edit',
  profileRemove: 'qcc.profile.remove',
  profileUse: 'qcc.profile.use',
  endpointAdd: 'qcc.endpoint.add',
  endpointEdit: 'qcc.endpoint.edit',
  endpointRemove: 'qcc.endpoint.remove',
  endpointEnable: 'qcc.endpoint.enable',
  endpointDisable: 'qcc.endpoint.disable',
  endpointReset: 'qcc.endpoint.resetBreaker',
  proxyStart: 'qcc.proxy.start',
  proxyStop: 'qcc.proxy.stop',
  proxyRestart: 'qcc.proxy.restart',
  proxyStatus: 'qcc.proxy.status',
  proxyLogs: 'qcc.proxy.logs',
  metricsOpen: 'qcc.metrics.open',
} as const;
export type CommandId = (typeof commands)[keyof typeof commands];

/** Ids of the views. */
export const views = { endpoints: 'qcc.endpoints' } as const;

/** Id of the container in the activity bar. */
export const viewContainer = 'qcc';

/** Id of the item in the status bar. */
export const statusBarItem = 'qcc.status';

/** Names of the context keys that `when` and `enablement` clauses ask for. */
export const contextKeys = {
  /** The kind of the `LinkStatus`. */
  link: 'qcc.link',
  hasProfiles: 'qcc.hasProfiles',
  hasEndpoints: 'qcc.hasEndpoints',
  hasEnabledEndpoints: 'qcc.hasEnabledEndpoints',
  hasDisabledEndpoints: 'qcc.hasDisabledEndpoints',
  /** The proxy remembers something against some endpoint. */
  hasResettableEndpoints: 'qcc.hasResettableEndpoints',
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
} as const;

/** The settings as the code uses them. */
export interface Settings {
  readonly port: number;
  readonly autoStart: boolean;
  readonly requireToken: boolean;
  /** An absolute path, or undefined for the folder in the user's home. */
  readonly stateFolder: string | undefined;
  readonly injectTerminals: boolean;
  readonly routing: RoutingSettings;
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
    routing: {
      maxAttempts: routingValue(read, 'maxAttempts'),
      breakerThreshold: routingValue(read, 'breakerThreshold'),
      breakerSeconds: routingValue(read, 'breakerSeconds'),
      affinityHours: routingValue(read, 'affinityHours'),
      patienceSeconds: routingValue(read, 'patienceSeconds'),
      rescueTurns: routingValue(read, 'rescueTurns'),
    },
  };
}

/** A value of `qcc.routing.*`, within the same limits as in a config file. */
function routingValue<K extends keyof RoutingSettings>(
  read: (id: string) => unknown,
  key: K,
): RoutingSettings[K] {
  const result = v.safeParse(routingSchema.entries[key], read(settings[key]));
  return (result.success ? result.output : defaultRouting[key]) as RoutingSettings[K];
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= portRange.min && Number(value) <= portRange.max;
}
