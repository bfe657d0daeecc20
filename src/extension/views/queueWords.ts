import * as vscode from 'vscode';
import type { QueueItem, QueueItemState } from '../../protocol/queue.ts';
import { figuresIn } from '../figures.ts';

/*
 * What is said of requests that are kept because no endpoint could serve them. Their text is never part of it.
 */

/** How a kept request stands. */
export function queuedStateText(state: QueueItemState): string {
  switch (state) {
    case 'pending':
      return vscode.l10n.t('Waiting');
    case 'running':
      return vscode.l10n.t('Being tried');
    case 'done':
      return vscode.l10n.t('Answered');
    case 'failed':
      return vscode.l10n.t('Failed');
  }
}

/** What a kept request goes by: the model that it asks for. */
export const queuedModel = ({ model }: QueueItem): string => model ?? vscode.l10n.t('no model');

/** What else is known of it, briefly. */
export function queuedNotes(item: QueueItem): string[] {
  const { time, bytes } = figuresIn(vscode.env.language);
  return [
    vscode.l10n.t('kept {0}', time(item.createdAt)),
    item.status === null ? [] : vscode.l10n.t('status {0}', item.status),
    item.tries === 0 ? [] : vscode.l10n.t('tries: {0}', item.tries),
    item.sent <= 1 ? [] : vscode.l10n.t('sent {0} times', item.sent),
    item.nextTryAt === null ? [] : vscode.l10n.t('next try: {0}', time(item.nextTryAt)),
    bytes(item.bytes),
    item.canRetry ? [] : vscode.l10n.t('cannot be tried again'),
  ].flat();
}
