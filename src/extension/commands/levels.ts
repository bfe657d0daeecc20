import * as vscode from 'vscode';
import { type PriorityLevel, type Profile, priorityLevels } from '../../core/configuration.ts';
import { setLevel } from '../../core/configurationEdits.ts';
import { commands } from '../contributions.ts';
import type { ModelValue } from '../model.ts';
import { plainLabel } from '../plainLabel.ts';
import { switchReport } from '../reports/switchReport.ts';
import { servingOf } from '../views/serving.ts';
import { recoveryNote } from '../views/servingWords.ts';
import { levelTitle } from '../words.ts';
import { answerOf } from './answer.ts';
import { readyToEdit } from './attachFirst.ts';
import { type CommandContext, registerCommand } from './commandContext.ts';
import { tellNothingToChoose } from './nothingToChoose.ts';
import { editPolicy } from './policy.ts';
import { switchTo } from './profileSwitch.ts';
import { submit } from './submit.ts';
import { levelOf, targetOf } from './target.ts';

/** Registers the commands around the order in which profiles stand in for each other. */
export function registerLevelCommands(context: CommandContext): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(context, commands.levelList, (argument) => list(context, argument)),
    registerCommand(context, commands.levelSwitch, (argument) => switchByHand(context, argument)),
    registerCommand(context, commands.levelHistory, () => showSwitches(context)),
    registerCommand(context, commands.levelPolicy, () => editPolicy(context)),
  );
}

interface LevelItem extends vscode.QuickPickItem {
  readonly level: PriorityLevel;
  readonly profile: Profile | undefined;
}

interface ActionItem extends vscode.QuickPickItem {
  run?(): Promise<unknown>;
}

async function list(context: CommandContext, argument: unknown): Promise<void> {
  const { model } = context;
  const level = levelOf(argument);
  const item = levelItems(model.value).find((each) => each.level === level);
  if (item) return changeLevelOf(context, item);
  const items: (LevelItem | ActionItem)[] = [
    ...levelItems(model.value),
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    { label: `$(settings) ${vscode.l10n.t('Failover Policy')}`, run: () => editPolicy(context) },
    ...(model.value.link.kind === 'attached'
      ? [{ label: `$(history) ${vscode.l10n.t('Profile Switches')}`, run: () => showSwitches(context) }]
      : []),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Priority Levels'),
    placeHolder: vscode.l10n.t('Choose a level to change it'),
    matchOnDescription: true,
  });
  if (!picked) return;
  if ('level' in picked) await changeLevelOf(context, picked);
  else await picked.run?.();
}

/** Asks what to do with a level. Of one without a profile there is only one thing to ask. */
async function changeLevelOf(context: CommandContext, item: LevelItem): Promise<void> {
  if (!item.profile) return fill(context, item.level);
  const action = await vscode.window.showQuickPick(actionsFor(context, item), {
    title: `${vscode.l10n.t('Priority Levels')}: ${levelTitle(item.level)}`,
    placeHolder: vscode.l10n.t('Choose what to do'),
  });
  await action?.run?.();
}

/** The three levels, each with its profile and how that stands. */
function levelItems(value: ModelValue): LevelItem[] {
  const { profile: serving, chosen, recovery } = servingOf(value);
  return priorityLevels.map((level) => {
    const profile = value.configuration.profiles.find(({ priority }) => priority === level);
    const notes = profile
      ? [
          plainLabel(profile.name),
          ...(profile.enabled ? [] : [vscode.l10n.t('disabled')]),
          ...(profile === chosen ? [vscode.l10n.t('chosen')] : []),
          ...(profile === serving && value.state ? [vscode.l10n.t('serves now')] : []),
          ...(recovery?.profile === profile ? [recoveryNote(recovery)] : []),
        ]
      : [vscode.l10n.t('no profile')];
    const icon = profile && profile === serving ? 'circle-filled' : 'circle-outline';
    return { level, profile, label: `$(${icon}) ${levelTitle(level)}`, description: notes.join(' · ') };
  });
}

function actionsFor(context: CommandContext, { level, profile }: LevelItem): ActionItem[] {
  const isServing = profile !== undefined && profile.id === servingOf(context.model.value).profile?.id;
  const actions: ActionItem[] = [];
  if (profile && !isServing) {
    actions.push({
      label: `$(arrow-swap) ${vscode.l10n.t('Switch to “{0}”', plainLabel(profile.name))}`,
      run: () => switchByHand(context, { kind: 'profile', id: profile.id }),
    });
  }
  actions.push({
    label: `$(edit) ${vscode.l10n.t('Set another profile')}`,
    run: () => fill(context, level),
  });
  if (profile) {
    actions.push({
      label: `$(close) ${vscode.l10n.t('Leave the level empty')}`,
      run: () => changeLevel(context, profile.id, null),
    });
  }
  return actions;
}

async function fill(context: CommandContext, level: PriorityLevel): Promise<void> {
  const items = context.model.value.configuration.profiles
    .filter(({ priority }) => priority !== level)
    .map((profile) => ({
      profile,
      label: plainLabel(profile.name),
      description: profile.priority ? levelTitle(profile.priority) : '',
    }));
  if (items.length === 0) return tellNothingToChoose(context.model.value);
  const picked = await vscode.window.showQuickPick(items, {
    title: `${vscode.l10n.t('Priority Levels')}: ${levelTitle(level)}`,
    placeHolder: vscode.l10n.t('Choose the profile for this level'),
  });
  if (picked) await changeLevel(context, picked.profile.id, level);
}

/** Gives a profile a level, or takes it from it. */
export async function changeLevel(
  context: CommandContext,
  profileId: string,
  level: PriorityLevel | null,
): Promise<void> {
  if (!(await readyToEdit(context))) return;
  const profile = context.model.value.configuration.profiles.find(({ id }) => id === profileId);
  if (profile) await submit(context, profile.name, setLevel(profile.id, level));
}

async function switchByHand(context: CommandContext, argument: unknown): Promise<void> {
  if (!(await readyToEdit(context))) return;
  const target = targetOf(argument)?.id ?? (await pickLevel(context.model.value));
  if (target !== undefined) await switchTo(context, target);
}

/** Asks for a level; its profile's id, or undefined when the user cancelled. */
async function pickLevel(value: ModelValue): Promise<string | undefined> {
  const picked = await vscode.window.showQuickPick(
    levelItems(value).filter(({ profile }) => profile !== undefined),
    {
      title: vscode.l10n.t('Switch Profile by Hand'),
      placeHolder: vscode.l10n.t('Choose the level whose profile serves from now on'),
      matchOnDescription: true,
    },
  );
  return picked?.profile?.id;
}

async function showSwitches({ requests, reports }: CommandContext): Promise<void> {
  const switches = await answerOf(requests.switches());
  if (switches) await reports.show(switchReport(switches));
}
