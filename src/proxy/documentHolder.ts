import { randomUUID } from 'node:crypto';
import { type ConfigurationDocument, emptyContents } from '../core/configuration.ts';
import type { ChangeParams, ChangeResult } from '../protocol/control.ts';

/**
 * Holds the one published document and puts all changes of it in order. Keys exist here, in the memory of the
 * process, and on no disk.
 */
export class DocumentHolder {
  readonly #changed: (document: ConfigurationDocument) => void;
  readonly #waiting = new Set<() => void>();
  #document: ConfigurationDocument | undefined;

  /** @param changed is called with every new revision */
  constructor(changed: (document: ConfigurationDocument) => void) {
    this.#changed = changed;
  }

  get current(): ConfigurationDocument | undefined {
    return this.#document;
  }

  /**
   * Takes over what a window brings if it is newer than what is held, and returns what holds now. A document of
   * another store is never taken over: the window sees from the answer that its own is not in force.
   */
  sync(offered: ConfigurationDocument | null): ConfigurationDocument {
    const held = this.#document;
    if (!held) return this.#hold(offered ?? { ...emptyContents, storeId: randomUUID(), revision: 0 });
    const isNewer = offered?.storeId === held.storeId && offered.revision > held.revision;
    return isNewer ? this.#hold(offered) : held;
  }

  /** Makes a change, unless it was made from a revision that is no longer the newest. */
  change({ storeId, revision, contents }: ChangeParams): ChangeResult | undefined {
    const held = this.#document;
    if (!held) return undefined;
    if (held.storeId !== storeId || held.revision !== revision) return { accepted: false, document: held };
    return { accepted: true, document: this.#hold({ ...contents, storeId, revision: revision + 1 }) };
  }

  /** Resolves with the document as soon as there is one, or with undefined after `timeoutMs`. */
  present(timeoutMs: number): Promise<ConfigurationDocument | undefined> {
    if (this.#document) return Promise.resolve(this.#document);
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.#waiting.delete(finish);
        resolve(this.#document);
      };
      const timer = setTimeout(finish, timeoutMs);
      this.#waiting.add(finish);
    });
  }

  #hold(document: ConfigurationDocument): ConfigurationDocument {
    this.#document = document;
    this.#changed(document);
    for (const finish of this.#waiting) finish();
    return document;
  }
}
