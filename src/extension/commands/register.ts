import * as vscode from 'vscode';
import { commands } from '../contributions.ts';
import { type CommandContext, registerCommand } from './commandContext.ts';
import { registerEndpointCommands } from './endpoint.ts';
import { registerHealthCommands } from './health.ts';
import { registerLevelCommands } from './levels.ts';
import { registerProfileCommands } from './profile.ts';
import { registerProxyCommands } from './proxy.ts';
import { registerQueueCommands } from './queue.ts';

/** Registers every command of the extension. `metrics` is what the metrics panel is opened by. */
export function registerCommands(context: CommandContext, metrics: { show(): void }): vscode.Disposable {
  return vscode.Disposable.from(
    registerProfileCommands(context),
    registerEndpointCommands(context),
    registerProxyCommands(context),
    registerLevelCommands(context),
    registerHealthCommands(context),
    registerQueueCommands(context),
    registerCommand(context, commands.metricsOpen, () => metrics.show()),
  );
}
