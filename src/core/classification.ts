import type { ErrorAnswer } from './errorAnswer.ts';
import type { ErrorClass, FailureCode } from './failure.ts';

/** What went wrong in one attempt: the way to an answer, or the answer itself. */
export type Fault =
  | { readonly kind: 'transport'; readonly failure: FailureCode }
  | { readonly kind: 'answer'; readonly answer: ErrorAnswer };

/** What a fault does to the endpoint's standing. */
export type HealthEffect =
  | 'none'
  /** One more failure in a row. */
  | 'failure'
  /** The circuit opens at once. */
  | 'open'
  | 'quarantineKeyRefused'
  | 'quarantineKeySpent'
  /** Until the first day of the next month, UTC, when the spending limits of the API start anew. */
  | 'quarantineKeySpentThisMonth'
  | 'quarantineMisconfigured'
  /** The endpoint does not serve this model on this route, once another endpoint has shown that it can be served. */
  | 'markRouteModel'
  /** The same, after three different conversations. */
  | 'markAfterThree'
  /** The key may not use this model. */
  | 'markModel'
  /** Until the time that the answer names. */
  | 'coolDownAsTold'
  /** For a second, doubling each time. */
  | 'coolDownGrowing'
  /** For a few random seconds that grow; the key is not to blame. */
  | 'coolDownOverloaded';

/** What follows from a fault. */
export interface Verdict {
  /** The name of the row of the table, for traces. */
  readonly row: string;
  readonly class: ErrorClass;
  /** Where to go from here; `secondOpinion` is one other endpoint, `sameThenOther` the same one once more first. */
  readonly next: 'other' | 'nowhere' | 'secondOpinion' | 'sameThenOther' | 'sameOnFreshConnection';
  readonly effect: HealthEffect;
  /** The endpoint may have worked on the request, so that another attempt can cost twice. */
  readonly processed: boolean;
  /** What the client gets if this was the last attempt: the endpoint's own answer, or one of ours. */
  readonly last: 'verbatim' | 'own';
}

/** A condition on a fault; it is met when everything it names is, and an empty one always. */
export interface Condition {
  readonly failures?: readonly FailureCode[];
  /** Statuses, and ranges of them with both ends. */
  readonly statuses?: readonly (number | readonly [from: number, to: number])[];
  readonly forms?: readonly ErrorAnswer['form'][];
  readonly retryAfter?: 'present';
  readonly errorCodes?: readonly string[];
  /** Any of these matches the message. */
  readonly messages?: readonly RegExp[];
}

/** One row of the table: which faults it is about, and what follows from them. */
export interface ClassificationRow extends Verdict {
  readonly when: Condition;
}

/**
 * Wording of the API for a request that is wrong in itself. A client repairs it by these words, so it has to see
 * them, and no endpoint would take it. Nothing looser: who matches here gets no other endpoint.
 */
