import * as vscode from 'vscode';
import { editEndpoint, profileOfEndpoint, removeEndpoint } from '../../core/configurationEdits.ts';
import { commands } from '../contributions.ts';
import { readyToEdit } from './attachFirst.ts';
import { type CommandContext, registerCommand } from './commandContext.ts';
import { addEndpointTo } from './endpointAdd.ts';
import { editEndpointParts } from './endpointEdit.ts';
import { resetEndpoint } from './endpointReset.ts';
import { submit } from './submit.ts';
import { chooseEndpoint, targetOf } from './target.ts';

/** Registers the commands that add, edit, remove, enable, disable and reset endpoints. */
export function registerEndpointCommands(context: CommandContext): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(context, commands.endpointAdd, (argument) => add(context, argument)),
    registerCommand(context, commands.endpointEdit, (argument) => edit(context, argument)),
    registerCommand(context, commands.endpointRemove, (argument) => remove(context, argument)),
    registerCommand(context, commands.endpointEnable, (argument) => setEnabled(context, argument, true)),
    registerCommand(context, commands.endpointDisable, (argument) => setEnabled(context, argument, false)),
    registerCommand(context, commands.endpointReset, (argument) => resetEndpoint(context, argument)),
  );
}

async function add(context: CommandContext, argument: unknown): Promise<void> {
  if (!(await readyToEdit(context))) return;
  const target = targetOf(argument);
  const { configuration } = context.model.value;
  // An endpoint needs a profile; adding the first one leads on to its endpoint.
  if (configuration.profiles.length === 0) return vscode.commands.executeCommand(commands.profileAdd);
  const onlyProfile = configuration.profiles.length === 1 ? configuration.profiles[0]?.id : undefined;
  await addEndpointTo(context, target?.kind === 'profile' ? target.id : onlyProfile);
}

async function edit(context: CommandContext, argument: unknown): Promise<void> {
  if (!(await readyToEdit(context))) return;
  const prompt = vscode.l10n.t('Choose the endpoint to edit');
  const endpoint = await chooseEndpoint(context.model, argument, prompt);
  if (endpoint) await editEndpointParts(context, endpoint);
}

async function remove(context: CommandContext, argument: unknown): Promise<void> {
  if (!(await readyToEdit(context))) return;
  const { model } = context;
  const endpoint = await chooseEndpoint(model, argument, vscode.l10n.t('Choose the endpoint to remove'));
  const profile = endpoint && profileOfEndpoint(model.value.configuration, endpoint.id);
  if (!profile) return;
  const confirm = vscode.l10n.t('Remove');
  const choice = await vscode.window.showWarningMessage(
    vscode.l10n.t('Remove the endpoint “{0}” from the profile “{1}”?', endpoint.name, profile.name),
    { modal: true, detail: vscode.l10n.t('Its key is deleted with it.') },
    confirm,
  );
  if (choice === confirm) await submit(context, endpoint.name, removeEndpoint(endpoint.id));
}

async function setEnabled(context: CommandContext, argument: unknown, enabled: boolean): Promise<void> {
  if (!(await readyToEdit(context))) return;
  const prompt = enabled
    ? vscode.l10n.t('Choose the endpoint to enable')
    : vscode.l10n.t('Choose the endpoint to disable');
  const endpoint = await chooseEndpoint(
    context.model,
    argument,
    prompt,
    (candidate) => candidate.enabled !== enabled,
  );
  if (endpoint) await submit(context, endpoint.name, editEndpoint(endpoint.id, { enabled }));
}
