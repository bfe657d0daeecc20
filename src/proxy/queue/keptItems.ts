import type { QueueOptions } from '../../core/configuration.ts';
import {
  isExpired,
  type KeptRequest,
  overLimits,
  restored,
  storedBytes,
  tryEnded,
  withoutBody,
} from '../../core/keptRequests.ts';
import type { QueueItem } from '../../protocol/queue.ts';
import type { LogEntry } from '../../protocol/state.ts';
import { errorCodeOf } from '../errorCode.ts';
import type { ItemStore } from '../history/historyTypes.ts';
import { Farewells, type GoneReason } from './farewells.ts';
import { keptRequest, queueItem, storedItem } from './keptRecord.ts';
import type { KeyRing } from './keyRing.ts';

export interface KeptItemsDeps {
  readonly items: ItemStore;
  readonly keys: KeyRing;
  readonly options: () => QueueOptions;
  readonly log: (entry: Omit<LogEntry, 'time'>) => void;
  /** Called when something has changed that windows show. */
  readonly changed: () => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * The kept requests: what is known of each is in memory and in the store, bodies and answers are in the store alone.
 * Whatever changes the store does so in one row, so that what was decided first is written first.
 */
export class KeptItems {
  readonly #deps: KeptItemsDeps;
  readonly #kept = new Map<string, KeptRequest>();
  readonly #farewells = new Farewells();
  #changes = 0;
  #isLoaded = false;
  #loaded: Promise<void> | undefined;
  #row: Promise<unknown> = Promise.resolve();

  constructor(deps: KeptItemsDeps) {
    this.#deps = deps;
  }

  get all(): readonly KeptRequest[] {
    return [...this.#kept.values()];
  }

  /** Bytes of all bodies and answers. */
  get bytes(): number {
    return storedBytes(this.all);
  }

  /** How often something has changed that windows show. */
  get changes(): number {
    return this.#changes;
  }

  /** False until it is known what earlier runs have left. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Resolves when it is known what earlier runs have left. */
  get loaded(): Promise<void> {
    return this.#loaded ?? Promise.resolve();
  }

  /** Resolves when every change so far is through, well or not. */
  get settled(): Promise<unknown> {
    return this.#row;
  }

  get(id: string): KeptRequest | undefined {
    return this.#kept.get(id);
  }

  /** As windows see it. */
  item(kept: KeptRequest): QueueItem {
    return queueItem(kept, this.#deps.keys.of(kept.keyId) !== undefined);
  }

  /** Why there is no request of that id any more, as far as is remembered. */
  farewell(id: string): GoneReason | undefined {
    return this.#farewells.reasonFor(id);
  }

  /** The request with this body, if it is kept. @param digest SHA-256 of the body */
  find(conversation: string | null, bytes: number, digest: Buffer): KeptRequest | undefined {
    const { keys } = this.#deps;
    return this.all.find(
      (kept) =>
        kept.bytes === bytes &&
        kept.conversation === conversation &&
        keys.fingerprint(kept.keyId, digest) === kept.fingerprint,
    );
  }

  /** Does something when everything before it is done, whatever became of that. */
  inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#row.then(change);
    this.#row = done.catch(toldByStore);
    return done;
  }

  /** Takes over what earlier runs have left, before anything else is done. */
  load(): Promise<void> {
    this.#loaded = this.inTurn(() => this.#load());
    return this.#loaded;
  }

  async #load(): Promise<void> {
    const { items, options, now, log } = this.#deps;
    try {
      const foreign: string[] = [];
      for (const item of await items.all()) {
        const kept = keptRequest(item);
        if (kept) this.#kept.set(kept.id, restored(kept, options(), now()));
        else foreign.push(item.id);
      }
      if (foreign.length > 0) await items.remove(foreign);
    } catch (error) {
      log({ level: 'warn', event: 'historyNotKept', code: errorCodeOf(error) });
    }
    this.#isLoaded = true;
    this.#changed();
  }

  /** Changes what is known of a request, in memory. */
  set(kept: KeptRequest): void {
    this.#kept.set(kept.id, kept);
    this.#changed();
  }

