import { modelClasses } from './failure.ts';
import { modelClassOf } from './modelClass.ts';
import type { RouteQuery } from './routing.ts';
import { SessionAffinity } from './sessionAffinity.ts';

/** How long a conversation keeps away from an endpoint that broke off an answer of it, in milliseconds. */
const avoidMs = 5 * 60_000;
/** Such conversations that are remembered at most; the oldest go first. */
const maxAvoided = 10_000;

/**
 * What a conversation is bound and counted by: its prompt cache belongs to a model, and side requests for a small model
 * must not move the conversation itself. Undefined when the request names no conversation.
 */
export function placeKeyOf({ conversation, model }: RouteQuery): string | undefined {
  return conversation === undefined ? undefined : keyFor(conversation, modelClassOf(model));
}

/** Where conversations are at home, and where they do not want to go again so soon. */
export class ConversationPlaces {
  readonly affinity = new SessionAffinity();
  readonly #avoided = new Map<string, { readonly endpointId: string; readonly until: number }>();
  /** When conversations last had to leave all endpoints but some. */
  #recalled: { readonly to: ReadonlySet<string>; readonly at: number } | undefined;

  /** The endpoint that a request's conversation is bound to. */
  homeOf(query: RouteQuery, now: number): string | undefined {
    const key = placeKeyOf(query);
    return key === undefined ? undefined : this.affinity.bound(key, now)?.endpointId;
  }

  /** Where the same conversation is for other models: the first choice of one that has no home yet. */
  neighbourOf({ conversation, model }: RouteQuery, now: number): string | undefined {
    if (conversation === undefined) return undefined;
    const own = modelClassOf(model);
    for (const models of modelClasses) {
      const bound = models === own ? undefined : this.affinity.bound(keyFor(conversation, models), now);
      if (bound) return bound.endpointId;
    }
    return undefined;
  }

  /**
   * An endpoint serves the conversation: it is at home there from now on, unless it was called back from there meanwhile.
   *
   * @param sentAt when the request was sent
   */
  settle(query: RouteQuery, endpointId: string, now: number, sentAt = now): void {
    const key = placeKeyOf(query);
    const recalled = this.#recalled;
    if (recalled && sentAt < recalled.at && !recalled.to.has(endpointId)) return;
    if (key !== undefined) this.affinity.bind(key, endpointId, now);
  }

  /** Conversations leave all other endpoints, also those whose requests are on their way there. */
  recall(to: ReadonlySet<string>, now: number): void {
    this.#recalled = { to, at: now };
    this.affinity.retain(to);
  }

  /** An endpoint broke off an answer: where there is a choice, the conversation goes on elsewhere. */
  leave(query: RouteQuery, endpointId: string, now: number): void {
    const key = placeKeyOf(query);
    if (key === undefined) return;
    this.affinity.unbind(key, endpointId);
    this.#avoided.delete(key);
    this.#avoided.set(key, { endpointId, until: now + avoidMs });
    const [oldest] = this.#avoided.keys();
    if (this.#avoided.size > maxAvoided && oldest !== undefined) this.#avoided.delete(oldest);
  }

  /** True while the conversation keeps away from the endpoint. */
  isAvoided(query: RouteQuery, endpointId: string, now: number): boolean {
    const key = placeKeyOf(query);
    const avoided = key === undefined ? undefined : this.#avoided.get(key);
    return avoided?.endpointId === endpointId && avoided.until > now;
  }

  /** Lets go of what is over. */
  sweep(now: number): void {
    this.affinity.sweep(now);
    for (const [key, { until }] of this.#avoided) if (until <= now) this.#avoided.delete(key);
  }
}

function keyFor(conversation: string, models: string): string {
  return `${conversation}.${models}`;
}
