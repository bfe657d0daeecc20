import * as v from 'valibot';
import { RequestType, RequestType0 } from 'vscode-jsonrpc/node';

/*
 * Requests that no endpoint could serve, as windows see them: never their bodies, which are prompts.
 */

/** How a kept request stands. */
export type QueueItemState =
  /** Waits for somebody, or for its time, to be tried again. */
  | 'pending'
  /** Is being tried. */
  | 'running'
  /** Has its answer. */
  | 'done'
  /** Will not be tried again by itself. */
  | 'failed';

export interface QueueItem {
  readonly id: string;
  /** When it was first kept, in milliseconds since 1970. As below. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly state: QueueItemState;
  readonly model: string | null;
  /** The name of the conversation as the proxy knows it: a hash. */
  readonly conversation: string | null;
  /** Of the request's body. */
  readonly bytes: number;
  /** Times that it was tried again. */
  readonly tries: number;
  /** How often the client sent it. */
  readonly sent: number;
  /** The status that the client got last, or that the last try ended with; null when there was none. */
  readonly status: number | null;
  /** When it is tried again by itself, or null. */
  readonly nextTryAt: number | null;
  /** Its client fetches the answer later (`Prefer: respond-async`). */
  readonly isAsync: boolean;
  /** The body was kept and can be read, so that it can be sent again. */
  readonly canRetry: boolean;
}

/** Counted since the process started, but for the sizes. */
export interface QueueStatistics {
  readonly items: number;
  /** Of all bodies and answers that are kept. */
  readonly bytes: number;
  readonly enqueued: number;
  readonly retried: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Grows with every change to what windows see of the requests, so that they know when to ask for them again. */
  readonly changes: number;
}

/** An answer that was fetched for a kept request. */
export interface QueueResult {
  readonly item: QueueItem;
  readonly status: number;
  /** What the model said, or the error's body when there is no message in it. */
  readonly text: string;
}

/** What became of a retry. */
export type RetryOutcome = 'started' | 'gone' | 'running' | 'notPossible';

/** Window → proxy: all kept requests, newest first. */
export const queueListRequest = new RequestType0<readonly QueueItem[], void>('queue/list');
/** Window → proxy: tries a request again, by its id. Returns at once; the state tells how it goes. */
export const queueRetryRequest = new RequestType<string, RetryOutcome, void>('queue/retry');
/** Window → proxy: tries all again that can be. Returns how many. */
export const queueRetryAllRequest = new RequestType0<number, void>('queue/retryAll');
/** Window → proxy: forgets a request. Returns false when there is no such one. */
export const queueRemoveRequest = new RequestType<string, boolean, void>('queue/remove');
/** Window → proxy: forgets all. Returns how many there were. */
export const queueClearRequest = new RequestType0<number, void>('queue/clear');
/** Window → proxy: the answer to a request, or null while there is none. */
export const queueResultRequest = new RequestType<string, QueueResult | null, void>('queue/result');

/** Checks the id of a kept request. @throws ValiError */
export const parseQueueId = v.parser(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/)));