  /** Writes what is known of a request. @returns false when it is not there any more, here or in the store */
  async write(id: string): Promise<boolean> {
    const kept = this.#kept.get(id);
    return kept !== undefined && (await this.#deps.items.update(storedItem(kept)));
  }

  /**
   * Changes what is known of a request, in memory and in the store. An answer that does not hold any more is dropped.
   *
   * @returns false when the store has the request no longer
   * @throws what the store throws; nothing has changed then
   */
  async change(before: KeptRequest, after: KeptRequest): Promise<boolean> {
    const { items } = this.#deps;
    const dropsResult = before.resultBytes > 0 && after.resultBytes === 0;
    // At once, so that whatever changes it meanwhile goes on from there.
    this.set(after);
    try {
      return await items.update(storedItem(after), dropsResult ? null : undefined);
    } catch (error) {
      if (this.#kept.get(after.id) === after) this.set(before);
      this.#undo(() => this.write(before.id));
      throw error;
    }
  }

  /**
   * Adds a request, or gives it the body that it lacked; older ones go where that is too much.
   *
   * @param body encrypted, or null for none
   * @returns false when it is too much itself
   * @throws what the store throws; nothing has changed then
   */
  async add(kept: KeptRequest, body: Buffer | null): Promise<boolean> {
    const { items, options } = this.#deps;
    const others = this.all.filter(({ id }) => id !== kept.id);
    const over = overLimits([...others, kept], options().maxItems);
    if (over.includes(kept.id)) return false;
    try {
      await items.put(storedItem(kept), body);
    } catch (error) {
      this.#undo(() => items.remove([kept.id]));
      throw error;
    }
    this.set(kept);
    await this.forget(over, 'crowdedOut');
    return true;
  }

  /**
   * Stores what a request has come to.
   *
   * @param result its answer, encrypted, or undefined when there is none to store
   * @throws what the store throws; an answer that could not be stored then counts as one that did not come
   */
  async finish(before: KeptRequest, after: KeptRequest, result: Buffer | undefined): Promise<void> {
    const { items, options, now } = this.#deps;
    const whole = result ? { ...after, resultBytes: result.length } : after;
    try {
      if (await items.update(storedItem(whole), result)) this.set(whole);
      else await this.forget([before.id], 'elsewhere');
    } catch (error) {
      this.set(result ? tryEnded(before, { kind: 'broken' }, options(), now()) : after);
      throw error;
    }
  }

  /** Drops what is too old, too much, or not to be kept any more. */
  trim(): void {
    const { options } = this.#deps;
    const now = this.#deps.now();
    const expired = this.all.filter((kept) => isExpired(kept, now)).map(({ id }) => id);
    this.#forgetSoon(expired, 'expired');
    this.#forgetSoon(overLimits(this.all, options().maxItems), 'crowdedOut');
    if (!options().keepBodies) this.#dropBodies(now);
  }

  /** Forgets requests, in memory and in the store. @returns how many there were */
  async forget(ids: readonly string[], reason: GoneReason): Promise<number> {
    const struck = this.#strike(ids, reason);
    // Those that the store does not let go of are gone with their age.
    if (struck.length > 0) await this.#deps.items.remove(struck).catch(toldByStore);
    return struck.length;
  }

  #dropBodies(now: number): void {
    const ids: string[] = [];
    for (const kept of this.all) {
      const left = withoutBody(kept, now);
      if (left === kept) continue;
      this.set(left);
      ids.push(left.id);
    }
    if (ids.length === 0) return;
    // Some may have been forgotten by then.
    const left = () => ids.flatMap((id) => this.#kept.get(id) ?? []);
    // Those that the store does not let go of are dropped by the next run.
    void this.inTurn(() => this.#deps.items.dropBodies(left().map(storedItem))).catch(toldByStore);
  }

  /**
   * Takes back what the store said that it did not do: when it was only too slow to say so it does it yet, and the next
   * run would try a request whose client was told that it is not kept.
   */
  #undo(change: () => Promise<unknown>): void {
    // A store that cannot do this either has most likely not done the other thing.
    change().catch(toldByStore);
  }

  #forgetSoon(ids: readonly string[], reason: GoneReason): void {
    const struck = this.#strike(ids, reason);
    if (struck.length === 0) return;
    void this.inTurn(() => this.#deps.items.remove(struck)).catch(toldByStore);
  }

  #strike(ids: readonly string[], reason: GoneReason): string[] {
    const struck = ids.filter((id) => this.#kept.delete(id));
    for (const id of struck) this.#farewells.add(id, reason);
    if (struck.length > 0) this.#changed();
    return struck;
  }

  #changed(): void {
    this.#changes += 1;
    this.#deps.changed();
  }
}

/** For errors of the store that concern nobody else: it says itself that it cannot be written. */
export function toldByStore(_error: unknown): void {
  // What is known of the requests goes on in memory.
}
