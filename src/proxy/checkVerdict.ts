import { echoOf } from '../core/checkQuestion.ts';
import { classify, type Fault, type Verdict } from '../core/classification.ts';
import { beginsAsHtml, type ErrorAnswer, isHtmlType } from '../core/errorAnswer.ts';
import type { FailureCode } from '../core/failure.ts';
import { type CheckClass, checkClassOf } from '../core/healthCheck.ts';
import type { CheckAnswer } from './checkAnswer.ts';
import type { CheckReply } from './checkCall.ts';
import { headerValues, isEncoded, type RawHeaders } from './headers.ts';
import { isDisguisedError, type RefusedAnswer, readRefusal, refusalInBody } from './refusedAnswer.ts';

/** What one question of a check has shown. */
export type CheckVerdict =
  /** `form`: how much of what belongs to a streamed message was there, 0 to 1. */
  | { readonly class: 'passed'; readonly form: number }
  | {
      readonly class: Exclude<CheckClass, 'passed'>;
      /** What the same would mean in traffic; absent where it would be served. */
      readonly verdict?: Verdict;
      readonly failure?: FailureCode;
      /** The endpoint's error, if it told one. */
      readonly error?: ErrorAnswer;
      /** The answer was cut off before it said anything: the model spent its tokens on thinking, or may not answer. */
      readonly isCutShort?: boolean;
    };

type Answered = Extract<CheckReply, { kind: 'answered' }>;

/** Judges the reply to a question: as traffic would be judged, and then by the code that was asked for. */
export function judgeReply(
  reply: Exclude<CheckReply, { kind: 'aborted' }>,
  code: string,
  wallNow: number,
): CheckVerdict {
  if (reply.kind === 'failed') return transportFault(reply.failure, reply.isLate ? 'timeout' : 'failed');
  const { status, headers, answer } = reply;
  if (status >= 400) {
    return errorFault({ status, statusText: '', headers, body: answer.body }, wallNow);
  }
  if (isEncoded(headers)) return { class: 'refused' };
  if (answer.errorData !== undefined) return errorFault(refusalInBody(headers, answer.errorData), wallNow);
  return answer.isStarted ? judgeMessage(reply, code) : judgeBody(reply, wallNow);
}

/** There is no message: what is there instead? */
function judgeBody({ headers, answer }: Answered, wallNow: number): CheckVerdict {
  const { body } = answer;
  const text = body.toString('utf8');
  if (body.length === 0) return transportFault('emptyAnswer');
  if (isHtmlType(headerValues(headers, 'content-type')[0]) || beginsAsHtml(text)) {
    return transportFault('htmlAnswer');
  }
  if (isDisguisedError([body])) return errorFault(refusalInBody(headers, text), wallNow);
  return transportFault('badResponse');
}

function judgeMessage({ headers, answer }: Answered, code: string): CheckVerdict {
  const { text, stopReason, isStopped, isTooLong } = answer;
  if (!isTooLong && !isStopped && stopReason === undefined) return transportFault('truncated');
  const echo = echoOf(text, code);
  if (echo === 'code') return { class: 'passed', form: formOf(headers, answer) };
  const isDeclined = stopReason === 'refusal';
  if (isDeclined || (echo === 'beginning' && stopReason === 'max_tokens')) {
    return { class: 'refused', isCutShort: true };
  }
  return { class: 'wrongAnswer' };
}

/** A third each for the right content type, both marks of the end, and the count of tokens. */
function formOf(headers: RawHeaders, { isStopped, stopReason, tokens }: CheckAnswer): number {
  const type = headerValues(headers, 'content-type')[0] ?? '';
  const signs = [
    /^text\/event-stream\b/i.test(type),
    isStopped && stopReason !== undefined,
    tokens !== undefined,
  ];
  return signs.filter(Boolean).length / signs.length;
}

function transportFault(failure: FailureCode, checkClass: 'failed' | 'timeout' = 'failed'): CheckVerdict {
  return { class: checkClass, failure, verdict: classify({ kind: 'transport', failure }) };
}

function errorFault(refused: RefusedAnswer, wallNow: number): CheckVerdict {
  const error = readRefusal(refused, wallNow);
  const fault: Fault = { kind: 'answer', answer: error };
  const verdict = classify(fault);
  const checkClass = checkClassOf(verdict, error.status);
  return { class: checkClass, failure: 'errorStatus', verdict, error };
}
