import { type ConfigurationDocument, isPristine, kinshipOf } from '../../core/configuration.ts';
import { addressedSecrets, secretsOf } from '../storedDocument.ts';

/** The window's stores, which outlive it. Both report failures to the user's log by themselves. */
export interface DocumentStore {
  /** The document as it was last kept, or null when there is none that can be used. Never rejects. */
  load(): Promise<ConfigurationDocument | null>;
  /**
   * Keeps a document; resolves when it is safe, rejects when it is not.
   *
   * @param displaced documents that the user has decided against: only these may be overwritten by one that does not
   *   come from them, and not before they are in the history
   * @throws StoredApartError when something else is stored, which stays
   */
  save(document: ConfigurationDocument, displaced: readonly ConfigurationDocument[]): Promise<void>;
}

/** What is stored does not belong to what was to be stored, and was not overwritten. */
export class StoredApartError extends Error {
  readonly stored: ConfigurationDocument;

  constructor(stored: ConfigurationDocument) {
    super('another document is stored');
    this.stored = stored;
  }
}

/** What a mirror tells. */
export interface MirrorEvents {
  /** This document is the newest known; it is not stored yet. */
  changed(document: ConfigurationDocument): void;
  /** This document took the place of one that it does not come from, and that one is in the history. */
  replaced(document: ConfigurationDocument): void;
  /** `apart` is another one than before, or none any more. */
  apart(): void;
}

/** More choices in a row, without anything being stored, nobody makes. */
const maxDisplaced = 20;

/** Follows the published document and keeps every newer revision in the window's stores, one after the other. */
export class DocumentMirror {
  readonly #store: DocumentStore;
  readonly #events: MirrorEvents;
  #loading: Promise<ConfigurationDocument | null> | undefined;
  #current: ConfigurationDocument | undefined;
  #saved: Promise<void> = Promise.resolve();
  #failed = false;
  /** What the user has decided against, for as long as it may still be stored. */
  #displaced: readonly ConfigurationDocument[] = [];
  #apart: ConfigurationDocument | undefined;

  constructor(store: DocumentStore, events: MirrorEvents) {
    this.#store = store;
    this.#events = events;
  }

  /** The newest revision that is known. */
  get current(): ConfigurationDocument | undefined {
    return this.#current;
  }

  /** What is stored and does not belong to the newest revision: nothing is stored until the user has chosen. */
  get apart(): ConfigurationDocument | undefined {
    return this.#apart;
  }

  /**
   * What this window has to bring: the newest revision that it knows or that is stored, or null when nobody has put anything
   * into it. The stores are looked at each time: another window may have stored what the proxy had no time to tell this
   * one, before both ended.
   */
  async latest(): Promise<ConfigurationDocument | null> {
    const stored = await this.#load();
    // Meanwhile the proxy may have said what holds.
    const known = this.#current;
    if (stored && !known) this.#take(stored);
    else if (stored && known && kinshipOf(stored, known) === 'newer') {
      // A secret storage that has been locked since hands out no keys, but those that did not change are known.
      const keys = secretsOf(stored.configuration, addressedSecrets(known));
      this.#take({ ...stored, secrets: { ...keys, ...stored.secrets } });
    }
    return this.#current && !isPristine(this.#current) ? this.#current : null;
  }

  /** Takes note of a document. Resolves when it, or a newer one, is in the stores; rejects when that failed. */
  adopt(document: ConfigurationDocument): Promise<void> {
    const earlier = this.#current;
    const kinship = earlier ? kinshipOf(document, earlier) : 'newer';
    if (kinship === 'older') return this.#saved;
    // The proxy takes over no other document before the user has decided for it.
    if (kinship === 'unrelated' && earlier && !isPristine(earlier)) this.#displace(earlier);
    // Also of the same revision what the proxy has counts: it may have keys that could not be read here.
    this.#take(document);
    if (kinship === 'same' && !this.#failed) return this.#saved;
    return this.#keep(document);
  }

  /** The user has decided for the newest revision against what is stored. Settles as `adopt` does. */
  overrule(stored: ConfigurationDocument): Promise<void> {
    this.#displace(stored);
    return this.#current ? this.#keep(this.#current) : this.#saved;
  }

  /** Resolves when nothing is being written any more. */
  async idle(): Promise<void> {
    await this.#saved.catch(() => undefined);
  }

  #take(document: ConfigurationDocument): void {
    this.#current = document;
    this.#events.changed(document);
  }

  #displace(document: ConfigurationDocument): void {
    this.#displaced = [...this.#displaced, document].slice(-maxDisplaced);
  }

  #keep(document: ConfigurationDocument): Promise<void> {
    this.#failed = false;
    const before = this.#saved.catch(() => undefined);
    this.#saved = before.then(() => this.#save(document));
    // Whoever waits for it hears of a failure; where nobody does, the store has reported it.
    this.#saved.catch(() => undefined);
    return this.#saved;
  }

  /** The stores are read once at a time, however many ask. */
  async #load(): Promise<ConfigurationDocument | null> {
    this.#loading ??= this.#store.load();
    try {
      return await this.#loading;
    } finally {
      this.#loading = undefined;
    }
  }

  async #save(document: ConfigurationDocument): Promise<void> {
    // Revisions that were overtaken meanwhile need not be written.
    if (this.#current && kinshipOf(document, this.#current) === 'older') return;
    const displaced = this.#displaced.filter((other) => kinshipOf(other, document) === 'unrelated');
    try {
      await this.#store.save(document, displaced);
    } catch (error) {
      // The next time that the proxy brings it, it is tried again.
      this.#failed = true;
      if (error instanceof StoredApartError) this.#setApart(error.stored);
      throw error;
    }
    this.#displaced = this.#displaced.filter((other) => !displaced.includes(other));
    this.#setApart(undefined);
    if (displaced.length > 0) this.#events.replaced(document);
  }

  #setApart(document: ConfigurationDocument | undefined): void {
    if (document === this.#apart) return;
    this.#apart = document;
    this.#events.apart();
  }
}
