import { randomUUID } from 'node:crypto';
import {
  type ConfigurationContents,
  type ConfigurationDocument,
  emptyContents,
  isPristine,
  kinshipOf,
  nextRevision,
  revisionIdOf,
} from '../core/configuration.ts';
import type { ChangeParams, ChangeResult, ChoiceParams, SyncResult } from '../protocol/control.ts';

/** So many documents that were decided against are known by their ids; the oldest are forgotten, and asked about again. */
const maxGivenUp = 100;

/**
 * Holds the one published document and puts all changes of it in order. Keys exist here, in the memory of the
 * process, and on no disk.
 */
export class DocumentHolder {
  readonly #revisionId: (basedOn: string, contents: ConfigurationContents) => string;
  readonly #changed: (document: ConfigurationDocument) => void;
  readonly #waiting = new Set<() => void>();
  /** Ids of revisions that the user has decided against. */
  readonly #givenUp = new Set<string>();
  #document: ConfigurationDocument | undefined;

  /**
   * @param changed is called with every new revision
   * @param revisionId names the revision that contents make of an earlier one. The same change to the same revision
   *   must get the same id, so that one which is made again after a crash is no rival of the first
   */
  constructor(
    changed: (document: ConfigurationDocument) => void,
    revisionId: (basedOn: string, contents: ConfigurationContents) => string,
  ) {
    this.#changed = changed;
    this.#revisionId = revisionId;
  }

  get current(): ConfigurationDocument | undefined {
    return this.#document;
  }

  /**
   * Takes over what a window brings if it comes from what is held, and returns what holds now. A document that does
   * not is never taken over: the window sees from the answer that its own is not in force.
   */
  sync(offered: ConfigurationDocument | null): ConfigurationDocument {
    const held = this.#document;
    if (!held) return this.#hold(offered ?? newDocument());
    if (!offered) return held;
    const kinship = kinshipOf(offered, held);
    if (isPristine(held) || kinship === 'newer') return this.#hold(offered);
    // A window whose secret storage was locked may have come first, without the keys of the very same revision.
    const secrets = { ...offered.secrets, ...held.secrets };
    const hasMore = Object.keys(secrets).length > Object.keys(held.secrets).length;
    return kinship === 'same' && hasMore ? this.#hold({ ...held, secrets }) : held;
  }

  /** How a document that a window has brought stands to the one that holds. */
  standingOf(brought: ConfigurationDocument | null): SyncResult['standing'] {
    const held = this.#document;
    if (!brought || !held || kinshipOf(brought, held) !== 'unrelated') return 'inForce';
    return this.#givenUp.has(revisionIdOf(brought)) ? 'givenUp' : 'other';
  }

  /**
   * Decides between what holds and what a window has brought, unless something else holds by now or one of them comes
   * from the other. What is brought becomes a revision of its own: a document in force is never an earlier revision of
   * one that was, which windows would take for old news.
   */
  choose({ choice, inForce, brought }: ChoiceParams): ChangeResult | undefined {
    const held = this.#document;
    if (!held) return undefined;
    if (revisionIdOf(held) !== inForce || kinshipOf(brought, held) !== 'unrelated') {
      return { accepted: false, document: held };
    }
    if (choice === 'inForce') {
      this.#giveUp(brought);
      return { accepted: true, document: held };
    }
    this.#giveUp(held);
    this.#givenUp.delete(revisionIdOf(brought));
    const { configuration, secrets } = brought;
    const made = { at: Date.now(), cause: 'choice' } as const;
    const chosen = nextRevision(brought, { configuration, secrets }, randomUUID(), made);
    return { accepted: true, document: this.#hold(chosen) };
  }

  /** Makes a change, unless it was made from a revision that is no longer the newest. */
  change({ basedOn, contents, cause }: ChangeParams): ChangeResult | undefined {
    const held = this.#document;
    if (!held) return undefined;
    if (revisionIdOf(held) !== basedOn) return { accepted: false, document: held };
    const id = this.#revisionId(basedOn, contents);
    const document = nextRevision(held, contents, id, { at: Date.now(), cause });
    return { accepted: true, document: this.#hold(document) };
  }

  /** Resolves with the document as soon as there is one, or with undefined after `timeoutMs` or when `signal` says so. */
  present(timeoutMs: number, signal?: AbortSignal): Promise<ConfigurationDocument | undefined> {
    if (this.#document || signal?.aborted) return Promise.resolve(this.#document);
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', finish);
        this.#waiting.delete(finish);
        resolve(this.#document);
      };
      const timer = setTimeout(finish, timeoutMs);
      signal?.addEventListener('abort', finish);
      this.#waiting.add(finish);
    });
  }

  #giveUp(document: ConfigurationDocument): void {
    this.#givenUp.add(revisionIdOf(document));
    const [oldest] = this.#givenUp;
    if (this.#givenUp.size > maxGivenUp && oldest !== undefined) this.#givenUp.delete(oldest);
  }

  #hold(document: ConfigurationDocument): ConfigurationDocument {
    this.#document = document;
    this.#changed(document);
    for (const finish of this.#waiting) finish();
    return document;
  }
}

/** The first document of a new store, with nothing in it. */
function newDocument(): ConfigurationDocument {
  return { ...emptyContents, storeId: randomUUID(), revision: 0, lineage: [randomUUID()] };
}
