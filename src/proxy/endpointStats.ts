import type { FailureCode } from '../core/failure.ts';
import type { EndpointFailure, EndpointState } from '../protocol/state.ts';

/** What is counted of an endpoint. */
type Counters = Pick<
  EndpointState,
  'inFlight' | 'requests' | 'failures' | 'failure' | 'firstByteMs' | 'servedAt'
>;

const nothingCounted: Counters = {
  inFlight: 0,
  requests: 0,
  failures: 0,
  failure: null,
  firstByteMs: null,
  servedAt: null,
};

/** What was seen of each endpoint since the process started. Survives changes of the configuration. */
export class EndpointStats {
  readonly #byId = new Map<string, Counters>();
  readonly #changed: () => void;
  #rescued = 0;

  /** @param changed is called after every change */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Broken answers that were closed so that the client went on by itself. */
  get rescuedCount(): number {
    return this.#rescued;
  }

  of(endpointId: string): Counters {
    return this.#byId.get(endpointId) ?? nothingCounted;
  }

  began(endpointId: string): void {
    this.#update(endpointId, (it) => ({ ...it, inFlight: it.inFlight + 1 }));
  }

  served(endpointId: string, firstByteMs: number, now: number): void {
    this.#update(endpointId, (it) => ({
      ...it,
      inFlight: it.inFlight - 1,
      requests: it.requests + 1,
      failure: null,
      firstByteMs,
      servedAt: now,
    }));
  }

  failed(endpointId: string, code: FailureCode, now: number, status?: number): void {
    const failure: EndpointFailure = { code, at: now, ...(status === undefined ? {} : { status }) };
    this.#update(endpointId, (it) => ({
      ...it,
      inFlight: it.inFlight - 1,
      requests: it.requests + 1,
      failures: it.failures + 1,
      failure,
    }));
  }

  /** A broken answer was closed so that the client goes on by itself; its endpoint has failed as well. */
  rescued(): void {
    this.#rescued += 1;
  }

  /** The client went away: nothing is learnt about the endpoint. */
  cancelled(endpointId: string): void {
    this.#update(endpointId, (it) => ({ ...it, inFlight: it.inFlight - 1 }));
  }

  /** Forgets endpoints that no longer exist, except those that still serve. */
  retain(endpointIds: ReadonlySet<string>): void {
    for (const [id, counters] of this.#byId) {
      if (!endpointIds.has(id) && counters.inFlight === 0) this.#byId.delete(id);
    }
  }

  #update(endpointId: string, change: (counters: Counters) => Counters): void {
    this.#byId.set(endpointId, change(this.of(endpointId)));
    this.#changed();
  }
}
