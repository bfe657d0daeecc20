import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { PanelExportFormat, PanelTable } from '../../../protocol/panel.ts';
import { remark } from '../../commands/answer.ts';
import { plainMessage } from '../../plainMessage.ts';
import { type ShownData, tableFileName, tableText } from './panelTables.ts';
import { createTableWords } from './panelTableWords.ts';

/** Writes what the panel shows of a table to a file that the user chooses. Cancelling is silent. */
export async function exportTable(
  table: PanelTable,
  format: PanelExportFormat,
  shown: ShownData,
): Promise<void> {
  // As it is shown now, and not as it will be once a file is chosen.
  const text = tableText(table, shown, { format, words: createTableWords() });
  if (text === undefined) {
    await vscode.window.showInformationMessage(vscode.l10n.t('There is nothing to export yet.'));
    return;
  }
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir());
  const file = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(folder, tableFileName(table, format, shown.history, Date.now())),
    filters: { [format.toUpperCase()]: [format] },
    title: vscode.l10n.t('Export Metrics'),
  });
  if (file === undefined) return;
  try {
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    await vscode.window.showErrorMessage(
      plainMessage(vscode.l10n.t('The metrics were not exported. {0}', why)),
    );
    return;
  }
  remark(vscode.l10n.t('Metrics exported.'));
}
