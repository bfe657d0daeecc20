import type { EndpointStanding, QuarantineReason } from '../core/failure.ts';
import type { StandingEvent } from '../protocol/history.ts';

/** How an endpoint stands, and why where it is taken out. */
export interface SeenStanding {
  readonly standing: EndpointStanding;
  readonly reason?: QuarantineReason | undefined;
}

/** Notices when endpoints begin to stand otherwise, whatever the cause. */
export class StandingWatch {
  readonly #happened: (event: StandingEvent) => void;
  readonly #last = new Map<string, EndpointStanding>();

  /** @param happened is called with every change */
  constructor(happened: (event: StandingEvent) => void) {
    this.#happened = happened;
  }

  /**
   * Compares with the last time. One that is new stands well to begin with; one that is gone is forgotten.
   *
   * @param now in milliseconds since 1970
   */
  look(seen: ReadonlyMap<string, SeenStanding>, now: number): void {
    for (const [endpointId, { standing, reason }] of seen) {
      const from = this.#last.get(endpointId) ?? 'healthy';
      this.#last.set(endpointId, standing);
      if (from === standing) continue;
      const event = { at: now, endpointId, from, to: standing };
      this.#happened(reason === undefined ? event : { ...event, reason });
    }
    for (const id of this.#last.keys()) if (!seen.has(id)) this.#last.delete(id);
  }
}
