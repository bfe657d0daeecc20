import * as vscode from 'vscode';
import { type CommandContext, logUnexpected } from './commands/commandContext.ts';
import type { Target } from './commands/target.ts';
import { commands } from './contributions.ts';
import { type EndpointTrouble, endpointTroubles } from './endpointTroubles.ts';
import { quarantineText } from './views/endpointWords.ts';
import { failureText } from './views/failureText.ts';

/**
 * Tells the user, once per episode and in one window, that an endpoint is out until somebody acts. What passes by
 * itself is left to tree and status bar.
 */
export function createEndpointAlerts({ model, actions, output }: CommandContext): vscode.Disposable {
  let known = new Set<string>();
  return model.onDidChange((value) => {
    const troubles = endpointTroubles(value);
    const fresh = troubles.filter(({ id }) => !known.has(id));
    known = new Set(troubles.map(({ id }) => id));
    for (const trouble of fresh) {
      actions
        .claimNotice(trouble.key)
        .then((isOurs) => (isOurs ? tell(trouble) : undefined))
        .catch((error: unknown) => logUnexpected(output, 'notice', error));
    }
  });
}

async function tell({ endpoint, cause }: EndpointTrouble): Promise<void> {
  const reason = cause.kind === 'quarantined' ? quarantineText(cause.quarantine) : failureText(cause.failure);
  const edit = vscode.l10n.t('Edit Endpoint');
  const showLog = vscode.l10n.t('Show Log');
  const choice = await vscode.window.showWarningMessage(
    vscode.l10n.t('QCC has stopped using the endpoint “{0}”. {1}.', endpoint.name, reason),
    edit,
    showLog,
  );
  const target: Target = { kind: 'endpoint', id: endpoint.id };
  if (choice === edit) await vscode.commands.executeCommand(commands.endpointEdit, target);
  if (choice === showLog) await vscode.commands.executeCommand(commands.proxyLogs);
}
