import { type Quota, readQuotas, withQuotas } from '../core/quota.ts';
import type { RawHeaders } from './headers.ts';

/** What the limits of the keys are and what is left of them, as the endpoints told last. */
export class Quotas {
  readonly #byId = new Map<string, readonly Quota[]>();

  /** Takes what the headers of an answer tell, if anything. @param now milliseconds since 1970 */
  learn(endpointId: string, headers: RawHeaders, now: number): void {
    const told = readQuotas(headers, now);
    if (told.length > 0) this.#byId.set(endpointId, withQuotas(this.of(endpointId), told));
  }

  of(endpointId: string): readonly Quota[] {
    return this.#byId.get(endpointId) ?? [];
  }

  /** Forgets an endpoint whose key is another one now. */
  forget(endpointId: string): void {
    this.#byId.delete(endpointId);
  }

  /** Forgets endpoints that no longer exist. */
  retain(endpointIds: ReadonlySet<string>): void {
    for (const id of this.#byId.keys()) if (!endpointIds.has(id)) this.#byId.delete(id);
  }
}
