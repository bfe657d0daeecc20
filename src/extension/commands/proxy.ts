import * as vscode from 'vscode';
import { commands, views } from '../contributions.ts';
import { attachOrExplain } from './attachFirst.ts';
import { type CommandContext, registerCommand } from './commandContext.ts';
import { showProxyStatus } from './proxyStatus.ts';

/** Registers the commands that start, stop, restart and show the proxy. */
export function registerProxyCommands(context: CommandContext): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(context, commands.proxyStart, async () => {
      await attachOrExplain(context);
    }),
    registerCommand(context, commands.proxyStop, () => stop(context)),
    registerCommand(context, commands.proxyRestart, () =>
      vscode.window.withProgress({ location: { viewId: views.endpoints } }, () => context.actions.restart()),
    ),
    registerCommand(context, commands.proxyStatus, () => showProxyStatus(context)),
    registerCommand(context, commands.proxyLogs, () => context.output.show()),
  );
}

async function stop({ actions, model }: CommandContext): Promise<void> {
  const inFlight = model.value.state?.inFlight ?? 0;
  if (inFlight > 0) {
    const confirm = vscode.l10n.t('Stop Proxy');
    const choice = await vscode.window.showWarningMessage(
      vscode.l10n.t('Stop the proxy for all windows?'),
      {
        modal: true,
        detail: vscode.l10n.t(
          'Requests in flight: {0}. They are finished first; new requests are refused.',
          inFlight,
        ),
      },
      confirm,
    );
    if (choice !== confirm) return;
  }
  await vscode.window.withProgress({ location: { viewId: views.endpoints } }, () => actions.stop());
}
