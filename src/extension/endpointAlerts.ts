import * as vscode from 'vscode';
import { createClaimedNotices } from './claimedNotices.ts';
import type { CommandContext } from './commands/commandContext.ts';
import type { Target } from './commands/target.ts';
import { commands } from './contributions.ts';
import { type EndpointTrouble, endpointTroubles } from './endpointTroubles.ts';
import { plainMessage } from './plainMessage.ts';
import { quarantineText } from './views/endpointWords.ts';
import { failureText } from './views/failureText.ts';

/**
 * Tells the user, once per episode and in one window, that an endpoint is out until somebody acts. What passes by
 * itself is left to tree and status bar.
 */
export function createEndpointAlerts(context: CommandContext): vscode.Disposable {
  return createClaimedNotices(context, endpointTroubles, tell);
}

async function tell({ endpoint, cause }: EndpointTrouble): Promise<void> {
  const reason = cause.kind === 'quarantined' ? quarantineText(cause.quarantine) : failureText(cause.failure);
  const edit = vscode.l10n.t('Edit Endpoint');
  const showLog = vscode.l10n.t('Show Log');
  const choice = await vscode.window.showWarningMessage(
    vscode.l10n.t('QCC has stopped using the endpoint “{0}”. {1}.', plainMessage(endpoint.name), reason),
    edit,
    showLog,
  );
  const target: Target = { kind: 'endpoint', id: endpoint.id };
  if (choice === edit) await vscode.commands.executeCommand(commands.endpointEdit, target);
  if (choice === showLog) await vscode.commands.executeCommand(commands.proxyLogs);
}
