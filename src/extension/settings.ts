import * as vscode from 'vscode';
import type { Configuration } from '../core/configuration.ts';
import type { ProxySettings } from '../protocol/control.ts';
import { parseSettings, type Settings, settings } from './contributions.ts';

/** The settings as they are now. */
export function readSettings(): Settings {
  const configuration = vscode.workspace.getConfiguration();
  return parseSettings((id) => configuration.get(id));
}

/** The settings that the proxy acts on. */
export function proxySettings(): Omit<ProxySettings, 'network'> {
  const { requireToken, port, routing, health, queue, history, usage } = readSettings();
  return { requireToken, port, routing, health, queue, history, usage };
}

/** A configuration as it holds here, where the settings come before what it says of the same things. */
export function effectiveConfiguration(configuration: Configuration): Configuration {
  const { routing, health, queue, history, usage } = readSettings();
  return {
    ...configuration,
    routing: { ...configuration.routing, ...routing },
    health: { ...configuration.health, ...health },
    queue: { ...configuration.queue, ...queue },
    history: { ...configuration.history, ...history },
    usage: { ...configuration.usage, ...usage },
  };
}

/**
 * Ids of the settings that hold here although a file says something else.
 *
 * @param sections of a config file, by name; a setting is called as its value is there
 */
export function settingsAgainst(sections: Readonly<Record<string, unknown>>): string[] {
  const own = readSettings() as unknown as Record<string, Record<string, unknown>>;
  return Object.values(settings).filter((id) => {
    const [, section = '', key = ''] = id.split('.');
    const said = (sections[section] as Record<string, unknown> | undefined)?.[key];
    return said !== undefined && JSON.stringify(said) !== JSON.stringify(own[section]?.[key]);
  });
}

/** Calls `listener` with the new settings after one or more of ours changed. */
export function onDidChangeSettings(listener: (settings: Settings) => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (Object.values(settings).some((id) => event.affectsConfiguration(id))) listener(readSettings());
  });
}

/** Opens the settings editor at one setting. */
export async function openSetting(id: (typeof settings)[keyof typeof settings]): Promise<void> {
  await openSettings(`@id:${id}`);
}

/** Opens the settings editor where ours are: with a remote host, those of a machine are that one's. */
export async function openSettings(query: string): Promise<void> {
  const command =
    vscode.env.remoteName === undefined
      ? 'workbench.action.openSettings2'
      : 'workbench.action.openRemoteSettings';
  await vscode.commands.executeCommand(command, { query });
}

/** Changes a setting for this machine, where `machine` scope belongs. */
export async function changeSetting(
  id: (typeof settings)[keyof typeof settings],
  value: number | boolean | string,
): Promise<void> {
  await vscode.workspace.getConfiguration().update(id, value, vscode.ConfigurationTarget.Global);
}
