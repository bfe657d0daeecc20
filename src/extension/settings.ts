import * as vscode from 'vscode';
import { parseSettings, type Settings, settings } from './contributions.ts';

/** The settings as they are now. */
export function readSettings(): Settings {
  const configuration = vscode.workspace.getConfiguration();
  return parseSettings((id) => configuration.get(id));
}

/** Calls `listener` with the new settings after one or more of ours changed. */
export function onDidChangeSettings(listener: (settings: Settings) => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (Object.values(settings).some((id) => event.affectsConfiguration(id))) listener(readSettings());
  });
}

/** Opens the settings editor at one setting. */
export async function openSetting(id: (typeof settings)[keyof typeof settings]): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openSettings', `@id:${id}`);
}
