import type * as vscode from 'vscode';
import { attachOrExplain } from './commands/attachFirst.ts';
import { type CommandContext, logUnexpected } from './commands/commandContext.ts';
import { offerRemedy } from './commands/remedy.ts';
import { hasLinkFailed } from './views/health.ts';

/**
 * Tells the user, once per episode, that the proxy cannot work until something is done, and offers to do it. All
 * else is left to tree and status bar, and to what asks for a choice between two configurations.
 */
export function createAlerts(context: CommandContext): vscode.Disposable {
  let told: string | undefined;
  return context.model.onDidChange(({ link }) => {
    if (link.kind === 'attached' || link.kind === 'stopped') told = undefined;
    if (!hasLinkFailed(link) || link.kind === 'otherStore' || link.kind === told) return;
    told = link.kind;
    offerRemedy(link)
      .then(async (choice) => {
        if (choice === 'again') await attachOrExplain(context);
      })
      .catch((error: unknown) => logUnexpected(context.output, 'remedy', error));
  });
}
