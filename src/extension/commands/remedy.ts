import net from 'node:net';
import * as vscode from 'vscode';
import { commands, portRange, settings } from '../contributions.ts';
import type { LinkStatus } from '../proxyLink/linkStatus.ts';
import { changeSetting, openSetting } from '../settings.ts';
import { linkText } from '../words.ts';

/**
 * Says what is wrong and does what the user chooses against it.
 *
 * @returns `again` when it is worth trying to attach once more
 */
export async function offerRemedy(link: LinkStatus): Promise<'again' | 'leave'> {
  const message = linkText(link) ?? '';
  const again = vscode.l10n.t('Try Again');
  switch (link.kind) {
    case 'attached':
    case 'stopped':
    case 'starting':
      return offerAgain(vscode.l10n.t('The proxy could not be reached.'), again);
    case 'otherStore':
      return offer(message, vscode.l10n.t('Choose…'), () =>
        vscode.commands.executeCommand(commands.configChoose),
      );
    case 'incompatible':
      // A window that is newer stays so.
      if (link.isOlder) return offerAgain(message, again);
      return offer(message, vscode.l10n.t('Reload Window'), () =>
        vscode.commands.executeCommand('workbench.action.reloadWindow'),
      );
    case 'portTaken': {
      const port = await nextFreePort(link.port);
      return offer(
        message,
        vscode.l10n.t('Use Port {0}', port),
        () => changeSetting(settings.port, port),
        again,
        'again',
      );
    }
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

async function offerAgain(message: string, again: string): Promise<'again' | 'leave'> {
  return (await vscode.window.showErrorMessage(message, again)) === again ? 'again' : 'leave';
}

async function offer(
  message: string,
  remedy: string,
  apply: () => Thenable<unknown>,
  again?: string,
  afterwards: 'again' | 'leave' = 'leave',
): Promise<'again' | 'leave'> {
  const choice = await vscode.window.showErrorMessage(message, remedy, ...(again ? [again] : []));
  if (choice === undefined) return 'leave';
  if (choice === again) return 'again';
  await apply();
  return afterwards;
}

/** The first port after a taken one that nobody listens on; a neighbour is the easiest to recognise. */
async function nextFreePort(taken: number): Promise<number> {
  for (let port = taken + 1; port <= portRange.max; port += 1) {
    if (await isFree(port)) return port;
  }
  return portRange.min;
}

/** Looks without binding the port, so that two windows that look at once find the same one. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}
