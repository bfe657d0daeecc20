import { nextEwma } from './ewma.ts';

/** What was measured longer ago, in milliseconds, says nothing of an endpoint any more. */
const staleMs = 60_000;

/** How soon endpoints answer: the moving average of the time to the first content, by endpoint id. */
export class ResponseTimes {
  readonly #byId = new Map<string, { readonly ms: number; readonly at: number }>();

  /** A request goes to an endpoint. If it has to be measured anew, this one does; the others need not wait for that. */
  began(endpointId: string, now: number): void {
    const known = this.#byId.get(endpointId);
    if (known && now - known.at > staleMs) this.#byId.set(endpointId, { ...known, at: now });
  }

  /** An endpoint has answered. @param ms until the first content */
  measured(endpointId: string, ms: number, now: number): void {
    this.#byId.set(endpointId, { ms: nextEwma(this.#byId.get(endpointId)?.ms, ms), at: now });
  }

  /** In milliseconds, or undefined when the endpoint has to be measured. */
  of(endpointId: string, now: number): number | undefined {
    const known = this.#byId.get(endpointId);
    return known && now - known.at <= staleMs ? known.ms : undefined;
  }

  forget(endpointId: string): void {
    this.#byId.delete(endpointId);
  }
}
