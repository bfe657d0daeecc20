import * as vscode from 'vscode';
import type { QueueItem, QueueResult, QueueStatistics } from '../../protocol/queue.ts';
import { figuresIn } from '../figures.ts';
import { queuedFacts, queuedModel, queuedStateText } from '../views/queueWords.ts';
import type { Report } from './reports.ts';
import { reportText } from './reportText.ts';
import { textFacts, textTable } from './textTable.ts';

/** What has become of the requests that no endpoint could serve, and which are kept. */
export function queueReport(statistics: QueueStatistics, items: readonly QueueItem[]): Report {
  const name = vscode.l10n.t('Request Queue');
  const { time, count, bytes } = figuresIn(vscode.env.language);
  const facts = textFacts([
    [vscode.l10n.t('In the queue'), count(statistics.items)],
    [vscode.l10n.t('Size'), bytes(statistics.bytes)],
    [vscode.l10n.t('Taken in'), count(statistics.enqueued)],
    [vscode.l10n.t('Tried again'), count(statistics.retried)],
    [vscode.l10n.t('Served'), count(statistics.succeeded)],
    [vscode.l10n.t('Failed'), count(statistics.failed)],
  ]);
  const table = textTable<QueueItem>(
    [
      { title: vscode.l10n.t('Kept since'), of: ({ createdAt }) => time(createdAt) },
      { title: vscode.l10n.t('State'), of: ({ state }) => queuedStateText(state) },
      { title: vscode.l10n.t('Model'), of: queuedModel },
      { title: vscode.l10n.t('HTTP status'), of: ({ status }) => String(status ?? ''), align: 'right' },
      { title: vscode.l10n.t('Tries'), of: ({ tries }) => count(tries), align: 'right' },
      { title: vscode.l10n.t('Sent'), of: ({ sent }) => count(sent), align: 'right' },
      { title: vscode.l10n.t('Size'), of: (item) => bytes(item.bytes), align: 'right' },
      {
        title: vscode.l10n.t('Next try'),
        of: ({ nextTryAt }) => (nextTryAt === null ? '' : time(nextTryAt)),
      },
    ],
    items,
  );
  return { name, text: reportText(name, facts, ...(items.length > 0 ? [table] : [])) };
}

/** What is known of a request that has no answer, or none that can be read. */
export function requestReport(item: QueueItem): Report {
  const name = nameOf(item);
  const facts: (readonly [string, string])[] = [
    [vscode.l10n.t('Model'), queuedModel(item)],
    ...queuedFacts(item),
  ];
  if (item.conversation !== null) facts.push([vscode.l10n.t('Conversation'), item.conversation]);
  return { name, text: reportText(name, textFacts(facts), [withoutAnswerText(item)]) };
}

function withoutAnswerText({ state, canRetry }: QueueItem): string {
  if (state === 'done') return vscode.l10n.t('There is an answer, but it cannot be read.');
  return canRetry
    ? vscode.l10n.t('There is no answer yet.')
    : vscode.l10n.t(
        'There is no answer, and the request cannot be tried again, since its text is not there.',
      );
}

/** The answer to a request, as it came. An error is no prose, and is shown as it is. */
export function resultReport({ item, status, text }: QueueResult): Report {
  const isMessage = status >= 200 && status < 300;
  return { name: nameOf(item), text, ...(isMessage ? { language: 'markdown' as const } : {}) };
}

/** Two requests for one model are told apart by the beginning of their ids. */
const nameOf = (item: QueueItem): string =>
  vscode.l10n.t('Request {0} {1}', queuedModel(item), item.id.slice(0, 8));
