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

/** What stands beside it in a narrow place: what comes next or what came of it, and what tells it from others. */
export function shortQueuedNotes(item: QueueItem): string[] {
  const { time } = figuresIn(vscode.env.language);
  const { state, status, nextTryAt, tries, createdAt } = item;
  return [
    nextTryAt === null ? [] : vscode.l10n.t('next try: {0}', time(nextTryAt)),
    nextTryAt !== null || status === null || state === 'done' ? [] : vscode.l10n.t('status {0}', status),
    tries === 0 ? [] : vscode.l10n.t('tries: {0}', tries),
    vscode.l10n.t('kept {0}', time(createdAt)),
  ].flat();
}

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

/** All that is known of it but its model, as names and values. */
export function queuedFacts(item: QueueItem): (readonly [name: string, value: string])[] {
  const { time, count, bytes } = figuresIn(vscode.env.language);
  const { status, nextTryAt } = item;
  return [
    [vscode.l10n.t('State'), queuedStateText(item.state)],
    [vscode.l10n.t('Kept since'), time(item.createdAt)],
    [vscode.l10n.t('Last change'), time(item.updatedAt)],
    [vscode.l10n.t('Size'), bytes(item.bytes)],
    [vscode.l10n.t('Sent'), count(item.sent)],
    [vscode.l10n.t('Tries'), count(item.tries)],
    ...(status === null ? [] : [[vscode.l10n.t('HTTP status'), String(status)] as const]),
    ...(nextTryAt === null ? [] : [[vscode.l10n.t('Next try'), time(nextTryAt)] as const]),
  ];
}

/** Whether it can be tried again, and why not. */
export function queuedOutlook({ state, canRetry }: QueueItem): string {
  switch (state) {
    case 'running':
      return vscode.l10n.t('The request is being tried again already.');
    case 'done':
      return vscode.l10n.t('The answer can be opened.');
    case 'pending':
    case 'failed':
      return canRetry
        ? vscode.l10n.t('The request can be tried again.')
        : vscode.l10n.t('The request cannot be tried again, since its text was not kept or cannot be read.');
  }
}
