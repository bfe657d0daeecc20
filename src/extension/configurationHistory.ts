import { type ConfigurationDocument, isPristine, kinshipOf } from '../core/configuration.ts';
import { type ConfigurationVersion, unionOfVersions, versionOf } from '../core/configurationVersions.ts';
import { addressedSecrets } from './storedDocument.ts';
import type { VersionStore } from './storedVersions.ts';

/** What the history needs from its window. */
export interface HistoryHost {
  readonly store: VersionStore;
  /** Milliseconds since 1970. */
  now(): number;
  /** The versions could not be stored; they are kept in memory. */
  onError(error: unknown): void;
}

/**
 * The configuration as it is and as it was. Every window keeps every revision that it hears of and adds what others have
 * stored, so that none is lost although windows see each other's stores late.
 */
export class ConfigurationHistory {
  readonly #host: HistoryHost;
  readonly #listeners = new Set<() => void>();
  #current: ConfigurationDocument | undefined;
  #known: readonly ConfigurationVersion[] = [];
  #stored: Promise<void>;

  constructor(host: HistoryHost) {
    this.#host = host;
    this.#stored = this.#store();
  }

  /** The document that holds, with its keys; undefined until something is known. */
  get current(): ConfigurationDocument | undefined {
    return this.#current;
  }

  /** What is known of the past, newest first, the present included. */
  get versions(): readonly ConfigurationVersion[] {
    return this.#known;
  }

  /** Whether there is something to go back to. */
  get hasEarlier(): boolean {
    const present = this.#current?.lineage.at(-1);
    return this.#known.some(({ id }) => id !== present);
  }

  /** Is told of every change of `versions`. @returns ends that */
  onDidChange(listener: () => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  /** Takes note of the document that holds now, be it of the store of the one before or of another one. */
  follow(document: ConfigurationDocument): void {
    const before = this.#current;
    this.#current = document;
    // Before the first change there was nothing.
    if (isPristine(document)) return;
    const now = this.#host.now();
    const isOther = before && !isPristine(before) && kinshipOf(document, before) === 'unrelated';
    this.#learn([{ ...versionOf(document, now), ...(isOther ? { takenOverAt: now } : {}) }]);
    this.#stored = this.#stored.then(() => this.#store());
  }

  /**
   * Keeps a document that another one is to take the place of.
   *
   * @throws when it is not safe with all its keys: whoever asks for it must not overwrite it then
   */
  async putAside(document: ConfigurationDocument): Promise<void> {
    if (isPristine(document)) return;
    const { now, onError, store } = this.#host;
    const at = now();
    const version = versionOf(document, at);
    this.#learn([{ ...version, putAsideAt: at }]);
    const stored = this.#stored.then(() => this.#merge());
    this.#stored = stored.catch(onError);
    await stored;
    // A secret storage that is locked takes no keys and does not always say so.
    const kept = (await store.read()).find(({ id }) => id === version.id);
    const isSafe = kept && Object.keys(addressedSecrets(document)).every((id) => kept.secrets[id]);
    if (!isSafe) throw new Error('the version was not kept');
  }

  /** Resolves when nothing is being read or written any more. */
  async idle(): Promise<void> {
    await this.#stored;
  }

  #learn(versions: readonly ConfigurationVersion[]): void {
    this.#known = unionOfVersions(this.#known, versions);
    for (const listener of this.#listeners) listener();
  }

  async #store(): Promise<void> {
    await this.#merge().catch(this.#host.onError);
  }

  async #merge(): Promise<void> {
    const { store } = this.#host;
    const stored = await store.read();
    this.#learn(stored);
    // Another window may have been faster with all of it.
    if (contentOf(this.#known) !== contentOf(stored)) await store.write(this.#known);
  }
}

/** What tells whether something is missing: the versions, and whose keys are with them. */
const contentOf = (versions: readonly ConfigurationVersion[]): string =>
  JSON.stringify(
    versions.map(({ id, at, putAsideAt, takenOverAt, secrets }) => [
      id,
      at,
      putAsideAt,
      takenOverAt,
      Object.keys(secrets).sort(),
    ]),
  );
