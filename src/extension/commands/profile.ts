import * as vscode from 'vscode';
import {
  addProfile,
  editProfile,
  removeProfile,
  setLevel,
  setProfileEnabled,
} from '../../core/configurationEdits.ts';
import { freeName } from '../../core/freeName.ts';
import { duplicateProfile } from '../../core/profileCopies.ts';
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
  profileNameStep,
  profileSteps,
} from './profileSteps.ts';
import { switchTo } from './profileSwitch.ts';
import { enterAndSubmit, submit } from './submit.ts';
import { chooseProfile, targetOf } from './target.ts';

/** Registers the commands that add, edit, copy, switch on and off, remove and use profiles and give them levels. */
export function registerProfileCommands(context: CommandContext): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(context, commands.profileAdd, () => add(context)),
    registerCommand(context, commands.profileEdit, (argument) => edit(context, argument)),
    registerCommand(context, commands.profileDuplicate, (argument) => duplicate(context, argument)),
    registerCommand(context, commands.profileEnable, (argument) => setEnabled(context, argument, true)),
    registerCommand(context, commands.profileDisable, (argument) => setEnabled(context, argument, false)),
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

async function duplicate(context: CommandContext, argument: unknown): Promise<void> {
  if (!(await readyToEdit(context))) return;
  const { model } = context;
  const original = await chooseProfile(model, argument, vscode.l10n.t('Choose the profile to duplicate'));
  if (!original) return;
  const { profiles } = model.value.configuration;
  const suggested = freeName(
    original.name,
    profiles.map(({ name }) => name),
  );
  const prompt = vscode.l10n.t('Name of the copy, which gets the same endpoints with their keys');
  const id = context.newId();
  const endpointId = freshIds(context.newId);
  await enterAndSubmit<Record<'name', string>>(context, {
    ask: (entered = { name: suggested }) =>
      askInSteps(vscode.l10n.t('Duplicate Profile'), [profileNameStep(profiles, prompt)], entered),
    subject: ({ name }) => name,
    edit: ({ name }) => duplicateProfile(original.id, { id, name, endpointId }),
  });
}

/** A fresh id for each old one, the same whenever it is asked for: an edit may be made more than once. */
function freshIds(newId: () => string): (id: string) => string {
  const ids = new Map<string, string>();
  return (id) => {
    const fresh = ids.get(id) ?? newId();
    ids.set(id, fresh);
    return fresh;
  };
}

async function setEnabled(context: CommandContext, argument: unknown, enabled: boolean): Promise<void> {
  if (!(await readyToEdit(context))) return;
  const prompt = enabled
    ? vscode.l10n.t('Choose the profile to enable')
    : vscode.l10n.t('Choose the profile to disable');
  const profile = await chooseProfile(context.model, argument, prompt, (each) => each.enabled !== enabled);
  if (profile) await submit(context, profile.name, setProfileEnabled(profile.id, enabled));
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
  const picked = targetOf(argument)?.id ?? (await pickProfileToUse(context.model));
  if (picked !== undefined) await switchTo(context, picked);
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
