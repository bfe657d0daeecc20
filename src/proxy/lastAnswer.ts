import type { EndpointMemory } from '../core/endpointMemory.ts';
import { maxRecoveryMs, shapeAnswer } from '../core/finalAnswer.ts';
import type { Choice } from '../core/router.ts';
import type { DecisionTrace } from '../protocol/state.ts';
import type { ClientRequest } from './clientRequest.ts';
import type { Setback } from './endpointVisit.ts';
import { type OwnErrorCode, sendOwnError } from './ownErrors.ts';
import type { Keeping } from './queue/keeping.ts';
import { sendAccepted } from './queue/queueAnswers.ts';
import { sendRefusal } from './refusedAnswer.ts';
import { blamesTheRequest } from './setbacks.ts';
import type { WaitEnd } from './waitingRoom.ts';

export interface LastAnswerOptions {
  readonly client: ClientRequest;
  /** What of all that was met the client is to be told, or undefined when no endpoint said anything that is of use. */
  readonly setback: Setback | undefined;
  /** How waiting ended last, if the request was held. */
  readonly waitEnd: WaitEnd['kind'] | undefined;
  /** Where the request could go now, had it been nowhere yet. */
  readonly outlook: Choice;
  readonly memory: EndpointMemory;
  readonly keeping: Keeping;
  /** Milliseconds of the monotonic clock. */
  readonly now: number;
  /** Milliseconds since 1970. */
  readonly wallNow: number;
}

/** How a request ended for its client. */
export interface End {
  readonly outcome: DecisionTrace['outcome'];
  /** What the client got, or null when it got nothing. */
  readonly status: number | null;
  /** It was the endpoints that were wanting, not the request: the same again may be served. */
  readonly isUnserved?: boolean;
}

/** Answers a request that nobody could serve: with a promise where the client takes one, else with what is of most use. */
export async function giveLastAnswer(options: LastAnswerOptions): Promise<End> {
  const { client, keeping, setback, wallNow } = options;
  const { response, id } = client;
  const isUnserved = !(setback && blamesTheRequest(setback));
  const kept = isUnserved ? await keeping.forLater() : undefined;
  if (response.destroyed) {
    if (kept) await keeping.heardByNobody(kept);
    return { outcome: 'clientGone', status: null };
  }
  if (kept) {
    const status = sendAccepted({ response, requestId: id, now: wallNow }, kept);
    return { outcome: 'failed', status };
  }
  return { outcome: 'failed', status: sendLastAnswer(options), isUnserved };
}

/** Says what is of most use to the client. @returns the status */
function sendLastAnswer(options: LastAnswerOptions): number {
  const { client, setback, waitEnd } = options;
  const { response, id } = client;
  // Whoever waited asks again at once, and finds the successor.
  if (waitEnd === 'closed') return sendOwnError(response, 'stopping', id, true);
  if (setback?.refused && setback.answer && setback.verdict.last === 'verbatim') {
    const { refused, answer, verdict } = setback;
    const shaped = shapeAnswer(refused.status, answer.retryAfterMs, soonestMs(options));
    // Trying does not mend a key.
    const isHopeless = shaped.status === 429 && verdict.class === 'AUTH' && !mayBeServedSoon(options);
    const shape = isHopeless ? { ...shaped, shouldRetry: false as const } : shaped;
    if (sendRefusal(response, refused, shape)) return shape.status;
  }
  return sendOwnError(response, setback?.own ?? ownReason(options), id);
}

/** Why no endpoint was asked. */
function ownReason(options: LastAnswerOptions): OwnErrorCode {
  const { client, waitEnd, outlook } = options;
  if (client.admitted.route === 'countTokens') return 'countNotServed';
  if (waitEnd === 'full') return 'tooManyWaiting';
  if (outlook.kind !== 'none') {
    const recoveryMs = soonestMs(options);
    return { recoveryMs, shape: shapeAnswer(503, undefined, recoveryMs) };
  }
  return Object.values(outlook.considered).includes('wrongModel') ? 'noEndpointForModel' : 'noEndpoint';
}

/** Milliseconds until an endpoint may be ready, as far as is known. */
function soonestMs({ outlook, now }: LastAnswerOptions): number | undefined {
  if (outlook.kind === 'endpoint') return 0;
  if (outlook.kind === 'none') return undefined;
  // Nobody knows how long a trial takes that runs; then it is over.
  return outlook.until === undefined || outlook.trialRuns ? 0 : Math.max(0, outlook.until - now);
}

/** Whether an endpoint whose key is of use is ready, or will be as long as clients try. */
function mayBeServedSoon(options: LastAnswerOptions): boolean {
  const { outlook, memory } = options;
  if (outlook.kind !== 'endpoint') {
    return outlook.kind === 'wait' && (soonestMs(options) ?? 0) <= maxRecoveryMs;
  }
  const { quarantine } = memory.healthOf(outlook.candidate.endpoint.id);
  return !quarantine || quarantine.reason === 'failing';
}
