import { mostUseful } from '../core/finalAnswer.ts';
import type { RouteQuery } from '../core/routing.ts';
import type { Setback } from './endpointVisit.ts';
import { headerValues } from './headers.ts';

/** What a request has met so far, and what of it the client is told if nobody serves. */
export class Setbacks {
  #last: Setback | undefined;
  /** Of all so far, the one that is of most use to the client; the others are let go of, with their bodies. */
  #best: Setback | undefined;
  #doubted: Setback | undefined;

  /** The refusal about which another endpoint is asked. */
  get doubted(): Setback | undefined {
    return this.#doubted;
  }

  add(setback: Setback): void {
    const before = this.#best;
    this.#best = before && mostUseful([before, setback]) === 0 ? before : setback;
    this.#last = setback;
  }

  /** Somebody else is to say whether the request is refused rightly. */
  doubt(setback: Setback): void {
    this.#doubted ??= setback;
  }

  /** What the client is told, or undefined when that has to be something of our own. */
  toTell(route: RouteQuery['route']): Setback | undefined {
    if (this.#last?.verdict.next === 'nowhere') return this.#last;
    // Clients estimate when a gateway does not count.
    if (route === 'countTokens') return undefined;
    if (!this.#doubted) return this.#best;
    // Whoever lacks a model says less than whoever has it, but not now, or not for this key.
    const isOutdone = this.#best?.verdict.class === 'RATE_LIMIT' || this.#best?.verdict.class === 'AUTH';
    return isOutdone && this.#doubted.verdict.effect === 'markRouteModel' ? this.#best : this.#doubted;
  }
}

/** The request is refused for what it is: the same again is of no use, here or anywhere. */
export function blamesTheRequest({ verdict }: Setback): boolean {
  return verdict.next === 'nowhere' || verdict.next === 'secondOpinion';
}

/** A trouble that may be over in a moment, and that does not put the endpoint out. */
export function isPassing(setback: Setback): boolean {
  const { class: errorClass, effect } = setback.verdict;
  return errorClass === 'TRANSIENT' && effect === 'failure' && mayRepeat(setback);
}

/** The endpoint has too much to do, or has done enough for this key: later it may serve the same request. */
export function isLimit(setback: Setback): boolean {
  return setback.verdict.effect.startsWith('coolDown') && mayRepeat(setback);
}

/** False when the endpoint has said that the same again is of no use. */
export function mayRepeat({ refused }: Setback): boolean {
  return !refused || headerValues(refused.headers, 'x-should-retry')[0] !== 'false';
}
