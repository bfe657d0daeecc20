import * as vscode from 'vscode';

/** The scheme of documents that hold what the proxy said at some time. */
const scheme = 'qcc';

const extensions = { markdown: 'md', json: 'json' };

/** A document to read. */
export interface Report {
  /** What its tab is called. A report of the same name takes its place. */
  readonly name: string;
  readonly text: string;
  /** How it is coloured; plain where nothing is said. */
  readonly language?: 'markdown' | 'json';
}

/**
 * Read-only documents for what is too much for a notification: tables, and answers of models. They are in no file,
 * and what was in one is forgotten when its tab is closed.
 */
export class Reports implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #texts = new Map<string, string>();
  readonly #subscriptions: vscode.Disposable;

  readonly onDidChange = this.#changed.event;

  constructor() {
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#texts.delete(String(uri))),
    );
  }

  /** Opens a report, or brings it up to date where it is open. */
  async show(report: Report): Promise<void> {
    const document = await vscode.workspace.openTextDocument(this.#keep(report));
    await vscode.window.showTextDocument(document, { preview: true });
  }

  /**
   * Opens two reports side by side, with what differs between them.
   *
   * @param options `title` is that of the tab; with `stays` no other document takes its place
   * @returns closes that tab again
   */
  async compare(
    [before, after]: readonly [Report, Report],
    { title, stays }: { readonly title: string; readonly stays: boolean },
  ): Promise<() => Promise<void>> {
    const [original, modified] = [this.#keep(before), this.#keep(after)];
    await vscode.commands.executeCommand('vscode.diff', original, modified, title, { preview: !stays });
    return async () => {
      const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
      const shown = tabs.filter(
        ({ input }) =>
          input instanceof vscode.TabInputTextDiff &&
          String(input.original) === String(original) &&
          String(input.modified) === String(modified),
      );
      await vscode.window.tabGroups.close(shown);
    };
  }

  #keep({ name, text, language }: Report): vscode.Uri {
    const extension = language === undefined ? 'txt' : extensions[language];
    // A slash would begin a folder, of which the tab shows nothing; half a character, as where a long name was cut,
    // cannot be part of an address.
    const path = `/${name.replace(/[/\\]/g, '∕').replace(/\p{Surrogate}/gu, '\ufffd')}.${extension}`;
    const uri = vscode.Uri.from({ scheme, path });
    this.#texts.set(String(uri), text);
    this.#changed.fire(uri);
    return uri;
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return (
      this.#texts.get(String(uri)) ??
      // The tab came back with its window.
      vscode.l10n.t(
        'This was shown before the window was reloaded. Run the command again to see how it is now.',
      )
    );
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }
}
