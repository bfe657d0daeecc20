import * as vscode from 'vscode';
import { createClaimedNotices } from './claimedNotices.ts';
import { claudeCodeProblemText } from './clients/clientWords.ts';
import type { CommandContext } from './commands/commandContext.ts';
import { commands } from './contributions.ts';
import { plainMessage } from './plainMessage.ts';
import { type ProxyTrouble, proxyTroubles } from './proxyTroubles.ts';
import { historyText } from './words.ts';

/** Tells the user, once per episode and in one window, of trouble with the proxy as a whole. */
export function createProxyNotices(context: CommandContext): vscode.Disposable {
  return createClaimedNotices(context, (value) => proxyTroubles(value), tell);
}

async function tell({ cause }: ProxyTrouble): Promise<void> {
  const showLog: Offer = { label: vscode.l10n.t('Show Log'), command: commands.proxyLogs };
  switch (cause.kind) {
    case 'failedOver':
      return offer(
        vscode.l10n.t(
          'The profile “{0}” failed and “{1}” stands in for it. It does not come back by itself, since automatic recovery is off.',
          plainMessage(cause.chosen),
          plainMessage(cause.standIn),
        ),
        { label: vscode.l10n.t('Switch Profile'), command: commands.levelSwitch },
      );
    case 'noneServes':
      return offer(
        vscode.l10n.t('QCC has no endpoint that can serve. Requests wait or fail until one is back.'),
        { label: vscode.l10n.t('Check Endpoints'), command: commands.healthCheck },
        showLog,
      );
    case 'historyInMemory':
      return offer(historyText(cause.history) ?? '', showLog);
    case 'otherVersion':
      return tellOfVersion(cause, showLog);
    case 'claudeCodeNotWritten':
      return offer(
        vscode.l10n.t(
          'Claude Code does not go through the QCC proxy, as it was set to. {0}',
          plainMessage(claudeCodeProblemText(cause.problem, cause.file)),
        ),
        { label: vscode.l10n.t('Try Again'), command: commands.clientConfigureClaudeCode },
        { label: vscode.l10n.t('Restore Settings'), command: commands.clientRestoreClaudeCode },
      );
  }
}

async function tellOfVersion(
  { running, own, isNewer }: Extract<ProxyTrouble['cause'], { kind: 'otherVersion' }>,
  showLog: Offer,
): Promise<void> {
  if (!isNewer) {
    return offer(
      vscode.l10n.t(
        'The running QCC proxy is of version {0}. Version {1} of this window could not take over from it. Its log says why.',
        plainMessage(running),
        own,
      ),
      showLog,
      { label: vscode.l10n.t('Restart Proxy'), command: commands.proxyRestart },
    );
  }
  return offer(
    vscode.l10n.t(
      'The running QCC proxy is of version {0}, which is newer than version {1} of this window. It stays in use.',
      plainMessage(running),
      own,
    ),
    { label: vscode.l10n.t('Reload Window'), command: 'workbench.action.reloadWindow' },
    { label: vscode.l10n.t('Restart with {0}', own), command: commands.proxyRestart },
  );
}

/** What a notification offers to do. */
interface Offer {
  readonly label: string;
  /** One of ours, or of the editor's own. */
  readonly command: string;
}

async function offer(message: string, ...offers: readonly Offer[]): Promise<void> {
  const choice = await vscode.window.showWarningMessage(message, ...offers.map(({ label }) => label));
  const chosen = offers.find(({ label }) => label === choice);
  if (chosen) await vscode.commands.executeCommand(chosen.command);
}
