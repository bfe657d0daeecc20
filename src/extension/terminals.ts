import * as vscode from 'vscode';
import { settings } from './contributions.ts';
import type { Model } from './model.ts';
import { changeSetting, onDidChangeSettings, readSettings } from './settings.ts';
import { type TerminalVariables, terminalVariables } from './terminalVariables.ts';

/** What is needed to point terminals at the proxy. */
export interface TerminalsContext {
  readonly model: Model;
  readonly collection: vscode.EnvironmentVariableCollection;
  /** Remembers that the user was told. */
  readonly globalState: vscode.Memento;
  /** The local token, or undefined while it is not known. */
  token(): string | undefined;
}

const announcedKey = 'terminals.announced';

/**
 * Points Claude Code in integrated terminals at the proxy for as long as it can serve. Variables are written only
 * when they change, since each write makes open terminals ask to be relaunched.
 */
export function createTerminals(context: TerminalsContext): vscode.Disposable {
  const { model, collection } = context;
  // Values of an earlier session would be in terminals that are restored before the proxy is there.
  collection.persistent = false;
  collection.description = vscode.l10n.t('Sends Claude Code through the QCC proxy.');
  let written = '';
  const update = () => {
    const { link, state } = model.value;
    // A restart takes a moment: terminals that are opened meanwhile, or are open, had better keep what they have.
    if (link.kind === 'starting' || (link.kind === 'attached' && state === null)) return;
    const variables = terminalVariables(model.value, {
      wanted: readSettings().injectTerminals,
      token: context.token(),
      environment: process.env,
    });
    const key = JSON.stringify(variables);
    if (key === written) return;
    written = key;
    write(collection, variables);
    if (variables) void announceOnce(context);
  };
  update();
  return vscode.Disposable.from(model.onDidChange(update), onDidChangeSettings(update));
}

function write(collection: vscode.EnvironmentVariableCollection, variables: TerminalVariables | null): void {
  collection.clear();
  if (variables === null) return;
  for (const [name, value] of Object.entries(variables.set)) collection.replace(name, value);
  for (const [name, value] of Object.entries(variables.append)) collection.append(name, value);
}

/** Says once, ever, that terminals are changed, and how to have it otherwise. */
async function announceOnce({ globalState }: TerminalsContext): Promise<void> {
  if (globalState.get(announcedKey) === true) return;
  await globalState.update(announcedKey, true);
  const refuse = vscode.l10n.t('Not in Terminals');
  const choice = await vscode.window.showInformationMessage(
    vscode.l10n.t('Claude Code in new terminals now goes through the QCC proxy.'),
    vscode.l10n.t('OK'),
    refuse,
  );
  if (choice === refuse) await changeSetting(settings.injectTerminals, false);
}
