import * as vscode from 'vscode';

const seenKey = 'news.seen';

/** Knows whether this version brings something that the user has not read about. */
export class News implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #globalState: vscode.Memento;
  /** Of the extension. */
  readonly version: string;
  readonly onDidChange = this.#changed.event;

  constructor(globalState: vscode.Memento, version: string) {
    this.#globalState = globalState;
    this.version = version;
    // To somebody who has just installed it, everything is new.
    if (this.#seen === undefined) void globalState.update(seenKey, version);
  }

  get isUnseen(): boolean {
    return this.#seen !== undefined && this.#seen !== this.version;
  }

  /** The user has been shown what is new. */
  async markSeen(): Promise<void> {
    if (!this.isUnseen) return;
    await this.#globalState.update(seenKey, this.version);
    this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }

  get #seen(): unknown {
    return this.#globalState.get(seenKey);
  }
}
