import { shortModelName } from './modelName.ts';
import type { RouteQuery } from './routing.ts';

/** How long an endpoint is not asked again for what it does not serve, in milliseconds. */
const markMs = 10 * 60_000;
/** So many conversations have to be refused before a refusal that may be theirs counts as the endpoint's. */
const conversationsForAMark = 3;
/** Marks and suspicions kept at most; the oldest go first. */
const maxMarks = 1_000;

/** What an endpoint turned out not to serve. */
export interface RefusedModel {
  readonly endpointId: string;
  readonly model: string;
  readonly until: number;
}

type What = Pick<RouteQuery, 'route' | 'model'>;

interface Mark extends RefusedModel {
  readonly why: 'notServed' | 'forbidden';
  readonly route: RouteQuery['route'];
}

interface Suspicion {
  readonly endpointId: string;
  readonly conversations: Set<string>;
  readonly until: number;
}

const modelName = (model: string | undefined): string => shortModelName(model ?? '');

/** Remembers which models an endpoint does not serve on a route although nothing is wrong with it otherwise. */
export class RefusedModels {
  readonly #marks = new Map<string, Mark>();
  readonly #suspicions = new Map<string, Suspicion>();

  /** True while the endpoint is known not to serve this. */
  isMarked(endpointId: string, what: What, now: number): boolean {
    const mark = this.#marks.get(keyOf(endpointId, what));
    return mark !== undefined && mark.until > now;
  }

  /** The endpoint does not have the model, as another one that served it has shown, or its key may not use it. */
  mark(endpointId: string, { route, model }: What, now: number, why: Mark['why'] = 'notServed'): void {
    const key = keyOf(endpointId, { route, model });
    this.#marks.delete(key);
    this.#marks.set(key, { endpointId, route, model: modelName(model), until: now + markMs, why });
    dropOldest(this.#marks);
  }

  /**
   * Another endpoint served what this one refused for a reason that may lie in the conversation: it counts against the
   * endpoint once three conversations have met it within ten minutes.
   */
  suspect(endpointId: string, what: What, conversation: string, now: number): void {
    const key = keyOf(endpointId, what);
    const known = this.#suspicions.get(key);
    const suspicion =
      known && known.until > now
        ? known
        : { endpointId, conversations: new Set<string>(), until: now + markMs };
    suspicion.conversations.add(conversation);
    this.#suspicions.set(key, suspicion);
    dropOldest(this.#suspicions);
    if (suspicion.conversations.size < conversationsForAMark) return;
    this.#suspicions.delete(key);
    this.mark(endpointId, what, now);
  }

  /** How many different models the endpoint's key may not use. */
  forbiddenCount(endpointId: string, now: number): number {
    const forbidden = this.of(endpointId, now).filter(({ why }) => why === 'forbidden');
    return new Set(forbidden.map(({ model }) => model)).size;
  }

  /** The marks of an endpoint that still hold. */
  of(endpointId: string, now: number): readonly (RefusedModel & Pick<Mark, 'why'>)[] {
    return [...this.#marks.values()].filter((mark) => mark.endpointId === endpointId && mark.until > now);
  }

  forget(endpointId: string): void {
    for (const map of [this.#marks, this.#suspicions] as Map<string, { endpointId: string }>[]) {
      for (const [key, entry] of map) if (entry.endpointId === endpointId) map.delete(key);
    }
  }

  /** Lets go of what is over. */
  sweep(now: number): void {
    for (const map of [this.#marks, this.#suspicions] as Map<string, { until: number }>[]) {
      for (const [key, { until }] of map) if (until <= now) map.delete(key);
    }
  }
}

function keyOf(endpointId: string, { route, model }: What): string {
  return JSON.stringify([endpointId, route, modelName(model)]);
}

function dropOldest(map: Map<string, unknown>): void {
  const oldest = map.keys().next();
  if (map.size > maxMarks && !oldest.done) map.delete(oldest.value);
}
