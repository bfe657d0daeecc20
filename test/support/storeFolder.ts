import fs from 'node:fs';
import path from 'node:path';
import type { ConfigurationDocument } from '../../src/core/configuration.ts';
import { parseDocument } from '../../src/core/configurationSchema.ts';
import { type DocumentStore, StoredApartError } from '../../src/extension/proxyLink/documentMirror.ts';
import { storageVerdict } from '../../src/extension/storedDocument.ts';

/**
 * The stores of one editor in a folder, for windows that are processes of their own. Like an editor's they hold one
 * document, the last one that was stored; each is a file that is put there whole, so that neither windows that store at
 * the same time nor a kill in the middle can damage what another one has stored.
 */
export class StoreFolder implements DocumentStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    fs.mkdirSync(folder, { recursive: true });
  }

  /** The document of the highest revision. @throws when one of the files is not a whole document */
  read(): ConfigurationDocument | null {
    let newest: ConfigurationDocument | null = null;
    for (const name of this.#names()) {
      const document = parseDocument(JSON.parse(fs.readFileSync(path.join(this.#folder, name), 'utf8')));
      if (!document) throw new Error(`${name} is not a document`);
      if (!newest || document.revision > newest.revision) newest = document;
    }
    return newest;
  }

  async load(): Promise<ConfigurationDocument | null> {
    return this.read();
  }

  /** As the extension's own stores do, it refuses what was changed apart from what is stored. */
  async save(document: ConfigurationDocument, displaced: readonly ConfigurationDocument[]): Promise<void> {
    const stored = this.read();
    const verdict = storageVerdict(document, stored ?? undefined, displaced);
    if (verdict === 'skip') return;
    // Nobody decides against anything here, so that nothing is ever to be replaced.
    if (stored && verdict !== 'store') throw new StoredApartError(stored);
    this.put(document);
  }

  /** Stores a document whatever is there. */
  put(document: ConfigurationDocument): void {
    const name = `${document.revision}-${document.lineage.at(-1)}.json`;
    // No two processes write the same draft, and what a killed one leaves is never read.
    const draft = path.join(this.#folder, `.${process.pid}-${name}`);
    fs.writeFileSync(draft, JSON.stringify(document));
    fs.renameSync(draft, path.join(this.#folder, name));
  }

  #names(): string[] {
    return fs.readdirSync(this.#folder).filter((name) => !name.startsWith('.'));
  }
}
