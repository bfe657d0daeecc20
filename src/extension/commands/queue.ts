import * as vscode from 'vscode';
import type { QueueItem } from '../../protocol/queue.ts';
import { commands } from '../contributions.ts';
import { queueReport, requestReport, resultReport } from '../reports/queueReport.ts';
import type { QueuedTarget } from '../views/queueTree/queueItem.ts';
import { queuedModel, queuedNotes } from '../views/queueWords.ts';
import { retryText } from '../words.ts';
import { answerOf, remark } from './answer.ts';
import { type CommandContext, registerCommand } from './commandContext.ts';
import { chooseQueued, type QueuedAction } from './queuePick.ts';

/** Registers the commands for requests that no endpoint could serve. */
export function registerQueueCommands(context: CommandContext): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(context, commands.queueStatus, () => showStatus(context)),
    registerCommand(context, commands.queueList, () => list(context)),
    registerCommand(context, commands.queueOpen, (argument) =>
      onOne(context, argument, vscode.l10n.t('Choose the request to open'), open),
    ),
    registerCommand(context, commands.queueRetry, (argument) =>
      onOne(context, argument, vscode.l10n.t('Choose the request to try again'), retry),
    ),
    registerCommand(context, commands.queueRetryAll, () => retryAll(context)),
    registerCommand(context, commands.queueRemove, (argument) =>
      onOne(context, argument, vscode.l10n.t('Choose the request to remove'), remove),
    ),
    registerCommand(context, commands.queueClear, () => clear(context)),
  );
}

/** Does something with the request that it is called on, by its id, else with the one that the user picks. */
async function onOne(
  context: CommandContext,
  argument: unknown,
  placeholder: string,
  run: (context: CommandContext, id: string) => Promise<void>,
): Promise<void> {
  const id = queuedIdOf(argument) ?? (await chooseQueued(context, { placeholder, buttons: false }))?.item.id;
  if (id !== undefined) await run(context, id);
}

/** The id of the request that a command is called on, or undefined when it is called on none. */
function queuedIdOf(argument: unknown): string | undefined {
  const { kind, id } = (argument ?? {}) as Partial<Record<keyof QueuedTarget, unknown>>;
  return kind === 'queued' && typeof id === 'string' ? id : undefined;
}

async function list(context: CommandContext): Promise<void> {
  const placeholder = vscode.l10n.t('Choose a request to open it');
  let active: string | undefined;
  for (;;) {
    const picked = await chooseQueued(context, { placeholder, buttons: true, active });
    if (!picked) return;
    active = picked.item.id;
    await actions[picked.action](context, active);
    // What is open is to be read; everything else leaves the list for the next step.
    if (picked.action === 'open') return;
  }
}

const actions: Record<QueuedAction, (context: CommandContext, id: string) => Promise<void>> = {
  open,
  retry,
  remove,
};

/** What is known of a request now; undefined when it is not kept any more, which the user has been told. */
async function lookUp({ requests }: CommandContext, id: string): Promise<QueueItem | undefined> {
  const items = await answerOf(requests.queue());
  const item = items?.find((each) => each.id === id);
  if (items && !item) await vscode.window.showWarningMessage(retryText('gone'));
  return item;
}

async function open(context: CommandContext, id: string): Promise<void> {
  const { requests, reports } = context;
  const result = await answerOf(requests.queueResult(id));
  if (result) await reports.show(resultReport(result));
  if (result !== null) return;
  const item = await lookUp(context, id);
  if (item) await reports.show(requestReport(item));
}

async function retry({ requests }: CommandContext, id: string): Promise<void> {
  const outcome = await answerOf(requests.retry(id));
  if (outcome === undefined) return;
  if (outcome === 'started' || outcome === 'running') remark(retryText(outcome));
  else await vscode.window.showWarningMessage(retryText(outcome));
}

async function retryAll({ requests }: CommandContext): Promise<void> {
  const count = await answerOf(requests.retryAll());
  if (count !== undefined) remark(vscode.l10n.t('Requests that are tried again: {0}', count));
}

async function remove(context: CommandContext, id: string): Promise<void> {
  const item = await lookUp(context, id);
  if (!item) return;
  const confirm = vscode.l10n.t('Remove');
  const consequence = vscode.l10n.t('It cannot be tried again then, and its answer is lost.');
  const choice = await vscode.window.showWarningMessage(
    vscode.l10n.t('Remove the request from the queue?'),
    { modal: true, detail: [[queuedModel(item), ...queuedNotes(item)].join(' · '), consequence].join('\n') },
    confirm,
  );
  if (choice !== confirm) return;
  const isRemoved = await answerOf(context.requests.removeQueued(id));
  // It is what the user wanted, whoever did it.
  if (isRemoved === false) remark(retryText('gone'));
}

/** Asks twice: what is lost cannot be had again by any means. */
async function clear({ model, requests }: CommandContext): Promise<void> {
  const clearAll = vscode.l10n.t('Clear Queue');
  const first = await vscode.window.showWarningMessage(
    vscode.l10n.t('Clear the request queue?'),
    {
      modal: true,
      detail: vscode.l10n.t('Requests in the queue: {0}', model.value.state?.queue.items ?? 0),
    },
    clearAll,
  );
  if (first !== clearAll) return;
  const forget = vscode.l10n.t('Forget All');
  const second = await vscode.window.showWarningMessage(
    vscode.l10n.t('Forget all requests in the queue for good?'),
    {
      modal: true,
      detail: vscode.l10n.t('None of them can be tried again then, and their answers are lost.'),
    },
    forget,
  );
  if (second !== forget) return;
  const count = await answerOf(requests.clearQueue());
  if (count !== undefined) remark(vscode.l10n.t('Requests that were removed: {0}', count));
}

async function showStatus({ model, requests, reports }: CommandContext): Promise<void> {
  const items = await answerOf(requests.queue());
  const { state } = model.value;
  if (items && state) await reports.show(queueReport(state.queue, items));
}
