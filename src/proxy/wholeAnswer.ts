import { beginsAsHtml } from '../core/errorAnswer.ts';
import type { FailureCode } from '../core/failure.ts';
import { headerValues, type RawHeaders } from './headers.ts';
import { isDisguisedError, type RefusedAnswer, refusalInBody } from './refusedAnswer.ts';

/** What an answer that was held to its end turns out to be. */
export type WholeAnswer =
  | { readonly kind: 'usable' }
  /** An error that its status does not tell of. */
  | { readonly kind: 'refused'; readonly answer: RefusedAnswer }
  | { readonly kind: 'failed'; readonly failure: FailureCode; readonly code: string };

/** What was asked for. */
export interface Asked {
  /** A message, and not what another route answers with. */
  readonly isMessage: boolean;
  /** As a stream of events. */
  readonly isStreamed: boolean;
}

/** Looks at a whole body with a status of success: the last chance to see that it is no answer. */
export function readWholeAnswer(
  pieces: readonly Buffer[],
  headers: RawHeaders,
  { isMessage, isStreamed }: Asked,
): WholeAnswer {
  const failed = (failure: FailureCode, code: string): WholeAnswer => ({ kind: 'failed', failure, code });
  const beginning = pieces[0]?.subarray(0, 256).toString('utf8') ?? '';
  if (pieces.every(({ length }) => length === 0)) return failed('emptyAnswer', 'EMPTY');
  if (beginsAsHtml(beginning)) return failed('htmlAnswer', 'HTML');
  if (isMessage && isDisguisedError(pieces)) {
    return { kind: 'refused', answer: refusalInBody(headers, Buffer.concat(pieces).toString('utf8')) };
  }
  if (isMessage && isStreamed) return failed('badResponse', 'NO_EVENT_STREAM');
  if (!hasOwnEnd(headers) && !isJson(Buffer.concat(pieces))) return failed('truncated', 'ENDED_EARLY');
  return { kind: 'usable' };
}

/** Whether the message framing says where the body ends; else only the connection's end does. */
function hasOwnEnd(headers: RawHeaders): boolean {
  return (
    headerValues(headers, 'content-length').length + headerValues(headers, 'transfer-encoding').length > 0
  );
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
