import * as vscode from 'vscode';
import { commands } from '../contributions.ts';
import type { Forgetting } from '../forgetting.ts';
import { remark } from './answer.ts';
import { type CommandContext, registerCommand } from './commandContext.ts';
import { chooseConfiguration } from './configChoose.ts';
import { exportConfiguration } from './configExport.ts';
import { rollBack, showHistory } from './configHistory.ts';
import { importConfiguration } from './configImport.ts';
import { resetAll } from './configReset.ts';

/** Registers the commands for the configuration as a whole. */
export function registerConfigCommands(context: CommandContext, forgetting: Forgetting): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(context, commands.configExport, () => exportConfiguration(context)),
    registerCommand(context, commands.configImport, () => importConfiguration(context)),
    registerCommand(context, commands.configHistory, () => showHistory(context)),
    registerCommand(context, commands.configRollback, () => rollBack(context)),
    registerCommand(context, commands.configChoose, async () => {
      // A notification may have been left open for longer than the choice.
      if (context.actions.rivals()) await chooseConfiguration(context);
      else remark(vscode.l10n.t('There is nothing to choose any more'));
    }),
    registerCommand(context, commands.configReset, () => resetAll(context, forgetting)),
  );
}
