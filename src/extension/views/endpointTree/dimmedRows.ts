import * as vscode from 'vscode';

const scheme = 'qcc-dimmed';

/** The address that makes the label of a tree item look switched off; the editor knows no other way to colour it. */
export const dimmed = (id: string): vscode.Uri => vscode.Uri.from({ scheme, path: `/${id}` });

/** Colours the labels of tree items with such an address. */
export function createDimmedRows(): vscode.Disposable {
  return vscode.window.registerFileDecorationProvider({
    provideFileDecoration: (uri) =>
      uri.scheme === scheme ? { color: new vscode.ThemeColor('disabledForeground') } : undefined,
  });
}
