import * as vscode from 'vscode';
import { addProfile, editProfile, removeProfile, setLevel } from '../../core/configurationEdits.ts';
import { commands } from '../contributions.ts';
import { askInSteps } from '../multiStepInput.ts';
import { readyToEdit } from './attachFirst.ts';
import { type CommandContext, registerCommand } from './commandContext.ts';
import { addEndpointTo } from './endpointAdd.ts';
import { pickProfileToUse } from './profilePick.ts';
import {
  type EnteredProfile,
  enteredOf,
  fieldsOf,
  levelOf,
  levelStep,
  newProfile,
  profileSteps,
} from './profileSteps.ts';
import { switchTo } from './profileSwitch.ts';
import { enterAndSubmit, submit } from './submit.ts';
import { chooseProfile, targetOf } from './target.ts';

/** Registers the commands that add, edit, remove and use profiles and give them levels. */
export function registerProfileCommands(context: CommandContext): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(context, commands.profileAdd, () => add(context)),
    registerCommand(context, commands.profileEdit, (argument) => edit(context, argument)),
    registerCommand(context, commands.profileRemove, (argument) => remove(context, argument)),
    registerCommand(context, commands.profileUse, (argument) => use(context, argument)),
    registerCommand(context, commands.profileSetLevel, (argument) => chooseLevel(context, argument)),
  );
}

async function add(context: CommandContext): Promise<void> {
  if (!(await readyToEdit(context))) return;
  const { profiles } = context.model.value.configuration;
  const isFirst = profiles.length === 0;
  const id = context.newId();
  const added = await enterAndSubmit<EnteredProfile>(context, {
    ask: (entered = newProfile) => askInSteps(vscode.l10n.t('Add Profile'), profileSteps(profiles), entered),
    subject: ({ name }) => name,
    edit: (values) => addProfile({ id, ...fieldsOf(values) }),
  });
  if (added && isFirst) await addEndpointTo(context, id);
}

async function edit(context: CommandContext, argument: unknown): Promise<void> {
  if (!(await readyToEdit(context))) return;
  const profile = await chooseProfile(context.model, argument, vscode.l10n.t('Choose the profile to edit'));
  if (!profile) return;
  const others = context.model.value.configuration.profiles.filter((other) => other.id !== profile.id);
  await enterAndSubmit<EnteredProfile>(context, {
    ask: (entered = enteredOf(profile)) =>
      askInSteps(vscode.l10n.t('Edit Profile'), profileSteps(others, profile), entered),
    subject: () => profile.name,
    edit: (values) => editProfile(profile.id, fieldsOf(values)),
  });
}

async function remove(context: CommandContext, argument: unknown): Promise<void> {
  if (!(await readyToEdit(context))) return;
  const { model } = context;
  const profile = await chooseProfile(model, argument, vscode.l10n.t('Choose the profile to remove'));
  if (!profile) return;
  const confirm = vscode.l10n.t('Remove');
  const consequences: string[] = [];
  if (profile.endpoints.length > 0) {
    consequences.push(
      vscode.l10n.t('Endpoints and keys that are deleted with it: {0}', profile.endpoints.length),
    );
  }
  if (profile.id === model.value.configuration.activeProfile) {
    consequences.push(
      vscode.l10n.t('It is the active profile: nothing serves until you choose another one.'),
    );
  }
  const choice = await vscode.window.showWarningMessage(
    vscode.l10n.t('Remove the profile “{0}”?', profile.name),
    { modal: true, detail: consequences.join('\n') },
    confirm,
  );
  if (choice === confirm) await submit(context, profile.name, removeProfile(profile.id));
}

async function use(context: CommandContext, argument: unknown): Promise<void> {
  if (!(await readyToEdit(context))) return;
  const { model } = context;
  const picked = targetOf(argument)?.id ?? (await pickProfileToUse(model.value));
  if (picked === undefined) return;
  if (typeof picked !== 'string') return edit(context, picked.edit);
  await switchTo(context, picked);
}

async function chooseLevel(context: CommandContext, argument: unknown): Promise<void> {
  if (!(await readyToEdit(context))) return;
  const placeholder = vscode.l10n.t('Choose the profile that gets a level');
  const profile = await chooseProfile(context.model, argument, placeholder);
  if (!profile) return;
  const others = context.model.value.configuration.profiles.filter((other) => other.id !== profile.id);
  await enterAndSubmit<Record<'level', string>>(context, {
    ask: (entered = { level: profile.priority ?? '' }) =>
      askInSteps(vscode.l10n.t('Level of “{0}”', profile.name), [levelStep(others, profile)], entered),
    subject: () => profile.name,
    edit: ({ level }) => setLevel(profile.id, levelOf(level)),
  });
}
