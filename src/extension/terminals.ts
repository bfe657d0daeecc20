import * as vscode from 'vscode';
import { settings } from './contributions.ts';
import type { Model } from './model.ts';
import { changeSetting, onDidChangeSettings, readSettings } from './settings.ts';
import { type TerminalsReason, type TerminalVariables, terminalVariables } from './terminalVariables.ts';

/** What is needed to point terminals at the proxy. */
export interface TerminalsContext {
  readonly model: Model;
  readonly collection: vscode.EnvironmentVariableCollection;
  /** Remembers that the user was told. */
  readonly globalState: vscode.Memento;
  /** The local token, or undefined while it is not known. */
  token(): string | undefined;
}

/** What new terminals get, and which ones still have something else. */
export interface Terminals extends vscode.Disposable {
  /** The variables of new terminals, or why they get none. */
  readonly variables: TerminalVariables | TerminalsReason;
  /** Names of terminals that were there when the variables last changed: they keep what they began with. */
  readonly older: readonly string[];
}

const announcedKey = 'terminals.announced';

/**
 * Points Claude Code in integrated terminals at the proxy for as long as it can serve. Variables are written only
 * when they change, since each write makes open terminals ask to be relaunched.
 */
export function createTerminals(context: TerminalsContext): Terminals {
  const { model, collection } = context;
  // Values of an earlier session would be in terminals that are restored before the proxy is there.
  collection.persistent = false;
  collection.description = vscode.l10n.t('Sends Claude Code through the QCC proxy.');
  let variables: TerminalVariables | TerminalsReason = 'notAttached';
  let older: readonly vscode.Terminal[] = [];
  const update = () => {
    const { link, state } = model.value;
    // A restart takes a moment: terminals that are opened meanwhile, or are open, had better keep what they have.
    if (link.kind === 'starting' || (link.kind === 'attached' && state === null)) return;
    const next = terminalVariables(model.value, {
      wanted: readSettings().injectTerminals,
      token: context.token(),
      environment: process.env,
    });
    const isSame = JSON.stringify(valuesOf(next)) === JSON.stringify(valuesOf(variables));
    variables = next;
    if (isSame) return;
    older = vscode.window.terminals;
    write(collection, valuesOf(next));
    if (valuesOf(next)) void announceOnce(context);
  };
  update();
  const subscriptions = vscode.Disposable.from(model.onDidChange(update), onDidChangeSettings(update));
  return {
    get variables() {
      return variables;
    },
    get older() {
      return older.filter((terminal) => terminal.exitStatus === undefined).map(({ name }) => name);
    },
    dispose: () => subscriptions.dispose(),
  };
}

const valuesOf = (variables: TerminalVariables | TerminalsReason): TerminalVariables | null =>
  typeof variables === 'string' ? null : variables;

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
