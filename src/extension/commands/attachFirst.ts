import * as vscode from 'vscode';
import { settings, views } from '../contributions.ts';
import type { LinkStatus } from '../proxyLink/linkStatus.ts';
import { openSetting } from '../settings.ts';
import { linkText } from '../words.ts';
import type { CommandContext } from './commandContext.ts';

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
    const attached = kindNow() !== 'otherStore' && (await attach(context));
    if (attached && kindNow() !== 'otherStore') return true;
    if ((await offerRemedy(context.model.value.link)) === 'leave') return false;
  }
  return true;
}

/** The bar at the top of the view shows the progress; the status bar says that the proxy is starting. */
function attach({ actions }: CommandContext): Thenable<boolean> {
  return vscode.window.withProgress({ location: { viewId: views.endpoints } }, () => actions.attach());
}

/** Says what is wrong and does what the user chooses against it. */
export async function offerRemedy(link: LinkStatus): Promise<'again' | 'leave'> {
  const message = linkText(link) ?? '';
  const again = vscode.l10n.t('Try Again');
  switch (link.kind) {
    case 'attached':
    case 'stopped':
    case 'starting': {
      const text = vscode.l10n.t('The proxy could not be reached.');
      return (await vscode.window.showErrorMessage(text, again)) === again ? 'again' : 'leave';
    }
    case 'otherStore':
      await vscode.window.showInformationMessage(message);
      return 'leave';
    case 'incompatible':
      return offer(message, vscode.l10n.t('Reload Window'), () =>
        vscode.commands.executeCommand('workbench.action.reloadWindow'),
      );
    case 'portTaken':
      return offer(message, vscode.l10n.t('Choose Port'), () => openSetting(settings.port), again);
    case 'unusableHome':
      return offer(message, vscode.l10n.t('Choose Folder'), () => openSetting(settings.stateFolder), again);
    case 'crashing':
      return offer(
        message,
        vscode.l10n.t('Open Log File'),
        () => vscode.window.showTextDocument(vscode.Uri.file(link.logPath)),
        again,
      );
  }
}

async function offer(
  message: string,
  remedy: string,
  apply: () => Thenable<unknown>,
  again?: string,
): Promise<'again' | 'leave'> {
  const choice = await vscode.window.showErrorMessage(message, remedy, ...(again ? [again] : []));
  if (choice === undefined) return 'leave';
  if (choice === again) return 'again';
  await apply();
  return 'leave';
}
