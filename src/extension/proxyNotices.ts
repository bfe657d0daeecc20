import * as vscode from 'vscode';
import { createClaimedNotices } from './claimedNotices.ts';
import type { CommandContext } from './commands/commandContext.ts';
import { commands } from './contributions.ts';
import { plainMessage } from './plainMessage.ts';
import { type ProxyTrouble, proxyTroubles } from './proxyTroubles.ts';
import { historyText } from './words.ts';

/** Tells the user, once per episode and in one window, of trouble with the proxy as a whole. */
export function createProxyNotices(context: CommandContext): vscode.Disposable {
  return createClaimedNotices(context, proxyTroubles, tell);
}

async function tell({ cause }: ProxyTrouble): Promise<void> {
  switch (cause.kind) {
    case 'failedOver':
      return offer(
        vscode.l10n.t(
          'The profile “{0}” failed and “{1}” stands in for it. It does not come back by itself, since automatic recovery is off.',
          plainMessage(cause.chosen),
          plainMessage(cause.standIn),
        ),
        vscode.l10n.t('Switch Profile'),
        commands.levelSwitch,
      );
    case 'historyInMemory':
      return offer(historyText(cause.history) ?? '', vscode.l10n.t('Show Log'), commands.proxyLogs);
    case 'historySetAside':
      return offer(
        vscode.l10n.t(
          'QCC could not read its history. The file was set aside as {0}, and a new one was begun.',
          cause.name,
        ),
        vscode.l10n.t('Show Log'),
        commands.proxyLogs,
      );
  }
}

async function offer(message: string, label: string, command: string): Promise<void> {
  if ((await vscode.window.showWarningMessage(message, label)) === label) {
    await vscode.commands.executeCommand(command);
  }
}