const namesTheRequest = [
  /prompt is too long/i,
  /input length and `?max_tokens`? exceed/i,
  /maximum context length is \d/i,
  /invalid `?signature`? in `?thinking`? block/i,
  /bound to a different conversation/i,
  /^(?:messages|tools|system|max_tokens): /,
  /(?:^|[\s"'`:(])(?:messages|tools|system)(?:\.\d+|\[\d+\])/,
];

/** A field or a kind of value that this endpoint does not know (a relay, an older API); another may. */
const namesTheUnknown = [
  /extra inputs are not permitted/i,
  /input tag .* does not match any of the expected tags/i,
];

/** A key without money, which the API reports as a bad request, without a code. */
const spentKey = [
  /reached your specified [\w ]*usage limits/i,
  /credit balance is too low/i,
  /organization has been disabled/i,
];

/** Limits on spending for a month, whatever their wording (https://docs.anthropic.com/en/api/rate-limits). */
const spendLimitCodes = ['enforced_spend_limit_reached', 'contract_spend_limit_reached'];

type Line = readonly [
  row: string,
  when: Condition,
  errorClass: ErrorClass,
  next: Verdict['next'],
  effect: HealthEffect,
  processed: 'processed' | 'unprocessed',
  last: Verdict['last'],
];

// biome-ignore format: it reads as the table that it is.
const lines: readonly Line[] = [
  // No answer, or none that can be used.
  ['nameNotResolved', { failures: ['dnsFailed'] },                        'TRANSIENT', 'other', 'failure', 'unprocessed', 'own'],
  ['unreachable', { failures: ['connectRefused', 'connectTimeout'] },     'TRANSIENT', 'other', 'failure', 'unprocessed', 'own'],
  // Nobody has seen the key: it is sent after the handshake.
  ['tlsFailed', { failures: ['tlsFailed'] },                              'PERMANENT', 'other', 'open', 'unprocessed', 'own'],
  // Both ends may close an idle connection at any time (RFC 9112 §9.5), which says nothing about the endpoint.
  ['staleConnection', { failures: ['staleConnection'] },                  'TRANSIENT', 'sameOnFreshConnection', 'none', 'unprocessed', 'own'],
  ['connectionLost', { failures: ['connectionLost'] },                    'TRANSIENT', 'other', 'failure', 'processed', 'own'],
  ['badResponse', { failures: ['badResponse'] },                          'TRANSIENT', 'other', 'failure', 'processed', 'own'],
  ['noMessage', { failures: ['htmlAnswer', 'emptyAnswer'] },              'TRANSIENT', 'other', 'failure', 'processed', 'own'],
  ['slow', { failures: ['slow', 'firstByteTimeout'] },                    'TRANSIENT', 'other', 'failure', 'processed', 'own'],
  ['brokenOff', { failures: ['truncated', 'idleTimeout'] },               'TRANSIENT', 'other', 'failure', 'processed', 'own'],
  ['redirected', { failures: ['redirected'] },                            'PERMANENT', 'other', 'quarantineMisconfigured', 'unprocessed', 'own'],

  // The request is not taken.
  ['unknownField', { statuses: [400], messages: namesTheUnknown },        'PERMANENT', 'secondOpinion', 'markAfterThree', 'unprocessed', 'verbatim'],
  ['badRequest', { statuses: [400], messages: namesTheRequest },          'PERMANENT', 'nowhere', 'none', 'unprocessed', 'verbatim'],
  ['tooLarge', { statuses: [413], forms: ['json'] },                      'PERMANENT', 'nowhere', 'none', 'unprocessed', 'verbatim'],
  // A web server in between has a lower limit than the API.
  ['tooLargeForRelay', { statuses: [413] },                               'TRANSIENT', 'other', 'none', 'unprocessed', 'verbatim'],
  ['unprocessable', { statuses: [422] },                                  'PERMANENT', 'nowhere', 'none', 'unprocessed', 'verbatim'],
  ['conflict', { statuses: [408, 409] },                                  'TRANSIENT', 'sameThenOther', 'none', 'unprocessed', 'verbatim'],

  // The key is not taken.
  ['spentKey', { statuses: [400], messages: spentKey },                   'AUTH', 'other', 'quarantineKeySpent', 'unprocessed', 'verbatim'],
  ['paymentRequired', { statuses: [402] },                                'AUTH', 'other', 'quarantineKeySpent', 'unprocessed', 'verbatim'],
  ['spendLimit', { statuses: [429], errorCodes: spendLimitCodes },        'AUTH', 'other', 'quarantineKeySpentThisMonth', 'unprocessed', 'verbatim'],
  ['keyRefused', { statuses: [401] },                                     'AUTH', 'other', 'quarantineKeyRefused', 'unprocessed', 'verbatim'],
  ['forbidden', { statuses: [403], forms: ['json'] },                     'AUTH', 'other', 'markModel', 'unprocessed', 'verbatim'],

  // Not here.
  ['refused', { statuses: [400] },                                        'PERMANENT', 'secondOpinion', 'markAfterThree', 'unprocessed', 'verbatim'],
  ['notServed', { statuses: [404, 405, 501] },                            'PERMANENT', 'secondOpinion', 'markRouteModel', 'unprocessed', 'verbatim'],

  // Not now.
  ['rateLimitedUntil', { statuses: [429], retryAfter: 'present' },        'RATE_LIMIT', 'other', 'coolDownAsTold', 'unprocessed', 'verbatim'],
  ['rateLimited', { statuses: [429] },                                    'RATE_LIMIT', 'other', 'coolDownGrowing', 'unprocessed', 'verbatim'],
  // What is not JSON and forbids comes from a firewall in front of the endpoint, and so does a page with 503.
  ['firewall', { statuses: [403] },                                       'TRANSIENT', 'other', 'failure', 'unprocessed', 'verbatim'],
  ['firewallPage', { statuses: [503], forms: ['html'] },                  'TRANSIENT', 'other', 'failure', 'unprocessed', 'verbatim'],
  ['overloaded', { statuses: [503, 529] },                                'TRANSIENT', 'other', 'coolDownOverloaded', 'unprocessed', 'verbatim'],
  ['serverError', { statuses: [500, 502, 504] },                          'TRANSIENT', 'other', 'failure', 'processed', 'verbatim'],
  // Cloudflare has lost the server behind it
  // (https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/).
  ['originError', { statuses: [[520, 526], 530] },                        'TRANSIENT', 'other', 'failure', 'processed', 'verbatim'],

  ['unknown', {},                                                         'UNKNOWN', 'other', 'failure', 'processed', 'verbatim'],
];

/** What follows from which fault; the first row whose condition is met decides, and the last one always is. */
export const classification: readonly ClassificationRow[] = lines.map(
  ([row, when, errorClass, next, effect, processed, last]) => ({
    row,
    when,
    class: errorClass,
    next,
    effect,
    processed: processed === 'processed',
    last,
  }),
);

/**
 * What follows from a fault. Words of a message decide only where the API has neither a code nor a status of its own
 * for the matter.
 *
 * @param rows ends in a row without a condition
 * @throws if no row fits
 */
export function classify(fault: Fault, rows: readonly ClassificationRow[] = classification): Verdict {
  const found = rows.find(({ when }) => meets(when, fault));
  if (found === undefined) throw new Error('The classification has no row for everything else.');
  const { when: _, ...verdict } = found;
  return verdict;
}

function meets(when: Condition, fault: Fault): boolean {
  if (fault.kind === 'transport') {
    return when.failures?.includes(fault.failure) ?? Object.keys(when).length === 0;
  }
  const { status, form, errorCode, message, retryAfterMs } = fault.answer;
  return (
    when.failures === undefined &&
    (when.statuses?.some((entry) => includesStatus(entry, status)) ?? true) &&
    (when.forms?.includes(form) ?? true) &&
    (when.retryAfter === undefined || retryAfterMs !== undefined) &&
    (when.errorCodes?.some((code) => code === errorCode) ?? true) &&
    (when.messages?.some((words) => words.test(message ?? '')) ?? true)
  );
}

function includesStatus(entry: number | readonly [number, number], status: number): boolean {
  return typeof entry === 'number' ? entry === status : entry[0] <= status && status <= entry[1];
}
