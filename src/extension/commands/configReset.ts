import * as vscode from 'vscode';
import { resetConfiguration } from '../../core/decidedEdit.ts';
import type { Forgetting } from '../forgetting.ts';
import { remark } from './answer.ts';
import { readyToEdit } from './attachFirst.ts';
import type { CommandContext } from './commandContext.ts';
import { exportConfiguration } from './configExport.ts';
import { submit } from './submit.ts';

/** What can be forgotten in addition. */
type Extra = 'versions' | 'answers';

interface ExtraItem extends vscode.QuickPickItem {
  readonly extra?: Extra;
}

/** Removes all profiles with their keys, and what else the user wants to be forgotten. */
export async function resetAll(context: CommandContext, forgetting: Forgetting): Promise<void> {
  if (!(await readyToEdit(context))) return;
  const extras = await askForExtras();
  if (!extras || !(await confirm(context, extras))) return;
  const title = vscode.l10n.t('Reset Configuration');
  const cause = extras.has('versions') ? 'forget' : 'reset';
  if ((await submit(context, title, resetConfiguration, [], cause)) !== 'done') return;
  if (extras.has('versions')) await forgetting.setAside();
  if (extras.has('answers')) await forgetting.answers();
  await context.history.idle();
  remark(vscode.l10n.t('Configuration reset'));
}

/** What is forgotten beside the configuration; undefined when the user cancelled. */
async function askForExtras(): Promise<Set<Extra> | undefined> {
  const items: ExtraItem[] = [
    {
      label: vscode.l10n.t('Configuration history'),
      detail: vscode.l10n.t('All earlier versions, with the keys that they had.'),
      extra: 'versions',
    },
    {
      label: vscode.l10n.t('Remembered answers'),
      detail: vscode.l10n.t('What was told once is told again.'),
      extra: 'answers',
    },
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Reset Configuration'),
    placeHolder: vscode.l10n.t('Choose what is forgotten in addition to profiles, keys and policy'),
    canPickMany: true,
    ignoreFocusOut: true,
  });
  return picked && new Set(picked.flatMap(({ extra }) => extra ?? []));
}

async function confirm(context: CommandContext, extras: Set<Extra>): Promise<boolean> {
  const reset = vscode.l10n.t('Reset');
  const exportFirst = vscode.l10n.t('Export First');
  for (;;) {
    const { profiles } = context.model.value.configuration;
    const endpoints = profiles.reduce((sum, profile) => sum + profile.endpoints.length, 0);
    const choice = await vscode.window.showWarningMessage(
      vscode.l10n.t('Remove all profiles, endpoints and keys?'),
      {
        modal: true,
        detail: [
          vscode.l10n.t('Profiles: {0}, endpoints: {1}.', profiles.length, endpoints),
          extras.has('versions')
            ? vscode.l10n.t('The history is forgotten too: this cannot be undone.')
            : vscode.l10n.t(
                'The history keeps them, with their keys, until twenty further changes were made.',
              ),
          vscode.l10n.t('The settings of QCC stay as they are.'),
        ].join('\n'),
      },
      reset,
      exportFirst,
    );
    if (choice === reset) return true;
    if (choice !== exportFirst) return false;
    // Whether or not a file was written, the question is still open.
    await exportConfiguration(context);
  }
}
