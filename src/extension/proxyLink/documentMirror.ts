import { type ConfigurationDocument, isPristine, kinshipOf } from '../../core/configuration.ts';

/** The window's stores, which outlive it. Both report failures to the user's log by themselves. */
export interface DocumentStore {
  /** The document as it was last kept, or null when there is none that can be used. Never rejects. */
  load(): Promise<ConfigurationDocument | null>;
  /** Keeps a document; resolves when it is safe, rejects when it is not. */
  save(document: ConfigurationDocument): Promise<void>;
}

/** Follows the published document and keeps every newer revision in the window's stores, one after the other. */
export class DocumentMirror {
  readonly #store: DocumentStore;
  readonly #changed: (document: ConfigurationDocument) => void;
  #loading: Promise<ConfigurationDocument | null> | undefined;
  #current: ConfigurationDocument | undefined;
  #saved: Promise<void> = Promise.resolve();
  #failed = false;

  /** @param changed is told of every document that is now the newest known, before it is stored */
  constructor(store: DocumentStore, changed: (document: ConfigurationDocument) => void) {
    this.#store = store;
    this.#changed = changed;
  }

  /** The newest revision that is known. */
  get current(): ConfigurationDocument | undefined {
    return this.#current;
  }

  /** What this window has to bring: the newest revision it knows, or null when nobody has put anything into it. */
  async latest(): Promise<ConfigurationDocument | null> {
    if (!this.#current) {
      const loaded = await this.#load();
      // Meanwhile the proxy may have said what holds.
      if (loaded && !this.#current) this.#take(loaded);
    }
    return this.#current && !isPristine(this.#current) ? this.#current : null;
  }

  /** Takes note of a document. Resolves when it, or a newer one, is in the stores; rejects when that failed. */
  adopt(document: ConfigurationDocument): Promise<void> {
    const kinship = this.#current ? kinshipOf(document, this.#current) : 'newer';
    if (kinship === 'older') return this.#saved;
    // Also of the same revision what the proxy has counts: it may have keys that could not be read here.
    this.#take(document);
    if (kinship === 'same' && !this.#failed) return this.#saved;
    this.#failed = false;
    const before = this.#saved.catch(() => undefined);
    this.#saved = before.then(() => this.#save(document));
    // Whoever waits for it hears of a failure; where nobody does, the store has reported it.
    this.#saved.catch(() => undefined);
    return this.#saved;
  }

  /** Resolves when nothing is being written any more. */
  async idle(): Promise<void> {
    await this.#saved.catch(() => undefined);
  }

  #take(document: ConfigurationDocument): void {
    this.#current = document;
    this.#changed(document);
  }

  /** The stores are read once, however often they are asked for. */
  async #load(): Promise<ConfigurationDocument | null> {
    this.#loading ??= this.#store.load();
    try {
      return await this.#loading;
    } catch (error) {
      this.#loading = undefined;
      throw error;
    }
  }

  async #save(document: ConfigurationDocument): Promise<void> {
    // Revisions that were overtaken meanwhile need not be written.
    if (this.#current && kinshipOf(document, this.#current) === 'older') return;
    try {
      await this.#store.save(document);
    } catch (error) {
      // The next time that the proxy brings it, it is tried again.
      this.#failed = true;
      throw error;
    }
  }
}
