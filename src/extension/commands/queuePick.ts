import * as vscode from 'vscode';
import type { QueueItem } from '../../protocol/queue.ts';
import type { Model } from '../model.ts';
import { plainLabel } from '../plainLabel.ts';
import { queuedIcon } from '../views/queueTree/queueItem.ts';
import { isRetryable, queueVersionOf } from '../views/queueTree/queueRows.ts';
import { queuedModel, queuedNotes, queuedStateText } from '../views/queueWords.ts';
import { answerOf } from './answer.ts';
import type { CommandContext } from './commandContext.ts';
import { type LiveItem, pickLive } from './livePick.ts';

/** What can be done with a kept request. */
export type QueuedAction = 'open' | 'retry' | 'remove';

interface ActionButton extends vscode.QuickInputButton {
  readonly does: QueuedAction;
}

interface QueuedRow extends LiveItem {
  readonly item?: QueueItem;
}

export interface QueuePick {
  readonly placeholder: string;
  /** Whether each row has buttons for what can be done with it. */
  readonly buttons: boolean;
  /** Id of the request to begin at. */
  readonly active?: string | undefined;
}

/** Asks for a kept request. Undefined when the user cancelled, or when there is no proxy to tell of any. */
export async function chooseQueued(
  context: CommandContext,
  { placeholder, buttons, active }: QueuePick,
): Promise<{ readonly item: QueueItem; readonly action: QueuedAction } | undefined> {
  const { model, requests } = context;
  const first = await answerOf(requests.queue());
  if (!first) return undefined;
  let items: readonly QueueItem[] = first;
  let isFresh = true;
  const picked = await pickLive<QueuedRow>({
    title: vscode.l10n.t('Request Queue'),
    placeholder: items.length > 0 ? placeholder : vscode.l10n.t('The queue is empty.'),
    items: async () => {
      if (!isFresh) items = (await requests.queue()) ?? items;
      isFresh = false;
      return items.map((item) => rowOf(item, buttons));
    },
    onDidChange: onDidChangeQueue(model),
    active,
  });
  if (!picked?.item.item) return undefined;
  const action = (picked.button as ActionButton | undefined)?.does ?? 'open';
  return { item: picked.item.item, action };
}

/** Fires when something about the kept requests has changed. */
function onDidChangeQueue(model: Model): vscode.Event<unknown> {
  return (listener) => {
    let known = queueVersionOf(model.value);
    return model.onDidChange((value) => {
      const version = queueVersionOf(value);
      if (version === known) return;
      known = version;
      listener(undefined);
    });
  };
}

function rowOf(item: QueueItem, withButtons: boolean): QueuedRow {
  return {
    id: item.id,
    item,
    label: `$(${queuedIcon(item.state).id}) ${plainLabel(queuedModel(item))}`,
    description: queuedStateText(item.state),
    detail: plainLabel(queuedNotes(item).join(' · ')),
    buttons: withButtons ? buttonsFor(item) : [],
  };
}

function buttonsFor(item: QueueItem): ActionButton[] {
  const button = (does: QueuedAction, icon: string, tooltip: string): ActionButton => ({
    does,
    iconPath: new vscode.ThemeIcon(icon),
    tooltip,
  });
  return [
    ...(isRetryable(item) ? [button('retry', 'refresh', vscode.l10n.t('Retry'))] : []),
    button('open', 'go-to-file', vscode.l10n.t('Open')),
    button('remove', 'trash', vscode.l10n.t('Remove')),
  ];
}
