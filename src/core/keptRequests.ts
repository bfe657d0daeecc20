import type { QueueOptions } from './configuration.ts';
import { longestPauseMs, nextTryAt } from './retrySchedule.ts';

/*
 * Requests that no endpoint could serve and that are kept for another try: what is known of each, how that changes,
 * and which have to go when there are too many. Times are milliseconds since 1970, since they outlive the process.
 */

/** All that is known of a kept request; anybody may read it. Its body and its answer are encrypted elsewhere. */
export interface KeptRequest {
  readonly id: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /**
   * `pending` waits for somebody, or for its time; `running` is being tried; `done` has its answer; `failed` will not be
   * tried again by itself.
   */
  readonly state: 'pending' | 'running' | 'done' | 'failed';
  readonly model: string | null;
  /** A hash. */
  readonly conversation: string | null;
  /** Of the request's body, as it came. */
  readonly bytes: number;
  /** By which the same body is known again, under the key of that id; it does not tell the body. */
  readonly fingerprint: string;
  readonly keyId: string;
  /** Times that it was tried again. */
  readonly tries: number;
  /** How often the client sent it. */
  readonly sent: number;
  /** The status that the client got last, or that the last try ended with; null when there was none. */
  readonly status: number | null;
  /** When it is tried next, or null when nobody has asked for that. */
  readonly nextTryAt: number | null;
  /** Its client fetches the answer later. */
  readonly isAsync: boolean;
  /** Size of what is stored of the body, in bytes; 0 when it was not kept. */
  readonly bodyBytes: number;
  /** Size of what is stored of the answer, in bytes; 0 while there is none. */
  readonly resultBytes: number;
}

/** Longest that a request is kept, in milliseconds. */
export const maxAgeMs = 24 * 3_600_000;
/** Largest sum of all that is stored, in bytes. */
export const maxStoredBytes = 64 * 1024 * 1024;

/** True when an answer can be promised for later: the request is kept whole, and is tried again by itself. */
export function canAnswerLater({ maxItems, keepBodies, maxRetries }: QueueOptions): boolean {
  return maxItems > 0 && keepBodies && maxRetries > 0;
}

/** The last answer that a client got to its request, of which there is one more copy to keep. */
export interface Sending {
  readonly status: number | null;
  readonly isAsync: boolean;
}

/** A request that was not kept before. */
export function firstSent(
  request: Pick<
    KeptRequest,
    'id' | 'model' | 'conversation' | 'bytes' | 'fingerprint' | 'keyId' | 'bodyBytes'
  >,
  { status, isAsync }: Sending,
  options: QueueOptions,
  now: number,
): KeptRequest {
  return {
    ...request,
    createdAt: now,
    updatedAt: now,
    state: 'pending',
    tries: 0,
    sent: 1,
    status,
    nextTryAt: isAsync ? nextTryAt(options, 0, now) : null,
    isAsync,
    resultBytes: 0,
  };
}

/**
 * The same request came again and failed again. What is known of one that is being tried, or that has its answer,
 * stays as it is; one that was given up begins anew.
 */
export function sentAgain(
  kept: KeptRequest,
  { status, isAsync }: Sending,
  options: QueueOptions,
  now: number,
): KeptRequest {
  const counted = {
    ...kept,
    updatedAt: now,
    sent: kept.sent + 1,
    isAsync: kept.isAsync || isAsync,
  };
  if (kept.state === 'running' || kept.state === 'done') return counted;
  const tries = kept.state === 'failed' ? 0 : kept.tries;
  const scheduledAt = kept.nextTryAt ?? (counted.isAsync ? nextTryAt(options, tries, now) : null);
  return { ...counted, state: 'pending', status, tries, nextTryAt: scheduledAt, resultBytes: 0 };
}

/** Somebody wants it to be tried as soon as that can be. */
export function wanted(kept: KeptRequest, now: number): KeptRequest {
  return { ...kept, state: 'pending', updatedAt: now, nextTryAt: now };
}

/** It is being tried. */
export function tryBegan(kept: KeptRequest, now: number): KeptRequest {
  return { ...kept, state: 'running', updatedAt: now, nextTryAt: null };
}

