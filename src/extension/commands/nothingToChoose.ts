import * as vscode from 'vscode';
import { commands } from '../contributions.ts';
import type { ModelValue } from '../model.ts';

/**
 * Says that there is nothing that a command could act on, and leads to what adds it. Menus and palette do not offer the
 * command then; links, as those of the walkthrough, and keys run it all the same.
 */
export async function tellNothingToChoose({
  configuration,
}: Pick<ModelValue, 'configuration'>): Promise<void> {
  const { profiles } = configuration;
  if (profiles.length === 0) {
    return offer(
      vscode.l10n.t('There is no profile yet. Add one to say where requests go.'),
      vscode.l10n.t('Add Profile'),
      commands.profileAdd,
    );
  }
  if (profiles.every(({ endpoints }) => endpoints.length === 0)) {
    const title = vscode.l10n.t('Add Endpoint');
    return offer(vscode.l10n.t('There is no endpoint yet.'), title, commands.endpointAdd);
  }
  await vscode.window.showInformationMessage(
    vscode.l10n.t('There is nothing that this could be done with at the moment.'),
  );
}

async function offer(message: string, title: string, command: string): Promise<void> {
  const choice = await vscode.window.showInformationMessage(message, title);
  if (choice === title) await vscode.commands.executeCommand(command);
}
