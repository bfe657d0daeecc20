import os from 'node:os';
import * as vscode from 'vscode';
import { accessVariables, clientEnvironment, type ProxyAccess } from '../../core/claudeEntries.ts';
import type { ClaudeCodeTarget } from '../../protocol/clients.ts';
import { userSettingsFile } from '../clients/claudeCodeFiles.ts';
import { ClaudeCodeEditorSettings } from '../clients/editorSettings.ts';
import { commands } from '../contributions.ts';
import type { Terminals } from '../terminals.ts';
import { checkClients } from './clientCheck.ts';
import { configureClaudeCode, restoreClaudeCode } from './clientConfigure.ts';
import { copyEnvironment } from './clientEnvironment.ts';
import { type CommandContext, logUnexpected, registerCommand } from './commandContext.ts';

/** What clients are told, and where. */
export interface ClientContext extends CommandContext {
  readonly terminals: Terminals;
  readonly editorSettings: ClaudeCodeEditorSettings;
  /** The local token, or undefined while it is not known. */
  token(): string | undefined;
  /** Where clients find the proxy, or undefined while there is none. */
  access(): ProxyAccess | undefined;
  /** The settings file of Claude Code, for this user and this environment. */
  target(): ClaudeCodeTarget;
}

/** What the composition root adds to the context of all commands. */
export interface ClientParts {
  readonly terminals: Terminals;
  readonly secrets: vscode.SecretStorage;
  token(): string | undefined;
}

/** Registers the commands for what is pointed at the proxy, and keeps what was written to the editor's settings up to date. */
export function registerClientCommands(
  base: CommandContext,
  { terminals, secrets, token }: ClientParts,
): vscode.Disposable {
  const { model, output } = base;
  const editorSettings = new ClaudeCodeEditorSettings(secrets);
  const access = (): ProxyAccess | undefined => {
    const { link } = model.value;
    const known = token();
    return link.kind === 'attached' && known !== undefined ? { port: link.port, token: known } : undefined;
  };
  const context: ClientContext = {
    ...base,
    terminals,
    editorSettings,
    token,
    access,
    target: () => ({
      file: userSettingsFile(process.env, os.userInfo().homedir),
      environment: clientEnvironment(process.env),
    }),
  };
  let refreshed = '';
  const refresh = () => {
    const now = access();
    const key = JSON.stringify(now);
    if (!now || key === refreshed) return;
    refreshed = key;
    editorSettings
      .refresh(accessVariables(now))
      .catch((error: unknown) => logUnexpected(output, 'clients', error));
  };
  refresh();
  return vscode.Disposable.from(
    model.onDidChange(refresh),
    registerCommand(context, commands.clientConfigureClaudeCode, () => configureClaudeCode(context)),
    registerCommand(context, commands.clientRestoreClaudeCode, () => restoreClaudeCode(context)),
    registerCommand(context, commands.clientCopyEnvironment, () => copyEnvironment(context)),
    registerCommand(context, commands.clientCheck, () => checkClients(context)),
  );
}
