import type { ConfigurationDocument } from '../../core/configuration.ts';

/** The window's stores, which outlive it. */
export interface DocumentStore {
  /** The document as it was last kept, or null when this window never had one. */
  load(): Promise<ConfigurationDocument | null>;
  /** Keeps a document; resolves when it is safe, and rejects after having told the user why it is not. */
  save(document: ConfigurationDocument): Promise<void>;
}

/** Follows the published document and keeps every newer revision in the window's stores, one after the other. */
export class DocumentMirror {
  readonly #store: DocumentStore;
  #current: ConfigurationDocument | undefined;
  #saved: Promise<void> = Promise.resolve();

  constructor(store: DocumentStore) {
    this.#store = store;
  }

  /** The newest revision that is known. */
  get current(): ConfigurationDocument | undefined {
    return this.#current;
  }

  /** The newest revision that is known, or else what is in the stores. */
  async latest(): Promise<ConfigurationDocument | null> {
    return this.#current ?? (await this.#store.load());
  }

  /** Takes note of a document. Resolves when it, or a newer one, is in the stores; rejects when that failed. */
  adopt(document: ConfigurationDocument): Promise<void> {
    const known = this.#current;
    if (known?.storeId === document.storeId && known.revision >= document.revision) return this.#saved;
    this.#current = document;
    const isOvertaken = () => this.#current !== document;
    const before = this.#saved.catch(() => undefined);
    this.#saved = before.then(() => (isOvertaken() ? undefined : this.#store.save(document)));
    // Whoever waits for it hears of a failure; where nobody does, the store has told the user.
    this.#saved.catch(() => undefined);
    return this.#saved;
  }

  /** Resolves when nothing is being written any more. */
  async idle(): Promise<void> {
    await this.#saved.catch(() => undefined);
  }
}
