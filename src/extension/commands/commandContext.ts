import * as vscode from 'vscode';
import type { Actions } from '../actions.ts';
import type { CommandId } from '../contributions.ts';
import type { Model } from '../model.ts';

/** What every command is made of. */
export interface CommandContext {
  readonly model: Model;
  readonly actions: Actions;
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
      output.error(`${id} failed: ${traceOf(error)}`);
      await offerLog(output, vscode.l10n.t('The command {0} failed. The log says where.', id));
    }
  });
}

async function offerLog(output: vscode.LogOutputChannel, message: string): Promise<void> {
  const showLog = vscode.l10n.t('Show Log');
  if ((await vscode.window.showErrorMessage(message, showLog)) === showLog) output.show();
}

/** Kind and place of an error without its message, which may quote what could not be parsed, a key for instance. */
function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [error.name, ...frames].join('\n');
}
