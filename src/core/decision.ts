/*
 * The words in which a choice between endpoints is explained: in the trace of a request, in the log, in the views.
 */

/** Why an endpoint was chosen. */
export type ChoiceReason =
  /** The conversation is bound to it. */
  | 'bound'
  /** The profile's strategy chose it among those in the best standing. */
  | 'strategy'
  /** Its circuit is due for a trial. */
  | 'trial'
  /** Nothing is ready, and it has been open the longest. */
  | 'lastResort'
  /** The same again after a moment, since there is nothing else. */
  | 'retry'
  /** The same again on a fresh connection. */
  | 'freshConnection'
  /** To see whether another endpoint takes what one refused. */
  | 'secondOpinion';

/** Why an endpoint was not, or could not be, chosen. */
export type Eligibility =
  | 'ready'
  | 'disabled'
  | 'noKey'
  | 'wrongProtocol'
  | 'wrongModel'
  | 'refusedModel'
  | 'ownAddress'
  | 'coolDown'
  | 'open'
  | 'quarantined'
  /** This request has been there. */
  | 'tried';
