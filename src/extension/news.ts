import type * as vscode from 'vscode';

const seenKey = 'news.seen';

/** Knows whether this version brings something that the user has not read about. */
export class News {
  readonly #globalState: Pick<vscode.Memento, 'get' | 'keys' | 'update'>;
  readonly #listeners = new Set<() => void>();
  /** Of the extension. */
  readonly version: string;

  /** @param globalState what the extension keeps: empty for somebody who has just installed it */
  constructor(globalState: Pick<vscode.Memento, 'get' | 'keys' | 'update'>, version: string) {
    this.#globalState = globalState;
    this.version = version;
    // To somebody who has just installed it, everything is new. The first version that kept this was not the first of all.
    if (globalState.keys().length === 0) void globalState.update(seenKey, version);
  }

  get isUnseen(): boolean {
    return this.#globalState.get(seenKey) !== this.version;
  }

  /** Is told when `isUnseen` has changed. @returns ends that */
  onDidChange(listener: () => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  /** The user has been shown what is new. */
  async markSeen(): Promise<void> {
    if (!this.isUnseen) return;
    await this.#globalState.update(seenKey, this.version);
    for (const listener of this.#listeners) listener();
  }
}
