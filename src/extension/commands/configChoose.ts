import * as vscode from 'vscode';
import type { ConfigurationDocument } from '../../core/configuration.ts';
import type { ChoiceParams } from '../../protocol/control.ts';
import { causeText } from '../changeWords.ts';
import { figuresIn } from '../figures.ts';
import type { ChoiceOutcome, Rivals } from '../proxyLink/documentChoice.ts';
import { comparedReports } from '../reports/configurationReport.ts';
import { remark, tellUnreachable } from './answer.ts';
import type { CommandContext } from './commandContext.ts';

/** More names would not be read. */
const shownProfiles = 5;

/**
 * Lets the user choose between the configuration that the proxy serves and the one of this editor.
 *
 * @returns true when there is nothing left to choose
 */
export async function chooseConfiguration(context: CommandContext): Promise<boolean> {
  let close: (() => Promise<void>) | undefined;
  let notes: string[] = [];
  for (;;) {
    const rivals = context.actions.rivals();
    if (!rivals) {
      if (notes.length > 0) await tellDecided();
      return true;
    }
    const answer = await ask(rivals, notes);
    if (answer === undefined) return false;
    if (answer === 'compare') {
      close = await compare(context, rivals);
      // Whoever wants to read on leaves the question; the comparison stays, and the question can be opened again.
      if (!(await askAgain())) return false;
      continue;
    }
    const outcome = await context.actions.choose(answer, rivals);
    if (!outcome.ok && outcome.problem === 'changedMeanwhile') {
      notes = [vscode.l10n.t('One of them was changed meanwhile. This is how they are now.')];
      continue;
    }
    if (outcome.ok) await close?.();
    await tell(outcome, answer);
    return outcome.ok;
  }
}

async function ask(
  { inForce, brought }: Rivals,
  notes: readonly string[],
): Promise<ChoiceParams['choice'] | 'compare' | undefined> {
  const useInForce = vscode.l10n.t('Use the One in Force');
  const useOwn = vscode.l10n.t('Use This Editor’s');
  const compareThem = vscode.l10n.t('Compare');
  const detail = [
    ...notes,
    vscode.l10n.t(
      'The proxy works with one configuration for all editors and windows. Two were made apart from each other: one is in force, the other is stored in this editor.',
    ),
    summaryOf(vscode.l10n.t('In force:'), inForce),
    summaryOf(vscode.l10n.t('This editor’s:'), brought),
    vscode.l10n.t(
      'The one that you do not use goes to the configuration history, with its keys. You can return to it until twenty further changes were made.',
    ),
  ].join('\n\n');
  const message = vscode.l10n.t('Which configuration is to be used?');
  const buttons = [useInForce, useOwn, compareThem];
  switch (await vscode.window.showWarningMessage(message, { modal: true, detail }, ...buttons)) {
    case useInForce:
      return 'inForce';
    case useOwn:
      return 'brought';
    case compareThem:
      return 'compare';
    default:
      return undefined;
  }
}

function summaryOf(title: string, { configuration, origin }: ConfigurationDocument): string {
  const { profiles } = configuration;
  const names = profiles.slice(0, shownProfiles).map(({ name }) => name);
  const more = profiles.length - names.length;
  const endpoints = profiles.reduce((sum, profile) => sum + profile.endpoints.length, 0);
  const lines = [
    profiles.length === 0
      ? vscode.l10n.t('No profiles')
      : vscode.l10n.t(
          'Profiles: {0}',
          [...names, ...(more > 0 ? [vscode.l10n.t('{0} more', more)] : [])].join(vscode.l10n.t(', ')),
        ),
    vscode.l10n.t('Endpoints: {0}', endpoints),
    ...(origin ? [lastChange(origin)] : []),
  ];
  return [title, ...lines.map((line) => `• ${line}`)].join('\n');
}

function lastChange({ at, cause }: NonNullable<ConfigurationDocument['origin']>): string {
  const time = figuresIn(vscode.env.language).time(at);
  const what = causeText(cause);
  return what === undefined
    ? vscode.l10n.t('Last change: {0}', time)
    : vscode.l10n.t('Last change: {0} ({1})', time, what);
}

/** Shows both side by side. @returns closes that again */
async function compare({ reports }: CommandContext, { inForce, brought }: Rivals) {
  const before = { name: vscode.l10n.t('Configuration in force'), contents: inForce };
  const after = { name: vscode.l10n.t('Configuration of this editor'), contents: brought };
  const title = vscode.l10n.t('{0} ↔ {1}', before.name, after.name);
  return reports.compare(comparedReports(before, after), { title, stays: true });
}

/** A dialog would cover the comparison. */
async function askAgain(): Promise<boolean> {
  const choose = vscode.l10n.t('Choose…');
  const message = vscode.l10n.t('Compare the two configurations, then choose the one to use.');
  return (await vscode.window.showInformationMessage(message, choose)) === choose;
}

/** What the user has just chosen was not done. */
async function tellDecided(): Promise<void> {
  await vscode.window.showInformationMessage(
    vscode.l10n.t(
      'The configuration was chosen in another window meanwhile. The other one is in the configuration history.',
    ),
  );
}

async function tell(outcome: ChoiceOutcome, choice: ChoiceParams['choice']): Promise<void> {
  if (outcome.ok) {
    remark(
      choice === 'inForce'
        ? vscode.l10n.t('This editor uses the configuration in force')
        : vscode.l10n.t('The configuration of this editor is in force'),
    );
  } else if (outcome.problem === 'notAttached') {
    await tellUnreachable();
  } else {
    await vscode.window.showErrorMessage(
      vscode.l10n.t(
        'No configuration was overwritten, since the one that is not used could not be kept in the history, or the chosen one not stored. Unlock the secret storage and choose again.',
      ),
    );
  }
}
