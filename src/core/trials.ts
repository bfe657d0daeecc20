import { LastResort } from './lastResort.ts';

/** Whether a request is the single one that shows how an endpoint is that is out. */
export type Trial =
  | 'no'
  /** Its time out is over. */
  | 'trial'
  /** It is not, but there is nobody else. */
  | 'lastResort'
  /** An endpoint that failed without being out gets a request again. */
  | 'recheck';

/** A request on its way, told apart by identity. */
interface Trying {
  readonly endpoint: { readonly id: string };
  readonly trial: Trial;
}

/** The requests that show how endpoints are that are out. Times are milliseconds of a monotonic clock. */
export class Trials<Visit extends Trying> {
  /** The one that runs at each endpoint: the end of any other visit says nothing about it. */
  readonly #running = new Map<string, Visit>();
  /** When each endpoint that was out was last given a request. */
  readonly #triedAt = new Map<string, number>();
  readonly lastResort = new LastResort<Visit>();

  began(visit: Visit, now: number): void {
    const { id } = visit.endpoint;
    this.#triedAt.set(id, now);
    this.#running.set(id, visit);
    if (visit.trial === 'lastResort') this.lastResort.began(visit);
  }

  /** True while this request is the one that decides. */
  isRunning(visit: Visit): boolean {
    return this.#running.get(visit.endpoint.id) === visit;
  }

  /** Whatever it met, it decides no more. Nothing happens for any other request. */
  end(visit: Visit): void {
    if (this.isRunning(visit)) this.#running.delete(visit.endpoint.id);
  }

  /** When an endpoint that is out was last given a request, or undefined. */
  triedAt(endpointId: string): number | undefined {
    return this.#triedAt.get(endpointId);
  }

  forget(endpointId: string): void {
    this.#running.delete(endpointId);
    this.#triedAt.delete(endpointId);
  }
}
