import * as vscode from 'vscode';
import { commands } from '../contributions.ts';
import { type CommandContext, registerCommand } from './commandContext.ts';
import { registerEndpointCommands } from './endpoint.ts';
import { registerProfileCommands } from './profile.ts';
import { registerProxyCommands } from './proxy.ts';

/** Registers every command of the extension. `metrics` is what the metrics panel is opened by. */
export function registerCommands(context: CommandContext, metrics: { show(): void }): vscode.Disposable {
  return vscode.Disposable.from(
    registerProfileCommands(context),
    registerEndpointCommands(context),
    registerProxyCommands(context),
    registerCommand(context, commands.metricsOpen, () => metrics.show()),
  );
}
