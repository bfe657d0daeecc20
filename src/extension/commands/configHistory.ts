import * as vscode from 'vscode';
import { changesBetween } from '../../core/configurationChanges.ts';
import { type ConfigurationVersion, rolledBack } from '../../core/configurationVersions.ts';
import { decidedEdit } from '../../core/decidedEdit.ts';
import { versionText } from '../changeWords.ts';
import { figuresIn } from '../figures.ts';
import { plainLabel } from '../plainLabel.ts';
import { type ComparedConfiguration, comparedReports } from '../reports/configurationReport.ts';
import { remark } from './answer.ts';
import { readyToEdit } from './attachFirst.ts';
import type { CommandContext } from './commandContext.ts';
import { confirmChange, presentConfiguration } from './configPreview.ts';
import { type LiveItem, pickLive } from './livePick.ts';
import { submit } from './submit.ts';

interface VersionItem extends LiveItem {
  readonly version: ConfigurationVersion;
  /** What was before it, when that is known. */
  readonly earlier: ConfigurationVersion | undefined;
  readonly isPresent: boolean;
}

/** Shows how the configuration was, and what is different now. */
export async function showHistory(context: CommandContext): Promise<void> {
  const picked = await pickVersion(
    context,
    vscode.l10n.t('Choose a version to compare it with the present one'),
    true,
  );
  if (!picked) return;
  if (picked.button) return rollBackTo(context, picked.item.version.id);
  const { version, earlier, isPresent } = picked.item;
  const { current } = context.history;
  if (!current) return;
  // Nothing differs between the present version and itself; what it has changed does.
  const [before, after] =
    isPresent && earlier
      ? [versionConfiguration(earlier), presentConfiguration(version)]
      : [versionConfiguration(version), presentConfiguration(current)];
  const title = vscode.l10n.t('{0} ↔ {1}', before.name, after.name);
  await context.reports.compare(comparedReports(before, after), { title, stays: false });
}

/** Brings back the configuration as it was at some time. */
export async function rollBack(context: CommandContext): Promise<void> {
  const picked = await pickVersion(context, vscode.l10n.t('Choose the version to return to'), false);
  if (picked) await rollBackTo(context, picked.item.version.id);
}

/** Shows what a rollback changes, and again when another window has changed something meanwhile. */
async function rollBackTo(context: CommandContext, versionId: string): Promise<void> {
  if (!(await readyToEdit(context))) return;
  const title = vscode.l10n.t('Roll Back Configuration');
  for (;;) {
    const before = context.history.current;
    const version = context.history.versions.find(({ id }) => id === versionId);
    if (!before || !version) return;
    const after = rolledBack(before, version);
    if (changesBetween(before, after).length === 0) {
      await vscode.window.showInformationMessage(
        vscode.l10n.t('The present configuration is the same as that version.'),
      );
      return;
    }
    const confirmed = await confirmChange(context, {
      title,
      apply: vscode.l10n.t('Roll Back'),
      before: presentConfiguration(before),
      after: { ...versionConfiguration(version), contents: after },
      notes: [{ label: `$(info) ${vscode.l10n.t('The present configuration stays in the history.')}` }],
    });
    if (!confirmed) return;
    const edited = await submit(context, title, decidedEdit(before, after), [], 'rollback');
    if (edited === 'done') remark(vscode.l10n.t('Configuration rolled back to {0}', timeOf(version)));
    if (edited !== 'correct') return;
  }
}

/** Asks for a version. @param withPresent whether the present one is among them, and the others have buttons */
async function pickVersion(context: CommandContext, placeholder: string, withPresent: boolean) {
  const { history } = context;
  return pickLive<VersionItem>({
    title: withPresent ? vscode.l10n.t('Configuration History') : vscode.l10n.t('Roll Back Configuration'),
    placeholder,
    items: () => versionItems(context, withPresent),
    onDidChange: (listener) => history.onDidChange(() => listener(undefined)),
  });
}

function versionItems({ history }: CommandContext, withPresent: boolean): VersionItem[] {
  const present = history.current?.lineage.at(-1);
  const { versions } = history;
  return versions.flatMap((version, index): VersionItem[] => {
    const isPresent = version.id === present;
    if (isPresent && !withPresent) return [];
    // A copy of another editor is no step on the way to this one.
    const earlier = versions.slice(index + 1).find(({ storeId }) => storeId === version.storeId);
    const changes = earlier && changesBetween(earlier, version);
    return [
      {
        id: version.id,
        version,
        earlier,
        isPresent,
        label: plainLabel(versionText(version.cause, changes)),
        description: [
          timeOf(version),
          vscode.l10n.t('profiles: {0}', version.configuration.profiles.length),
          ...(isPresent ? [vscode.l10n.t('present')] : []),
          ...(version.putAsideAt === undefined || isPresent ? [] : [vscode.l10n.t('not chosen')]),
        ].join(' · '),
        buttons: withPresent && !isPresent ? [rollBackButton()] : [],
      },
    ];
  });
}

const rollBackButton = (): vscode.QuickInputButton => ({
  iconPath: new vscode.ThemeIcon('discard'),
  tooltip: vscode.l10n.t('Roll Back'),
});

const timeOf = ({ at }: ConfigurationVersion): string => figuresIn(vscode.env.language).time(at);

const versionConfiguration = (version: ConfigurationVersion): ComparedConfiguration => ({
  name: vscode.l10n.t('Version of {0}', timeOf(version)),
  contents: version,
});
