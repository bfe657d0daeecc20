import * as v from 'valibot';
import type { KeptRequest } from '../../core/keptRequests.ts';
import type { QueueItem } from '../../protocol/queue.ts';
import type { StoredItem } from '../history/historyTypes.ts';

/*
 * What is known of a kept request, in the forms that it has outside this process.
 */

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const time = v.pipe(v.number(), v.integer());

const schema = v.object({
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/)),
  createdAt: time,
  updatedAt: time,
  state: v.picklist(['pending', 'running', 'done', 'failed']),
  model: v.nullable(v.string()),
  conversation: v.nullable(v.string()),
  bytes: count,
  fingerprint: v.string(),
  keyId: v.string(),
  tries: count,
  sent: count,
  status: v.nullable(v.number()),
  nextTryAt: v.nullable(time),
  isAsync: v.boolean(),
  bodyBytes: count,
  resultBytes: count,
});

/** For the store. */
export function storedItem(kept: KeptRequest): StoredItem {
  return { id: kept.id, createdAt: kept.createdAt, meta: JSON.stringify(kept) };
}

/** From the store; undefined for what this version does not understand. */
export function keptRequest({ id, meta }: StoredItem): KeptRequest | undefined {
  let json: unknown;
  try {
    json = JSON.parse(meta);
  } catch {
    return undefined;
  }
  const result = v.safeParse(schema, json);
  return result.success && result.output.id === id ? result.output : undefined;
}

/** For the windows. @param hasKey whether what is stored of it can be decrypted */
export function queueItem(kept: KeptRequest, hasKey: boolean): QueueItem {
  const { id, createdAt, updatedAt, state, model, conversation, bytes, tries, sent, status } = kept;
  return {
    id,
    createdAt,
    updatedAt,
    state,
    model,
    conversation,
    bytes,
    tries,
    sent,
    status,
    nextTryAt: kept.nextTryAt,
    isAsync: kept.isAsync,
    canRetry: hasKey && kept.bodyBytes > 0 && state !== 'done',
  };
}
