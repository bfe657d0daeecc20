import * as vscode from 'vscode';
import { type ConfigurationDocument, revisionIdOf } from '../core/configuration.ts';
import { type CommandContext, logUnexpected } from './commands/commandContext.ts';
import { commands } from './contributions.ts';
import { needsChoice } from './proxyLink/linkStatus.ts';
import { linkText } from './words.ts';

/**
 * Tells the user, once per episode and in the window that he looks at, that he has to choose between two
 * configurations. Status bar, tree and commands offer the choice for as long as it is open.
 */
export function createChoiceAlert({ model, output }: CommandContext): vscode.Disposable {
  let isTold = false;
  const update = () => {
    const { link } = model.value;
    // While it is being found out whether there is still a choice, it is the same one.
    if (link.kind === 'attached' && !needsChoice(link)) isTold = false;
    if (!needsChoice(link) || isTold || !vscode.window.state.focused) return;
    isTold = true;
    offerChoice(linkText(link) ?? '').catch((error: unknown) => logUnexpected(output, 'choice', error));
  };
  return vscode.Disposable.from(model.onDidChange(update), vscode.window.onDidChangeWindowState(update));
}

async function offerChoice(message: string): Promise<void> {
  const choose = vscode.l10n.t('Choose…');
  if ((await vscode.window.showWarningMessage(message, choose)) !== choose) return;
  await vscode.commands.executeCommand(commands.configChoose);
}

/**
 * Tells the user, in one window of this editor, that another configuration holds here since it was chosen somewhere
 * else. Where it was chosen, nobody has to be told.
 *
 * @param editor what all windows of this editor have in common, and those of no other one
 */
export async function tellReplaced(
  { actions }: Pick<CommandContext, 'actions'>,
  editor: vscode.Uri,
  document: ConfigurationDocument,
  isChosenHere: boolean,
): Promise<void> {
  const isOurs = await actions.claimNotice(`replaced:${editor}:${revisionIdOf(document)}`);
  if (!isOurs || isChosenHere) return;
  const showHistory = vscode.l10n.t('Show History');
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t(
      'Another configuration is in force now, as was chosen in another editor or window. The one that was used here is in the configuration history.',
    ),
    showHistory,
  );
  if (answer === showHistory) await vscode.commands.executeCommand(commands.configHistory);
}
