import * as vscode from 'vscode';
import type { ConfigurationContents } from '../../core/configuration.ts';
import { changesBetween } from '../../core/configurationChanges.ts';
import { changeText } from '../changeWords.ts';
import { plainLabel } from '../plainLabel.ts';
import { type ComparedConfiguration, comparedReports } from '../reports/configurationReport.ts';
import { effectiveConfiguration } from '../settings.ts';
import type { CommandContext } from './commandContext.ts';

/** A line below the changes: something else that the user should know. */
export interface PreviewNote extends vscode.QuickPickItem {
  /** Shows more of it; the question stays open. */
  show?(): Promise<void>;
}

/** A change of everything at once, to be looked at. */
export interface ConfigurationPreview {
  readonly title: string;
  /** The button that makes the change. */
  readonly apply: string;
  readonly before: ComparedConfiguration;
  readonly after: ComparedConfiguration;
  readonly notes: readonly PreviewNote[];
}

interface PreviewItem extends vscode.QuickPickItem {
  readonly choice?: 'apply' | 'cancel';
  show?(): Promise<void>;
}

/** More would not be read in a list; all of them are in the comparison. */
const maxChanges = 100;

/** Shows side by side what a change of the configuration does, and asks for it. */
export async function confirmChange(
  context: CommandContext,
  preview: ConfigurationPreview,
): Promise<boolean> {
  const title = vscode.l10n.t('{0}: {1} ↔ {2}', preview.title, preview.before.name, preview.after.name);
  const reports = comparedReports(preview.before, preview.after);
  const close = await context.reports.compare(reports, { title, stays: true });
  const pick = vscode.window.createQuickPick<PreviewItem>();
  pick.title = preview.title;
  pick.placeholder = vscode.l10n.t('Compare in the editor, then choose');
  // The comparison is scrolled while the question is open.
  pick.ignoreFocusOut = true;
  pick.matchOnDetail = true;
  pick.items = itemsOf(preview);
  const subscriptions: vscode.Disposable[] = [];
  try {
    return await new Promise<boolean>((resolve, reject) => {
      subscriptions.push(
        pick.onDidAccept(() => {
          const [item] = pick.activeItems;
          if (item?.choice !== undefined) resolve(item.choice === 'apply');
          else item?.show?.().catch(reject);
        }),
        pick.onDidHide(() => resolve(false)),
      );
      pick.show();
    });
  } finally {
    for (const subscription of subscriptions) subscription.dispose();
    pick.dispose();
    await close();
  }
}

/** What a setting comes before anyway is no change. */
const inEffect = ({ contents }: ComparedConfiguration): ConfigurationContents => ({
  ...contents,
  configuration: effectiveConfiguration(contents.configuration),
});

function itemsOf({ apply, before, after, notes }: ConfigurationPreview): PreviewItem[] {
  const changes = changesBetween(inEffect(before), inEffect(after));
  const separator = (label: string) => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const more = changes.length - maxChanges;
  return [
    { label: `$(check) ${apply}`, choice: 'apply' },
    { label: `$(close) ${vscode.l10n.t('Cancel')}`, choice: 'cancel' },
    separator(vscode.l10n.t('Changes: {0}', changes.length)),
    ...changes.slice(0, maxChanges).map((change) => ({ label: plainLabel(changeText(change)) })),
    ...(more > 0 ? [{ label: vscode.l10n.t('{0} more', more) }] : []),
    ...(notes.length > 0 ? [separator(vscode.l10n.t('To note')), ...notes] : []),
  ];
}

/** A configuration and what its document is called: as it is now. */
export const presentConfiguration = (contents: ConfigurationContents): ComparedConfiguration => ({
  name: vscode.l10n.t('Present configuration'),
  contents,
});
