import * as vscode from 'vscode';
import { traceOf } from '../../core/errorTrace.ts';
import type { Actions, ProxyRequests } from '../actions.ts';
import type { ConfigurationHistory } from '../configurationHistory.ts';
import type { CommandId } from '../contributions.ts';
import type { Model } from '../model.ts';
import type { Reports } from '../reports/reports.ts';

/** What every command is made of. */
export interface CommandContext {
  readonly model: Model;
  readonly actions: Actions;
  readonly requests: ProxyRequests;
  readonly reports: Reports;
  /** The configuration with its keys, as it is and as it was. */
  readonly history: ConfigurationHistory;
  readonly output: vscode.LogOutputChannel;
  /** A fresh id for a profile or an endpoint. */
  newId(): string;
}

/** Registers a command whose unexpected errors are logged and shown. `argument` is what a menu or link passes. */
export function registerCommand(
  { output }: Pick<CommandContext, 'output'>,
  id: CommandId,
  run: (argument: unknown) => PromiseLike<void> | void,
): vscode.Disposable {
  return vscode.commands.registerCommand(id, async (argument: unknown) => {
    try {
      await run(argument);
    } catch (error) {
      logUnexpected(output, id, error);
      await offerLog(output, vscode.l10n.t('The command {0} failed. The log says where.', id));
    }
  });
}

async function offerLog(output: vscode.LogOutputChannel, message: string): Promise<void> {
  const showLog = vscode.l10n.t('Show Log');
  if ((await vscode.window.showErrorMessage(message, showLog)) === showLog) output.show();
}

/** Writes to the log that something of ours failed, without the words of the error, which may hold a secret. */
export function logUnexpected(output: vscode.LogOutputChannel, what: string, error: unknown): void {
  const { code, trace } = traceOf(error);
  output.error(`${what} failed: ${code} ${trace}`);
}
