import type * as vscode from 'vscode';
import { offerRemedy } from './commands/attachFirst.ts';
import type { Model } from './model.ts';
import { hasLinkFailed } from './views/health.ts';

/**
 * Tells the user, once per episode, that the proxy cannot work until something is done, and offers to do it. All
 * else is left to tree and status bar.
 */
export function createAlerts(model: Model, output: vscode.LogOutputChannel): vscode.Disposable {
  let told: string | undefined;
  return model.onDidChange(({ link }) => {
    if (link.kind === 'attached' || link.kind === 'stopped') told = undefined;
    if (!hasLinkFailed(link) || link.kind === told) return;
    told = link.kind;
    void offerRemedy(link).then(undefined, (error: unknown) => output.error(String(error)));
  });
}
