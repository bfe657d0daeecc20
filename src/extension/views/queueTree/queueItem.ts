import * as vscode from 'vscode';
import type { QueueItem, QueueItemState } from '../../../protocol/queue.ts';
import { commands } from '../../contributions.ts';
import { appendWords } from '../markdownText.ts';
import { queuedFacts, queuedModel, queuedOutlook, queuedStateText, shortQueuedNotes } from '../queueWords.ts';
import { queuedContextValue } from './queueRows.ts';

/** What a command is called on: a kept request. */
export interface QueuedTarget {
  readonly kind: 'queued';
  readonly id: string;
}

/** Draws a kept request in the tree. */
export function queuedTreeItem(item: QueueItem): vscode.TreeItem {
  const model = queuedModel(item);
  const drawn = new vscode.TreeItem(model, vscode.TreeItemCollapsibleState.None);
  const notes = [queuedStateText(item.state), ...shortQueuedNotes(item)];
  drawn.id = item.id;
  drawn.contextValue = queuedContextValue(item);
  drawn.iconPath = queuedIcon(item.state);
  drawn.description = notes.join(' · ');
  drawn.tooltip = queuedTooltip(item);
  drawn.accessibilityInformation = { label: [vscode.l10n.t('Request {0}', model), ...notes].join(', ') };
  const target: QueuedTarget = { kind: 'queued', id: item.id };
  drawn.command = { command: commands.queueOpen, title: vscode.l10n.t('Open'), arguments: [target] };
  return drawn;
}

/** The icon of a state; its colour is one that themes, high contrast ones too, define. */
export function queuedIcon(state: QueueItemState): vscode.ThemeIcon {
  const icon = (name: string, color?: string) =>
    new vscode.ThemeIcon(name, color === undefined ? undefined : new vscode.ThemeColor(color));
  switch (state) {
    case 'pending':
      return icon('watch');
    case 'running':
      return icon('sync~spin', 'charts.blue');
    case 'done':
      return icon('pass', 'charts.green');
    case 'failed':
      return icon('error', 'list.errorForeground');
  }
}

/** A client may name its model as it likes: everything is appended as plain text. */
function queuedTooltip(item: QueueItem): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString('**').appendText(queuedModel(item)).appendMarkdown('**\n\n');
  for (const [name, value] of queuedFacts(item)) {
    appendWords(tooltip.appendMarkdown('- '), vscode.l10n.t('{0}: {1}', name, value)).appendMarkdown('\n');
  }
  return appendWords(tooltip.appendMarkdown('\n'), queuedOutlook(item));
}
