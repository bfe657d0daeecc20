import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { type ConfigProblem, configFileSections } from '../../core/configFile.ts';
import { type ConfigurationContents, hasKey } from '../../core/configuration.ts';
import { changesBetween } from '../../core/configurationChanges.ts';
import { type ImportMode, imported, type ReadImport, readImport } from '../../core/configurationImport.ts';
import { decidedEdit } from '../../core/decidedEdit.ts';
import { plainLabel } from '../plainLabel.ts';
import { plainMessage } from '../plainMessage.ts';
import { problemReport, unknownFieldsReport } from '../reports/problemReport.ts';
import { settingsAgainst } from '../settings.ts';
import { remark } from './answer.ts';
import { readyToEdit } from './attachFirst.ts';
import type { CommandContext } from './commandContext.ts';
import { fileErrorText } from './configExport.ts';
import { confirmChange, type PreviewNote, presentConfiguration } from './configPreview.ts';
import { submit } from './submit.ts';

/** The largest file that is read, in bytes. */
const maxBytes = 4 * 1024 * 1024;

/** Takes over a file: of this program, or of the original one. */
export async function importConfiguration(context: CommandContext): Promise<void> {
  if (!(await readyToEdit(context))) return;
  const title = vscode.l10n.t('Import Configuration');
  const [uri] =
    (await vscode.window.showOpenDialog({
      title,
      openLabel: vscode.l10n.t('Import'),
      defaultUri: vscode.Uri.file(os.homedir()),
      filters: { JSON: ['json'] },
    })) ?? [];
  if (!uri) return;
  const name = path.posix.basename(uri.path);
  const text = await readFile(uri);
  if (text === undefined) return;
  const result = readImport(text);
  if (!result.ok) return tellProblems(context, name, result.problems);
  const mode = await askForMode(context, title);
  if (mode !== undefined) await lookAndApply(context, { title, name, mode, read: result.read });
}

/** The file's content; undefined when it cannot be read, of which the user was told. */
async function readFile(uri: vscode.Uri): Promise<string | undefined> {
  const refuse = async (message: string) => {
    await vscode.window.showErrorMessage(plainMessage(message));
    return undefined;
  };
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > maxBytes)
      return refuse(vscode.l10n.t('The file is larger than 4 MB. It is no configuration.'));
    const bytes = await vscode.workspace.fs.readFile(uri);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      return refuse(vscode.l10n.t('The file is not UTF-8 text. Save it as UTF-8 and try again.'));
    }
  } catch (error) {
    return refuse(vscode.l10n.t('The file could not be read: {0}', fileErrorText(error)));
  }
}

async function tellProblems(
  { reports }: CommandContext,
  name: string,
  problems: readonly ConfigProblem[],
): Promise<void> {
  const show = vscode.l10n.t('Show Problems');
  const choice = await vscode.window.showErrorMessage(
    plainMessage(
      vscode.l10n.t('{0} was not imported. Problems: {1}. Nothing was changed.', name, problems.length),
    ),
    show,
  );
  if (choice === show) await reports.show(problemReport(name, problems));
}

/** What happens to what is there; undefined when the user cancelled. Where there is nothing, there is no question. */
async function askForMode({ history }: CommandContext, title: string): Promise<ImportMode | undefined> {
  if (history.current?.configuration.profiles.length === 0) return 'replace';
  const picked = await vscode.window.showQuickPick<vscode.QuickPickItem & { mode: ImportMode }>(
    [
      {
        label: `$(diff-added) ${vscode.l10n.t('Add and update')}`,
        detail: vscode.l10n.t('Profiles and endpoints are found by name. What is not in the file stays.'),
        mode: 'merge',
      },
      {
        label: `$(replace-all) ${vscode.l10n.t('Replace everything')}`,
        detail: vscode.l10n.t('What is not in the file is removed.'),
        mode: 'replace',
      },
    ],
    { title, placeHolder: vscode.l10n.t('Choose what happens to the present configuration') },
  );
  return picked?.mode;
}

interface Import {
  readonly title: string;
  /** Of the file. */
  readonly name: string;
  readonly mode: ImportMode;
  readonly read: ReadImport;
}

/** Shows what the import changes, and again when another window has changed something meanwhile. */
async function lookAndApply(context: CommandContext, { title, name, mode, read }: Import): Promise<void> {
  for (;;) {
    const before = context.history.current;
    if (!before) return;
    const result = imported(before, read.file, mode, context.newId);
    if (!result.ok) return tellProblems(context, name, result.problems);
    const after = result.contents;
    const changes = changesBetween(before, after).length;
    if (changes === 0) {
      await vscode.window.showInformationMessage(
        plainMessage(vscode.l10n.t('{0} holds nothing that is not so already.', name)),
      );
      return;
    }
    const confirmed = await confirmChange(context, {
      title,
      apply: vscode.l10n.t('Import'),
      before: presentConfiguration(before),
      after: { name: vscode.l10n.t('After the import of {0}', name), contents: after },
      notes: notesOn(context, name, read, after),
    });
    if (!confirmed) return;
    const edited = await submit(context, title, decidedEdit(before, after), [], 'import');
    if (edited === 'done') remark(vscode.l10n.t('Configuration imported, changes: {0}', changes));
    if (edited !== 'correct') return;
  }
}

/** What the comparison does not show, or not plainly. */
function notesOn(
  { reports }: CommandContext,
  name: string,
  { file, format, unknownKeys, droppedKeys }: ReadImport,
  after: ConfigurationContents,
): PreviewNote[] {
  const notes: PreviewNote[] = [];
  if (format === 'original') {
    notes.push({ label: `$(info) ${vscode.l10n.t('This is a file of the original QCC.')}` });
  }
  const keyless = after.configuration.profiles
    .flatMap(({ endpoints }) => endpoints)
    .filter(({ id }) => !hasKey(after, id))
    .map((endpoint) => endpoint.name);
  if (keyless.length > 0) {
    notes.push({
      label: `$(warning) ${vscode.l10n.t('Endpoints without a key: {0}', keyless.length)}`,
      detail: plainLabel(keyless.join(vscode.l10n.t(', '))),
    });
  }
  const overridden = settingsAgainst(configFileSections(file));
  if (overridden.length > 0) {
    notes.push({
      label: `$(info) ${vscode.l10n.t('Here the settings of the editor hold instead of the file')}`,
      detail: overridden.join(vscode.l10n.t(', ')),
    });
  }
  if (unknownKeys.length > 0) {
    notes.push({
      label: `$(info) ${vscode.l10n.t('Fields of the file that are not known: {0}', unknownKeys.length)}`,
      detail: plainLabel(unknownKeys.slice(0, 5).join(vscode.l10n.t(', '))),
      show: () => reports.show(unknownFieldsReport(name, unknownKeys, droppedKeys)),
    });
  }
  return notes;
}
