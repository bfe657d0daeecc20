import { type ConfigurationDocument, kinshipOf, revisionIdOf } from '../../core/configuration.ts';
import type { ChangeResult, ChoiceParams } from '../../protocol/control.ts';
import type { Connection } from './connection.ts';
import type { DocumentMirror } from './documentMirror.ts';

/** Two configurations, neither of which comes from the other. They hold keys. */
export interface Rivals {
  /** What the proxy holds. */
  readonly inForce: ConfigurationDocument;
  /** What this editor has brought, or has stored. */
  readonly brought: ConfigurationDocument;
}

/** What became of a choice. */
export type ChoiceOutcome =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /**
       * `changedMeanwhile`: it was about what is no longer so, and nothing was decided. `notKept`: nothing was overwritten,
       * since what was decided against could not be put into the history, or the editor does not store what was chosen.
       */
      readonly problem: 'changedMeanwhile' | 'notAttached' | 'notKept';
    };

/** What a choice needs from its link. */
export interface ChoiceHost {
  readonly mirror: DocumentMirror;
  /** Keeps a document in the history. @throws when it is not safe there */
  readonly putAside: (document: ConfigurationDocument) => Promise<void>;
  /** The connection that is the lease, if there is one. */
  readonly attached: () => Connection | undefined;
  /** A connection that is none yet, or undefined when no proxy can be reached. */
  readonly connect: () => Promise<Connection | undefined>;
  /** See `ProxyLink.attach`. */
  readonly attach: () => Promise<boolean>;
}

const failed = (problem: 'changedMeanwhile' | 'notAttached' | 'notKept'): ChoiceOutcome => ({
  ok: false,
  problem,
});

/** Lets the user choose between what the proxy holds and what this editor has. */
export class DocumentChoice {
  readonly #host: ChoiceHost;
  #refused: Rivals | undefined;
  #isBeingMade = false;

  constructor(host: ChoiceHost) {
    this.#host = host;
  }

  /** What there is to choose between. */
  get rivals(): Rivals | undefined {
    const { current, apart } = this.#host.mirror;
    return this.#refused ?? (current && apart && { inForce: current, brought: apart });
  }

  /** True while this window makes a choice: what follows from it is no news here. */
  get isBeingMade(): boolean {
    return this.#isBeingMade;
  }

  /** The proxy has refused this window's document for another one; undefined when it has not, or is not there. */
  set refused(rivals: Rivals | undefined) {
    this.#refused = rivals;
  }

  /** See `Actions.choose`. */
  async make(choice: ChoiceParams['choice'], seen: Rivals): Promise<ChoiceOutcome> {
    const { putAside, attached } = this.#host;
    try {
      await putAside(choice === 'inForce' ? seen.brought : seen.inForce);
    } catch {
      // Whatever keeps it from being stored, the answer is the same: what it was chosen against stays as well.
      return failed('notKept');
    }
    this.#isBeingMade = true;
    try {
      const connection = attached();
      return await (connection
        ? this.#overStored(connection, choice, seen)
        : this.#overRefused(choice, seen));
    } finally {
      this.#isBeingMade = false;
    }
  }

  /** This window could not attach with its document. */
  async #overRefused(choice: ChoiceParams['choice'], seen: Rivals): Promise<ChoiceOutcome> {
    const { mirror, connect, attach } = this.#host;
    const connection = await connect();
    if (!connection) return failed('notAttached');
    let result: ChangeResult;
    try {
      result = await connection.choose(paramsOf(choice, seen));
    } catch {
      // It broke in the middle. Whether or not the choice was made, the next look tells.
      return failed((await attach()) ? 'changedMeanwhile' : 'notAttached');
    } finally {
      connection.close();
    }
    // A look that had begun before may end with what was so then.
    const isAttached = (await attach()) || (await attach());
    if (!result.accepted) return failed('changedMeanwhile');
    if (!isAttached) return failed(this.rivals ? 'changedMeanwhile' : 'notAttached');
    await mirror.idle();
    return mirror.apart ? failed('notKept') : { ok: true };
  }

  /** This window is attached, and its editor has stored something else. */
  async #overStored(
    connection: Connection,
    choice: ChoiceParams['choice'],
    seen: Rivals,
  ): Promise<ChoiceOutcome> {
    const { mirror } = this.#host;
    if (!isStill(seen.brought, mirror.apart)) return failed('changedMeanwhile');
    if (choice === 'inForce') {
      // Later revisions of what was decided for are meant as well.
      const { current } = mirror;
      const isMeant = current && ['same', 'newer'].includes(kinshipOf(current, seen.inForce));
      return isMeant ? this.#stored(mirror.overrule(seen.brought), seen) : failed('changedMeanwhile');
    }
    let result: ChangeResult;
    try {
      result = await connection.choose(paramsOf(choice, seen));
    } catch {
      // It broke in the middle; when there is a proxy again, the question is whether it still is one.
      return failed('notAttached');
    }
    return result.accepted ? this.#stored(mirror.adopt(result.document), seen) : failed('changedMeanwhile');
  }

  async #stored(stored: Promise<void>, seen: Rivals): Promise<ChoiceOutcome> {
    try {
      await stored;
      return { ok: true };
    } catch {
      // The store has reported why.
      const { apart } = this.#host.mirror;
      return failed(apart && !isStill(seen.brought, apart) ? 'changedMeanwhile' : 'notKept');
    }
  }
}

const paramsOf = (choice: ChoiceParams['choice'], { inForce, brought }: Rivals): ChoiceParams => ({
  choice,
  inForce: revisionIdOf(inForce),
  brought,
});

const isStill = (seen: ConfigurationDocument, now: ConfigurationDocument | undefined): boolean =>
  now !== undefined && kinshipOf(seen, now) === 'same';
