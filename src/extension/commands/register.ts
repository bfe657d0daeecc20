import * as vscode from 'vscode';
import { commands } from '../contributions.ts';
import type { Forgetting } from '../forgetting.ts';
import { type CommandContext, registerCommand } from './commandContext.ts';
import { registerConfigCommands } from './config.ts';
import { registerEndpointCommands } from './endpoint.ts';
import { registerMoveCommands, type TreeFocus } from './endpointMove.ts';
import { registerReuseCommand } from './endpointReuse.ts';
import { registerHealthCommands } from './health.ts';
import { type HelpContext, registerHelpCommands } from './help.ts';
import { registerLevelCommands } from './levels.ts';
import { registerProfileCommands } from './profile.ts';
import { registerProxyCommands } from './proxy.ts';
import { registerQueueCommands } from './queue.ts';

/**
 * Registers every command of the extension.
 *
 * @param metrics what the metrics panel is opened by
 * @param forgetting makes the editor's stores forget what is no configuration
 * @param tree where keys are pressed that are about one of its rows
 */
export function registerCommands(
  context: CommandContext,
  metrics: { show(): void },
  help: HelpContext,
  tree: TreeFocus,
  forgetting: Forgetting,
): vscode.Disposable {
  return vscode.Disposable.from(
    registerProfileCommands(context),
    registerEndpointCommands(context),
    registerReuseCommand(context),
    registerMoveCommands(context, tree),
    registerProxyCommands(context),
    registerLevelCommands(context),
    registerHealthCommands(context),
    registerQueueCommands(context),
    registerConfigCommands(context, forgetting),
    registerHelpCommands(context, help),
    registerCommand(context, commands.metricsOpen, () => metrics.show()),
  );
}
