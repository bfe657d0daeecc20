import type { QueueItem } from '../../../protocol/queue.ts';
import type { ModelValue } from '../../model.ts';

/** True when somebody can have a kept request tried again now. */
export const isRetryable = ({ canRetry, state }: QueueItem): boolean => canRetry && state !== 'running';

/** What menus go by. */
export function queuedContextValue(item: QueueItem): string {
  return ['queued', item.state, ...(isRetryable(item) ? ['retryable'] : [])].join(' ');
}

/**
 * Names what there is to know of the kept requests; it is another one as soon as something about them has changed.
 * Null while there is no proxy to ask.
 */
export function queueVersionOf({ link, state }: Pick<ModelValue, 'link' | 'state'>): string | null {
  if (link.kind !== 'attached' || state === null) return null;
  const { pid, startedAt, windows, queue } = state;
  // A window that comes may bring the key that a request can be read with.
  return [pid, startedAt, windows, queue.changes].join(':');
}

/** What has to be drawn again: the ids of the requests that changed, or `all` when others are kept than before. */
export function changedItems(before: readonly QueueItem[], after: readonly QueueItem[]): 'all' | string[] {
  if (before.length !== after.length) return 'all';
  if (after.some(({ id }, index) => id !== before[index]?.id)) return 'all';
  return after
    .filter((item, index) => JSON.stringify(item) !== JSON.stringify(before[index]))
    .map(({ id }) => id);
}
