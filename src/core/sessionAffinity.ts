import * as v from 'valibot';

/** A conversation's endpoint. */
export interface Binding {
  readonly endpointId: string;
  /** When it was last used, in milliseconds of a monotonic clock. */
  readonly at: number;
}

/** A binding as it is kept across restarts: the conversation's key, the endpoint and milliseconds since its last use. */
export type SavedBinding = readonly [key: string, endpointId: string, ageMs: number];

const savedBinding = v.strictTuple([
  v.pipe(v.string(), v.minLength(1), v.maxLength(1_024)),
  v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  v.pipe(v.number(), v.minValue(0)),
]);

/** What of stored JSON are bindings; the rest is passed over. */
export function parseSavedBindings(input: unknown): SavedBinding[] {
  return Array.isArray(input) ? input.filter((each) => v.is(savedBinding, each)) : [];
}

const defaultTtlMs = 5 * 3_600_000;

/**
 * Which conversation is at which endpoint, where its prompt cache is warm. Holds a bounded number of them; when it is
 * full, the one that was used the longest ago goes. Times are milliseconds of a monotonic clock.
 */
export class SessionAffinity {
  /** How long an unused binding lasts, in milliseconds; 0 means that nothing is ever bound. */
  ttlMs = defaultTtlMs;
  readonly #max: number;
  /** In the order of their last use, the oldest first. */
  readonly #bindings = new Map<string, Binding>();

  constructor(max = 10_000) {
    this.#max = max;
  }

  get size(): number {
    return this.#bindings.size;
  }

  /** The binding as it was last used, which is now used again; undefined when there is none, or none any more. */
  bound(key: string, now: number): Binding | undefined {
    const binding = this.#bindings.get(key);
    if (!binding) return undefined;
    if (!this.#isFresh(binding, now)) {
      this.#bindings.delete(key);
      return undefined;
    }
    this.#put(key, { endpointId: binding.endpointId, at: now });
    return binding;
  }

  /** Binds a conversation to an endpoint. */
  bind(key: string, endpointId: string, now: number): void {
    if (this.ttlMs > 0) this.#put(key, { endpointId, at: now });
  }

  /** Lets go of a conversation, if it is bound to this endpoint. */
  unbind(key: string, endpointId: string): void {
    if (this.#bindings.get(key)?.endpointId === endpointId) this.#bindings.delete(key);
  }

  /** Lets go of all conversations of an endpoint. */
  forgetEndpoint(id: string): void {
    this.#keepOnly((binding) => binding.endpointId !== id);
  }

  /** Lets go of the conversations of endpoints that are gone. @param ids of those that there are */
  retain(ids: ReadonlySet<string>): void {
    this.#keepOnly((binding) => ids.has(binding.endpointId));
  }

  /** Lets go of what has not been used for too long. */
  sweep(now: number): void {
    this.#keepOnly((binding) => this.#isFresh(binding, now));
  }

  /** All bindings as plain data, the oldest first. */
  entries(now: number): SavedBinding[] {
    return [...this.#bindings].map(([key, { endpointId, at }]) => [key, endpointId, now - at]);
  }

  /** Takes up what was saved, as old as it says; what has been bound meanwhile stays where it is. */
  restore(saved: readonly SavedBinding[], now: number): void {
    this.sweep(now);
    const restored = saved
      .filter(([key]) => !this.#bindings.has(key))
      .map(([key, endpointId, ageMs]) => [key, { endpointId, at: now - ageMs }] as const);
    const all = [...restored, ...this.#bindings].sort(([, a], [, b]) => a.at - b.at);
    this.#bindings.clear();
    for (const [key, binding] of all) this.#put(key, binding);
    this.sweep(now);
  }

  #isFresh({ at }: Binding, now: number): boolean {
    return now - at < this.ttlMs;
  }

  #put(key: string, binding: Binding): void {
    // A key that is set again would keep its place in the order.
    this.#bindings.delete(key);
    this.#bindings.set(key, binding);
    if (this.#bindings.size <= this.#max) return;
    const [oldest] = this.#bindings.keys();
    if (oldest !== undefined) this.#bindings.delete(oldest);
  }

  #keepOnly(condition: (binding: Binding) => boolean): void {
    for (const [key, binding] of this.#bindings) if (!condition(binding)) this.#bindings.delete(key);
  }
}