/** How a try ended. */
export type TryEnd =
  /** With an answer, which may be an error. */
  | { readonly kind: 'answered'; readonly status: number; readonly isError: boolean }
  /** Without a whole answer. */
  | { readonly kind: 'broken' }
  /** With an answer that is too large to be kept, as the next one would be. */
  | { readonly kind: 'tooLarge' }
  /** Before it was sent: the store gave no body, or did not take down that it is tried. */
  | { readonly kind: 'unsent' }
  /** The process ended it. */
  | { readonly kind: 'stopped' };

/** Until a request is tried again that could not even be sent, in milliseconds. */
const unsentPauseMs = 30_000;

/** What becomes of a request after a try. */
export function tryEnded(kept: KeptRequest, end: TryEnd, options: QueueOptions, now: number): KeptRequest {
  // The next process goes on with it, and it has cost nobody a try.
  if (end.kind === 'stopped') return { ...kept, state: 'pending', updatedAt: now, nextTryAt: now };
  if (end.kind === 'unsent') {
    return { ...kept, state: 'pending', updatedAt: now, nextTryAt: now + unsentPauseMs };
  }
  const tries = kept.tries + 1;
  const status = end.kind === 'answered' ? end.status : null;
  const ended = { ...kept, updatedAt: now, tries, status, nextTryAt: null };
  if (end.kind === 'answered' && !end.isError) return { ...ended, state: 'done' };
  if (end.kind === 'tooLarge' || (status !== null && isFinal(status))) return { ...ended, state: 'failed' };
  // Whoever sent an interactive request sends it again by itself.
  if (!kept.isAsync) return { ...ended, state: 'pending' };
  const next = nextTryAt(options, tries, now);
  return next === null ? { ...ended, state: 'failed' } : { ...ended, state: 'pending', nextTryAt: next };
}

/** What a new process makes of what an old one has left: a try that was cut off by a crash counts as one. */
export function restored(kept: KeptRequest, options: QueueOptions, now: number): KeptRequest {
  return kept.state === 'running' ? tryEnded(kept, { kind: 'broken' }, options, now) : kept;
}

/** True when it is to be tried now; a time that is further off than any pause was set by a clock that was wrong. */
export function isDue({ nextTryAt: at }: KeptRequest, now: number): boolean {
  return at !== null && (at <= now || at > now + longestPauseMs);
}

/** True for errors that say that the request itself is wrong: no endpoint will take it, however often it is sent. */
function isFinal(status: number): boolean {
  return [400, 404, 405, 413, 415, 422].includes(status);
}

/**
 * What is left of a request when no bodies are to be kept: one whose client waits for its answer is given up. The body
 * of one that is being tried goes when the try has ended.
 */
export function withoutBody(kept: KeptRequest, now: number): KeptRequest {
  const { state, isAsync, bodyBytes } = kept;
  const isPending = state === 'pending';
  if (state === 'running' || (bodyBytes === 0 && !(isPending && isAsync))) return kept;
  const left = { ...kept, bodyBytes: 0, updatedAt: now };
  return isPending ? { ...left, state: isAsync ? 'failed' : 'pending', nextTryAt: null } : left;
}

/** True when it was kept for as long as anything is. */
export function isExpired({ createdAt, state }: KeptRequest, now: number): boolean {
  return state !== 'running' && createdAt + maxAgeMs <= now;
}

/** True while somebody may come for the answer, as was said to them. */
function isPromised({ isAsync, state }: KeptRequest): boolean {
  return isAsync && state !== 'failed';
}

/**
 * Which requests have to go so that the others are within the limits: first those that nobody was promised an answer to,
 * the oldest before the others, and none that is being tried.
 *
 * @returns their ids
 */
export function overLimits(all: readonly KeptRequest[], maxItems: number): string[] {
  let items = all.length;
  let bytes = storedBytes(all);
  const gone: string[] = [];
  const leastFirst = all
    .filter(({ state }) => state !== 'running')
    .sort((a, b) => Number(isPromised(a)) - Number(isPromised(b)) || a.createdAt - b.createdAt);
  for (const kept of leastFirst) {
    if (items <= maxItems && bytes <= maxStoredBytes) break;
    gone.push(kept.id);
    items -= 1;
    bytes -= kept.bodyBytes + kept.resultBytes;
  }
  return gone;
}

/** Bytes of all bodies and answers that are stored. */
export function storedBytes(all: readonly KeptRequest[]): number {
  return all.reduce((sum, { bodyBytes, resultBytes }) => sum + bodyBytes + resultBytes, 0);
}
