import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { configFileOf, configFileText } from '../../core/configFileText.ts';
import { type ConfigurationContents, endpointIdsOf } from '../../core/configuration.ts';
import { writeAtomically } from '../atomicFile.ts';
import { plainMessage } from '../plainMessage.ts';
import { effectiveConfiguration } from '../settings.ts';
import { remark } from './answer.ts';
import type { CommandContext } from './commandContext.ts';

/** Who may read the file: with keys, nobody else. */
const modes = { withKeys: 0o600, withoutKeys: 0o644 };

/** Writes the configuration to a file of the user's choice. */
export async function exportConfiguration({ history }: CommandContext): Promise<void> {
  const contents = history.current;
  if (!contents) return;
  const withKeys = await askForKeys(contents);
  if (withKeys === undefined) return;
  const uri = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export Configuration'),
    saveLabel: vscode.l10n.t('Export'),
    // Not the workspace: what is there gets into repositories.
    defaultUri: vscode.Uri.file(path.join(os.homedir(), 'qcc-config.json')),
    filters: { JSON: ['json'] },
  });
  if (!uri) return;
  const problem = await write(uri, exportedText(contents, withKeys), withKeys);
  if (problem === undefined) {
    remark(vscode.l10n.t('Configuration exported to {0}', path.posix.basename(uri.path)));
  } else {
    await vscode.window.showErrorMessage(plainMessage(problem));
  }
}

/** As it holds here: another place has not the settings of this editor. */
function exportedText({ configuration, secrets }: ConfigurationContents, withKeys: boolean): string {
  const secretsOf = (id: string) => (withKeys ? secrets[id] : undefined);
  return configFileText(configFileOf(effectiveConfiguration(configuration), secretsOf));
}

/** Whether keys get into the file; undefined when the user cancelled. */
async function askForKeys(contents: ConfigurationContents): Promise<boolean | undefined> {
  const picked = await vscode.window.showQuickPick(
    [
      {
        label: `$(lock) ${vscode.l10n.t('Without keys')}`,
        detail: vscode.l10n.t('Can be shared. Whoever imports it enters the keys.'),
        withKeys: false,
      },
      {
        label: `$(key) ${vscode.l10n.t('With keys')}`,
        detail: vscode.l10n.t('Whoever reads the file can use your endpoints.'),
        withKeys: true,
      },
    ],
    {
      title: vscode.l10n.t('Export Configuration'),
      placeHolder: vscode.l10n.t('Choose what gets into the file'),
    },
  );
  if (!picked?.withKeys) return picked?.withKeys;
  const unread = [...endpointIdsOf(contents.configuration)].filter((id) => !contents.secrets[id]).length;
  const confirm = vscode.l10n.t('Export with Keys');
  const choice = await vscode.window.showWarningMessage(
    vscode.l10n.t('Write all keys to a file?'),
    {
      modal: true,
      detail: [
        vscode.l10n.t(
          'The keys, and the values of additional headers, will be readable in the file. Only your user may read it, but backups and synchronised folders may copy it. Delete it when it is no longer needed, and never commit or send it.',
        ),
        ...(unread > 0
          ? [vscode.l10n.t('Keys that cannot be read now and will not be in the file: {0}', unread)]
          : []),
      ].join('\n\n'),
    },
    confirm,
  );
  return choice === confirm ? true : undefined;
}

/** @returns what is wrong, or undefined when the file is there */
async function write(uri: vscode.Uri, text: string, withKeys: boolean): Promise<string | undefined> {
  try {
    if (uri.scheme === 'file') {
      await writeAtomically(uri.fsPath, text, withKeys ? modes.withKeys : modes.withoutKeys);
    } else if (withKeys) {
      return vscode.l10n.t(
        'Choose a folder on this machine. Elsewhere nobody can tell who may read the keys.',
      );
    } else {
      await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
    }
    return undefined;
  } catch (error) {
    return vscode.l10n.t('The file could not be written: {0}', fileErrorText(error));
  }
}

/** The code of an error of a file system, which says what is wrong with the file and nothing of what was to be in it. */
export function fileErrorText(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : vscode.l10n.t('unknown');
}
