import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { KeptRequest } from '../../core/keptRequests.ts';
import { keptAnswersPath } from '../frontDoor.ts';
import { type OwnCondition, sendOwnError } from '../ownErrors.ts';
import { sendHead } from '../refusedAnswer.ts';
import type { GoneReason } from './farewells.ts';
import type { KeptAnswer } from './keptContents.ts';
import type { Fetched } from './requestQueue.ts';

/** How long a try takes at least, in seconds: nobody need ask earlier. */
const tryTakes = 2;
/** The longest that anybody is sent away for, in seconds, since somebody may try it by hand. */
const longestPause = 60;

const conditionOf: Record<GoneReason, OwnCondition> = {
  served: 'keptServed',
  removed: 'keptRemoved',
  expired: 'keptExpired',
  crowdedOut: 'keptCrowdedOut',
  elsewhere: 'keptElsewhere',
};

/** What of a kept request its client is told while it has no answer. */
type NoAnswerYet = Pick<KeptRequest, 'id' | 'state' | 'nextTryAt'>;

/** Who an answer goes to. */
export interface Asker {
  readonly response: ServerResponse;
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Tells the client of a request that could not be served where it will find the answer (RFC 9110 §15.3.3, RFC 7240
 * §4.1). @returns the status
 */
export function sendAccepted(asker: Asker, kept: NoAnswerYet): number {
  return sendNotYet(asker, kept, { 'preference-applied': 'respond-async' });
}

/** Answers somebody who asks for the answer to a kept request. @returns the condition when there is none to be had */
export function sendFetched(asker: Asker, fetched: Fetched): OwnCondition | undefined {
  const { response, requestId } = asker;
  const condition = conditionFor(fetched);
  if (condition) sendOwnError(response, condition, requestId);
  else if (fetched.kind === 'notYet') sendNotYet(asker, fetched.item);
  else if (fetched.kind === 'answer') sendAnswer(asker, fetched.answer);
  return condition;
}

function conditionFor(fetched: Fetched): OwnCondition | undefined {
  switch (fetched.kind) {
    case 'gone':
      return fetched.reason ? conditionOf[fetched.reason] : 'notKept';
    case 'noAnswer':
      return 'keptWithoutAnswer';
    case 'noBody':
      return 'keptWithoutBody';
    case 'locked':
      return 'keptLocked';
    case 'notYet':
    case 'answer':
      return undefined;
  }
}

/**
 * 202 with the place of the answer, and in the body the same for people:
 * `{"type":"queued","id":…,"state":"pending"|"running"|"done","location":…,"retry_after":seconds,"request_id":…}`.
 * `done` is told only to who sent the same request once more.
 */
function sendNotYet(
  { response, requestId, now }: Asker,
  { id, state, nextTryAt }: NoAnswerYet,
  more: Readonly<Record<string, string>> = {},
): number {
  const location = keptAnswersPath + id;
  const retryAfter = secondsUntilAnswer(state, nextTryAt, now);
  const body = JSON.stringify({
    type: 'queued',
    id,
    state,
    location,
    retry_after: retryAfter,
    request_id: requestId,
  });
  response.writeHead(202, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'request-id': requestId,
    location,
    'retry-after': String(retryAfter),
    'cache-control': 'no-store',
    ...more,
  });
  response.end(body);
  return 202;
}

function secondsUntilAnswer(state: KeptRequest['state'], nextTryAt: number | null, now: number): number {
  if (state === 'done') return 0;
  if (state !== 'running' && nextTryAt === null) return longestPause;
  const untilTry = Math.max(0, Math.ceil(((nextTryAt ?? now) - now) / 1_000));
  return Math.min(untilTry + tryTakes, longestPause);
}

/** As it came, with the id that its endpoint gave it. */
function sendAnswer({ response, requestId }: Asker, { status, headers, body }: KeptAnswer): void {
  const head = [...headers, 'content-length', String(body.length), 'cache-control', 'no-store'];
  if (sendHead(response, status, STATUS_CODES[status] ?? '', head)) response.end(body);
  else sendOwnError(response, 'keptWithoutAnswer', requestId);
}
