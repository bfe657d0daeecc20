import * as vscode from 'vscode';
import { views } from '../contributions.ts';
import type { CommandContext } from './commandContext.ts';
import { chooseConfiguration } from './configChoose.ts';
import { offerRemedy } from './remedy.ts';

/**
 * Sees to it that a change can be made before anything is asked: attaches to the proxy, asking first when somebody
 * has stopped it, and explains what stands in the way.
 *
 * @returns false when changes cannot be made now; the user has been told why
 */
export async function readyToEdit(context: CommandContext): Promise<boolean> {
  if (context.model.value.link.kind === 'stopped') {
    const start = vscode.l10n.t('Start');
    const choice = await vscode.window.showInformationMessage(
      vscode.l10n.t('The proxy is stopped. Start it to change profiles?'),
      start,
      vscode.l10n.t('Cancel'),
    );
    if (choice !== start) return false;
  }
  return attachOrExplain(context);
}

/**
 * Attaches to the proxy, starting it when needed, and offers a remedy for what stands in the way.
 *
 * @returns true when attached with this window's own configuration
 */
export async function attachOrExplain(context: CommandContext): Promise<boolean> {
  const kindNow = () => context.model.value.link.kind;
  while (kindNow() !== 'attached') {
    if (kindNow() === 'otherStore') {
      if (!(await chooseConfiguration(context))) return false;
      continue;
    }
    if (await attach(context)) return true;
    if (kindNow() !== 'otherStore' && (await offerRemedy(context.model.value.link)) === 'leave') return false;
  }
  return true;
}

/** The bar at the top of the view shows the progress; the status bar says that the proxy is starting. */
function attach({ actions }: CommandContext): Thenable<boolean> {
  return vscode.window.withProgress({ location: { viewId: views.endpoints } }, () => actions.attach());
}
